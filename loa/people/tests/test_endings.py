"""What ends with an account, a role or a lost telephone, and does not come back by itself."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from loa.audit.queries import of_object
from loa.kernel import clock
from loa.kernel.errors import Denied, NotFound, Refusal
from loa.people import access
from loa.people.actions import accounts, roles
from loa.people.models import Role, RoleGrant, SignOut, User
from loa.people.tests.test_coming_in import invite, is_in, sign_in, turn_on_app
from loa.people.tests.test_coming_in import lan as lan_fixture
from tests.cast import PASSWORD, Cast, give

lan = lan_fixture
HOUR = timedelta(hours=1)


def voided(user: User) -> bool:
    return SignOut.objects.filter(user=user, session="").exists()


def verbs(user: User) -> list[str]:
    return [entry.verb for entry in of_object("user", user.pk)]


def test_an_account_that_is_opened_again_is_signed_in_nowhere(client: Client, cast: Cast, lan: User) -> None:
    sign_in(client, "lan")
    assert client.get(reverse("people:account")).status_code == 200
    accounts.close(actor=cast.bao, user=lan, now=clock.now())
    accounts.reopen(actor=cast.bao, user=lan, now=clock.now())
    assert client.get(reverse("people:account")).status_code == 302
    assert sign_in(client, "lan") == 302
    assert client.get(reverse("people:account")).status_code == 200


def test_a_link_does_not_come_back_with_the_account(cast: Cast) -> None:
    link = invite(cast)
    accounts.close(actor=cast.bao, user=link.user, now=clock.now())
    accounts.reopen(actor=cast.bao, user=link.user, now=clock.now())
    with pytest.raises(NotFound):
        accounts.invitation(link.secret, clock.now())


def test_a_link_opens_no_role_that_its_maker_could_not_have_given(cast: Cast) -> None:
    """The commune's administrator keeps a link to Lan's account; then the province makes her its editor."""
    give(cast.xuan, Role.ADMINISTRATOR, cast.quy_mong)
    link = accounts.renew_link(actor=cast.xuan, user=cast.lan, now=clock.now())
    assert accounts.invitation(link.secret, clock.now()).user == cast.lan
    give(cast.lan, Role.PROVINCE_EDITOR, cast.lao_cai)
    with pytest.raises(NotFound):
        accounts.come_in(secret=link.secret, password=PASSWORD, now=clock.now())


def test_links_of_an_administrator_end_with_the_account_that_made_them(cast: Cast) -> None:
    give(cast.xuan, Role.ADMINISTRATOR, cast.quy_mong)
    link = accounts.renew_link(actor=cast.xuan, user=cast.lan, now=clock.now())
    accounts.close(actor=cast.bao, user=cast.xuan, now=clock.now())
    with pytest.raises(NotFound):
        accounts.invitation(link.secret, clock.now())


def test_what_a_deputy_was_given_ends_with_the_role_of_the_approver(cast: Cast) -> None:
    roles.take_back(actor=cast.bao, row=cast.thanh.grants.get(), now=cast.now)
    assert voided(cast.phuc)
    assert not voided(cast.lan)


def test_what_a_deputy_was_given_ends_with_the_account_of_the_approver(cast: Cast) -> None:
    accounts.close(actor=cast.bao, user=cast.thanh, now=cast.now)
    assert voided(cast.phuc)


def test_a_deputy_does_not_come_back_with_the_account_of_the_approver(cast: Cast) -> None:
    accounts.close(actor=cast.bao, user=cast.thanh, now=cast.now)
    accounts.reopen(actor=cast.bao, user=cast.thanh, now=cast.now)
    assert access.may(cast.thanh, "bulletin.approve", cast.quy_mong, cast.now)
    assert not access.may(cast.phuc, "bulletin.approve", cast.quy_mong, cast.now)


def test_a_deputy_s_time_is_over_with_that_of_the_approver(cast: Cast) -> None:
    RoleGrant.objects.filter(user=cast.thanh).update(ends=cast.now + HOUR)
    assert access.ends_of(cast.phuc, cast.now) == [cast.now + HOUR]
    assert access.ends_of(cast.lan, cast.now) == []


def test_somebody_who_lost_telephone_and_codes_is_let_in_by_the_administrator(
    client: Client, cast: Cast, lan: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    sign_in(client, "lan")
    with django_capture_on_commit_callbacks(execute=True):
        turn_on_app(client)
    office = Client()
    office.force_login(cast.bao)
    page = reverse("people:person", args=[lan.pk])
    assert "Bỏ xác nhận hai bước" in office.get(page).content.decode()
    answer = office.post(reverse("people:drop_second_factors", args=[lan.pk]), follow=True)
    assert "vào được bằng mật khẩu" in answer.content.decode()
    assert "Bỏ xác nhận hai bước" not in office.get(page).content.decode()
    assert client.get(reverse("people:account")).status_code == 302, "whoever has the telephone is out"
    again = Client()
    sign_in(again, "lan")
    assert is_in(again)
    assert verbs(lan) == ["account.second_factor_added"] * 2 + ["account.second_factors_dropped"]


def test_a_second_factor_is_dropped_by_nobody_else(cast: Cast) -> None:
    for user in (cast.thanh, cast.bao):
        Authenticator.objects.create(user=user, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    give(cast.xuan, Role.ADMINISTRATOR, cast.quy_mong)
    give(cast.bao, Role.VIEWER, cast.quy_mong)
    for actor, user, error in (
        (cast.lan, cast.thanh, NotFound),
        (cast.mai, cast.thanh, NotFound),
        (cast.xuan, cast.bao, Denied),
        (cast.bao, cast.bao, Refusal),
        (cast.bao, cast.lan, Refusal),
    ):
        with pytest.raises(error):
            accounts.drop_second_factors(actor=actor, user=user, now=cast.now)
    assert Authenticator.objects.count() == 2


def test_the_console_lets_the_only_administrator_in_again(
    client: Client, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    Authenticator.objects.create(user=cast.bao, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    call_command("people", "let-in", "BAO")
    (secret,) = re.findall(r"/tai-khoan/moi/([\w-]+)/", capsys.readouterr().out)
    client.post(reverse("people:invited", args=[secret]), {"password": PASSWORD, "again": PASSWORD})
    assert sign_in(client, "bao") == 302
    assert is_in(client)
    assert verbs(cast.bao) == ["account.second_factors_dropped", "account.link_renewed", "account.came_in"]
    with pytest.raises(CommandError, match="khongco"):
        call_command("people", "let-in", "khongco")


def test_when_the_last_administrator_s_time_is_over_another_can_be_made(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    cast.bao.set_password(PASSWORD)
    cast.bao.save()
    with pytest.raises(CommandError, match="Đã có quản trị"):
        call_command("people", "first-admin", "--username", "moi")
    RoleGrant.objects.filter(user=cast.bao).update(ends=clock.now() - HOUR)
    call_command("people", "first-admin", "--username", "moi")
    assert "/tai-khoan/moi/" in capsys.readouterr().out


def test_what_people_change_about_their_way_in_is_recorded(client: Client, lan: User) -> None:
    sign_in(client, "lan")
    turn_on_app(client)
    client.post(reverse("mfa_deactivate_totp"))
    new = "Mot-cau-khac-2026"
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    removed = ["account.second_factor_removed"] * 2
    assert verbs(lan) == [*removed, "account.password_changed"], "the app and the sheet of codes that goes with it"
