from django.urls import path

from loa.broadcasts.web import approving, day

app_name = "broadcasts"
urlpatterns = [
    path("hom-nay/", day.show, name="today"),
    path("duyet/", approving.index, name="approve"),
    path("duyet/chap-thuan/", approving.approve, name="approve_many"),
    path("duyet/da-nghe/<int:version>/", approving.heard, name="heard"),
    path("duyet/<uuid:bulletin>/", approving.show, name="approve_one"),
    path("duyet/<uuid:bulletin>/tra-lai/", approving.give_back, name="give_back"),
]
