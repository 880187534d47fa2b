"""What the map of a page stands on: which province's shape, names to find one's way by, tiles if a server is set."""

import json
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F

from loa.areas.models import Area
from loa.areas.rules import Level

NEIGHBOURS = 8


@dataclass(frozen=True, slots=True)
class Ground:
    """`province` is the code of the shape to show, empty for the whole country; `tiles` a Leaflet address, or empty.

    `near`: JSON list of [name, latitude, longitude] of the units around a commune.
    """

    province: str
    whole: bool
    near: str
    tiles: str
    credit: str


def ground(area: Area) -> Ground:
    """Of a commune the points alone decide what is seen; of a larger area its shape."""
    parts = area.path.split(".")
    return Ground(
        province=parts[1] if len(parts) > 1 else "",
        whole=area.level < Level.COMMUNE,
        near=json.dumps(_near(area)) if area.level == Level.COMMUNE else "[]",
        tiles=settings.LOA_MAP_TILES,
        credit=settings.LOA_MAP_CREDIT,
    )


def _near(area: Area) -> list[tuple[str, float, float]]:
    """The communes next to this one; at the size of a commune degrees are as good as a distance."""
    if area.latitude is None or area.longitude is None:
        return []
    others = Area.objects.filter(level=Level.COMMUNE, valid_to=None, latitude__gt=0).exclude(pk=area.pk)
    north, east = F("latitude") - area.latitude, F("longitude") - area.longitude
    nearest = others.annotate(far=north * north + east * east).order_by("far")
    rows = nearest.values_list("full_name", "latitude", "longitude")[:NEIGHBOURS]
    return [(name, lat or 0, lon or 0) for name, lat, lon in rows]
