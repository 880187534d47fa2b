"""The shell around the pages: theme, offline page, web manifest, service worker."""

import hashlib
import json
from functools import cache
from pathlib import Path
from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_POST

from loa.ui import frame
from loa.ui.context import THEME_COOKIE, THEMES

STATIC = Path(__file__).parents[1] / "static"
WORKER = STATIC / "ui" / "js" / "sw.js"
HTMX = "django_htmx/htmx-2.min.js"
KEPT = {".css", ".js", ".woff2", ".svg"}
YEAR = 365 * 24 * 3600


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the light or dark ground in a cookie and go back to where the person was."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = HttpResponseRedirect(target)
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        secure = request.is_secure()
        response.set_cookie(THEME_COOKIE, chosen, max_age=YEAR, samesite="Lax", secure=secure, httponly=True)
    return response


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker shows when neither the network nor a kept copy has the page."""
    return render(request, "ui/offline.html")


@require_GET
@never_cache
def ticket(request: HttpRequest) -> JsonResponse:
    """A fresh ticket of the gateway for a page that has been open for long; 401 when the sign-in is over."""
    fresh = frame.build(request).ticket
    return JsonResponse({"ticket": fresh}) if fresh else JsonResponse({}, status=401)


@require_GET
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """The web manifest, so that a phone can put Loa on its first screen."""
    icons = [
        {"src": static(f"ui/img/{name}.png"), "sizes": f"{pixels}x{pixels}", "type": "image/png", "purpose": purpose}
        for name, pixels, purpose in (
            ("icon-192", 192, "any"),
            ("icon-512", 512, "any"),
            ("icon-mask-512", 512, "maskable"),
        )
    ]
    return JsonResponse(
        {
            "name": "Loa - truyền thanh cơ sở",
            "short_name": "Loa",
            "lang": "vi",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f5f6f4",
            "theme_color": "#1d4a80",
            "icons": icons,
        },
        content_type="application/manifest+json",
    )


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker: its source below the list of what it keeps. Never kept by anybody."""
    head = f"self.LOA = {json.dumps({'version': _shell_version(), 'shell': _shell()})};\n"
    response = HttpResponse(head + WORKER.read_text(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@cache
def _shell() -> list[str]:
    """Addresses of everything that a kept page needs to look and work right."""
    files = sorted(path.relative_to(STATIC).as_posix() for path in (STATIC / "ui").rglob("*") if path.suffix in KEPT)
    wanted = [name for name in files if name != "ui/js/sw.js"]
    # modules import each other by their plain names, whatever name the storage gives them
    plain = [urljoin(settings.STATIC_URL, name) for name in wanted if name.endswith(".js")]
    return list(dict.fromkeys([reverse("ui:offline"), *(static(name) for name in [*wanted, HTMX]), *plain]))


@cache
def _shell_version() -> str:
    """Changes whenever a file of the shell does, so that browsers fetch the new ones."""
    digest = hashlib.sha256()
    for path in sorted((STATIC / "ui").rglob("*")):
        if path.suffix in KEPT:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
