"""Which loudspeakers have proved that they sounded (see settings.LOA_SOUNDED)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Q

from loa.broadcasts.models import PlayProof
from loa.devices.actions.tickets import Sounded

_LATE = timedelta(days=1)  # an airing may begin so long after it was planned


def sounded_since(since: Mapping[str, datetime]) -> Mapping[str, Sounded]:
    """Of each device the first signed proof that it played to the end after this instant."""
    asked = Q(pk__in=[])
    for device, at in since.items():
        asked |= Q(device=device, planned__gt=at - _LATE, started__gt=at)
    rows = PlayProof.objects.filter(asked, outcome="played", rendered_ms__gt=0).order_by("-started")
    return {row.device_id: Sounded(row.airing, row.started) for row in rows.only("device_id", "airing", "started")}
