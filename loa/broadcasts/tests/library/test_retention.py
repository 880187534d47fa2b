"""How long sounds are kept, and what goes when their time is over."""

import os
import signal
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loa.audit.models import Entry
from loa.broadcasts import compile as compiler
from loa.broadcasts.actions import shelving
from loa.broadcasts.models import Airing, Schedule
from loa.broadcasts.queries import shelf
from loa.broadcasts.tests.conftest import Station, TestSigner, on_air
from loa.broadcasts.tests.library.shelves import later, reuse, shared, sound_of, with_file
from loa.broadcasts.tests.test_today import swear, words
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin
from loa.bulletins.tests import stories
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, Refusal
from loa.media import actions as media
from loa.media import retention, store
from loa.media.actions import shelf as media_shelf
from loa.media.models import Block, Origin, Sound
from tests.cast import Cast

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("facts", "last", "words"),
    [
        (retention.Facts(DAY), date(2027, 2, 21), "Giữ đến 21/02/2027"),
        (retention.Facts(DAY, aired=DAY), date(2028, 11, 22), "Giữ đến 22/11/2028"),
        (retention.Facts(DAY, aired=DAY - timedelta(days=900)), date(2027, 2, 21), "Giữ đến 21/02/2027"),
        (retention.Facts(DAY, wanted=date(2030, 1, 1)), date(2030, 1, 1), "Giữ đến 01/01/2030"),
        (retention.Facts(DAY, wanted=DAY), date(2027, 2, 21), "Giữ đến 21/02/2027"),
        (retention.Facts(DAY, lasting=True), None, "Giữ lâu dài"),
        (retention.Facts(DAY, needed=True), None, "Giữ vì đang được dùng"),
    ],
)
def test_how_long_a_sound_is_kept(facts: retention.Facts, last: date | None, words: str) -> None:
    assert retention.kept_until(facts) == last
    assert retention.in_words(facts) == words
    assert retention.why(facts)


def test_what_nobody_used_goes_after_ninety_days_and_its_row_stays(
    cast: Cast, client: Client, files: store.FileStore
) -> None:
    sound = with_file(stories.sound_of(cast, title="Thử micro"))
    os.utime(files.path_of(sound.sha256), (0, 0))
    assert shelving.let_go(now=later(cast, 90)) == 0
    assert shelving.let_go(now=later(cast, 91)) == 1
    assert shelving.let_go(now=later(cast, 92)) == 0
    assert files.exists(sound.sha256)
    media.tidy(now=later(cast, 92))
    assert not files.exists(sound.sha256)
    client.force_login(cast.lan)
    page = client.get(reverse("broadcasts:library_sound", args=[sound.pk])).content.decode()
    assert "Tệp đã hết hạn lưu" in page
    assert client.get(reverse("broadcasts:library_play", args=[sound.pk])).status_code == 404
    assert Entry.objects.filter(verb="sound.removed", object_id=str(sound.pk)).count() == 1
    with pytest.raises(Refusal, match="hết hạn"):
        media_shelf.prolong(actor=cast.lan, sound_id=sound.pk, months=6, reason="x", now=later(cast, 92))


def test_what_goes_is_told_before_with_its_day_and_looking_deletes_nothing(cast: Cast, client: Client) -> None:
    sound = stories.sound_of(cast, title="Thử micro", made_at=cast.now - timedelta(days=85))
    stories.sound_of(cast, title="Mới thu")
    stories.sound_of(cast, title="Trống hội", block=Block.JINGLE, made_at=cast.now - timedelta(days=300))
    stories.sound_of(cast, title="Của Trấn Yên", area=cast.tran_yen, made_at=cast.now - timedelta(days=80))
    [going] = shelf.going(cast.quy_mong, cast.now)
    assert (going.sound, going.on) == (sound, date(2026, 8, 26))
    assert shelving.let_go(now=later(cast, 5)) == 0
    assert shelving.let_go(now=later(cast, 6)) == 1

    other = stories.sound_of(cast, title="Bản thu cũ", made_at=cast.now - timedelta(days=200))
    client.force_login(cast.lan)
    page = client.get(reverse("broadcasts:library_going")).content.decode()
    assert "Bản thu cũ" in page
    assert "Sẽ xóa ngày" in page
    assert "90 ngày" in page
    assert "Trấn Yên" not in page
    other.refresh_from_db()
    assert other.removed_at is None
    media_shelf.prolong(actor=cast.lan, sound_id=other.pk, months=12, reason="Dùng lại", now=cast.now)
    assert shelf.going(cast.quy_mong, cast.now) == []


def test_the_list_of_what_goes_asks_the_same_for_one_and_for_forty(cast: Cast) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert shelf.going(cast.quy_mong, cast.now)
        return len(found)

    old = cast.now - timedelta(days=85)
    stories.sound_of(cast, made_at=old)
    one = asked()
    for _ in range(40):
        stories.sound_of(cast, made_at=old)
    assert asked() == one


def test_what_was_shared_goes_like_any_other_once_its_bulletin_is_withdrawn(cast: Cast) -> None:
    sound = shared(cast)
    assert shelving.let_go(now=later(cast, 400)) == 0
    bulletin = Bulletin.objects.get(versions__sound=sound)
    bulletins.withdraw(actor=cast.thanh, bulletin_id=bulletin.pk, reason="Sai giờ", now=cast.now)
    assert shelving.let_go(now=later(cast, 91)) == 1


