"""What the map of a page stands on: the shape of which province, and the tiles of another server if one is set."""

from dataclasses import dataclass

from django.conf import settings

from loa.areas.models import Area
from loa.areas.rules import Level


@dataclass(frozen=True, slots=True)
class Ground:
    """`province` is the code of the shape to show, empty for the whole country; `tiles` a Leaflet address, or empty."""

    province: str
    whole: bool
    tiles: str
    credit: str


def ground(area: Area) -> Ground:
    """Of a commune the points alone decide what is seen; of a larger area its shape."""
    parts = area.path.split(".")
    return Ground(
        province=parts[1] if len(parts) > 1 else "",
        whole=area.level < Level.COMMUNE,
        tiles=settings.LOA_MAP_TILES,
        credit=settings.LOA_MAP_CREDIT,
    )
