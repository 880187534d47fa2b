"""Reads of relay sources: those of a place, those that somebody has to fetch, how groups receive."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from loa.areas.models import Area
from loa.areas.rules import lineage
from loa.relays.models import Reception, RelaySource, SourceTest
from loa.relays.rules import PLATFORM, Receivable, served_at

Ways = Mapping[str, tuple[datetime, tuple[str, ...]]]


def receivable(source: RelaySource) -> Receivable:
    """The source in the words of the rules."""
    return Receivable(
        id=str(source.pk),
        url=source.url,
        fetch=source.fetch,
        kbit_s=source.kbit_s,
        frequency_khz=source.frequency_khz,
        input=source.input,
    )


def sources_of(area: Area) -> list[RelaySource]:
    """What the area may relay, the nearest unit's first, with the area and what stands in for it."""
    rows = RelaySource.objects.filter(area__path__in=lineage(area.path), ended_at=None)
    return sorted(rows.select_related("area", "fallback"), key=lambda row: (-len(row.area.path), row.name))


def newest_tests(sources: Iterable[RelaySource]) -> dict[object, SourceTest]:
    """The last try of each source that was tried, by the id of the source."""
    rows = SourceTest.objects.filter(source__in=list(sources)).order_by("source_id", "-asked_at").distinct("source_id")
    return {row.source_id: row for row in rows}


def ways(groups: Collection[str]) -> Ways:
    """How these groups receive, where somebody has decided it: (when, which ways)."""
    rows = Reception.objects.filter(group__in=groups).values_list("group_id", "changed_at", "ways")
    return {group: (at, tuple(found)) for group, at, found in rows}


def served() -> dict[str, str]:
    """Every stream that the platform fetches for devices: path on the gateway's side -> address."""
    rows = RelaySource.objects.filter(fetch=PLATFORM, ended_at=None).exclude(url="")
    return {served_at(str(pk), url): url for pk, url in rows.values_list("pk", "url")}
