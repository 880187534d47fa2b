"""Every address of the platform, put together from the domains."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from loa.config.api.root import api
from loa.config.health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health, name="health"),
    path("tai-khoan/", include("loa.people.sign_in_urls")),
    path("", include("loa.people.urls")),
    path("", RedirectView.as_view(pattern_name="broadcasts:today"), name="home"),
    path("", include("loa.notifications.urls")),
    path("", include("loa.alerts.urls")),
    path("", include("loa.broadcasts.urls")),
    path("", include("loa.bulletins.urls")),
    path("", include("loa.relays.urls")),
    path("", include("loa.channels.urls")),
    path("", include("loa.alerts.public_urls")),
    path("", include("loa.media.urls")),
    path("", include("loa.devices.urls")),
    path("", include("loa.ui.urls")),
    path("", include("loa.demo.urls")),
    path("", include("loa.alerts.cap_urls")),
    path("api/v1/", api.urls),
]
handler403 = "loa.ui.web.errors.denied"
handler404 = "loa.ui.web.errors.not_found"
handler500 = "loa.ui.web.errors.broken"
