"""Pages of people."""

from django.urls import path

from loa.people.web import account, delegation, manage, tokens
from loa.people.web.places import finding, hamlets, unit
from loa.people.web.record import pages as record

app_name = "people"
urlpatterns = [
    path("tai-khoan/", account.account, name="account"),
    path("tai-khoan/phien/", account.sessions, name="sessions"),
    path("tai-khoan/phien/<int:session_id>/dang-xuat/", account.end_session, name="end_session"),
    path("tai-khoan/moi/<str:secret>/", account.invited, name="invited"),
    path("tai-khoan/khoa-phan-mem/", tokens.index, name="tokens"),
    path("tai-khoan/khoa-phan-mem/<int:token>/huy/", tokens.revoke, name="revoke_token"),
    path("uy-quyen/", delegation.delegation, name="delegation"),
    path("uy-quyen/<int:grant_id>/thu-hoi/", delegation.end_delegation, name="end_delegation"),
    path("nguoi-dung/", manage.people, name="people"),
    path("nguoi-dung/moi/", manage.invite, name="invite"),
    path("nguoi-dung/hai-buoc/", manage.second_factor, name="second_factor"),
    path("nguoi-dung/<int:user_id>/", manage.person, name="person"),
    path("nguoi-dung/<int:user_id>/lien-ket/", manage.renew_link, name="renew_link"),
    path("nguoi-dung/<int:user_id>/bo-hai-buoc/", manage.drop_second_factors, name="drop_second_factors"),
    path("nguoi-dung/<int:user_id>/dong/", manage.close, name="close"),
    path("nguoi-dung/vai-tro/<int:grant_id>/thoi/", manage.take_back, name="take_back"),
    path("nhat-ky-he-thong/", record.record, name="record"),
    path("nhat-ky-he-thong/tai-ve/", record.export, name="export_record"),
    path("dia-ban/", finding.places, name="places"),
    path("dia-ban/<str:place>/", unit.place, name="place"),
    path("dia-ban/<str:place>/them-thon/", hamlets.add, name="add_hamlet"),
    path("dia-ban/<str:place>/doi-ten/", hamlets.rename, name="rename_hamlet"),
    path("dia-ban/<str:place>/ket-thuc/", hamlets.end, name="end_hamlet"),
]
