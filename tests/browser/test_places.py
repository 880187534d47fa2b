"""Địa bàn in a real browser: looking up while typing, a unit's page, a hamlet that is added and one that ends."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.areas import sources
from loa.areas.actions import import_units
from loa.areas.models import Area
from loa.kernel import clock
from loa.people.models import User
from tests.browser.checks import visit
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]


@pytest.fixture
def lan(page: Page, sign_in: SignIn, cast: Cast) -> Cast:
    """The whole country is known; Lan is signed in."""
    import_units(data=sources.published(), now=clock.now())
    sign_in(page, cast.lan)
    return cast


def test_looking_up_while_typing_with_the_keyboard_alone(page: Page, site: str, lan: Cast) -> None:
    visit(page, f"{site}{reverse('people:places')}", name="dia-ban-trong")
    visit(page, f"{site}{reverse('people:places')}?tim=tan+lap", name="dia-ban-tan-lap")
    visit(page, f"{site}{reverse('people:places')}?tim=quy+mogn", name="dia-ban-go-sai", themes=("light",))
    visit(page, f"{site}{reverse('people:places')}?tim=zzzz", name="dia-ban-khong-thay", themes=("light",))
    page.goto(f"{site}{reverse('people:places')}")
    page.get_by_role("searchbox").focus()
    page.keyboard.type("y can")
    hit = page.locator("#found").get_by_role("link", name="Xã Y Can")
    expect(hit).to_be_visible()
    expect(page).to_have_url(f"{site}{reverse('people:places')}?tim=y+can")
    page.keyboard.press("ArrowDown")
    expect(hit).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Xã Y Can")
    page.get_by_role("link", name="Xã Quy Mông").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Xã Quy Mông")


def test_it_works_without_a_script(new_page: Callable[..., Page], site: str, sign_in: SignIn, lan: Cast) -> None:
    page = new_page(java_script_enabled=False)
    sign_in(page, lan.lan)
    page.goto(f"{site}{reverse('people:places')}")
    page.get_by_role("searchbox").fill("x. quy mông, lào cai")
    page.get_by_role("button", name="Tìm").click()
    expect(page.get_by_role("link", name="Xã Quy Mông", exact=True)).to_be_visible()


def test_the_pages_of_units(page: Page, site: str, lan: Cast) -> None:
    visit(page, f"{site}{reverse('people:place', args=['vn.15.04531'])}", name="dia-ban-xa")
    past = Area.objects.get(name="Trấn Yên", path__startswith="vn63", level=2)
    visit(page, f"{site}{reverse('people:place', args=[past.path])}", name="dia-ban-huyen-cu", themes=("light",))
    visit(page, f"{site}{reverse('people:place', args=['vn.15'])}", name="dia-ban-tinh", themes=("light",))


def test_lan_adds_a_hamlet_and_ends_another(page: Page, site: str, sign_in: SignIn, cast: Cast) -> None:
    sign_in(page, cast.lan)
    visit(
        page, f"{site}{reverse('people:add_hamlet', args=['vn.15.04531'])}", name="dia-ban-them-thon", themes=("light",)
    )
    page.get_by_label("Tên").fill("Khe Lếch")
    page.get_by_label("Loại").select_option(label="Bản")
    page.get_by_role("button", name="Thêm").click()
    expect(page.get_by_role("link", name="Bản Khe Lếch", exact=True)).to_be_visible()
    rename = reverse("people:rename_hamlet", args=["vn.15.04531.h5"])
    visit(page, f"{site}{rename}", name="dia-ban-doi-ten", themes=("light",))
    page.goto(f"{site}{reverse('people:place', args=['vn.15.04531'])}")
    page.get_by_role("link", name="Kết thúc Thôn 5").click()
    visit(page, page.url, name="dia-ban-ket-thuc")
    page.get_by_role("button", name="Kết thúc thôn này").click()
    assert Area.objects.get(path="vn.15.04531.h5").valid_to is None, "the box was not ticked"
    page.get_by_label("Tôi hiểu việc này không làm lại được").check()
    page.get_by_role("button", name="Kết thúc thôn này").click()
    expect(page.get_by_text("Thôn 5 kết thúc sau ngày")).to_be_visible()
