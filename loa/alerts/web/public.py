"""What anybody may read of alerts: those in force for the banner of a website, and the latest as RSS for people.

Alerts are public by nature. Names of who wrote and confirmed them are not told, nor what still waits; an exercise is
marked as one in its first words.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.feedgenerator import Rss201rev2Feed
from django.views.decorators.http import require_safe

from loa.alerts.models import AlertRecord
from loa.areas.models import Area
from loa.areas.queries import within
from loa.areas.rules import lineage
from loa.kernel import clock

SHOWN = ("actual", "exercise")
FEED_KEPT, MOST = timedelta(days=30), 50
KEPT_S = 15  # seconds a proxy or a browser may show it without asking again
_FIRST = {
    "alert": "Cảnh báo",
    "update": "Cập nhật cảnh báo",
    "cancel": "Hủy cảnh báo",
    "end": "Kết thúc cảnh báo",
}


@require_safe
def banner(request: HttpRequest, place: str) -> HttpResponse:
    """Alerts in force that touch the place, the newest first: {"version": 1, "place", "at", "alerts": [...]}."""
    area, now = _area(place), clock.now()
    rows = _touching(area).filter(kind__in=("alert", "update"), expires__gt=now)
    alerts = [_told(row) for row in rows.filter(Q(ended_at=None) | Q(ended_at__gt=now)).order_by("-issued")]
    answer = JsonResponse({"version": 1, "place": area.full_name, "at": now.isoformat(), "alerts": alerts})
    return _open(answer)


@require_safe
def rss(request: HttpRequest, place: str) -> HttpResponse:
    """The latest alerts and what ended them, as RSS 2.0."""
    area, now = _area(place), clock.now()
    feed = Rss201rev2Feed(
        title=f"Cảnh báo: {area.full_name}",
        link=settings.CSRF_TRUSTED_ORIGINS[0] + request.path,
        description=f"Cảnh báo khẩn cấp đã phát trên loa của {area.full_name}.",
        language="vi",
    )
    for row in _touching(area).filter(issued__gt=now - FEED_KEPT).order_by("-issued")[:MOST]:
        told = _told(row)
        feed.add_item(
            title=str(told["title"]), link=settings.CSRF_TRUSTED_ORIGINS[0] + request.path,
            description=str(told["text"]), pubdate=row.issued, unique_id=f"loa:{row.pk}", unique_id_is_permalink=False,
        )  # fmt: skip
    return _open(HttpResponse(feed.writeString("utf-8"), content_type="application/rss+xml; charset=utf-8"))


def _area(place: str) -> Area:
    area = Area.objects.filter(path=place, valid_to=None).first()
    if area is None:
        raise Http404
    return area


def _touching(area: Area) -> QuerySet[AlertRecord]:
    around = within(area.path, "area__path") | Q(area__path__in=lineage(area.path))
    rows = AlertRecord.objects.filter(around, state="sent", status__in=SHOWN, issued__isnull=False)
    return rows.select_related("area")


def _told(row: AlertRecord) -> dict[str, object]:
    drill = "DIỄN TẬP. " if row.status == "exercise" else ""
    texts = [str(one.get("text", "")) for one in row.said if one.get("language", "vi") == "vi"]
    return {
        "id": row.pk,
        "kind": row.kind,
        "status": row.status,
        "event": row.event,
        "severity": row.severity,
        "risk": row.risk,
        "title": f"{drill}{_FIRST[row.kind]}: {row.headline or _headline(row)}",
        "text": drill + "\n".join(dict.fromkeys(texts)),
        "place": row.area.full_name if row.area else "",
        "issued": _iso(row.issued),
        "expires": _iso(row.expires),
        "ends": row.alert,
    }


def _headline(row: AlertRecord) -> str:
    about = AlertRecord.objects.filter(pk=row.alert).first() if row.alert else None
    return about.headline if about else ""


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _open(answer: HttpResponse) -> HttpResponse:
    """Any website may show it; nobody is told by it who reads."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    return answer
