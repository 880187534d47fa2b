"""Which languages an area airs, in which order.

Whoever makes the programme of a place decides it (`schedule.write`): it chooses among sounds that an approver has
heard, every one of them, so nobody's leave is asked again; and no law names a second person for it, as for the hours.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from loa.areas import actions as areas
from loa.areas.models import Area
from loa.audit.actions import record
from loa.broadcasts import access
from loa.broadcasts.actions.planning import replan
from loa.broadcasts.queries import sources
from loa.broadcasts.rules import targets
from loa.bulletins.rules import LANGUAGES
from loa.kernel.clock import local
from loa.kernel.errors import Invalid
from loa.people.access import require
from loa.people.models import User


@transaction.atomic
def set_languages(*, actor: User, area: Area, languages: Sequence[str], starts: date, now: datetime) -> None:
    """What `area` airs from `starts` on; none at all: again as the area above says. Raises NotFound, Denied, Invalid.

    Only plans with a bulletin in several languages are made anew.
    """
    require(actor, access.WRITE, area, now)
    if not set(languages) <= LANGUAGES.keys():
        raise Invalid("Hãy chọn ngôn ngữ trong danh sách.", code="languages")
    if starts < local(now).date():
        raise Invalid("Ngày bắt đầu đã qua. Hãy chọn từ hôm nay trở đi.", code="starts")
    areas.set_languages(area=area, languages=languages, starts=starts)
    facts = {"languages": list(languages), "starts": starts.isoformat()}
    record(actor=actor, verb="languages.set", object=("area", area.path), area=area.path, facts=facts, now=now)
    speak_anew(area, now=now)


def speak_anew(area: Area, *, now: datetime) -> None:
    """Plans of the area with something in several languages, once more."""
    replan(_concerned(area, now), now=now)


def _concerned(area: Area, now: datetime) -> set[str]:
    """The plan sets of the area in which something in several languages sounds."""
    places = sources.places([area.path])
    rows = sources.approved(sorted({place.area for place in places}), local(now).date()) if places else []
    spoken = [row for row in rows if row.version and len(sources.spoken_in(row.version)) > 1]
    return {
        place.id
        for row in spoken
        for place in places
        if targets.reach(targets.from_json(row.target), row.area.path, place) is not None
    }
