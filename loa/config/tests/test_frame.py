"""What stands around the pages of different people."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from loa.config import frame
from loa.people.models import User
from loa.ui.frame import Frame
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def seen_by(user: User | AnonymousUser) -> Frame:
    request = RequestFactory().get("/thiet-bi/")
    request.user = user
    return frame.build(request)


def test_a_visitor_has_a_bare_frame() -> None:
    assert seen_by(AnonymousUser()) == Frame()


def test_the_officer_can_write_and_stop(cast: Cast) -> None:
    shown = seen_by(cast.lan)
    assert shown.place.startswith("Xã Quy Mông, tỉnh ")
    assert shown.user_name == "Hoàng Thị Lan"
    assert shown.stop is not None
    assert shown.stop.area == cast.quy_mong.path
    assert shown.ticket
    labels = [item.label for item in shown.nav]
    assert "Thiết bị" in labels
    assert "Duyệt" not in labels
    assert "Ủy quyền" not in labels


def test_the_approver_approves_and_delegates(cast: Cast) -> None:
    shown = seen_by(cast.thanh)
    assert shown.compose_url == ""
    assert "Ủy quyền" in [item.label for item in shown.nav]


def test_the_current_section_is_marked(cast: Cast) -> None:
    assert [item.label for item in seen_by(cast.lan).nav if item.current] == ["Thiết bị"]


def test_somebody_without_a_role_sees_only_their_account(cast: Cast) -> None:
    stranger = User.objects.create(username="la", full_name="Người lạ")
    shown = seen_by(stranger)
    assert (shown.user_name, shown.nav, shown.stop, shown.ticket) == ("Người lạ", (), None, "")


def test_outside_a_session_one_hour_and_the_day_are_offered(cast: Cast) -> None:
    stop = seen_by(cast.lan).stop
    assert stop is not None
    assert [choice.label.split(",")[0] for choice in stop.choices] == ["Dừng 1 giờ", "Dừng hết hôm nay"]


def test_a_page_that_stays_open_asks_for_a_fresh_ticket(client: Client, cast: Cast) -> None:
    assert client.get("/ui/ticket/").status_code == 401
    client.force_login(cast.lan)
    answer = client.get("/ui/ticket/")
    assert answer["Cache-Control"].startswith("max-age=0")
    assert answer.json()["ticket"].count(".") >= 1
