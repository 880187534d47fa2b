from django.urls import path

from loa.notifications.web import one, pages, settings

app_name = "notifications"
urlpatterns = [
    path("thong-bao/", pages.index, name="list"),
    path("thong-bao/chuong/", pages.bell, name="bell"),
    path("thong-bao/da-xem/", pages.seen, name="seen"),
    path("thong-bao/cai-dat/", settings.show, name="settings"),
    path("thong-bao/<uuid:notification>/", one.show, name="one"),
    path("thong-bao/<uuid:notification>/nhan-viec/", one.take, name="take"),
    path("thong-bao/<uuid:notification>/thoi-viec/", one.let_go, name="let_go"),
]
