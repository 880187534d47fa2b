"""The rules of the air by those who may write them: whole rules, ready profiles, days off."""

from datetime import date, datetime
from typing import Any

from airtime.hours import MINUTES_A_DAY, Window
from django.db import transaction

from loa.areas import actions as areas
from loa.areas.extensions import Permits
from loa.areas.models import Area, DayOff, OperatingRules
from loa.areas.profiles import Profile
from loa.audit.actions import record
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, Refusal
from loa.people import access
from loa.people.actions import hours
from loa.people.actions.hours import Wish
from loa.people.models import User

WRITE = "rules.write"


def set_rules(
    *, actor: User, area: Area, wish: Wish, ceiling: tuple[Window, ...], nights: Permits, now: datetime
) -> OperatingRules:
    """Hours with all that belongs to them, in one row, at once; `ceiling` and `nights` as the signer's host has them.
    Raises NotFound, Denied, Invalid, Refusal (also `needs_second_person`: hours beyond the usual ones go their own way,
    docs/adr/0021; `beyond_host`: extensions that nobody would sign)."""
    _check_nights(wish.terms or {}, nights)
    made = hours.set_or_propose(actor=actor, area=area, wish=wish, ceiling=ceiling, now=now)
    assert isinstance(made, OperatingRules)  # what is proposed to a second person has no terms
    return made


def apply_profile(
    *, actor: User, area: Area, profile: Profile, document: str, starts: date, ceiling: tuple[Window, ...],
    nights: Permits, now: datetime, ends: date | None = None,
) -> OperatingRules:  # fmt: skip
    """A ready profile becomes the rules of the area, under its own document. Raises as `set_rules`."""
    wish = Wish(list(profile.windows), document, starts, ends, profile.terms)
    return set_rules(actor=actor, area=area, wish=wish, ceiling=ceiling, nights=nights, now=now)


def _check_nights(terms: areas.Terms, nights: Permits) -> None:
    days, latest = terms.get("extension_days"), terms.get("extension_latest", 0)
    if days is not None and (days > nights.days or latest > nights.latest):
        clock = f"{nights.latest // 60 % 24:02}:{nights.latest % 60:02}"
        raise Refusal(
            f"{nights.set_by} để {nights.document}: gia hạn nhiều nhất {nights.days} ngày một năm, muộn nhất {clock}"
            f"{' hôm sau' if nights.latest > MINUTES_A_DAY else ''}. Hãy ghi trong mức đó.",
            code="beyond_host",
        )


@transaction.atomic
def add_day_off(*, actor: User, area: Area, now: datetime, **facts: Any) -> DayOff:
    """See `areas.actions.add_day_off`. Raises NotFound, Denied, Invalid, Refusal."""
    access.require(actor, WRITE, area, now)
    if facts["starts"] < local(now).date():
        raise Invalid("Ngày bắt đầu đã qua. Hãy chọn từ hôm nay trở đi.", code="day_off")
    row = areas.add_day_off(area=area, **facts)
    _note(actor, "day_off.added", row, now)
    return row


@transaction.atomic
def end_day_off(*, actor: User, row: DayOff, now: datetime) -> None:
    """It holds no more from tomorrow on, or never if it is to come. Raises NotFound, Denied, Refusal."""
    access.require(actor, WRITE, row.area, now)
    _note(actor, "day_off.ended", row, now)
    areas.end_day_off(row=row, today=local(now).date())


def _note(actor: User, verb: str, row: DayOff, now: datetime) -> None:
    facts = {"name": row.name, "document": row.document, "effect": row.effect, "starts": row.starts, "ends": row.ends}
    record(actor=actor, verb=verb, object=("day_off", row.pk), area=row.area.path, facts=facts, now=now)
