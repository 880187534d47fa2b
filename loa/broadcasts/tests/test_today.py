"""What the page of the day is told, and the sworn words of the loudspeakers behind it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from devicelink.messages import Proof, ProofUpload
from devicelink.proofs import chained, sign_head
from devicelink.refusals import Reason, Refused
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.access import airing_for
from loa.broadcasts.models import Airing, PlayProof, ProofChain
from loa.broadcasts.queries.airings import who_sounded
from loa.broadcasts.queries.today import Today, today
from loa.broadcasts.queries.week import week
from loa.broadcasts.rules.strip import Look
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.tests.conftest import Station, TestSigner, at, on_air, seed_of
from loa.broadcasts.web.day import line
from loa.devices.models import Device, DeviceStatus, Hold
from loa.kernel.clock import local, to_ms
from loa.kernel.errors import NotFound
from tests.cast import Cast


def words(airing: Airing, *, late_ms: int = 3, outcome: Any = "played", reason: str = "", boot: str = "b1") -> Proof:
    start = to_ms(airing.start)
    return Proof(
        boot=boot, count=0, airing=airing.pk, planned=start, started=start + late_ms, rendered=airing.duration_ms,
        outcome=outcome, reason=reason, plan=1, clock_bound=20, previous="", hash="",
    )  # fmt: skip


def chain(rows: Iterable[Proof], last: Proof | None = None) -> list[Proof]:
    made: list[Proof] = []
    for row in rows:
        last = chained(row, last)
        made.append(last)
    return made


def upload(device: Device, rows: list[Proof]) -> ProofUpload:
    return ProofUpload(head=sign_head(device.pk, rows[-1], seed_of(device.pk)), rows=tuple(rows))


def swear(cast: Cast, device: Device, *rows: Proof) -> actions.Acknowledged:
    return actions.store_proofs(device=device.pk, upload=upload(device, chain(rows)), now=cast.now)


def online(cast: Cast, *devices: Device, playing: str = "") -> None:
    for device in devices:
        DeviceStatus.objects.update_or_create(
            device=device, defaults={"state": "online", "since": cast.now, "seen_at": cast.now, "playing": playing}
        )


@pytest.fixture
def day(cast: Cast, station: Station, signer: TestSigner) -> dict[str, Airing]:
    """A morning and an afternoon; the province speaks at 17:00 and moves what stands there."""
    on_air(cast, "Nhạc hiệu", "05:00", seconds=60)
    on_air(cast, "Ven sông", "16:49", seconds=120, target=Target(groups=(station.groups["Ven sông"].pk,)))
    on_air(cast, "Tiết kiệm điện", "17:00", seconds=60, slack_s=1800)
    on_air(cast, "Chào buổi tối", "17:00", seconds=60)
    on_air(cast, "Mưa lớn", "17:00", seconds=300, area=cast.lao_cai, author=cast.minh_anh)
    compiler.compile_plans(signer=signer, now=cast.now)
    first = Airing.objects.filter(start__lt=at(cast, 0, days=1))
    return {airing.title: airing for airing in first}


def look(found: Today, group: str = "") -> dict[str, Look]:
    strip = next((strip for strip in found.groups if strip.name == group), found.all)
    return {segment.title: segment.look for segment in strip.segments}


def test_proved_on_air_coming_and_displaced(cast: Cast, station: Station, day: dict[str, Airing]) -> None:
    for device in station.speakers.values():
        swear(cast, device, words(day["Nhạc hiệu"]))
    online(cast, *station.speakers.values(), playing=day["Ven sông"].pk)
    found = today(cast.quy_mong, cast.now)
    assert [strip.name for strip in found.groups] == ["Trung tâm", "Ven sông", "Thôn 4, thôn 5"]
    assert look(found, "Ven sông") == {
        "Nhạc hiệu": Look.PROVED,
        "Ven sông": Look.ON_AIR,
        "Mưa lớn": Look.COMING,
        "Tiết kiệm điện": Look.MOVED,
        "Chào buổi tối": Look.DROPPED,
    }
    assert "Ven sông" not in look(found, "Trung tâm")
    [moved] = [segment for segment in found.all.segments if segment.title == "Tiết kiệm điện"]
    assert (moved.by, moved.reason, moved.start) == ("Mưa lớn", "preempted", at(cast, 17, 5))
    assert [segment.title for segment in found.on_air] == ["Ven sông"]
    assert [segment.playing for segment in found.on_air] == [3]
    assert found.silent == ()


def test_partly_heard_names_how_many_and_why(cast: Cast, station: Station, day: dict[str, Airing]) -> None:
    swear(cast, station.speakers[4], words(day["Nhạc hiệu"]))
    swear(cast, station.speakers[5], words(day["Nhạc hiệu"], outcome="skipped", reason="missing_file"))
    found = today(cast.quy_mong, cast.now)
    [segment] = [one for one in found.groups[1].segments if one.title == "Nhạc hiệu"]
    assert (segment.look, segment.proved, segment.expected, segment.reason) == (Look.PARTLY, 1, 3, "missing_file")
    assert look(found, "Trung tâm")["Nhạc hiệu"] is Look.UNHEARD
    assert {row.device.number for row in found.silent} == set(range(1, 9))


def test_a_stop_shows_on_what_is_still_to_come(cast: Cast, station: Station, day: dict[str, Airing]) -> None:
    Hold.objects.create(
        entry="00000000-0000-0000-0000-000000000001", subject=f"area/{cast.quy_mong.path}",
        audience={"area": cast.quy_mong.path}, area=cast.quy_mong, revision=1, until=at(cast, 17, 20), jws="x",
        at=cast.now,
    )  # fmt: skip
    found = today(cast.quy_mong, cast.now)
    by_title = {segment.title: segment for segment in found.all.segments}
    assert (by_title["Mưa lớn"].look, by_title["Mưa lớn"].reason) == (Look.DROPPED, "held")
    assert (by_title["Tiết kiệm điện"].look, by_title["Tiết kiệm điện"].start) == (Look.MOVED, at(cast, 17, 20))
    assert len(found.holds) == 1


def test_what_a_stop_cut_is_not_on_the_air_any_more(cast: Cast, station: Station, day: dict[str, Airing]) -> None:
    """At once, though the loudspeakers' last word was that they play it; and after the stop, by what they swore."""
    online(cast, *station.speakers.values(), playing=day["Ven sông"].pk)
    hold = Hold.objects.create(
        entry="00000000-0000-0000-0000-000000000001", subject=f"area/{cast.quy_mong.path}",
        audience={"area": cast.quy_mong.path}, area=cast.quy_mong, revision=1, until=at(cast, 17, 20), jws="x",
        at=cast.now,
    )  # fmt: skip
    found = today(cast.quy_mong, cast.now + timedelta(seconds=1))
    [cut] = [segment for segment in found.all.segments if segment.title == "Ven sông"]
    assert (cut.look, cut.reason, cut.playing, found.on_air) == (Look.STOPPED, "held", 0, ())
    shown = line(cut, cast.now)
    assert (shown.word, shown.icon, shown.hint) == ("Bị dừng", "stop", "Có người dừng giữa chừng")
    hold.delete()
    for number in (4, 5, 6):
        swear(cast, station.speakers[number], words(day["Ven sông"], outcome="cut", reason="held"))
    online(cast, *station.speakers.values())
    assert look(today(cast.quy_mong, at(cast, 17, 30)))["Ven sông"] is Look.STOPPED


