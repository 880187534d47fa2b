"""What a province sends down: its approvers are asked by letter, and what communes leave unanswered is told in turn."""

from dataclasses import replace
from datetime import timedelta

import pytest

from loa.broadcasts.models import Delivery, Schedule, Sending
from loa.broadcasts.rules import targets
from loa.broadcasts.tests.conftest import approval, version
from loa.kernel.clock import local
from loa.notifications import actions
from loa.notifications.models import Letter, Told
from loa.notifications.queries import of_above
from loa.notifications.rules import Urgency
from loa.people.models import Role, RoleGrant, User
from tests.cast import SINCE, Cast

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def noon(night: Cast, cast: Cast) -> Cast:
    """Thursday 16:50; everybody has an address."""
    return replace(night, now=cast.now)


def names(kind: str) -> set[str]:
    return set(Told.objects.filter(notification__kind=kind, left_at=None).values_list("user__username", flat=True))


@pytest.fixture
def hang(noon: Cast) -> User:
    """The approver of the province."""
    made = User.objects.create(
        username="hang", full_name="Phạm Thu Hằng", position="Phó Giám đốc Sở", password="!", email="hang@loa.example"
    )
    RoleGrant.objects.create(user=made, role=Role.APPROVER, area=noon.lao_cai, starts=SINCE)
    return made


def sends(cast: Cast, title: str, priority: str, state: str = "asked") -> Sending:
    """Minh Anh wants it in every commune, for three days from today."""
    own = version(cast, title, author=cast.minh_anh, area=cast.lao_cai, priority=priority, submitted_at=cast.now)
    today = local(cast.now).date()
    return Sending.objects.create(
        bulletin=own.bulletin, area=cast.lao_cai, first_day=today, last_day=today + 2 * DAY, made_by=cast.minh_anh,
        made_at=cast.now, state=state,
    )  # fmt: skip


def came(cast: Cast, title: str, priority: str = "normal") -> Sending:
    """The same, let go by somebody and arrived."""
    row = sends(cast, title, priority)
    schedule = Schedule(area=cast.lao_cai, bulletin=row.bulletin, version=row.bulletin.versions.get(), pattern="once",
                        first_day=row.first_day, times=["17:00"])  # fmt: skip
    row.approval, row.version, row.state = approval(cast, schedule, targets.Target()), schedule.version, "sent"
    row.save()
    for area in (cast.quy_mong, cast.tran_yen):
        Delivery.objects.create(sending=row, area=area, made_at=cast.now)
    return row


def test_what_is_to_go_down_waits_for_the_approver_of_the_province(noon: Cast, hang: User) -> None:
    row = sends(noon, "Bão số 5", "priority")
    actions.reconcile(now=noon.now)
    assert names("sending") == {"hang"}
    told = Told.objects.get()
    assert told.title == "Xin duyệt phát xuống xã: “Bão số 5”"
    assert told.more.startswith("Đỗ Minh Anh, Tỉnh Lào Cai xin gửi tới 2 xã, phường, phát từ 20/08 đến hết 22/08/2026.")
    assert told.link == f"/duyet/{row.bulletin_id}/"
    letter = Letter.objects.get()
    assert (letter.address, letter.urgent) == ("hang@loa.example", True)
    Sending.objects.update(state="ended")
    actions.reconcile(now=noon.now + MINUTE)
    assert names("sending") == set()


def test_the_deputy_is_asked_after_an_hour_of_the_office_and_who_wrote_it_never(noon: Cast, hang: User) -> None:
    RoleGrant.objects.create(user=noon.minh_anh, role=Role.APPROVER, area=noon.lao_cai, starts=SINCE)
    deputy = User.objects.create(username="nam", full_name="Vũ Hải Nam", password="!")
    RoleGrant.objects.create(user=deputy, role=Role.APPROVER, area=noon.lao_cai, starts=SINCE, on_behalf_of=hang)
    sends(noon, "Tiêm phòng dại", "normal")
    actions.reconcile(now=noon.now)
    assert names("sending") == {"hang"}
    friday = local(noon.now).replace(hour=8, minute=19) + DAY  # Thursday 16:50 to 17:00, then from 07:30
    actions.reconcile(now=friday)
    assert names("sending") == {"hang"}
    actions.reconcile(now=friday + MINUTE)
    assert names("sending") == {"hang", "nam"}


def test_what_nobody_answers_for_a_day_is_told_to_each_officer_then_further_up(noon: Cast) -> None:
    row = came(noon, "Tiêm phòng dại")
    actions.reconcile(now=noon.now)
    assert names("inbox") == set()
    friday = noon.now + DAY
    actions.reconcile(now=friday)
    assert names("inbox") == {"lan", "mai"}
    told = Told.objects.get(user=noon.lan)
    assert (told.title, told.rows) == ("“Tiêm phòng dại” chờ xã xếp buổi phát", 1)
    assert told.link == f"/tin-cap-tren/?don-vi={noon.quy_mong.path}"
    assert told.more == (
        "Tỉnh Lào Cai gửi, phát từ 20/08 đến hết 22/08/2026. Xã chọn buổi phát, hoặc từ chối kèm lý do."
    )
    Delivery.objects.filter(area=noon.tran_yen).update(state="refused", reason="Việc tang")
    actions.reconcile(now=friday + 5 * MINUTE)
    assert names("inbox") == {"lan"}
    [need] = of_above.unanswered(friday)
    assert need.key == f"inbox:{row.pk}"


def test_at_last_the_editor_of_the_province_sees_who_owes_the_answer(noon: Cast) -> None:
    came(noon, "Tiêm phòng dại")
    Sending.objects.update(last_day=local(noon.now).date() + 20 * DAY)
    monday, tuesday = noon.now + 4 * DAY, noon.now + 5 * DAY
    for instant in (noon.now + DAY, monday, monday + MINUTE, tuesday, tuesday + MINUTE, tuesday + DAY):
        actions.reconcile(now=instant)
    assert {"lan", "thanh", "minhanh"} <= names("inbox")
    told = Told.objects.get(user=noon.minh_anh)
    assert told.title == "“Tiêm phòng dại”: 2 xã chưa xếp buổi phát"
    assert told.more.endswith("Chưa trả lời: Xã Quy Mông, Xã Trấn Yên.")


def test_an_urgent_one_without_a_session_says_why_and_presses_on_its_last_day(noon: Cast) -> None:
    came(noon, "Bão số 5", "priority")
    Delivery.objects.update(reason="Xã chưa có buổi phát nào trong những ngày này.", tried_at=noon.now)
    [need] = of_above.unanswered(noon.now + DAY)
    assert need.presses is Urgency.SOON
    assert "Chưa vào được buổi nào: Xã chưa có buổi phát" in need.view(noon.quy_mong.path).more
    [need] = of_above.unanswered(noon.now + 2 * DAY)
    assert need.presses is Urgency.URGENT
