from django.urls import path

from loa.demo.web import tour

app_name = "demo"
urlpatterns = [
    path("xem-thu/", tour.show, name="tour"),
    path("xem-thu/dien-thoai/<str:code>/", tour.scanned, name="scanned"),
    path("xem-thu/vao/", tour.enter, name="enter"),
    path("xem-thu/tiep-am/", tour.relay, name="relay"),
    path("xem-thu/gia-mao/", tour.forge, name="forge"),
]
