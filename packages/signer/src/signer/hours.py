"""How wide the hours of a placement may be: the ceiling, cut by the recorded rules on the way down to its area.

A rule goes beyond what is above it only as far as a second person confirmed (docs/adr/0021). A wider row without that
is no error of the area: it cuts like any other, and what it claims beyond is refused with the reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devicelink.messages import Hours
from devicelink.refusals import Reason, Refused
from devicelink.widening import WEEK, Confirmed, minutes

Confirms = Callable[[str, Confirmed], None]
Week = tuple[int, ...]
ALL_DAY = (1 << 1440) - 1


@dataclass(frozen=True, slots=True)
class Rule:
    """The row in force of one area: `confirmed` is what lies beside it, `fault` why that cannot be read."""

    hours: Hours
    children_may_widen: bool = False
    confirmed: Confirmed | None = None
    fault: Refused | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """The minutes of each weekday (bits), whether units below may go beyond, why a wider claim does not count.

    `bound`: what these rules may not exceed themselves; nobody lets those below go beyond it.
    """

    week: Week
    may_widen: bool
    fault: Refused | None = None
    bound: Week = (ALL_DAY,) * len(WEEK)

    @property
    def binds_below(self) -> Week:
        """What no rule below may exceed."""
        return self.bound if self.may_widen else self.week


def nobody_confirms(area: str, confirmed: Confirmed) -> None:
    """For facts without a list of confirmers."""
    raise Refused(Reason.UNKNOWN_KEY, f"nobody may confirm hours of {area}: {confirmed.widening.rule}")


def limit(path: str, rules: Mapping[str, Rule], ceiling: Hours, confirms: Confirms, known: dict[str, Limit]) -> Limit:
    """What holds for this area; `known` keeps it for the next device of the area."""
    found = known.get(path)
    if found is None:
        found = Limit(_week(ceiling), may_widen=True)
        for area in reversed(lineage(path)):
            if area in rules:
                found = _below(found, area, rules[area], ceiling, confirms)
            known[area] = found
    return found


def check_hours(hours: Hours, allowed: Limit, utc_offset: int) -> None:
    """None if no week under `hours` is wider than `allowed`, else `Refused`. Dated spans are judged elsewhere."""
    if hours.utc_offset != utc_offset:
        raise Refused(Reason.OUTSIDE_HOURS, "another local time than the ceiling's")
    if _is_inside(_week(hours), allowed.week):
        return
    if allowed.fault is not None:
        raise Refused(allowed.fault.reason, allowed.fault.detail)
    raise Refused(Reason.OUTSIDE_HOURS, "wider than the ceiling and the rules on the way down allow")


def _below(above: Limit, area: str, rule: Rule, ceiling: Hours, confirms: Confirms) -> Limit:
    own = _week(rule.hours) if rule.hours.utc_offset == ceiling.utc_offset else (0,) * len(WEEK)
    if _is_inside(own, above.week):
        return Limit(own, rule.children_may_widen, None, above.binds_below)
    reach, fault = _reach(above, area, rule, confirms)
    if fault is None and not _is_inside(own, above.binds_below):
        fault = Refused(Reason.OUTSIDE_HOURS, f"{area}: wider than what binds the rules above it")
    elif fault is None and not _is_inside(own, reach):
        fault = Refused(Reason.WRONG_HASH, f"the rules of {area} are wider than what was confirmed")
    return Limit(_common(own, reach), rule.children_may_widen, fault, above.binds_below)


def _reach(above: Limit, area: str, rule: Rule, confirms: Confirms) -> tuple[Week, Refused | None]:
    """How far this rule may go, and why no further."""
    if not above.may_widen:
        return above.week, above.fault or Refused(Reason.OUTSIDE_HOURS, f"{area}: wider than the rules above allow")
    if rule.confirmed is None:
        return above.week, rule.fault or Refused(Reason.NOT_APPROVED, f"nobody confirmed the wider rules of {area}")
    try:
        confirms(area, rule.confirmed)
    except Refused as refused:
        return above.week, refused
    confirmed = _joined(above.week, _week(Hours(windows=rule.confirmed.widening.windows)))
    return _common(confirmed, above.bound), None


def _week(hours: Hours) -> Week:
    return tuple(minutes(hours.windows, day) for day in WEEK)


def _is_inside(inner: Week, outer: Week) -> bool:
    return all(one & ~other == 0 for one, other in zip(inner, outer, strict=True))


def _common(one: Week, other: Week) -> Week:
    return tuple(left & right for left, right in zip(one, other, strict=True))


def _joined(one: Week, other: Week) -> Week:
    return tuple(left | right for left, right in zip(one, other, strict=True))


def lineage(path: str) -> list[str]:
    """The area and those above it, nearest first."""
    labels = path.split(".")
    return [".".join(labels[:count]) for count in range(len(labels), 0, -1)]
