from django.urls import path

from loa.alerts.web import public

app_name = "alerts_public"
urlpatterns = [
    path("canh-bao/cong-khai/<str:place>/bang-tin.json", public.banner, name="banner"),
    path("canh-bao/cong-khai/<str:place>/rss.xml", public.rss, name="rss"),
]
