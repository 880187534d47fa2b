"""The library of Quy Mông: what is found in it, what Trấn Yên may use of it, what aired, and what is let go of."""

import os
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

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
from loa.broadcasts.queries.playlog import playlog
from loa.broadcasts.tests.conftest import Station, TestSigner, at, on_air
from loa.broadcasts.tests.test_today import swear, words
from loa.broadcasts.web.playlog import line
from loa.bulletins import actions as bulletins
from loa.bulletins import library, queries
from loa.bulletins.actions import sharing
from loa.bulletins.models import Bulletin
from loa.bulletins.tests import stories
from loa.kernel.clock import local
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from loa.media import actions as media
from loa.media import library as shelves
from loa.media import retention, store
from loa.media.actions import shelf as media_shelf
from loa.media.library import Wanted
from loa.media.models import Block, HeardSentence, Origin, Sound
from loa.people.models import RoleGrant
from tests.cast import Cast

STATE = "co-quan-nha-nuoc"


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> store.FileStore:
    settings.MEDIA_ROOT = tmp_path / "media"
    return store.default()


def with_file(sound: Sound) -> Sound:
    path = store.path_of(sound.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"OggS")
    return sound


def approved(cast: Cast, **fields: Any) -> Bulletin:
    """Lan's notice, allowed by Thành."""
    sound = with_file(stories.sound_of(cast, **fields))
    bulletin = stories.submitted(cast, sound=sound.pk)
    stories.approve(cast, bulletin)
    bulletin.refresh_from_db()
    return bulletin


def sound_of(bulletin: Bulletin) -> Sound:
    sound = queries.newest(bulletin).sound
    assert sound is not None
    return sound


def shared(cast: Cast, licence: str = STATE, **fields: Any) -> Sound:
    sound = sound_of(approved(cast, **fields))
    sharing.share(
        actor=cast.thanh, sound_id=sound.pk, licence=licence, source="Xã Quy Mông, tỉnh Lào Cai", now=cast.now
    )
    sound.refresh_from_db()
    return sound


def reuse(cast: Cast, sound: Sound, name: Any = None) -> Bulletin:
    return sharing.reuse(
        actor=cast.mai, sound_id=sound.pk, area=cast.tran_yen, bulletin_id=name or uuid4(), now=cast.now
    )


@pytest.fixture(autouse=True)
def categories(cast: Cast) -> None:
    bulletins.load_categories()


def found(cast: Cast, **wanted: Any) -> list[str]:
    return [one.title for one in shelves.narrowed(shelves.own(cast.quy_mong), Wanted(**wanted))]


def test_sounds_are_found_by_title_and_by_what_is_said_without_diacritics(cast: Cast) -> None:
    stories.sound_of(cast, title="Họp thôn Đồng Cát", language="tyz")
    stories.sound_of(cast, title="Nhạc hiệu", block=Block.JINGLE, origin=Origin.UPLOADED)
    stories.sound_of(cast, title="Đọc máy", origin=Origin.SYNTHESISED, spoken="bảy giờ ba mươi phút")
    approved(cast, title="ghi-01.m4a", made_at=cast.now - timedelta(days=40))
    assert found(cast, words="dong cat") == ["Họp thôn Đồng Cát"]
    assert found(cast, words="bay gio") == ["Đọc máy"]
    assert found(cast, words="ngừng cấp NƯỚC") == ["ghi-01.m4a"]
    assert found(cast, words="100%") == []
    assert found(cast, block="any") == found(cast, block="jingle") == ["Nhạc hiệu"]
    assert found(cast, origin="synthesised") == ["Đọc máy"]
    assert found(cast, language="tyz") == ["Họp thôn Đồng Cát"]
    assert found(cast, until=local(cast.now).date() - timedelta(days=40)) == ["ghi-01.m4a"]
    rows = library.with_category(shelves.own(cast.quy_mong), "livelihood")
    assert [one.title for one in rows] == ["ghi-01.m4a"]


def test_only_an_approver_shares_and_only_what_was_approved(cast: Cast) -> None:
    draft = stories.sound_of(cast)
    wish = {"licence": STATE, "source": "Xã Quy Mông", "now": cast.now}
    with pytest.raises(Refusal, match="đã duyệt"):
        sharing.share(actor=cast.thanh, sound_id=draft.pk, **wish)  # type: ignore[arg-type]
    sound = sound_of(approved(cast))
    with pytest.raises(Denied):
        sharing.share(actor=cast.lan, sound_id=sound.pk, **wish)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        sharing.share(actor=cast.mai, sound_id=sound.pk, **wish)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        sharing.share(actor=cast.thanh, sound_id=sound.pk, licence=STATE, source=" ", now=cast.now)
    with pytest.raises(Invalid):
        sharing.share(actor=cast.thanh, sound_id=sound.pk, licence="của tôi", source="Xã", now=cast.now)


