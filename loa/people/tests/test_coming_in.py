"""Invitations, signing in by any name, the second factor, sessions, and what strangers can do."""

import base64
import hashlib
import hmac
import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from loa.kernel import clock
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from loa.people.actions import accounts, roles
from loa.people.models import Role, RolePolicy, User
from tests.cast import PASSWORD, Cast, give

LOGIN = "account_login"


@pytest.fixture
def lan(cast: Cast) -> User:
    """Lan with a password, a telephone and an e-mail address."""
    cast.lan.set_password(PASSWORD)
    cast.lan.phone, cast.lan.email = "0912345678", "lan@quymong.example"
    cast.lan.save()
    return cast.lan


def sign_in(client: Client, name: str, password: str = PASSWORD, address: str = "10.0.0.1") -> int:
    response = client.post(reverse(LOGIN), {"login": name, "password": password}, REMOTE_ADDR=address)
    return response.status_code


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize(
    "name", ["lan", "LAN", " lan ", "0912345678", "+84 912 345 678", "lan@quymong.example", "Lan@QuyMong.Example"]
)
def test_lan_signs_in_by_any_of_her_names(client: Client, lan: User, name: str) -> None:
    assert sign_in(client, name) == 302
    assert is_in(client)


@pytest.mark.parametrize("name", ["lan", "nobody", "0912345678", ""])
def test_a_wrong_password_says_the_same_for_everybody(client: Client, lan: User, name: str) -> None:
    response = client.post(reverse(LOGIN), {"login": name or "-", "password": "sai"})
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in response.content.decode()
    assert not is_in(client)


def test_a_closed_account_stays_out(client: Client, cast: Cast, lan: User) -> None:
    accounts.close(actor=cast.bao, user=lan, now=cast.now)
    sign_in(client, "lan")
    assert not is_in(client)


def test_guessing_slows_the_address_and_never_closes_the_account(cast: Cast) -> None:
    cast.thanh.set_password(PASSWORD)
    cast.thanh.save()
    for _ in range(25):
        sign_in(Client(), "thanh", "đoán", address="203.0.113.9")
    blocked = Client()
    status = sign_in(blocked, "thanh", address="203.0.113.9")
    assert not is_in(blocked)
    assert status in (200, 403, 429)
    himself = Client()
    assert sign_in(himself, "thanh", address="10.0.0.7") == 302
    assert is_in(himself)


def test_nobody_signs_up(client: Client, db: None) -> None:
    assert client.get("/tai-khoan/signup/").status_code == 404


def invite(cast: Cast, username: str = "sang") -> accounts.Link:
    return accounts.invite(
        actor=cast.bao, person=accounts.Person(username, "Lò Thị Sáng", phone="0987 654 321"), role=Role.OFFICER,
        area=cast.tran_yen, starts=clock.now(), ends=None, now=clock.now(),
    )  # fmt: skip


def test_an_invited_person_sets_a_password_once_and_comes_in(client: Client, cast: Cast) -> None:
    link = invite(cast)
    address = reverse("people:invited", args=[link.secret])
    assert "Chào Lò Thị Sáng" in client.get(address).content.decode()
    assert client.get(address).status_code == 200, "looking uses nothing up"
    client.post(address, {"password": PASSWORD, "again": PASSWORD})
    assert sign_in(client, "0987654321") == 302
    assert client.post(address, {"password": "Another-one-2026", "again": "Another-one-2026"}).status_code == 404


@pytest.mark.parametrize(
    ("password", "again"), [("ngan", "ngan"), ("1234567890", "1234567890"), (PASSWORD, "khác"), ("", "")]
)
def test_a_password_that_will_not_do_leaves_the_link_alive(
    client: Client, cast: Cast, password: str, again: str
) -> None:
    link = invite(cast)
    address = reverse("people:invited", args=[link.secret])
    assert client.post(address, {"password": password, "again": again}).status_code == 422
    assert accounts.invitation(link.secret, clock.now()).user == link.user


def test_a_link_dies_after_its_days_and_when_a_newer_one_is_made(cast: Cast) -> None:
    link = invite(cast)
    newer = accounts.renew_link(actor=cast.bao, user=link.user, now=clock.now())
    with pytest.raises(NotFound):
        accounts.invitation(link.secret, clock.now())
    with pytest.raises(NotFound):
        accounts.come_in(secret=newer.secret, password=PASSWORD, now=newer.expires)


def test_the_link_itself_is_not_in_the_database(cast: Cast) -> None:
    link = invite(cast)
    assert link.secret not in str(list(link.user.invitations.values()))


