"""Who holds which role over the places of many needs, and how people want to be written to."""

from collections.abc import Collection, Iterable
from datetime import datetime

from loa.areas.rules import lineage
from loa.notifications.models import Preference
from loa.notifications.rules import Quiet
from loa.notifications.rules.steps import Held
from loa.people.access import live_grants


def held_over(paths: Iterable[str], now: datetime) -> list[Held]:
    """Every role that holds now over any of these places, of open accounts. One query."""
    wanted = {above for path in set(paths) for above in lineage(path)}
    rows = live_grants(now).filter(area__path__in=wanted, user__is_active=True).order_by("pk")
    found = rows.values_list("user_id", "role", "area__path", "on_behalf_of_id")
    return [Held(user, role, path, other is not None) for user, role, path, other in found]


def held_by(users: Collection[int], now: datetime) -> dict[int, list[str]]:
    """The places over which these people hold a role now."""
    found: dict[int, list[str]] = {}
    rows = live_grants(now).filter(user_id__in=list(users), user__is_active=True)
    for user, path in rows.values_list("user_id", "area__path"):
        found.setdefault(user, []).append(path)
    return found


def preferences(users: Collection[int]) -> dict[int, Preference]:
    """Those that somebody has set."""
    return Preference.objects.in_bulk(list(users)) if users else {}


def quiet_of(preference: Preference | None) -> Quiet:
    """The quiet times of somebody."""
    return Quiet(preference.quiet_from, preference.quiet_until) if preference else Quiet()


def wants(preference: Preference | None, kind: str) -> bool:
    """Whether letters about this kind are wanted."""
    return preference is None or (preference.letters and kind not in preference.silent)