def test_what_a_loudspeaker_swore_to_is_kept_although_it_was_off_the_air(
    cast: Cast, station: Station, signer: TestSigner
) -> None:
    """It had not heard that the bulletin was withdrawn: of all sounds this is the one that people will ask about."""
    schedule = on_air(cast, "Sai giờ", "05:00", last_day=local(cast.now).date())
    compiler.compile_plans(signer=signer, now=cast.now)
    airing = Airing.objects.get(schedule=schedule)
    Bulletin.objects.update(state="withdrawn", withdrawn_at=cast.now)
    Schedule.objects.update(state="ended")
    Airing.objects.update(dropped_at=cast.now)
    sound = sound_of(schedule.bulletin)
    assert shelf.facts_of([sound], cast.now)[sound.pk].aired is None
    swear(cast, station.speakers[1], words(airing))
    assert shelving.let_go(now=later(cast, 700)) == 0
    assert shelving.let_go(now=later(cast, 731)) == 1


def test_what_a_hamlet_recorded_stays_while_its_commune_uses_a_cut_of_it(cast: Cast) -> None:
    base = stories.sound_of(cast, area=cast.thon_5)
    cut = stories.sound_of(cast, origin=Origin.EDITED, made_from=base, edits={"ops": []}, block=Block.JINGLE)
    assert shelving.let_go(now=later(cast, 100)) == 0
    Sound.objects.filter(pk=cut.pk).update(block="", removed_at=cast.now)
    assert shelving.let_go(now=later(cast, 100)) == 1


def test_what_is_needed_or_shared_stays(cast: Cast) -> None:
    base = stories.sound_of(cast)
    edited = stories.sound_of(cast, origin=Origin.EDITED, made_from=base, edits={"list": []}, block=Block.JINGLE)
    waiting = stories.submitted(cast)
    schedule = on_air(cast, "Hằng ngày", "05:00")
    kept: list[Any] = [base.pk, edited.pk, sound_of(waiting).pk, schedule.version.sound_id, shared(cast).pk]  # type: ignore[union-attr]
    assert shelving.let_go(now=later(cast, 100)) == 0
    assert not Sound.objects.filter(pk__in=kept, removed_at__isnull=False).exists()
    Bulletin.objects.filter(pk=schedule.bulletin_id).update(state="approved")
    assert shelving.let_go(now=later(cast, 100)) == 0
    Schedule.objects.filter(pk=schedule.pk).update(state="ended")
    assert shelving.let_go(now=later(cast, 100)) == 1


def test_the_officer_asks_for_more_time_with_a_reason(cast: Cast, client: Client) -> None:
    sound, other = stories.sound_of(cast), stories.sound_of(cast)
    client.force_login(cast.lan)
    address = reverse("broadcasts:library_prolong", args=[other.pk])
    assert client.post(address, {"months": "12", "reason": ""}).status_code == 422
    assert client.post(address, {"months": "12", "reason": "Dùng lại mùa sau"}).status_code == 302
    assert Entry.objects.get(verb="sound.prolonged").facts["reason"] == "Dùng lại mùa sau"
    other.delete()
    media_shelf.prolong(actor=cast.lan, sound_id=sound.pk, months=12, reason="Dùng lại", now=cast.now)
    media_shelf.prolong(actor=cast.lan, sound_id=sound.pk, months=6, reason="Nhầm", now=cast.now)
    assert shelving.let_go(now=later(cast, 364)) == 0
    assert shelving.let_go(now=later(cast, 366)) == 1


def test_a_draft_whose_sound_is_gone_cannot_be_handed_in(cast: Cast) -> None:
    draft = stories.drafted(cast)
    assert shelving.let_go(now=later(cast, 91)) == 1
    with pytest.raises(Invalid):
        bulletins.submit(actor=cast.lan, bulletin_id=draft.pk, now=later(cast, 91))


def test_one_file_of_two_units_stays_while_one_of_them_keeps_it(cast: Cast, files: store.FileStore) -> None:
    sound = shared(cast)
    taken = sound_of(reuse(cast, sound))
    Sound.objects.filter(pk=taken.pk).update(removed_at=cast.now)
    os.utime(files.path_of(sound.sha256), (0, 0))
    media.tidy(now=later(cast, 2))
    assert files.exists(sound.sha256)


KILLED = """
import os, signal, sys
from pathlib import Path
from datetime import UTC, datetime
from loa.media.store import FileStore
files = FileStore(Path(sys.argv[1]))
files.delete = lambda sha256: os.kill(os.getpid(), signal.SIGKILL)
files.delete_unreferenced(lambda names: set(), datetime.now(UTC))
"""


def test_killed_between_row_and_file_the_next_tidying_ends_it(cast: Cast, files: store.FileStore) -> None:
    sound = with_file(stories.sound_of(cast))
    os.utime(files.path_of(sound.sha256), (0, 0))
    assert shelving.let_go(now=later(cast, 91)) == 1
    died = subprocess.run([sys.executable, "-c", KILLED, str(files.root)], check=False, env=os.environ)
    assert died.returncode == -signal.SIGKILL
    assert files.exists(sound.sha256)
    media.tidy(now=later(cast, 92))
    assert not files.exists(sound.sha256)
    assert Sound.objects.get(pk=sound.pk).sha256 == sound.sha256
