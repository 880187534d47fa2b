"""Which languages an area airs."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q

from loa.areas.models import Area, AreaLanguages
from loa.kernel.errors import Invalid


@transaction.atomic
def set_languages(*, area: Area, languages: Sequence[str], starts: date) -> AreaLanguages | None:
    """What `area` airs from `starts` on, in this order; none at all = what the area above says holds again.

    The later word holds: what was said for days from `starts` on is gone. Raises Invalid `languages`.
    """
    if len(set(languages)) < len(languages) or not all(code and len(code) <= 16 for code in languages):
        raise Invalid("Mỗi ngôn ngữ chỉ ghi một lần.", code="languages")
    own = AreaLanguages.objects.filter(area=area)
    own.filter(starts__gte=starts).delete()
    own.filter(Q(ends=None) | Q(ends__gte=starts)).update(ends=starts - timedelta(days=1))
    return AreaLanguages.objects.create(area=area, languages=list(languages), starts=starts) if languages else None
