from django.urls import path

from loa.channels.web import channels, recipients

app_name = "channels"
urlpatterns = [
    path("kenh-bao-tin/", channels.index, name="channels"),
    path("kenh-bao-tin/them/", channels.add, name="add"),
    path("kenh-bao-tin/<uuid:channel>/", channels.one, name="channel"),
    path("kenh-bao-tin/<uuid:channel>/gui-thu/", channels.try_it, name="try"),
    path("kenh-bao-tin/<uuid:channel>/tam-ngung/", channels.switch, name="switch"),
    path("kenh-bao-tin/<uuid:channel>/khoa-ky/", channels.renew, name="renew"),
    path("kenh-bao-tin/<uuid:channel>/bo/", channels.end, name="end"),
    path("kenh-bao-tin/tin/<uuid:posted>/", channels.posted, name="posted"),
    path("nguoi-nhan-tin/", recipients.index, name="recipients"),
    path("nguoi-nhan-tin/<uuid:recipient>/", recipients.one, name="recipient"),
    path("nguoi-nhan-tin/<uuid:recipient>/bo/", recipients.end, name="end_recipient"),
]
