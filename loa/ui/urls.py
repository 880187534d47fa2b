"""Addresses of the parts that belong to no domain."""

from django.urls import path

from loa.ui.web import gallery, shell

app_name = "ui"
urlpatterns = [
    path("gallery/", gallery.gallery, name="gallery"),
    path("theme/", shell.theme, name="theme"),
    path("offline/", shell.offline, name="offline"),
    path("manifest.webmanifest", shell.manifest, name="manifest"),
    path("sw.js", shell.service_worker, name="worker"),
]
