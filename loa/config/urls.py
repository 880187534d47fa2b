"""Every address of the platform, put together from the domains."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("ui/", include("loa.ui.urls")),
]

handler403 = "loa.ui.web.errors.denied"
handler404 = "loa.ui.web.errors.not_found"
handler500 = "loa.ui.web.errors.broken"