def test_a_stop_for_one_group_leaves_the_item_on_the_air_for_the_others(
    cast: Cast, station: Station, signer: TestSigner
) -> None:
    on_air(cast, "Cả xã", "16:49", seconds=120)
    compiler.compile_plans(signer=signer, now=cast.now)
    airing = Airing.objects.get(title="Cả xã", start=at(cast, 16, 49))
    online(cast, *station.speakers.values(), playing=airing.pk)
    audience = {"group": str(station.groups["Ven sông"].pk)}
    Hold.objects.create(
        entry="00000000-0000-0000-0000-000000000002", subject=f"group/{audience['group']}", audience=audience,
        area=cast.quy_mong, revision=1, until=at(cast, 17, 20), jws="x", at=cast.now,
    )  # fmt: skip
    found = today(cast.quy_mong, cast.now + timedelta(seconds=1))
    assert look(found, "Ven sông") == {"Cả xã": Look.STOPPED}
    assert look(found, "Trung tâm") == {"Cả xã": Look.ON_AIR}
    assert [segment.playing for segment in found.on_air] == [5]


def test_the_page_costs_the_same_however_much_there_is(
    cast: Cast, station: Station, signer: TestSigner, day: dict[str, Airing]
) -> None:
    with CaptureQueriesContext(connection) as few:
        today(cast.quy_mong, cast.now)
    for number in range(8):
        on_air(cast, f"Thêm {number}", f"19:{number:02}")
    compiler.compile_plans(signer=signer, now=cast.now)
    for device in station.speakers.values():
        swear(cast, device, words(day["Nhạc hiệu"]))
    with CaptureQueriesContext(connection) as many:
        found = today(cast.quy_mong, cast.now)
    assert len(found.all.segments) == 13
    assert len(many) == len(few) <= 4


def test_who_sounded_and_how_late(cast: Cast, station: Station, neighbour: Device, day: dict[str, Airing]) -> None:
    swear(cast, station.speakers[1], words(day["Nhạc hiệu"], late_ms=4))
    swear(cast, station.speakers[2], words(day["Nhạc hiệu"], outcome="skipped", reason="outside_hours"))
    rows = {row.device.number: row for row in who_sounded(day["Nhạc hiệu"])}
    assert len(rows) == 8
    assert (rows[1].outcome, rows[1].late) == ("played", timedelta(milliseconds=4))
    assert (rows[2].outcome, rows[2].reason, rows[2].started) == ("skipped", "outside_hours", None)
    assert rows[3].outcome == ""
    assert [row.device.number for row in who_sounded(day["Ven sông"])] == [4, 5, 6]
    assert [row.device for row in who_sounded(day["Nhạc hiệu"], cast.thon_5.path)] == [station.speakers[8]]


