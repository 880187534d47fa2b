"""Alerts for everybody as CAP 1.2: a feed for each area, each message as XML and JSON. Nobody signs in here."""

from pathlib import Path
from urllib.parse import urlsplit

from cap import feeds, forms, signature, writing
from cap.feeds import Offer
from cap.model import Alert
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from loa.alerts.queries import outward
from loa.kernel import clock

FRESH_S = 15


@require_safe
@cache_control(public=True, max_age=FRESH_S)
def feed(request: HttpRequest, area: str) -> HttpResponse:
    """Atom, newest first; also for an area in which nothing has happened."""
    place, now = outward.area(area), clock.now()
    alerts = outward.newest(place.path, sender(), now)
    address = _address("cap:feed", place.path)
    written = feeds.write(
        id=address,
        title=f"Cảnh báo khẩn cấp: {place.full_name}",
        author=place.full_name,
        address=address,
        updated=max((one.sent for one in alerts), default=now),
        offers=[
            Offer(
                id=_address("cap:xml", one.identifier),
                alert=one,
                xml=_address("cap:xml", one.identifier),
                json=_address("cap:json", one.identifier),
                updated=one.sent,
            )
            for one in alerts
        ],
    )
    return HttpResponse(written, content_type="application/atom+xml; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=FRESH_S)
def xml(request: HttpRequest, alert: str) -> HttpResponse:
    """Signed, where the installation has a key for it (`LOA_CAP_KEY`)."""
    return HttpResponse(_written(outward.document(alert, sender())), content_type=feeds.CAP_TYPE)


@require_safe
@cache_control(public=True, max_age=FRESH_S)
def json(request: HttpRequest, alert: str) -> HttpResponse:
    """The names of CAP 1.2."""
    return HttpResponse(forms.to_json(outward.document(alert, sender())), content_type=feeds.JSON_TYPE)


def sender() -> str:
    """Who we are in CAP: the host that people type."""
    return f"canh-bao@{urlsplit(settings.ENV.site_url).hostname}"


def _written(alert: Alert) -> bytes:
    if settings.LOA_CAP_KEY is None:
        return writing.write(alert)
    pem = Path(settings.LOA_CAP_KEY).read_text()
    return signature.sign(alert, pem, pem[pem.index("-----BEGIN CERTIFICATE") :])


def _address(name: str, value: str) -> str:
    return settings.ENV.site_url.rstrip("/") + reverse(name, args=[value])
