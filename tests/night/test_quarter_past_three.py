"""In the night of 5 December 2025 a commune was woken at 03:15. The same night in this house: somebody sets a schedule
wrongly, the web process is hijacked, the database lies, a plan is repeated, the clock on the pole is wrong.

Each test assumes that everything before it has failed already, and asks the next layer alone.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import speaker_village as village
from airtime.spans import from_ms
from devicelink import messages, permits
from devicelink.golden.world import NOW
from devicelink.messages import Hours, HoursExtension, HoursWindow, Plan
from devicelink.refusals import Reason, Refused
from devicelink.widening import WEEK
from django.db import connection
from msgspec.structs import replace
from signer.checks import SignedMessage, check
from signer.facts import Database
from speaker.papers import Papers
from speaker_pole import Pole, begins_at
from speaker_village import DAY, HOUR, MINUTE, Sound, airing, signed

from loa.areas.models import Extension, OperatingRules
from loa.broadcasts import compile as compiler
from loa.broadcasts.changes import keeping
from loa.broadcasts.changes.kinds import schedules
from loa.broadcasts.models import Schedule
from loa.broadcasts.queries import moves
from loa.broadcasts.rules.times import clock
from loa.broadcasts.tests.conftest import Station, TestSigner, at
from loa.bulletins.models import Approval
from loa.kernel.clock import local, to_ms
from loa.kernel.errors import Invalid, Refusal
from tests.cast import Cast

pytestmark = pytest.mark.django_db

NIGHT = NOW + 21 * HOUR + 15 * MINUTE  # 03:15 of the next day at the pole
AFTERNOON = NOW + 11 * HOUR  # 17:00
NEWS = Sound("bản tin sáng", 2)


# The desk


def test_the_edit_is_refused_with_the_rule_and_nothing_can_be_confirmed(cast: Cast, bulletin_at_five: Schedule) -> None:
    when = moves.moved_when(bulletin_at_five, clock("05:00"), clock("03:15"))
    change = schedules.changed(bulletin_at_five, when=when)
    shown = keeping.preview(actor=cast.lan, change=change, now=cast.now)
    assert shown.refusal is not None
    assert "Xã Quy Mông không phát trước 05:00" in shown.refusal.message
    assert "Sớm nhất: 05:00" in shown.refusal.message
    with pytest.raises((Refusal, Invalid)):
        keeping.keep(actor=cast.lan, change=change, token=shown.token, now=cast.now)
    bulletin_at_five.refresh_from_db()
    assert bulletin_at_five.times == ["05:00"]


# The database was written past every page


def mis_set(schedule: Schedule) -> None:
    Schedule.objects.filter(pk=schedule.pk).update(times=["03:15"])


def test_a_schedule_that_was_mis_set_behind_the_pages_is_in_no_plan(
    cast: Cast, station: Station, signer: TestSigner, bulletin_at_five: Schedule
) -> None:
    mis_set(bulletin_at_five)
    compiler.compile_plans(signer=signer, now=cast.now)
    for number in station.speakers:
        assert [one for one in station.plan(number).airings if local(from_ms(one.start)).hour < 5] == []


class InHere(Database):
    """The signer's own queries, inside the transaction of the test."""

    def _rows(self, query: str, asked: Iterable[str]) -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(query, [sorted(asked)])
            return list(cursor.fetchall())


def refusal(message: SignedMessage, cast: Cast) -> str:
    """What the signer says to this, with the database as it is; "" = it signs."""
    try:
        check(message, scope="vn", facts=InHere("").facts([message]), now=to_ms(cast.now))
    except Refused as refused:
        return refused.reason
    return ""


def at_night(plan: Plan, cast: Cast) -> Plan:
    """The plan of a hijacked web process: one approved airing, at 03:15."""
    start = to_ms(at(cast, 3, 15, days=1))
    return replace(plan, airings=(replace(plan.airings[0], start=start, id=f"{plan.airings[0].id}-night"),))


@pytest.fixture
def plan(cast: Cast, station: Station, signer: TestSigner, bulletin_at_five: Schedule) -> Plan:
    """What the loudspeaker of thôn 5 got today."""
    compiler.compile_plans(signer=signer, now=cast.now)
    return station.plan(8)


def test_a_hijacked_web_process_gets_no_signature_for_another_minute(cast: Cast, plan: Plan) -> None:
    assert refusal(plan, cast) == ""
    assert refusal(at_night(plan, cast), cast) == Reason.NOT_APPROVED


def forged(cast: Cast, schedule: Schedule) -> str:
    """Whoever writes the whole database writes an approval of 03:15 too, by a person who may approve: its id."""
    row = Approval.objects.get(pk=schedule.approval_id)
    row.pk = uuid4()
    night = permits.PermitTimes(at=(to_ms(at(cast, 3, 15, days=1)),))
    permit = replace(msgspec.convert(row.permit, permits.Permit), approval=str(row.pk), times=(night,))
    row.permit, row.digest = msgspec.to_builtins(permit), permits.digest(permit)
    row.save(force_insert=True)
    return str(row.pk)


def test_even_a_plan_that_got_its_signature_is_silent_at_the_pole(
    cast: Cast, plan: Plan, bulletin_at_five: Schedule, tmp_path: Path
) -> None:
    """A database that lies about approvals reaches the signature, and no further: hours are not in plans."""
    night = at_night(plan, cast)
    bought = replace(night.airings[0], approval=forged(cast, bulletin_at_five))
    assert refusal(replace(night, airings=(bought,)), cast) == ""
    pole = sleeping(tmp_path)
    pole.obey(village.plan(NOW, (airing("night", NIGHT, NEWS),), (NEWS,)), BY_DAY)
    pole.run(NIGHT + HOUR)
    assert pole.heard == []
    assert pole.said() == [("night", "skipped", "outside_hours")]


