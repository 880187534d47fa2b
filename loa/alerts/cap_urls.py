"""Alerts for everybody, as CAP."""

from django.urls import path

from loa.alerts.web import outward

app_name = "cap"
urlpatterns = [
    path("cap/<str:area>.atom", outward.feed, name="feed"),
    path("cap/<str:alert>.xml", outward.xml, name="xml"),
    path("cap/<str:alert>.json", outward.json, name="json"),
]
