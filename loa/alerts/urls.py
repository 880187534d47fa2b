"""Khẩn cấp."""

from django.urls import path

from loa.alerts.web import boards, compose, confirming, drafts, drilling, listing, roster

app_name = "alerts"
urlpatterns = [
    path("khan-cap/", listing.index, name="list"),
    path("khan-cap/soan/", compose.show, name="compose"),
    path("khan-cap/nhap/<uuid:draft>/", drafts.show, name="draft"),
    path("khan-cap/nhap/<uuid:draft>/bo/", drafts.drop, name="drop_draft"),
    path("khan-cap/truc-ban/", roster.show, name="roster"),
    path("khan-cap/truc-ban/<int:duty>/rut/", roster.take_back, name="take_duty_back"),
    path("khan-cap/mot-nguoi/", roster.break_glass, name="break_glass"),
    path("khan-cap/dien-tap/", drilling.calendar, name="drills"),
    path("khan-cap/dien-tap/<int:drill>/", drilling.result, name="drill"),
    path("khan-cap/dien-tap/<int:drill>/bo/", drilling.drop, name="drop_drill"),
    path("khan-cap/<str:alert>/", boards.show, name="board"),
    path("khan-cap/<str:alert>/ghi-chu/", boards.note, name="note"),
    path("khan-cap/<str:alert>/bao-cao.<str:kind>", boards.report, name="report"),
    path("khan-cap/<str:alert>/xac-nhan/", confirming.show, name="confirm"),
    path("khan-cap/<str:alert>/het/<str:kind>/", confirming.end, name="end"),
]