def test_an_airing_is_seen_by_its_own_and_by_those_who_hear_it(
    cast: Cast, station: Station, neighbour: Device, signer: TestSigner, day: dict[str, Airing]
) -> None:
    compiler.compile_plans(signer=signer, now=cast.now)
    assert airing_for(cast.lan, day["Nhạc hiệu"].pk, cast.now)
    assert airing_for(cast.lan, day["Mưa lớn"].pk, cast.now)
    assert airing_for(cast.mai, day["Mưa lớn"].pk, cast.now)
    for airing in (day["Nhạc hiệu"].pk, "a-none"):
        with pytest.raises(NotFound):
            airing_for(cast.mai, airing, cast.now)


def test_the_week_shows_plans_wishes_and_the_past(cast: Cast, station: Station, day: dict[str, Airing]) -> None:
    monday = local(cast.now).date() - timedelta(days=3)
    found = week(cast.quy_mong, monday, cast.now)
    assert {slot.title for slot in found.on(local(cast.now).date())} == set(day)
    assert [slot.from_above for slot in found.slots if slot.title == "Mưa lớn"] == [True] * 4
    assert found.on(monday) == ()
    with CaptureQueriesContext(connection) as queries:
        week(cast.quy_mong, monday, cast.now)
    assert len(queries) <= 6


# --- proofs ---


def test_proofs_are_stored_once_however_often_they_come(cast: Cast, station: Station, day: dict[str, Airing]) -> None:
    device = station.speakers[1]
    rows = chain([words(day["Nhạc hiệu"]), words(day["Ven sông"], outcome="skipped", reason="held")])
    first = actions.store_proofs(device=device.pk, upload=upload(device, rows[:1]), now=cast.now)
    assert (first.boot, first.count, first.new) == ("b1", 1, 1)
    for new in (1, 0):
        again = actions.store_proofs(device=device.pk, upload=upload(device, rows), now=cast.now)
        assert (again.count, again.new) == (2, new)
    assert PlayProof.objects.count() == 2
    assert ProofChain.objects.get().count == 2


def test_nothing_false_is_stored(cast: Cast, station: Station, day: dict[str, Airing]) -> None:
    one, two = station.speakers[1], station.speakers[2]
    good = upload(one, chain([words(day["Nhạc hiệu"])]))
    changed = msgspec.structs.replace(good.rows[0], rendered=1)
    forged = {
        Reason.WRONG_AUDIENCE: (two, good),
        Reason.WRONG_HASH: (one, msgspec.structs.replace(good, rows=(changed,))),
        Reason.BAD_SIGNATURE: (one, ProofUpload(head=sign_head(one.pk, good.rows[0], b"x" * 32), rows=good.rows)),
    }
    for reason, (device, sent) in forged.items():
        with pytest.raises(Refused) as caught:
            actions.store_proofs(device=device.pk, upload=sent, now=cast.now)
        assert caught.value.reason is reason
    assert not PlayProof.objects.exists()
    assert not ProofChain.objects.exists()


def test_a_forked_chain_and_an_unknown_device_are_refused(cast: Cast, station: Station, day: dict[str, Airing]) -> None:
    device = station.speakers[1]
    swear(cast, device, words(day["Nhạc hiệu"]))
    with pytest.raises(Refused) as forked:
        swear(cast, device, words(day["Nhạc hiệu"], late_ms=9))
    assert forked.value.reason is Reason.CONFLICTING_REVISION
    Device.objects.filter(pk=device.pk).update(public_key="", state="revoked")
    with pytest.raises(Refused) as revoked:
        swear(cast, device, words(day["Nhạc hiệu"]))
    assert revoked.value.reason is Reason.UNKNOWN_KEY
    assert PlayProof.objects.count() == 1


def test_a_gap_after_a_restore_is_noted_and_a_new_boot_begins_anew(
    cast: Cast, station: Station, day: dict[str, Airing]
) -> None:
    device = station.speakers[1]
    rows = chain([words(day["Nhạc hiệu"]) for _ in range(5)])
    actions.store_proofs(device=device.pk, upload=upload(device, rows[3:]), now=cast.now)
    assert ProofChain.objects.get().missing == 3
    swear(cast, device, words(day["Nhạc hiệu"], boot="b2"))
    assert ProofChain.objects.count() == 2
    assert [row.count for row in PlayProof.objects.order_by("boot", "count")] == [4, 5, 1]


def test_a_device_without_time_does_not_break_the_table(cast: Cast, station: Station, day: dict[str, Airing]) -> None:
    odd = msgspec.structs.replace(words(day["Nhạc hiệu"]), started=-1, planned=2**53 - 1)
    assert swear(cast, station.speakers[1], odd).new == 1