def test_what_is_not_shared_does_not_exist_for_the_neighbour(cast: Cast) -> None:
    sound = sound_of(approved(cast))
    assert not library.shared_with(cast.tran_yen).exists()
    with pytest.raises(NotFound):
        library.sound_for(cast.mai, sound.pk, cast.tran_yen, cast.now)
    with pytest.raises(NotFound):
        reuse(cast, sound)
    sharing.share(actor=cast.thanh, sound_id=sound.pk, licence=STATE, source="Xã Quy Mông", now=cast.now)
    assert [one.pk for one in library.shared_with(cast.tran_yen)] == [sound.pk]
    assert not library.shared_with(cast.quy_mong).exists()


def test_a_sound_for_its_own_province_is_not_seen_from_another(cast: Cast) -> None:
    sound = shared(cast, "trong-tinh")
    assert library.shared_with(cast.tran_yen).filter(pk=sound.pk).exists()
    cast.tran_yen.path = "vn.99.00001"
    assert not library.shared_with(cast.tran_yen).exists()


def test_a_reuse_is_a_draft_of_the_other_unit_with_where_it_came_from(cast: Cast) -> None:
    sound, name = shared(cast), uuid4()
    draft = reuse(cast, sound, name)
    assert reuse(cast, sound, name) == draft
    taken = sound_of(draft)
    assert (draft.state, draft.area, draft.author) == ("draft", cast.tran_yen, cast.mai)
    assert (taken.area, taken.made_from, taken.sha256) == (cast.tran_yen, sound, sound.sha256)
    assert taken.source == f"Xã Quy Mông, tỉnh Lào Cai, duyệt ngày {local(cast.now):%d/%m/%Y}"
    assert taken.licence == STATE
    version = queries.newest(draft)
    assert (version.title, version.text) == ("Tạm ngừng cấp nước", stories.TEXT)
    assert Sound.objects.filter(made_from=sound).count() == 1
    assert Entry.objects.filter(verb="sound.taken_over", area=cast.tran_yen.path).count() == 1
    RoleGrant.objects.create(user=cast.thanh, role="approver", area=cast.tran_yen, starts=cast.now)
    with pytest.raises(Refusal, match="đơn vị khác"):
        sharing.share(actor=cast.thanh, sound_id=taken.pk, licence=STATE, source="x", now=cast.now)


def test_a_machine_heard_in_quy_mong_is_unheard_in_tran_yen(cast: Cast) -> None:
    sentence = {"key": "a" * 64, "text": "Tạm ngừng cấp nước.", "start_ms": 0, "end_ms": 52_000}
    HeardSentence.objects.create(user=cast.thanh, key="a" * 64, heard_at=cast.now)
    sound = shared(cast, origin=Origin.SYNTHESISED, voice="espeak/bac", sentences=[sentence])
    version = queries.newest(reuse(cast, sound))
    assert not queries.unheard(version)[1].complete
    HeardSentence.objects.create(user=cast.mai, key="a" * 64, heard_at=cast.now)
    assert queries.unheard(version)[1].complete


@pytest.mark.parametrize("ends", ["unshared", "withdrawn"])
def test_no_new_uses_once_it_is_taken_back_and_old_ones_are_told(cast: Cast, client: Client, ends: str) -> None:
    sound = shared(cast)
    draft = reuse(cast, sound)
    if ends == "unshared":
        sharing.unshare(actor=cast.thanh, sound_id=sound.pk, now=cast.now)
    else:
        bulletin = Bulletin.objects.get(versions__sound=sound)
        bulletins.withdraw(actor=cast.thanh, bulletin_id=bulletin.pk, reason="Sai giờ", now=cast.now)
    with pytest.raises(NotFound):
        reuse(cast, sound)
    client.force_login(cast.mai)
    page = client.get(reverse("broadcasts:library_sound", args=[sound_of(draft).pk])).content.decode()
    assert "Nơi làm ra đã thôi cho dùng" in page
    assert "Xã Quy Mông, tỉnh Lào Cai, duyệt ngày" in page


def test_a_sound_of_the_library_goes_into_a_draft(cast: Cast, client: Client) -> None:
    sound = shared(cast)
    draft = bulletins.create_draft(
        actor=cast.mai, bulletin_id=uuid4(), area=cast.tran_yen, draft=stories.notice(cast, sound=None), now=cast.now
    )
    client.force_login(cast.mai)
    address = f"{reverse('broadcasts:library')}?ban-tin={draft.pk}&kho=chung"
    assert "Đưa vào bản tin" in client.get(address).content.decode()
    into = f"{reverse('broadcasts:library_reuse', args=[sound.pk])}?ban-tin={draft.pk}"
    assert client.post(into).status_code == 302
    assert sound_of(draft).made_from == sound
    assert queries.newest(draft).text == stories.TEXT


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
        usage = shelf.usage(sound, cast.now)
    assert len(asked) <= 9
    [one] = usage.aired
    assert (one.airing, one.proved, one.meant, one.over) == (airing, 3, 8, True)
    assert [row.title for row in usage.bulletins] == ["Ngừng cấp nước"]
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
    [elsewhere] = shelf.usage(sound, cast.now).elsewhere
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


def later(cast: Cast, days: int) -> Any:
    return cast.now + timedelta(days=days)


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
