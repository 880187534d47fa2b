"""The pages of accounts, roles and deputies, as people see them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.kernel import clock
from loa.people.actions import accounts
from loa.people.models import Role, User
from tests.browser.checks import visit
from tests.browser.passkeys import key_of
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]


@pytest.fixture
def bao(page: Page, sign_in: SignIn, cast: Cast) -> Cast:
    """Bảo, the administrator, is signed in."""
    sign_in(page, cast.bao)
    return cast


def away_from(page: Page, name: str) -> None:
    """Once what was pressed has led on: to leave earlier would take the press back."""
    page.wait_for_url(lambda url: reverse(name) not in url)


def test_the_administrator_s_pages(page: Page, site: str, bao: Cast) -> None:
    visit(page, f"{site}{reverse('people:account')}")
    visit(page, f"{site}{reverse('people:people')}")
    visit(page, f"{site}{reverse('people:invite')}")
    visit(page, f"{site}{reverse('people:second_factor')}")
    visit(page, f"{site}{reverse('people:person', args=[bao.lan.pk])}")


def test_an_invitation_ends_in_a_link(page: Page, site: str, bao: Cast) -> None:
    page.goto(f"{site}{reverse('people:invite')}?don-vi=vn.15.04498")
    page.get_by_label("Họ và tên").fill("Lò Thị Sáng")
    page.get_by_label("Tên đăng nhập").fill("sang")
    page.get_by_label("Vai trò").select_option(label="Cán bộ truyền thanh")
    page.get_by_role("button", name="Tạo tài khoản và liên kết").click()
    address = page.get_by_label("Liên kết").input_value()
    page.goto(address)
    page.get_by_label("Mật khẩu mới").fill(PASSWORD)
    page.get_by_label("Nhập lại mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đặt mật khẩu").click()
    expect(page.get_by_label("Mật khẩu mới")).to_have_count(0)
    assert User.objects.get(username="sang").check_password(PASSWORD)


def test_thanh_names_a_deputy(page: Page, site: str, sign_in: SignIn, cast: Cast) -> None:
    sign_in(page, cast.thanh)
    visit(page, f"{site}{reverse('people:delegation')}")
    page.get_by_label("Người được ủy quyền").select_option(label="Hoàng Thị Lan, Cán bộ truyền thanh")
    today = clock.local(clock.now())
    page.locator("#id_deputy-starts").fill(f"{today:%d/%m/%Y}")
    page.locator("#id_deputy-ends").fill(f"{today + timedelta(days=1):%d/%m/%Y}")  # midnight may pass meanwhile
    page.get_by_role("button", name="Ủy quyền duyệt").click()
    page.get_by_text("Hoàng Thị Lan duyệt thay Nguyễn Văn Thành").wait_for()


def test_the_pages_before_signing_in(page: Page, site: str, cast: Cast, transactional_db: None) -> None:
    visit(page, f"{site}{reverse('account_login')}")
    visit(page, f"{site}{reverse('account_inactive')}")
    person = accounts.Person("sang", "Lò Thị Sáng")
    now = clock.now()
    link = accounts.invite(
        actor=cast.bao, person=person, role=Role.OFFICER, area=cast.tran_yen, starts=now, ends=None, now=now
    )
    visit(page, f"{site}{reverse('people:invited', args=[link.secret])}")
    visit(page, f"{site}{reverse('people:invited', args=['khong-co'])}", status=404)


def test_lan_turns_on_the_second_factor_and_a_passkey(page: Page, site: str, sign_in: SignIn, cast: Cast) -> None:
    cast.lan.set_password(PASSWORD)
    cast.lan.save()
    sign_in(page, cast.lan)
    visit(page, f"{site}{reverse('mfa_index')}")
    visit(page, f"{site}{reverse('account_reauthenticate')}")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Xác nhận").click()
    away_from(page, "account_reauthenticate")
    visit(page, f"{site}{reverse('mfa_activate_totp')}")
    visit(page, f"{site}{reverse('mfa_add_webauthn')}")
    key_of(page)
    page.get_by_role("button", name="Thêm khóa").click()
    page.wait_for_url(f"**{reverse('mfa_view_recovery_codes')}")
    visit(page, f"{site}{reverse('mfa_view_recovery_codes')}")
    visit(page, f"{site}{reverse('mfa_list_webauthn')}")
    visit(page, f"{site}{reverse('mfa_index')}")
    visit(page, f"{site}{reverse('mfa_generate_recovery_codes')}")
    key = Authenticator.objects.get(user=cast.lan, type=Authenticator.Type.WEBAUTHN)
    visit(page, f"{site}{reverse('mfa_edit_webauthn', args=[key.pk])}")
    visit(page, f"{site}{reverse('mfa_remove_webauthn', args=[key.pk])}")
    visit(page, f"{site}{reverse('account_change_password')}")
    visit(page, f"{site}{reverse('people:sessions')}")


def test_lan_signs_in_with_the_password_and_then_with_the_passkey_alone(
    page: Page, site: str, cast: Cast, transactional_db: None
) -> None:
    cast.lan.set_password(PASSWORD)
    cast.lan.save()
    page.goto(f"{site}{reverse('account_login')}")
    page.get_by_label("Tên đăng nhập, số điện thoại").fill("lan")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    away_from(page, "account_login")
    page.goto(f"{site}{reverse('mfa_add_webauthn')}")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Xác nhận").click()
    away_from(page, "account_reauthenticate")
    key_of(page)
    page.get_by_label("Đăng nhập chỉ bằng khóa này").check()
    page.get_by_role("button", name="Thêm khóa").click()
    page.wait_for_url(f"**{reverse('mfa_view_recovery_codes')}")
    page.goto(f"{site}{reverse('account_logout')}")
    page.get_by_role("button", name="Đăng xuất").click()
    away_from(page, "account_logout")
    page.goto(f"{site}{reverse('account_login')}")
    page.get_by_role("button", name="Đăng nhập bằng khóa").click()
    away_from(page, "account_login")
    page.goto(f"{site}{reverse('people:account')}")
    page.get_by_role("heading", name="Hoàng Thị Lan").wait_for()
