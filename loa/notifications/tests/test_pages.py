"""What people see and do: the bell, the list, one notification, how they want to be written to."""

from datetime import time, timedelta

import pytest
from django.test import Client

from loa.audit.models import Entry
from loa.kernel import clock
from loa.notifications import actions
from loa.notifications.actions.writing import schedule_letters
from loa.notifications.models import Letter, Notification, Preference, Told
from loa.people.models import RoleGrant, User
from tests.cast import Cast

pytestmark = pytest.mark.django_db
TITLE = "Xã Quy Mông: 3 cụm loa mất điện hoặc đang chạy ắc quy"


def tell(cast: Cast, *people: User, kind: str = "incident", title: str = TITLE, urgency: str = "soon") -> Notification:
    """These people are told of it, one step after the other."""
    now = clock.now()
    row = Notification.objects.create(
        kind=kind, key=title, area=cast.quy_mong, urgency=urgency, title=title, more="Hỏi điện lực.", rows=3, since=now,
        opened_at=now, stepped_at=now,
    )  # fmt: skip
    for step, person in enumerate(people):
        place = cast.tran_yen.path if person == cast.mai else cast.quy_mong.path
        Told.objects.create(
            notification=row, user=person, step=step, place=place, title=title, rows=3, link="/thiet-bi/", told_at=now
        )
    return row


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def body(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_bell_counts_what_was_not_looked_at(cast: Cast) -> None:
    row, lan = tell(cast, cast.lan), browser(cast.lan)
    tell(cast, cast.lan, kind="sim", title="SIM")
    assert ", 2 chưa xem" in body(lan, "/thong-bao/chuong/")
    page = body(lan, f"/thong-bao/{row.pk}/")
    assert TITLE in page
    assert 'href="/thiet-bi/"' in page
    assert ", 1 chưa xem" in body(lan, "/thong-bao/chuong/")
    lan.post("/thong-bao/da-xem/")
    assert "chưa xem" not in body(lan, "/thong-bao/chuong/")


def test_the_bell_costs_one_question(cast: Cast, django_assert_num_queries: object) -> None:
    from loa.notifications import queries
    from loa.people.access import grants_of

    tell(cast, cast.lan)
    grants = grants_of(cast.lan, clock.now())
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert queries.unseen(cast.lan, grants) == 1


def test_a_role_that_is_over_takes_its_notifications_along(cast: Cast) -> None:
    row = tell(cast, cast.lan)
    RoleGrant.objects.filter(user=cast.lan).update(ends=cast.now)
    assert browser(cast.lan).get(f"/thong-bao/{row.pk}/").status_code == 404
    assert TITLE not in body(browser(cast.lan), "/thong-bao/")


def test_who_was_not_told_finds_nothing(cast: Cast) -> None:
    row = tell(cast, cast.lan)
    assert browser(cast.mai).get(f"/thong-bao/{row.pk}/").status_code == 404
    assert browser(cast.thanh).post(f"/thong-bao/{row.pk}/nhan-viec/").status_code == 404


def test_it_says_who_was_told_and_who_sees_to_it(cast: Cast) -> None:
    row = tell(cast, cast.lan, cast.son)
    lan, son = browser(cast.lan), browser(cast.son)
    page = body(lan, f"/thong-bao/{row.pk}/")
    assert "Lý Văn Sơn, Kỹ thuật viên" in page
    assert "báo tiếp vì chưa ai nhận việc" in page
    lan.post(f"/thong-bao/{row.pk}/nhan-viec/")
    assert "Hoàng Thị Lan, từ" in body(son, f"/thong-bao/{row.pk}/")
    assert "Có người lo" in body(son, "/thong-bao/")
    lan.post(f"/thong-bao/{row.pk}/thoi-viec/")
    assert "Đang có người lo" not in body(son, f"/thong-bao/{row.pk}/")
    assert list(Entry.objects.filter(object_kind="notification").order_by("pk").values_list("verb", flat=True)) == [
        "notification.taken", "notification.let_go"
    ]  # fmt: skip


def test_neighbours_of_one_outage_are_not_named_to_each_other(cast: Cast) -> None:
    row = tell(cast, cast.lan, cast.mai)
    assert "Hà Thị Mai" not in body(browser(cast.lan), f"/thong-bao/{row.pk}/")


def test_what_is_over_can_be_looked_at_but_not_taken(cast: Cast) -> None:
    row = tell(cast, cast.lan)
    Told.objects.update(left_at=clock.now())
    lan = browser(cast.lan)
    assert "Không có việc nào đang chờ" in body(lan, "/thong-bao/")
    assert TITLE in body(lan, "/thong-bao/?xem=da-xong")
    assert "Việc này đã xong" in body(lan, f"/thong-bao/{row.pk}/")
    assert lan.post(f"/thong-bao/{row.pk}/nhan-viec/").status_code == 409


def test_many_of_one_kind_are_one_line_that_opens(cast: Cast) -> None:
    for number in range(6):
        tell(cast, cast.son, kind="sim", title=f"Xã số {number}: SIM")
    tell(cast, cast.son, kind="forged", title="Lệnh giả", urgency="urgent")
    page = body(browser(cast.son), "/thong-bao/")
    assert "Xem thêm 2 việc cùng loại" in page
    assert page.index("Lệnh giả") < page.index("Xem thêm 2 việc cùng loại")
    assert "Lệnh giả gửi tới loa" in body(browser(cast.son), "/thong-bao/?loai=forged")


def test_how_lan_wants_to_be_written_to(cast: Cast) -> None:
    lan = browser(cast.lan)
    page = body(lan, "/thong-bao/cai-dat/")
    assert "Chưa có địa chỉ thư" in page
    assert "Nhật ký hệ thống bị sửa" not in page
    answer = lan.post(
        "/thong-bao/cai-dat/",
        {
            "address": "lan@loa.example",
            "letters": "on",
            "quiet_from": "19h30",
            "quiet_until": "06:00",
            "wanted": ["incident", "returned"],
        },
    )
    assert answer.status_code == 302
    kept = Preference.objects.get()
    assert (kept.quiet_from, kept.quiet_until, kept.letters) == (time(19, 30), time(6), True)
    assert "sim" in kept.silent
    cast.lan.refresh_from_db()
    assert cast.lan.email == "lan@loa.example"
    assert "incident" not in kept.silent
    assert lan.post("/thong-bao/cai-dat/", {"quiet_from": "tối", "quiet_until": ""}).status_code == 422


def test_an_address_belongs_to_one_person(cast: Cast) -> None:
    give_addresses(cast.mai)
    answer = browser(cast.lan).post(
        "/thong-bao/cai-dat/", {"address": "MAI@loa.example", "quiet_from": "21:00", "quiet_until": "05:00"}
    )
    assert answer.status_code == 422
    assert "đã dùng cho tài khoản khác" in answer.content.decode()
    assert not Preference.objects.exists()


def give_addresses(*people: User) -> None:
    for person in people:
        person.email = f"{person.username}@loa.example"
        person.save()


def prefer(user: User, *, letters: bool = True, silent: tuple[str, ...] = ()) -> None:
    actions.prefer(
        actor=user, letters=letters, quiet_from=time(21), quiet_until=time(5), silent=silent, now=clock.now()
    )


def test_who_wants_no_letters_gets_none(cast: Cast) -> None:
    give_addresses(cast.lan, cast.son)
    prefer(cast.lan, silent=("incident",))
    prefer(cast.son, letters=False)
    row = tell(cast, cast.lan, cast.son)
    schedule_letters(row, list(row.told.all()), now=cast.now)
    assert list(row.told.values_list("letter_at", flat=True)) == [None, None]


def test_urgent_letters_cannot_be_turned_off_by_all(cast: Cast) -> None:
    give_addresses(cast.lan, cast.son)
    prefer(cast.lan, letters=False)
    row = tell(cast, cast.lan, cast.son, urgency="urgent")
    schedule_letters(row, list(row.told.all()), now=cast.now)
    assert [one.letter_at for one in row.told.order_by("step")] == [None, cast.now]
    prefer(cast.son, letters=False)
    schedule_letters(row, list(row.told.all()), now=cast.now)
    assert [one.letter_at for one in row.told.order_by("step")] == [cast.now, cast.now]


def test_the_last_letters_and_what_became_of_them(cast: Cast) -> None:
    now = clock.now()
    for state, fault in (("sent", ""), ("given_up", "550 no such mailbox")):
        Letter.objects.create(
            user=cast.lan, address="lan@loa.example", subject=f"Thư {state}", text="Kính gửi", html="", made_at=now,
            next_at=now + timedelta(minutes=2), state=state, fault=fault,
        )  # fmt: skip
    page = body(browser(cast.lan), "/thong-bao/cai-dat/")
    assert "Không gửi được" in page
    assert "Đã gửi" in page
    assert "Thư sent" not in body(browser(cast.mai), "/thong-bao/cai-dat/")
