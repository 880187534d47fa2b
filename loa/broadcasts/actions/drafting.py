"""Steps that several actions on the calendar share: fill in times and places after every check, copy, drop, record."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from airtime.spans import to_ms

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.audit.actions import record
from loa.broadcasts.actions.planning import plan_sets_of, replan
from loa.broadcasts.models import Programme, Schedule, State
from loa.broadcasts.queries import checks, insertions, onair, rooms, rundowns, sources
from loa.broadcasts.queries.checks import Findings
from loa.broadcasts.queries.insertions import Insertion
from loa.broadcasts.queries.slots import session_starts, slots
from loa.broadcasts.queries.weeks import holidays_of
from loa.broadcasts.rules import sessions, states, targets, times, words
from loa.broadcasts.rules.deliveries import GIVES_WAY_S
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import WHEN, BadTimes, Rule, When
from loa.bulletins.models import Version
from loa.devices import announce
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, Refusal
from loa.people.models import User

OFFLINE_MOST = 24 * 31
# A session may be made longer, or begin later, by so much without asking anybody again.
BEYOND_S = 3600
# Series of more days have their next session by themselves.
SPILLS = 14


def fill(
    schedule: Schedule, when: When, target: Target, version: Version, now: datetime, *, keep_dropped: bool = False
) -> None:
    """Times and places as they were asked for, after every check that can be made now."""
    checks.require_target(schedule.area, target)
    if not 1 <= schedule.offline_for <= OFFLINE_MOST:
        raise Invalid("Thời gian cho phép phát khi mất mạng là từ 1 giờ đến 31 ngày.", code="offline_for")
    schedule.target = targets.to_json(target)
    duration = timedelta(milliseconds=sources.length_ms(version, schedule.area.path, now))
    floats = schedule.programme is not None and _floats(schedule, schedule.programme, when)
    if schedule.programme is not None and floats:
        when = _in_session(schedule.programme, when, duration)
    elif schedule.programme is not None and not when.times:
        when = replace(when, times=(_room(schedule, schedule.programme, when, duration, now),))
    when = without_holidays(when)
    if not floats and _may_give_way(schedule, version):
        when = replace(when, slack_s=max(when.slack_s, GIVES_WAY_S))
    for name in WHEN:
        value = getattr(when, name)
        setattr(schedule, name, list(value) if isinstance(value, tuple) else value)
    if schedule.pattern == "once":
        schedule.last_day = None
    if not keep_dropped:
        schedule.dropped = []
    schedule.floating, schedule.spill = floats, []
    if floats:
        schedule.spill = [] if schedule.recurring_part or schedule.filling else _spill(schedule)
        _require_place(schedule, version, now)
    check(schedule, version, now)


def _may_give_way(schedule: Schedule, version: Version) -> bool:
    """An urgent item of a commune may have to let one from above go first."""
    own = schedule.area.level == Level.COMMUNE and not (schedule.filling or schedule.recurring_part)
    return own and version.priority == "priority"


def floating(
    *, actor: User, area: Area, programme: Programme, when: When, duration: timedelta, now: datetime
) -> Schedule | None:
    """What would be put on the calendar if the rundown of the session says when in it it sounds, else None; kept
    nowhere. Raises Invalid."""
    schedule = Schedule(area=area, programme=programme, made_by=actor, made_at=now)
    if not _floats(schedule, programme, when):
        return None
    for name, value in asdict(without_holidays(_in_session(programme, when, duration))).items():
        setattr(schedule, name, list(value) if isinstance(value, tuple) else value)
    schedule.floating, schedule.spill = True, _spill(schedule)
    return schedule


def _floats(schedule: Schedule, programme: Programme, when: When) -> bool:
    """Whether the rundown says when in the session it sounds: nobody has named another time."""
    if when.repeats or (when.times and not (schedule.floating and list(when.times) == list(schedule.times))):
        return False
    return programme.items.exists()


def _in_session(programme: Programme, when: When, duration: timedelta) -> When:
    if not duration:
        raise Invalid("Bản tin chưa có tiếng nên chưa biết dài bao lâu. Hãy thu hoặc tạo tiếng trước.", code="no_sound")
    slack = min(programme.minutes * 60 + BEYOND_S, times.MAX_SLACK_S)
    return replace(when, times=(programme.starts.isoformat("minutes"),), slack_s=slack)


def _spill(schedule: Schedule) -> list[int]:
    """For each session the one after it, into which it goes where its own has no room; nothing for a long series."""
    rule = _rule(schedule)
    last = schedule.last_day or schedule.first_day
    days = (last - schedule.first_day).days + rundowns.SPILL_DAYS + 1
    if days > SPILLS:
        return []
    held = session_starts(schedule.area, schedule.first_day, days)
    own = rule.starts(times.midnight(schedule.first_day), times.midnight(last + timedelta(days=1)))
    after = (next((start for start in held if start > wish), None) for wish in own)
    return sorted({to_ms(start) for start in after if start is not None and start not in own})


def _require_place(schedule: Schedule, version: Version, now: datetime) -> None:
    """Raises Refusal `session_full` if the rundown has no room for it in one of the sessions, nor in the next."""
    found = insertions.insertion(schedule, version, now)
    ahead = [start for start in found.unplaced if start > now]
    if not ahead:
        return
    assert schedule.programme is not None
    day, length = f"{local(ahead[0]):%d/%m}", sources.length_ms(version, schedule.area.path, now)
    lasts = words.length(timedelta(milliseconds=length))
    message = f"{schedule.programme.name} {day} không còn chỗ cho {lasts}, buổi sau cũng hết chỗ. Hãy chọn buổi khác."
    raise Refusal(message, code="session_full", facts={"starts": [start.isoformat() for start in ahead]})


def without_holidays(when: When) -> When:
    """Its public holidays are left out by name: what is approved names days."""
    if not when.except_holidays or when.pattern == "once":
        return when
    last = when.last_day or when.first_day + times.LOOK_AHEAD
    named = holidays_of(range(when.first_day.year, last.year + 1))
    inside = {day for day in named if when.first_day <= day <= last}
    return replace(when, except_days=tuple(sorted({*when.except_days, *inside})))


def _rule(schedule: Schedule) -> Rule:
    try:
        return sources.rule_of(schedule)
    except BadTimes as error:
        raise Invalid(str(error), code="times") from error


def check(schedule: Schedule, version: Version, now: datetime) -> Findings:
    """What is worth knowing of these air times. Raises what the rules say against them."""
    rule, length = _rule(schedule), timedelta(milliseconds=sources.length_ms(version, schedule.area.path, now))
    try:
        times.permit_times(rule, now)
    except BadTimes as error:
        raise Invalid(str(error), code="times") from error
    target = targets.from_json(schedule.target)
    findings = checks.examine(
        schedule.area, target, rule, length, now, valid=sources.validity_of(version),
        kind=onair.kind_on(schedule, version), beside=onair.beside(schedule),
    )  # fmt: skip
    checks.require_allowed(findings)
    return findings


def fill_session(schedule: Schedule, day: date, version: Version, now: datetime) -> Insertion:
    """Into the session of its programme on this day and no other, after every check that can be made now; the rundown
    says when in it. Raises Refusal `session_full`, and as `fill`.
    """
    assert schedule.programme is not None
    duration = timedelta(milliseconds=sources.length_ms(version, schedule.area.path, now))
    when = _in_session(schedule.programme, When("once", day), duration)
    for name in WHEN:
        value = getattr(when, name)
        setattr(schedule, name, list(value) if isinstance(value, tuple) else value)
    schedule.floating, schedule.dropped, schedule.spill = True, [], []
    checks.require_listeners(check(schedule, version, now))
    _require_place(schedule, version, now)
    schedule.spill = _spill(schedule)
    return insertions.insertion(schedule, version, now)


def _room(schedule: Schedule, programme: Programme, when: When, duration: timedelta, now: datetime) -> str:
    """The first local time in the programme that is free on every one of the days. Refusal `session_full`."""
    if not duration:
        raise Invalid("Bản tin chưa có tiếng nên chưa biết dài bao lâu. Hãy thu hoặc tạo tiếng trước.", code="no_sound")
    probe = _days(replace(when, times=(programme.starts.isoformat("minutes"),)))
    days = [local(start).date() for start in probe.starts(times.midnight(when.first_day), probe.end(now))]
    if not days:
        raise Invalid("Những ngày này không có lần phát nào.", code="times")
    span = (days[-1] - days[0]).days + 1
    offered = [
        session
        for session in rooms.sessions_of(schedule.area, days[0], span, leave_out=[schedule.pk])
        if session.slot.id == str(programme.pk) and session.day in days
    ]
    clock = sessions.common_gap(offered, duration, now) if len(offered) == len(set(days)) else None
    if clock is None:
        raise _full(schedule.area, programme, offered, duration, now)
    return clock.isoformat("minutes")


def _days(when: When) -> Rule:
    try:
        return times.rule_of(when)
    except BadTimes as error:
        raise Invalid(str(error), code="times") from error


def _full(
    area: Area, programme: Programme, offered: Sequence[sessions.Session], duration: timedelta, now: datetime
) -> Refusal:
    today = local(now).date()
    busy = rooms.busy_spans(area, now, now + timedelta(days=sessions.LOOK_AHEAD))
    following = sessions.next_with_room(slots(area, today), busy, duration, now)
    if not offered:
        message = f"{programme.name} không có buổi vào mọi ngày đã chọn. Hãy chọn ngày khác hoặc buổi khác."
        return Refusal(message, code="no_session")
    fullest = min(offered, key=lambda session: (sessions.first_gap(session, duration, now) is not None, session.span))
    facts = {"next": words.moment(following[1], now)} if following else {}
    return Refusal(sessions.full(fullest, duration, following, now), code="session_full", facts=facts)


_COPIED = (
    "area", "bulletin", "programme", "position", "recurring_part", "filling", "floating", "spill", "offline_for",
    "target",
    *WHEN,
)  # fmt: skip


def copy_of(schedule: Schedule, actor: User, now: datetime, *, schedule_id: UUID | None = None) -> Schedule:
    """A new draft with the same wish, made by `actor`."""
    copy = Schedule(**{name: getattr(schedule, name) for name in _COPIED}, made_by=actor, made_at=now)
    copy.dropped, copy.spill = list(schedule.dropped), list(schedule.spill)
    if schedule_id is not None:
        copy.pk = schedule_id
    return copy


def require_own(schedule: Schedule) -> None:
    """Raises Refusal `from_above`: what others have sent is put elsewhere, or refused, by its own steps."""
    if sources.from_above(schedule):
        raise Refusal(
            "Tin này do cấp trên gửi xuống. Muốn đổi buổi, đổi thứ tự hoặc từ chối, hãy vào Tin cấp trên gửi.",
            code="from_above",
        )


def require_airing(schedule: Schedule, start: datetime, now: datetime) -> None:
    """Raises NotFound unless the schedule still sounds at `start`, Refusal when it has begun, or is not its own."""
    require_own(schedule)
    if states.after(schedule.state, "drop") is None and states.after(schedule.state, "change") is None:
        raise Refusal(f"Lịch phát này {states.in_words(schedule.state)} nên không sửa được.", code="wrong_state")
    if start <= now:
        raise Refusal("Lần phát này đã bắt đầu hoặc đã qua. Muốn dừng, hãy bấm Dừng tất cả loa.", code="begun")
    if start not in sources.rule_of(schedule).starts(start, start + timedelta(seconds=1)):
        raise Invalid("Không có lần phát nào vào lúc đó.", code="no_airing")


def drop(schedule: Schedule, start: datetime, now: datetime) -> None:
    """Take one instant out; an approved schedule is planned anew."""
    require_airing(schedule, start, now)
    schedule.dropped = sorted({*schedule.dropped, to_ms(start)})
    schedule.save(update_fields=["dropped"])
    if schedule.state == State.APPROVED:
        replan(plan_sets_of([schedule]), now=now)


def step(schedule: Schedule, name: str) -> None:
    """Move to the following state. Raises Refusal `wrong_state`."""
    following = states.after(schedule.state, name)
    if following is None:
        raise Refusal(f"Lịch phát này {states.in_words(schedule.state)} nên không làm được.", code="wrong_state")
    schedule.state = following


def tell(waiting: Collection[Schedule]) -> None:
    """Open pages hear of it; whom it waits for is asked from above (loa/notifications)."""
    for schedule in waiting:
        announce.event("schedule.submitted", schedule.area.path, {"schedule": str(schedule.pk)})


def note(actor: User | None, verb: str, schedule: Schedule, now: datetime, **facts: object) -> None:
    """The line of the record about a schedule."""
    area = schedule.area.path
    facts = {"bulletin": str(schedule.bulletin_id), "times": list(schedule.times), **facts}
    record(actor=actor, verb=verb, object=("schedule", schedule.pk), area=area, facts=facts, now=now)
