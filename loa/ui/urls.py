"""Addresses of the parts that belong to no domain. The worker stands at the root: it rules only what lies below."""

from django.urls import path

from loa.ui.web import gallery, shell

app_name = "ui"
urlpatterns = [
    path("sw.js", shell.service_worker, name="worker"),
    path("manifest.webmanifest", shell.manifest, name="manifest"),
    path("ui/gallery/", gallery.gallery, name="gallery"),
    path("ui/theme/", shell.theme, name="theme"),
    path("ui/ticket/", shell.ticket, name="ticket"),
    path("ui/offline/", shell.offline, name="offline"),
]
