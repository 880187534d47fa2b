"""Lan gives the evening session an opening with the name of the station; it is approved once and sounds every day."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from loa.broadcasts import actions
from loa.broadcasts.models import Programme, Schedule, State
from loa.broadcasts.queries import asked
from loa.broadcasts.tests.test_compose_pages import ready, ten_to_five
from loa.bulletins.models import Bulletin
from loa.kernel.clock import local
from loa.media.blocks.recipe import from_json, length
from loa.media.models import Block, Origin, Sound, SoundState
from loa.media.voices import registry
from tests.cast import Cast, hear

__all__ = ["ten_to_five"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten_to_five")]


@pytest.fixture(autouse=True)
def blocks(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    for kind, duration in (("opening", 8_000), ("closing", 6_000), ("gong", 3_000)):
        Sound.objects.create(
            area=cast.vietnam, made_at=cast.now, origin=Origin.BUILT, title=kind, block=kind, shared=True,
            state=SoundState.READY, sha256=kind.encode().hex().ljust(64, "0"), size=9, duration_ms=duration,
            profile="music",
        )  # fmt: skip


@pytest.fixture
def evening(cast: Cast) -> Programme:
    return Programme.objects.create(
        area=cast.quy_mong, name="Buổi chiều", starts="17:00", minutes=30, weekdays=[1, 2, 3, 4, 5]
    )


def address(programme: Programme) -> str:
    return f"/lich-phat/buoi/{programme.pk}/"


def ask(client: Client, programme: Programme, key: str) -> Any:
    return client.post(address(programme), {"frame": key, "voice": registry.choices()[-1].id})


def test_an_opening_that_names_the_station_is_heard_and_approved_once(
    client: Client, cast: Cast, evening: Programme
) -> None:
    answer = ask(client, evening, "frame:opening_call")
    bulletin = Bulletin.objects.get()
    assert answer.headers["Location"] == f"/soan-ban-tin/{bulletin.pk}/"
    version, [schedule] = bulletin.versions.get(), Schedule.objects.all()
    assert (version.title, version.text) == (
        "Mở đầu Buổi chiều", "Đây là Đài truyền thanh xã Quy Mông, tỉnh Lào Cai.",
    )  # fmt: skip
    assert (schedule.recurring_part, schedule.times, schedule.weekdays) == (True, ["17:00"], [1, 2, 3, 4, 5])
    assert schedule.first_day == local(cast.now).date() + timedelta(days=1)
    sound, call = version.sound, Sound.objects.get(block=Block.STATION_CALL)
    assert sound is not None
    for one in (call.made_from, call, sound):
        assert one is not None
        ready(one)
    known = {one.pk: one.duration_ms for one in Sound.objects.all()}
    assert length(from_json(sound.edits), known) == 8_000 + 300 + 40_000
    page = client.get(f"/soan-ban-tin/{bulletin.pk}/").content.decode()
    assert 'type="hidden" name="template" value="frame:opening_call"' in page
    hear(cast.lan, sound, cast.now)
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    hear(cast.thanh, sound, cast.now)
    waiting = asked.waiting(cast.quy_mong, cast.now, bulletin_id=bulletin.pk)
    actions.approve(actor=cast.thanh, seen={one.schedule.pk: one.digest for one in waiting}, now=cast.now)
    assert Schedule.objects.get(state=State.APPROVED).recurring_part
    seen = client.get(address(evening)).content.decode()
    assert "Đã duyệt" in seen
    assert f"/ban-tin/{bulletin.pk}/" in seen


def test_the_end_stands_in_the_last_minute(client: Client, cast: Cast, evening: Programme) -> None:
    ask(client, evening, "frame:closing")
    [schedule] = Schedule.objects.all()
    assert schedule.times == ["17:29"]
    version = Bulletin.objects.get().versions.get()
    assert version.title == "Kết Buổi chiều"
    assert version.sound is not None
    assert version.sound.area == cast.quy_mong
    assert version.sound.profile == "music"


def test_what_stands_in_its_way_is_named(client: Client, cast: Cast, evening: Programme) -> None:
    first = client.get(ask(client, evening, "frame:opening").headers["Location"]).content.decode()
    assert "đúng chỗ này" not in first
    opening = Bulletin.objects.get().versions.get().sound
    assert opening is not None
    ready(opening)
    other = Programme.objects.create(
        area=cast.quy_mong, name="Buổi tối", starts="17:00", minutes=15, weekdays=[1, 2, 3, 4, 5, 6, 7]
    )
    page = client.get(ask(client, other, "frame:opening").headers["Location"]).content.decode()
    assert "“Mở đầu Buổi chiều” lúc 17:00 đang phát vào đúng chỗ này." in page


def test_asked_for_twice_it_is_written_once(client: Client, cast: Cast, evening: Programme) -> None:
    first = ask(client, evening, "frame:opening")
    again = ask(client, evening, "frame:opening_call")
    assert first.headers["Location"] == again.headers["Location"]
    assert Bulletin.objects.count() == Schedule.objects.count() == 1


def test_one_that_was_withdrawn_makes_room_for_another(client: Client, cast: Cast, evening: Programme) -> None:
    ask(client, evening, "frame:opening")
    old = Bulletin.objects.get()
    actions.withdraw(actor=cast.lan, bulletin_id=old.pk, reason="Đổi nhạc", now=cast.now)
    ask(client, evening, "frame:call")
    assert Bulletin.objects.count() == 2


def test_a_closed_session_is_opened_no_more(client: Client, cast: Cast, evening: Programme) -> None:
    ask(client, evening, "frame:opening")
    actions.close_programme(actor=cast.lan, programme_id=evening.pk, now=cast.now)
    assert Schedule.objects.get().state == State.ENDED


def test_without_music_it_is_refused_in_words(client: Client, cast: Cast, evening: Programme) -> None:
    Sound.objects.filter(block="closing").delete()
    answer = ask(client, evening, "frame:closing")
    assert answer.status_code == 422
    assert "Mẫu này thiếu một tiếng" in answer.content.decode()
    assert not Bulletin.objects.exists()
    assert ask(client, evening, "nonsense").status_code == 422


def test_calling_it_off_while_it_is_made_leaves_nothing(client: Client, cast: Cast, evening: Programme) -> None:
    there = set(Sound.objects.values_list("pk", flat=True))
    ask(client, evening, "frame:opening_call")
    bulletin = Bulletin.objects.get()
    page = client.get(f"/soan-ban-tin/{bulletin.pk}/").content.decode()
    assert 'name="before"' not in page
    sound = bulletin.versions.get().sound
    assert sound is not None
    form = {
        "client_id": str(bulletin.pk), "revision": str(bulletin.revision), "title": "Mở đầu", "text": "Xin chào.",
        "sound": str(sound.pk), "do": "cancel", "source": "voice", "language": "vi", "priority": "normal",
        "where": "all", "template": "frame:opening_call",
    }  # fmt: skip
    assert client.post(f"/soan-ban-tin/{bulletin.pk}/", form).status_code == 302
    assert set(Sound.objects.values_list("pk", flat=True)) == there


def test_words_of_her_own_stand_where_the_name_stood(client: Client, cast: Cast, evening: Programme) -> None:
    ask(client, evening, "frame:opening_call")
    bulletin = Bulletin.objects.get()
    for one in Sound.objects.filter(state=SoundState.WAITING):
        ready(one)
    form = {
        "client_id": str(bulletin.pk), "revision": str(bulletin.revision), "title": "Mở đầu",
        "text": "Kính chào bà con.", "sound": str(bulletin.versions.get().sound_id), "do": "speak", "source": "voice",
        "language": "vi", "priority": "normal", "where": "all", "template": "frame:opening_call",
        "voice": registry.choices()[-1].id,
    }  # fmt: skip
    assert client.post(f"/soan-ban-tin/{bulletin.pk}/", form).status_code == 302
    sound = bulletin.versions.get().sound
    assert sound is not None
    assert sound.made_from is not None
    assert (sound.origin, sound.spoken) == (Origin.BUILT, "Kính chào bà con.")
    roles = [slot["role"] for slot in sound.edits["slots"] if "role" in slot]
    assert roles == ["opening", "gong", "speech"]


def test_mai_opens_nothing_in_quy_mong(client: Client, cast: Cast, evening: Programme) -> None:
    client.force_login(cast.mai)
    assert ask(client, evening, "frame:opening").status_code == 404
    client.force_login(cast.thanh)
    assert ask(client, evening, "frame:opening").status_code == 403
    assert not Bulletin.objects.exists()