def wide(cast: Cast, station: Station, **hours: Any) -> messages.Placement:
    """A placement that would let thôn 5 be woken."""
    device = station.speakers[8].pk
    fields = {"windows": (HoursWindow(weekdays=WEEK, start=180, end=1260),), **hours}
    return village.placement(
        to_ms(cast.now), device=device, area=cast.thon_5.path, plan_set=station.speakers[8].plan_set_id,
        hours=Hours(**fields),
    )  # fmt: skip


def test_a_hijacked_web_process_gets_no_wider_hours_signed(cast: Cast, station: Station) -> None:
    assert refusal(wide(cast, station), cast) == Reason.OUTSIDE_HOURS
    for area in (cast.lao_cai, cast.quy_mong):  # nor if it writes the rules first
        OperatingRules.objects.create(
            area=area, starts=date(2026, 8, 1), document="giả", children_may_widen=True,
            windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "03:00", "to": "21:00"}],
        )  # fmt: skip
    assert refusal(wide(cast, station), cast) == Reason.NOT_APPROVED


def test_a_night_that_a_whole_forged_database_permits_does_not_reach_a_quarter_past_three(
    cast: Cast, station: Station
) -> None:
    OperatingRules.objects.create(
        area=cast.lao_cai, starts=date(2026, 8, 1), document="giả", extension_days=366, extension_latest=1440 + 360,
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "21:00"}], extension_reasons=["event"],
    )  # fmt: skip
    start, end = at(cast, 3, 0, days=1), at(cast, 4, 0, days=1)
    Extension.objects.create(
        id=uuid4(), area=cast.quy_mong, starts=start, ends=end, reason="event", words="giả", state="approved",
        author_id=cast.lan.pk, approver_id=cast.thanh.pk, made_at=cast.now, decided_at=cast.now,
    )  # fmt: skip
    spans = (HoursExtension(start=to_ms(start), end=to_ms(end)),)
    day = (HoursWindow(weekdays=WEEK, start=300, end=1260),)
    assert refusal(wide(cast, station, windows=day, extensions=spans), cast) == Reason.OUTSIDE_HOURS


# The pole


BY_DAY = village.placement(NOW, hours=village.DAYTIME)


def sleeping(folder: Path, **how: Any) -> Pole:
    pole = Pole(folder, NOW, **how)
    pole.keep(NEWS)
    return pole


@pytest.fixture
def desk(tmp_path: Path) -> Papers:
    """The papers of a loudspeaker that sleeps at night."""
    return settled(sleeping(tmp_path))


def settled(pole: Pole) -> Papers:
    """It knows the keys and where it stands."""
    papers = Papers(pole.store, pole.clock, device=village.DEVICE, root=village.ROOT)
    for message in (village.keyset(NOW), BY_DAY):
        papers.take(signed(message), type(message))
    return papers


def refused(papers: Papers, token: str) -> str:
    with pytest.raises(Refused) as caught:
        papers.take(token, Plan)
    return caught.value.reason


def test_a_plan_that_was_good_once_is_not_obeyed_again(desk: Papers) -> None:
    """Of the time when 03:15 was a night of storm; kept by somebody who holds the message engine."""
    old = village.plan(NOW - DAY, (airing("storm", NIGHT, NEWS),), (NEWS,))
    desk.take(signed(village.plan(NOW, (), ())), Plan)
    assert refused(desk, signed(old)) == Reason.OLDER_REVISION
    assert refused(desk, signed(replace(old, revision=NOW))) == Reason.CONFLICTING_REVISION
    assert refused(desk, signed(replace(old, revision=NOW + 1), by="stop-1")) == Reason.BAD_SIGNATURE


def test_whoever_sets_the_battery_clock_moves_no_sound(tmp_path: Path) -> None:
    """At three somebody sets it to a quarter to five in the afternoon; the loudspeaker counts on by itself."""
    pole = sleeping(tmp_path)
    pole.obey(village.plan(NOW, (airing("news", AFTERNOON + DAY, NEWS),), (NEWS,)), BY_DAY)
    pole.run(NIGHT - 15 * MINUTE)
    assert pole.ticks.wall is not None
    pole.ticks.wall += AFTERNOON + DAY - NIGHT
    pole.clock.compare_wall()
    pole.run(NIGHT + HOUR)
    assert pole.heard == []
    assert abs(pole.clock.now() - pole.true()) < 20
    pole.run(AFTERNOON + DAY + MINUTE)
    assert begins_at(pole.heard[0], NEWS) == pytest.approx(AFTERNOON + DAY, abs=20)


def test_a_loudspeaker_that_wakes_up_without_the_time_keeps_quiet(tmp_path: Path) -> None:
    """The power comes back at 03:10; without a battery clock it does not know how long it was dark."""
    pole = sleeping(tmp_path, wall=False)
    settled(pole)
    pole.obey(village.plan(NOW, (airing("news", NIGHT, NEWS),), (NEWS,)))
    pole.run(NIGHT - 5 * MINUTE)
    pole.ticks.boot = "kernel-2"
    pole.boot()
    assert not pole.clock.valid()
    pole.run(NIGHT + HOUR)
    assert pole.heard == []
    papers = Papers(pole.store, pole.clock, device=village.DEVICE, root=village.ROOT)
    assert refused(papers, signed(village.plan(NOW + HOUR, (), ()))) == Reason.NO_VALID_TIME
