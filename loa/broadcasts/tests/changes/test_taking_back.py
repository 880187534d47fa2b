"""Whatever was kept is taken back for ten minutes, and what is heard is what was heard before; what has no way back
says so before it is kept. A new kind fails here until one of the two is decided for it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from loa.areas.hours import DEFAULT_WINDOWS
from loa.areas.models import AreaLanguages, DayOff, Extension, OperatingRules
from loa.broadcasts import actions
from loa.broadcasts.changes import ground, keeping, registry
from loa.broadcasts.changes.change import Change
from loa.broadcasts.changes.ground import Window
from loa.broadcasts.changes.kinds import (
    air,
    bulletins,
    clusters,
    days_off,
    devices,
    extensions,
    fleet,
    groups,
    languages,
    mergers,
    mutes,
    programmes,
    relays,
    rules,
    rundowns,
    schedules,
    sources,
    weeks,
)  # fmt: skip
from loa.broadcasts.models import Obligation, PlannedMerger, Programme, Schedule, State
from loa.broadcasts.queries.weeks import monday_of
from loa.broadcasts.rules.rundowns import Kind, Over
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.changes.conftest import see
from loa.broadcasts.tests.changes.test_schedules import at_hour
from loa.broadcasts.tests.conftest import Station, at, on_air
from loa.broadcasts.tests.story.conftest import refusal, write
from loa.broadcasts.tests.test_relays import VOV1, source_of
from loa.broadcasts.tests.test_rundowns_on_air import afternoon as afternoon
from loa.bulletins.models import Bulletin
from loa.devices import signing
from loa.devices.actions import muting
from loa.devices.models import Device, DeviceGroup
from loa.devices.rules.bulk import Deed
from loa.devices.rules.grouping import Rule
from loa.kernel import clock
from loa.kernel.clock import local, to_ms
from loa.people import signer
from loa.people.models import User
from tests.cast import Cast
from tests.changes import confirm

EVERY_DAY = (rules.Hours((1, 2, 3, 4, 5, 6, 7), "05:00", "20:00"),)
MONDAY = date(2026, 8, 24)


@pytest.fixture(autouse=True)
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "sign_all", lambda messages: ["signed" for _ in messages])
    monkeypatch.setattr(signer, "host", lambda: signer.Host(DEFAULT_WINDOWS, ()))


@dataclass
class Quy:
    """Quy Mông at ten to five: one bulletin on the air at 05:00, a session with three parts at 17:00."""

    cast: Cast
    station: Station
    morning: Schedule
    afternoon: Programme

    @property
    def path(self) -> str:
        return self.cast.quy_mong.path

    @property
    def today(self) -> date:
        return local(self.cast.now).date()

    @property
    def device(self) -> str:
        return self.station.speakers[8].pk

    def once(self, hour: str) -> When:
        return When("once", self.today + timedelta(days=1), (hour,))

    def extension(self, state: str = "waiting") -> Extension:
        OperatingRules.objects.filter(area=self.cast.quy_mong).delete()
        OperatingRules.objects.create(
            area=self.cast.lao_cai, starts=date(2026, 1, 1), document="Quyết định 30", extension_days=2,
            windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "20:00"}], extension_latest=1440,
            extension_reasons=["missing_person"],
        )  # fmt: skip
        on_air(self.cast, "Tìm trẻ lạc", "21:00")
        starts = at(self.cast, 20, 30, days=1)
        yes = {"approver_id": self.cast.thanh.pk, "decided_at": self.cast.now} if state == "approved" else {}
        return Extension.objects.create(
            pk=uuid4(), area=self.cast.quy_mong, starts=starts, ends=starts + timedelta(hours=2), state=state,
            reason="missing_person", words="Tìm cháu Nam", author_id=self.cast.lan.pk, author_name="Lan",
            made_at=self.cast.now, **yes,
        )  # fmt: skip

    def heard(self) -> ground.State:
        window = Window.of(self.cast.now, self.cast.now)
        return ground.state_of(ground.read([self.cast.lao_cai.path], window, self.cast.now), window, self.cast.now)


def part_of(quy: Quy) -> rundowns.RundownPart:
    row = quy.afternoon.items.get(position=2)
    return rundowns.RundownPart(row.title, 20, Kind(row.kind), Over.PUSH, id=row.pk)


def a_relay(quy: Quy) -> relays.NewRelay:
    when = When("daily", quy.today + timedelta(days=1), ("18:00",), quy.today + timedelta(days=30))
    return relays.NewRelay(area=quy.path, name=uuid4(), source=source_of(quy.cast).pk, minutes=30, when=when)


def a_duty(quy: Quy) -> weeks.PlanDuty:
    owed = write(quy.cast, "Thu hồi đất")
    duty = Obligation.objects.create(
        bulletin=owed, area=quy.cast.quy_mong, first_day=quy.today, days=3, times_a_day=1, basis="Luật",
        made_by=quy.cast.lan, made_at=quy.cast.now,
    )  # fmt: skip
    return weeks.PlanDuty(area=quy.path, duty=duty.pk)


def a_week(quy: Quy) -> weeks.CopyWeek:
    on_air(quy.cast, "Tiết kiệm điện", "17:10", pattern="once", first_day=quy.today, last_day=None)
    return weeks.CopyWeek(area=quy.path, monday=monday_of(quy.today) + timedelta(days=7), copied=uuid4())


def ready_week(quy: Quy) -> weeks.ApplyGrid:
    quy.afternoon.delete()
    return weeks.ApplyGrid(area=quy.path, grid="rural_short")


def a_season(quy: Quy) -> rundowns.SetSeason:
    return rundowns.SetSeason(area=quy.path, programme=quy.afternoon.pk, first="10-01", last="12-31")


def another_day(quy: Quy) -> rundowns.ChangeSession:
    return rundowns.ChangeSession(area=quy.path, programme=quy.afternoon.pk, day=MONDAY, dropped=True)


def as_always(quy: Quy) -> rundowns.UsualSession:
    actions.change_session(
        actor=quy.cast.lan, programme_id=quy.afternoon.pk, day=MONDAY, now=quy.cast.now, dropped=True, starts=None,
        minutes=None, reason="",
    )  # fmt: skip
    return rundowns.UsualSession(area=quy.path, programme=quy.afternoon.pk, day=MONDAY)


def filled(quy: Quy) -> rundowns.FillPart:
    item = quy.afternoon.items.get(position=1)
    bulletin = write(quy.cast, "Nhạc hiệu").pk
    return rundowns.FillPart(area=quy.path, programme=quy.afternoon.pk, item=item.pk, bulletin=bulletin)


def less_loud(quy: Quy) -> clusters.SetCluster:
    return clusters.SetCluster(
        area=quy.path, device=quy.device, document="Biên bản", starts=quy.today,
        windows=(rules.Hours((1, 2, 3, 4, 5, 6, 7), "06:00", "19:00"),),
    )  # fmt: skip


def as_loud(quy: Quy) -> clusters.EndCluster:
    row = muting.set_cluster_rules(
        actor=quy.cast.thanh, device=quy.station.speakers[8], starts=quy.today + timedelta(days=1), document="Biên bản",
        windows=[EVERY_DAY[0].text() | {"from": "06:00"}], volumes=[], now=quy.cast.now,
    )  # fmt: skip
    return clusters.EndCluster(area=quy.path, device=quy.device, row=row.pk)


def mourning(quy: Quy) -> days_off.AddDayOff:
    return days_off.AddDayOff(
        area=quy.path, sort="mourning", name="Ngày tang", document="Thông báo", effect="silence", starts=MONDAY,
        ends=MONDAY,
    )  # fmt: skip


def no_mourning(quy: Quy) -> days_off.EndDayOff:
    row = DayOff.objects.create(
        area=quy.cast.quy_mong, kind="mourning", name="Ngày tang", document="Thông báo", effect="silence",
        starts=MONDAY, ends=MONDAY,
    )  # fmt: skip
    return days_off.EndDayOff(area=quy.path, row=row.pk)


def muted(quy: Quy) -> mutes.SetMute:
    return mutes.SetMute(area=quy.path, device=quy.device, until=to_ms(at(quy.cast, 20, days=1)), reason="funeral")


def unmuted(quy: Quy) -> mutes.LiftMute:
    until = at(quy.cast, 20, days=1)
    muting.mute(
        actor=quy.cast.lan, device=quy.station.speakers[8], until=until, reason="funeral", now=quy.cast.now
    )  # fmt: skip
    return mutes.LiftMute(area=quy.path, device=quy.device)


def longer(quy: Quy) -> extensions.AskExtension:
    row = quy.extension()
    row.delete()
    return extensions.AskExtension(
        area=quy.path, extension=uuid4(), starts=to_ms(row.starts), ends=to_ms(row.ends), reason="missing_person",
        words="Tìm cháu Nam",
    )  # fmt: skip


def in_mong(quy: Quy) -> languages.SetLanguages:
    AreaLanguages.objects.create(area=quy.cast.quy_mong, starts=date(2026, 1, 1), languages=["vi"])
    return languages.SetLanguages(area=quy.path, languages=("hmn", "vi"), starts=quy.today)


def later(quy: Quy) -> mergers.PlanMerger:
    return mergers.PlanMerger(
        area=quy.path, merger=uuid4(), former=(quy.cast.tran_yen.path,), day=quy.today + timedelta(days=9),
        document="Nghị quyết 12",
    )  # fmt: skip


def never(quy: Quy) -> mergers.CancelMerger:
    facts = {"document": "NQ 12", "made_by": quy.cast.son, "made_at": quy.cast.now}
    day = quy.today + timedelta(days=9)
    row = PlannedMerger.objects.create(area=quy.cast.quy_mong, former=[quy.cast.tran_yen.path], day=day, **facts)
    return mergers.CancelMerger(area=quy.path, merger=row.pk)


def empty(quy: Quy) -> groups.DissolveGroup:
    row = DeviceGroup.objects.create(area=quy.cast.quy_mong, name="Chợ")
    return groups.DissolveGroup(area=quy.path, group=row.pk)


def other_address(quy: Quy) -> sources.ChangeSource:
    row = source_of(quy.cast)
    other = replace(VOV1, url="https://other.example/vov1")
    return sources.ChangeSource(area=quy.cast.lao_cai.path, source=row.pk, entered=other)


LAN: dict[type[Change], Callable[[Quy], Change]] = {
    bulletins.HandIn: lambda q: bulletins.HandIn(area=q.path, bulletin=write(q.cast).pk, when=q.once("17:40")),
    schedules.NewSchedule: lambda q: schedules.NewSchedule(
        area=q.path, schedule=uuid4(), bulletin=write(q.cast).pk, when=q.once("17:40")
    ),
    schedules.ChangeSchedule: lambda q: at_hour(q.morning, "05:30"),
    schedules.MoveAiring: lambda q: schedules.moved(q.morning, at(q.cast, 5, days=1), at(q.cast, 6, days=1), uuid4()),
    schedules.DropAiring: lambda q: schedules.DropAiring(
        area=q.path, schedule=q.morning.pk, start=to_ms(at(q.cast, 5, days=1))
    ),
    relays.NewRelay: a_relay,
    sources.ChooseReception: lambda q: sources.ChooseReception(
        area=q.path, group=q.station.groups["Ven sông"].pk, ways=("stream",)
    ),
    groups.SaveGroup: lambda q: groups.SaveGroup(area=q.path, group="grp-cho", name="Chợ", members=(q.device,)),
    groups.SaveRuleGroup: lambda q: groups.SaveRuleGroup(
        area=q.path, group="grp-cot", name="Cột cao", rule=Rule(least_horns=1)
    ),
    groups.DissolveGroup: empty,
    mutes.SetMute: muted,
    mutes.LiftMute: unmuted,
    extensions.AskExtension: longer,
    languages.SetLanguages: in_mong,
    programmes.SaveProgramme: lambda q: programmes.SaveProgramme(
        area=q.path, name="Buổi trưa", starts=time(11), minutes=20, weekdays=(1, 2)
    ),
    programmes.CloseProgramme: lambda q: programmes.CloseProgramme(area=q.path, programme=q.afternoon.pk),
    rundowns.SaveRundown: lambda q: rundowns.SaveRundown(area=q.path, programme=q.afternoon.pk, parts=(part_of(q),)),
    rundowns.FillPart: filled,
    rundowns.SetSeason: a_season,
    rundowns.ChangeSession: another_day,
    rundowns.UsualSession: as_always,
    weeks.ApplyGrid: ready_week,
    weeks.ImportSessions: lambda q: weeks.ImportSessions(
        area=q.path, sessions=(weeks.NewSession("Buổi trưa", time(11), 20, (1, 2)),)
    ),
    weeks.CopyWeek: a_week,
    weeks.PlanDuty: a_duty,
}
THANH: dict[type[Change], Callable[[Quy], Change]] = {
    rules.SetHours: lambda q: rules.SetHours(area=q.path, windows=EVERY_DAY, document="Quyết định 9", starts=q.today),
    air.SetAir: lambda q: air.SetAir(
        area=q.path, windows=EVERY_DAY, document="Quyết định 9", starts=q.today, max_sessions_per_day=3
    ),
    clusters.SetCluster: less_loud,
    clusters.EndCluster: as_loud,
    days_off.AddDayOff: mourning,
    days_off.EndDayOff: no_mourning,
    extensions.ApproveExtension: lambda q: extensions.ApproveExtension(area=q.path, extension=q.extension().pk),
}
SON: dict[type[Change], Callable[[Quy], Change]] = {
    devices.MoveDevice: lambda q: devices.MoveDevice(area=q.path, device=q.device, to=q.cast.tran_yen.path, number=40),
    devices.MergeCommunes: lambda q: devices.MergeCommunes(area=q.cast.tran_yen.path, former=(q.path,)),
    mergers.PlanMerger: later,
    mergers.CancelMerger: never,
    fleet.CorrectDevice: lambda q: fleet.CorrectDevice(
        area=q.path, device=q.device, name="Cổng chợ", groups=(q.station.groups["Ven sông"].pk,)
    ),
    fleet.DoTogether: lambda q: fleet.DoTogether(
        area=q.path, deed=Deed(kind="move", area=q.cast.tran_yen.path), devices=(q.device,)
    ),
}
MINH_ANH: dict[type[Change], Callable[[Quy], Change]] = {sources.ChangeSource: other_address}
# What is asked for anew when it is taken back: an approval that was revoked stays so.
ASKED_ANEW: dict[type[Change], Callable[[Quy], Change]] = {
    schedules.EndSchedule: lambda q: schedules.EndSchedule(area=q.path, schedule=q.morning.pk, reason="Hết mùa")
}
# Kinds that nobody can take back; others cannot only in some cases (see the stories below).
FINAL: dict[type[Change], Callable[[Quy], Change]] = {
    extensions.EndExtension: lambda q: extensions.EndExtension(area=q.path, extension=q.extension("approved").pk)
}
BY = {"lan": LAN, "thanh": THANH, "son": SON, "minh_anh": MINH_ANH}
UNDONE = [(who, kind) for who, own in BY.items() for kind in own]


@pytest.fixture
def quy(cast: Cast, station: Station, neighbour: Device, bulletin_at_five: Schedule, afternoon: Programme) -> Quy:
    return Quy(cast, station, bulletin_at_five, afternoon)


def test_it_is_decided_for_every_kind() -> None:
    decided = [*(kind for _, kind in UNDONE), *ASKED_ANEW, *FINAL]
    assert len(decided) == len(set(decided))
    assert set(decided) == set(registry.KINDS)


@pytest.mark.parametrize(("who", "kind"), UNDONE, ids=[kind.__name__ for _, kind in UNDONE])
def test_within_ten_minutes_all_is_as_it_was(quy: Quy, who: str, kind: type[Change]) -> None:
    user: User = getattr(quy.cast, who)
    change = BY[who][kind](quy)
    before = quy.heard()
    shown = see(quy.cast, change, user)
    assert shown.refusal is None
    kept = keeping.keep(actor=user, change=change, token=shown.token, now=quy.cast.now)
    soon, late = quy.cast.now + timedelta(minutes=9), quy.cast.now + timedelta(minutes=11)
    assert refusal(lambda: keeping.undo(actor=user, kept_id=kept.pk, now=late)).code == "undo_over"
    keeping.undo(actor=user, kept_id=kept.pk, now=quy.cast.now)
    assert ground.differ(before, quy.heard(), Window.of(quy.cast.now, quy.cast.now)).lines == ()
    assert refusal(lambda: keeping.undo(actor=user, kept_id=kept.pk, now=soon)).code == "undone_already"


def test_the_end_of_an_approved_schedule_asks_anew(quy: Quy) -> None:
    Bulletin.objects.filter(pk=quy.morning.bulletin_id).update(state=State.APPROVED)
    change = ASKED_ANEW[schedules.EndSchedule](quy)
    shown = see(quy.cast, change)
    kept = keeping.keep(actor=quy.cast.lan, change=change, token=shown.token, now=quy.cast.now)
    undone = keeping.undo(actor=quy.cast.lan, kept_id=kept.pk, now=quy.cast.now)
    assert undone.waits_for == "approver"
    assert Schedule.objects.filter(bulletin=quy.morning.bulletin_id, state=State.SUBMITTED).exists()


@pytest.mark.parametrize("kind", FINAL, ids=lambda kind: kind.__name__)
def test_what_has_no_way_back_says_so_before(quy: Quy, kind: type[Change]) -> None:
    change = FINAL[kind](quy)
    shown = see(quy.cast, change, quy.cast.thanh)
    kept = keeping.keep(actor=quy.cast.thanh, change=change, token=shown.token, now=quy.cast.now)
    assert kept.final == change.no_way_back()
    error = refusal(lambda: keeping.undo(actor=quy.cast.thanh, kept_id=kept.pk, now=quy.cast.now))
    assert (error.code, error.message) == ("no_way_back", change.no_way_back())


@pytest.mark.parametrize("deed", [Deed(kind="retire", reason="Gỡ cột"), Deed(kind="refresh")], ids=lambda one: one.kind)
def test_a_loudspeaker_that_was_retired_stays_so_and_the_page_says_it(
    quy: Quy, deed: Deed, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: quy.cast.now)
    client.force_login(quy.cast.son)
    area = f"?don-vi={quy.path}"
    wish = {"kind": deed.kind, "reason": deed.reason, "cum": [quy.device]}
    page = client.post(f"/thiet-bi/nhieu-cum/xem-truoc/{area}", wish).content.decode()
    assert "Không hoàn tác được" in page
    assert confirm(client, page).status_code == 302
    assert "Hoàn tác</a>" not in client.get(f"/thiet-bi/nhieu-cum/{area}").content.decode()


def test_volumes_that_were_set_together_are_set_back(quy: Quy) -> None:
    change = fleet.DoTogether(area=quy.path, deed=Deed(kind="volume", volume=30), devices=(quy.device,))
    shown = see(quy.cast, change, quy.cast.son)
    assert [words for _, words in shown.each] == ["Âm lượng 60% thành 30%"]
    kept = keeping.keep(actor=quy.cast.son, change=change, token=shown.token, now=quy.cast.now)
    keeping.undo(actor=quy.cast.son, kept_id=kept.pk, now=quy.cast.now)
    assert Device.objects.get(pk=quy.device).volume == 60


def test_a_session_that_opens_with_a_jingle_says_that_it_has_no_way_back(
    quy: Quy, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = programmes.CloseProgramme(area=quy.path, programme=quy.afternoon.pk)
    assert change.no_way_back() == ""
    monkeypatch.setattr("loa.broadcasts.actions.framing.is_framed", lambda _: True)
    assert "không hoàn tác được" in change.no_way_back()