@pytest.mark.parametrize(
    ("person", "error"),
    [
        (accounts.Person("lan", "Trùng Tên"), Refusal),
        (accounts.Person("LAN", "Trùng Tên"), Refusal),
        (accounts.Person("", "Không Tên"), Invalid),
        (accounts.Person("moi", "  "), Invalid),
        (accounts.Person("moi", "Số Sai", phone="123"), Invalid),
        (accounts.Person("moi", "Thư Sai", email="khong"), Invalid),
        (accounts.Person("có dấu cách", "Tên Sai"), Invalid),
        (accounts.Person("x" * 200, "Tên Dài"), Invalid),
    ],
)
def test_invitations_that_will_not_do(cast: Cast, person: accounts.Person, error: type[Exception]) -> None:
    with pytest.raises(error):
        accounts.invite(
            actor=cast.bao, person=person, role=Role.VIEWER, area=cast.lao_cai, starts=cast.now, ends=None, now=cast.now
        )
    assert User.objects.count() == 8


def test_a_local_administrator_does_not_touch_an_account_with_wider_roles(cast: Cast) -> None:
    give(cast.xuan, Role.ADMINISTRATOR, cast.quy_mong)
    give(cast.bao, Role.VIEWER, cast.quy_mong)
    for deed in (accounts.renew_link, accounts.close, accounts.reopen):
        with pytest.raises(Denied):
            deed(actor=cast.xuan, user=cast.bao, now=cast.now)


def test_the_first_administrator_comes_by_a_one_time_link(
    client: Client, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("people", "first-admin", "--username", "goc", "--name", "Người Đầu Tiên")
    call_command("people", "first-admin", "--username", "goc")
    first, second = re.findall(r"/tai-khoan/moi/([\w-]+)/", capsys.readouterr().out)
    with pytest.raises(NotFound):
        accounts.invitation(first, clock.now())
    client.post(reverse("people:invited", args=[second]), {"password": PASSWORD, "again": PASSWORD})
    with pytest.raises(CommandError, match="Đã có quản trị"):
        call_command("people", "first-admin")
    assert sign_in(client, "goc") == 302
    assert client.get(reverse("people:people")).headers["Location"] == reverse("mfa_index")


@pytest.mark.django_db
def test_without_units_there_is_nobody_to_administer() -> None:
    with pytest.raises(CommandError, match="areas import"):
        call_command("people", "first-admin")


def code_of(secret: str, shift: int = 0) -> str:
    """The code that an authenticator app shows (RFC 6238)."""
    counter = int(time.time()) // 30 + shift
    digest = hmac.new(base64.b32decode(secret), counter.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def turn_on_app(client: Client) -> str:
    asked = client.get(reverse("mfa_activate_totp"))
    confirmed = client.post(asked.headers["Location"], {"password": PASSWORD})
    page = client.get(confirmed.headers["Location"])
    secret = str(page.context["form"].secret)
    assert client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}).status_code == 302
    return secret


def test_a_role_that_asks_for_a_second_factor_leads_to_its_set_up_and_nowhere_else(
    client: Client, cast: Cast, lan: User
) -> None:
    roles.require_second_factor(actor=cast.bao, role=Role.OFFICER, asked=True, country=cast.vietnam, now=cast.now)
    sign_in(client, "lan")
    assert client.get(reverse("people:account")).headers["Location"] == reverse("mfa_index")
    htmx = client.get(reverse("people:account"), headers={"HX-Request": "true"})
    assert (htmx.status_code, htmx.headers["HX-Redirect"]) == (204, reverse("mfa_index"))
    assert client.get(reverse("mfa_index")).status_code == 200
    turn_on_app(client)
    assert client.get(reverse("people:account")).status_code == 200


def test_others_are_not_asked(client: Client, cast: Cast, lan: User) -> None:
    RolePolicy.objects.create(role=Role.APPROVER, second_factor=True)
    sign_in(client, "lan")
    assert client.get(reverse("people:account")).status_code == 200


def test_the_last_second_factor_cannot_be_dropped_while_the_role_asks_for_it(
    client: Client, cast: Cast, lan: User
) -> None:
    sign_in(client, "lan")
    turn_on_app(client)
    roles.require_second_factor(actor=cast.bao, role=Role.OFFICER, asked=True, country=cast.vietnam, now=cast.now)
    page = client.post(reverse("mfa_deactivate_totp"))
    assert "cần xác nhận hai bước" in page.content.decode()
    roles.require_second_factor(actor=cast.bao, role=Role.OFFICER, asked=False, country=cast.vietnam, now=cast.now)
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=lan, type="totp").exists()


