"""Where and when a sound aired: as it is, in other languages, in what was built of it, elsewhere."""

from datetime import date, timedelta
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loa.areas.models import AreaLanguages
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Airing
from loa.broadcasts.queries import shelf
from loa.broadcasts.queries.playlog import playlog
from loa.broadcasts.queries.usage import usage
from loa.broadcasts.tests.conftest import Station, TestSigner, at, on_air, sound
from loa.broadcasts.tests.library.shelves import STATE, later
from loa.broadcasts.tests.test_today import swear, words
from loa.broadcasts.web.playlog import line
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin
from loa.bulletins.tests import stories
from loa.devices.models import Device
from loa.kernel.clock import local
from loa.media import retention
from loa.media.models import Origin, Sound
from tests.cast import Cast


def aired(cast: Cast, station: Station, signer: TestSigner) -> tuple[Sound, Airing]:
    """This morning in all of Quy Mông; three clusters swore to it."""
    schedule = on_air(cast, "Ngừng cấp nước", "05:00", seconds=60, last_day=local(cast.now).date())
    compiler.compile_plans(signer=signer, now=cast.now)
    airing = Airing.objects.get(schedule=schedule)
    for number in (1, 2, 3):
        swear(cast, station.speakers[number], words(airing))
    assert schedule.version is not None
    assert schedule.version.sound is not None
    return schedule.version.sound, airing


def test_the_page_says_where_it_aired_and_who_used_it(
    cast: Cast, station: Station, signer: TestSigner, client: Client
) -> None:
    sound, airing = aired(cast, station, signer)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        used = usage(sound, cast.lan, cast.now)
    assert len(asked) <= 16
    [one] = used.aired
    assert (one.airing, one.proved, one.meant, one.over) == (airing, 3, 8, True)
    assert [row.title for row in used.bulletins] == ["Ngừng cấp nước"]
    client.force_login(cast.lan)
    page = client.get(reverse("broadcasts:library_sound", args=[sound.pk])).content.decode()
    assert "3/8 cụm loa báo đã phát hết" in page
    assert "Giữ vì đang được dùng" in page
    Bulletin.objects.update(state="approved")
    then = later(cast, 30)
    assert retention.in_words(shelf.facts_of([sound], then)[sound.pk]) == "Giữ đến 19/08/2028"


def test_of_uses_elsewhere_only_place_days_and_number_are_told(
    cast: Cast, station: Station, signer: TestSigner, client: Client
) -> None:
    sound, _ = aired(cast, station, signer)
    theirs = stories.sound_of(cast, area=cast.tran_yen, made_from=sound, origin=Origin.UPLOADED, source="Xã Quy Mông")
    schedule = on_air(cast, "Bí mật của Trấn Yên", "05:10", area=cast.tran_yen, author=cast.mai)
    assert schedule.version is not None
    type(schedule.version).objects.filter(pk=schedule.version.pk).update(sound=theirs)
    Airing.objects.create(
        id="a-tran-yen", schedule=schedule, approval_id=uuid4(), title="x", start=at(cast, 5, 10), latest=cast.now,
        duration_ms=1000, priority="normal", level="commune", issued_at=cast.now,
    )  # fmt: skip
    [elsewhere] = usage(sound, cast.lan, cast.now).elsewhere
    assert (elsewhere.place, elsewhere.times, elsewhere.first) == (cast.tran_yen.full_name, 1, at(cast, 5, 10))
    client.force_login(cast.lan)
    assert "Bí mật" not in client.get(reverse("broadcasts:library_sound", args=[sound.pk])).content.decode()


def test_the_play_log_tells_where_a_sound_came_from(cast: Cast, station: Station, signer: TestSigner) -> None:
    sound, _ = aired(cast, station, signer)
    base = stories.sound_of(cast, area=cast.tran_yen)
    Sound.objects.filter(pk=sound.pk).update(
        made_from=base, origin=Origin.UPLOADED, source="Xã Trấn Yên, duyệt ngày 1/8/2026", licence=STATE
    )
    [entry] = playlog(cast.quy_mong, local(cast.now).date(), cast.now).entries
    assert line(entry, cast.now).provenance.startswith("Xã Trấn Yên, duyệt ngày 1/8/2026 (Cơ quan nhà nước")


