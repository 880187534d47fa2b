from django.urls import path

from loa.devices.web import claiming, detail, following, grouping, incidents, keeping, listing, moving, stopping

app_name = "devices"
urlpatterns = [
    path("thiet-bi/", listing.index, name="list"),
    path("thiet-bi/moi/", claiming.new, name="new"),
    path("thiet-bi/nhom/", grouping.index, name="groups"),
    path("thiet-bi/nhom/<str:group>/xoa/", grouping.delete, name="delete_group"),
    path("thiet-bi/su-co/", incidents.index, name="incidents"),
    path("thiet-bi/su-co/bao-truoc/", incidents.plan, name="plan_outage"),
    path("thiet-bi/su-co/bao-truoc/<uuid:outage>/bo/", incidents.cancel, name="cancel_outage"),
    path("thiet-bi/su-co/<uuid:incident>/", incidents.show, name="incident"),
    path("thiet-bi/theo-gio/<str:place>/", following.show, name="following"),
    path("thiet-bi/<str:device>/", detail.show, name="show"),
    path("thiet-bi/<str:device>/am-luong/", detail.volume, name="volume"),
    path("thiet-bi/<str:device>/dung/", detail.stop, name="stop"),
    path("thiet-bi/<str:device>/sua/", keeping.correct, name="correct"),
    path("thiet-bi/<str:device>/chuyen/", moving.move, name="move"),
    path("thiet-bi/<str:device>/thu-hoi-khoa/", keeping.revoke, name="revoke"),
    path("thiet-bi/<str:device>/ngung-dung/", keeping.retire, name="retire"),
    path("thiet-bi/<str:device>/ghep-noi/", claiming.claim, name="claim"),
    path("thiet-bi/<str:device>/ghep-noi/xac-nhan/", claiming.confirm, name="confirm"),
    path("thiet-bi/<str:device>/ghep-noi/bo-khoa/", claiming.reject, name="reject"),
    path("dung-loa/", stopping.stop, name="stop_all"),
    path("phat-lai/", stopping.resume, name="resume"),
]