def test_with_the_app_the_password_alone_opens_nothing(client: Client, lan: User) -> None:
    sign_in(client, "lan")
    secret = turn_on_app(client)
    other = Client()
    sign_in(other, "lan")
    assert not is_in(other)
    assert "Mã không đúng" in other.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode()
    assert other.post(reverse("mfa_authenticate"), {"code": code_of(secret, 1)}).status_code == 302
    assert is_in(other)


def test_recovery_codes_are_printed_and_each_opens_once(client: Client, lan: User) -> None:
    sign_in(client, "lan")
    turn_on_app(client)
    page = client.get(reverse("mfa_view_recovery_codes"))
    codes = re.findall(r"<code>(\w+)</code>", page.content.decode())
    assert len(codes) == 10
    assert "In trang này" in page.content.decode()
    for status in (302, 200):
        other = Client()
        sign_in(other, "lan")
        assert other.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == status
        assert is_in(other) is (status == 302)


def test_lan_sees_where_she_is_signed_in_and_ends_one(client: Client, lan: User) -> None:
    elsewhere = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 6.1) Chrome/109"})
    sign_in(elsewhere, "lan")
    sign_in(client, "lan")
    elsewhere.get(reverse("people:account"))
    page = client.get(reverse("people:sessions")).content.decode()
    assert "Chrome trên Windows 7" in page
    assert "Máy này" in page
    stranger = UserSession.objects.get(user_agent__contains="NT 6.1")
    client.post(reverse("people:end_session", args=[stranger.pk]))
    assert elsewhere.get(reverse("people:account")).status_code == 302
    assert client.get(reverse("people:account")).status_code == 200


def test_mai_does_not_end_lan_s_session(client: Client, cast: Cast, lan: User) -> None:
    lans = Client()
    sign_in(lans, "lan")
    lans.get(reverse("people:account"))
    client.force_login(cast.mai)
    session = UserSession.objects.get(user=lan)
    assert client.post(reverse("people:end_session", args=[session.pk])).status_code == 404
    assert lans.get(reverse("people:account")).status_code == 200


def test_all_others_at_once(client: Client, lan: User) -> None:
    others = [Client(), Client()]
    for other in (*others, client):
        sign_in(other, "lan")
        other.get(reverse("people:account"))
    client.post(reverse("people:end_session", args=[0]))
    assert [other.get(reverse("people:account")).status_code for other in (*others, client)] == [302, 302, 200]


def test_a_changed_password_ends_the_other_sessions(client: Client, lan: User) -> None:
    other = Client()
    sign_in(other, "lan")
    sign_in(client, "lan")
    new = "Mot-cau-khac-2026"
    wrong = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": "khac"}
    )
    assert "chưa giống nhau" in wrong.content.decode()
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert client.get(reverse("people:account")).status_code == 200
    assert other.get(reverse("people:account")).status_code == 302


def test_invitations_expire_after_three_days(cast: Cast) -> None:
    link = invite(cast)
    assert timedelta(days=2, hours=23) < link.expires - clock.now() <= timedelta(days=3)


def test_the_administrator_chooses_which_roles_need_a_second_factor(client: Client, cast: Cast) -> None:
    client.force_login(cast.bao)
    address = reverse("people:second_factor")
    client.post(address, {"role": ["approver", "nonsense"]})
    assert set(RolePolicy.objects.filter(second_factor=True).values_list("role", flat=True)) == {"approver"}
    client.post(address, {"role": ["officer"]})
    assert set(RolePolicy.objects.filter(second_factor=True).values_list("role", flat=True)) == {"officer"}
    assert client.get(address).status_code == 200
    client.force_login(cast.thanh)
    assert client.post(address, {"role": []}).status_code == 404


def test_a_slowed_address_is_told_so_in_vietnamese(cast: Cast) -> None:
    for _ in range(30):
        answer = Client().post(reverse(LOGIN), {"login": "thanh", "password": "x"}, REMOTE_ADDR="203.0.113.10")
    words = answer.content.decode()
    assert "không bị khóa" in words


def test_the_page_of_a_slowed_address(cast: Cast, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    for _ in range(22):
        answer = Client().post(reverse(LOGIN), {"login": "thanh", "password": "x"}, REMOTE_ADDR="203.0.113.11")
    assert answer.status_code == 429
    assert "nơi khác vẫn đăng nhập được" in answer.content.decode()