def test_a_further_language_aired_only_where_the_commune_airs_it(
    cast: Cast, station: Station, neighbour: Device, signer: TestSigner
) -> None:
    """The province tells it in Vietnamese and Mông; Trấn Yên airs Vietnamese alone."""
    mong = sound(cast, 30, cast.lao_cai)
    schedule = on_air(
        cast, "Phòng cháy rừng", "05:00", area=cast.lao_cai, author=cast.minh_anh, last_day=local(cast.now).date(),
        further={"hmn": mong},
    )  # fmt: skip
    AreaLanguages.objects.create(area=cast.tran_yen, languages=["vi"], starts=date(2026, 1, 1))
    compiler.compile_plans(signer=signer, now=cast.now)
    airing = Airing.objects.get()
    for device in (station.speakers[1], neighbour):
        swear(cast, device, words(airing))
    assert schedule.version is not None
    assert schedule.version.sound is not None
    told = [usage(one, cast.minh_anh, cast.now).aired for one in (schedule.version.sound, mong)]
    assert [[(one.proved, one.meant) for one in aired] for aired in told] == [[(2, 9)], [(1, 8)]]
    assert [row.title for row in usage(mong, cast.minh_anh, cast.now).bulletins] == ["Phòng cháy rừng"]
    AreaLanguages.objects.create(area=cast.lao_cai, languages=["vi"], starts=date(2026, 1, 1))
    assert usage(mong, cast.minh_anh, cast.now).aired == ()


def test_what_aired_inside_a_programme_has_aired_here_and_elsewhere(
    cast: Cast, station: Station, signer: TestSigner
) -> None:
    whole, airing = aired(cast, station, signer)
    speech = stories.sound_of(cast, title="Lời đọc")
    Sound.objects.filter(pk=whole.pk).update(made_from=speech, origin=Origin.BUILT, edits={"template": "x"})
    [one] = usage(speech, cast.lan, cast.now).aired
    assert (one.airing, one.proved) == (airing, 3)

    theirs = stories.sound_of(cast, area=cast.tran_yen)
    Sound.objects.filter(pk=speech.pk).update(made_from=theirs, origin=Origin.UPLOADED)
    [elsewhere] = usage(theirs, cast.mai, cast.now).elsewhere
    assert (elsewhere.place, elsewhere.times) == (cast.quy_mong.full_name, 1)


def test_what_sounded_after_it_was_taken_off_the_air_is_told(
    cast: Cast, station: Station, signer: TestSigner, client: Client
) -> None:
    sound, airing = aired(cast, station, signer)
    Airing.objects.update(dropped_at=cast.now)
    [one] = usage(sound, cast.lan, cast.now).aired
    assert (one.airing, one.dropped) == (airing, True)
    client.force_login(cast.lan)
    page = client.get(reverse("broadcasts:library_sound", args=[sound.pk])).content.decode()
    assert "Đã bỏ lịch" in page


def test_old_airings_are_leafed_through_and_none_is_asked_for_alone(cast: Cast, client: Client) -> None:
    def add(first: int, last: int) -> None:
        Airing.objects.bulk_create(
            Airing(
                id=f"a-{number}", schedule=schedule, approval_id=uuid4(), title="x", latest=cast.now, duration_ms=1000,
                start=cast.now - timedelta(days=number), priority="normal", level="commune", issued_at=cast.now,
            )
            for number in range(first, last)
        )  # fmt: skip

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            usage(sound, cast.lan, cast.now)
        return len(found)

    schedule = on_air(cast, "Xướng tên đài", "05:00")
    assert schedule.version is not None
    assert schedule.version.sound is not None
    sound = schedule.version.sound
    add(1, 2)
    few = asked()
    add(2, 46)
    assert asked() == few
    pages = [[one.airing.pk for one in usage(sound, cast.lan, cast.now, number).aired] for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 20, 5]
    assert len({name for page in pages for name in page}) == 45
    client.force_login(cast.lan)
    page = client.get(reverse("broadcasts:library_sound", args=[sound.pk])).content.decode()
    assert "Lần phát cũ hơn" in page


def test_a_bulletin_of_the_province_is_not_told_to_the_commune_whose_sound_it_uses(cast: Cast) -> None:
    sound = stories.sound_of(cast)
    draft = stories.notice(cast, sound=sound.pk, title="Bản nháp của tỉnh")
    bulletins.create_draft(actor=cast.minh_anh, bulletin_id=uuid4(), area=cast.lao_cai, draft=draft, now=cast.now)
    assert usage(sound, cast.lan, cast.now).bulletins == ()
    assert [row.title for row in usage(sound, cast.minh_anh, cast.now).bulletins] == ["Bản nháp của tỉnh"]
