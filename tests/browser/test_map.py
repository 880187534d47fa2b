"""Thiết bị in a real browser: the picture of a province, the map of a commune, by finger, by mouse and by keyboard."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from loa.areas.models import Area
from loa.areas.rules import Kind, Level
from loa.config.policy import content_security_policy
from loa.devices.models import Device, DeviceStatus
from loa.kernel import clock
from loa.people.models import User
from tests.browser import gateway as gateways
from tests.browser.checks import visit
from tests.browser.gateway import Gateway, listening
from tests.cast import Cast, place

SignIn = Callable[[Page, User], None]
HOME = (21.75, 104.79)
# What the canvas shows at a place on the page: the share of pixels that are not the ground.
INK = """() => {
  const canvas = document.querySelector('.map-live canvas');
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const colours = {};
  for (let i = 0; i < pixels.length; i += 4) {
    const name = `${pixels[i]},${pixels[i + 1]},${pixels[i + 2]}`;
    if (pixels[i + 3] === 255) colours[name] = (colours[name] || 0) + 1;
  }
  return colours;
}"""
AMBER, BLUE = "255,241,207", "29,74,128"


@pytest.fixture(autouse=True)
def live(settings: Settings) -> Iterator[Gateway]:
    """Every page listens to the gateway: a quiet one stands in."""
    with gateways.running() as gateway:
        settings.LOA_GATEWAY_URL = gateway.url
        settings.CONTENT_SECURITY_POLICY = content_security_policy(gateway.url)
        yield gateway


def stand(cast: Cast, area: Area, number: int, cause: str = "connected") -> Device:
    """A loudspeaker near its commune's point."""
    now = clock.now()
    device = Device.objects.create(
        area=area, number=number, name=f"Nhà văn hóa thôn {number}", made_at=now,
        latitude=(area.latitude or 0) + number * 0.004, longitude=(area.longitude or 0) + number % 3 * 0.006,
        sim_expires=clock.local(now).date() + timedelta(days=90),
    )  # fmt: skip
    state = "online" if cause == "connected" else "silent"
    DeviceStatus.objects.create(device=device, state=state, cause=cause, since=now, clock_bound=20)
    return device


@pytest.fixture
def province(cast: Cast, transactional_db: None) -> Cast:
    """Quy Mông with trouble, Trấn Yên waiting for power, forty communes that are well, one without loudspeakers."""
    for number, area in enumerate((cast.quy_mong, cast.tran_yen)):
        area.latitude, area.longitude = HOME[0] + number * 0.1, HOME[1]
        area.save()
    for number in range(41):
        area = place(f"vn.15.1{number:04d}", f"Bản {number}", Kind.COMMUNE, Level.COMMUNE, cast.lao_cai)
        area.latitude, area.longitude = 21.5 + number % 7 * 0.15, 104.0 + number // 7 * 0.15
        area.save()
        if number:
            stand(cast, area, 1)
    stand(cast, cast.quy_mong, 8, "sim_expired")
    for number in range(1, 8):
        stand(cast, cast.quy_mong, number)
    stand(cast, cast.tran_yen, 1, "power_lost")
    return cast


def shown(page: Page) -> Page:
    """The page once its map is there."""
    expect(page.locator(".map-live canvas")).to_be_visible()
    expect(page.get_by_role("button", name="Phóng to bản đồ")).to_be_visible()
    return page


def inked(page: Page, fits: str) -> None:
    """Wait until the pixels of the map fit: it draws with the next picture of the screen."""
    page.wait_for_function(f"() => ({fits})(({INK})())")


def still(page: Page) -> None:
    """From now on the map must not slide away under the finger; `slid` says whether it did."""
    shown(page).evaluate(
        """() => {
          const pane = document.querySelector('.leaflet-map-pane');
          const note = () => { if (pane.classList.contains('leaflet-pan-anim')) pane.dataset.slid = ''; };
          new MutationObserver(note).observe(pane, { attributeFilter: ['class'] });
        }"""
    )


def press(page: Page, words: str) -> None:
    """Press the point that the list calls so, where the map shows it."""
    shown(page).locator(".map-live").scroll_into_view_if_needed()
    spot = page.evaluate(
        """async (words) => {
          const row = [...document.querySelectorAll('tr[data-lat]')].find((one) => one.textContent.includes(words));
          const { maps } = await import('/static/ui/js/map.js');
          const point = maps[0].map.latLngToContainerPoint([Number(row.dataset.lat), Number(row.dataset.lon)]);
          const box = document.querySelector('.map-live').getBoundingClientRect();
          return { x: box.x + point.x + 1, y: box.y + point.y + 1 };
        }""",
        words,
    )
    page.mouse.click(spot["x"], spot["y"])


def swipe(page: Page, x: float, y: float, way: int) -> None:
    """One finger, moved up or down by `way` pixels."""
    session = page.context.new_cdp_session(page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        at = {"x": x, "y": y + way * step / 10}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_the_pages_of_a_technician(page: Page, site: str, sign_in: SignIn, province: Cast) -> None:
    sign_in(page, province.son)
    visit(page, f"{site}/thiet-bi/", name="devices-province")
    inked(shown(page), f"colours => colours['{AMBER}'] > 50 && colours['{BLUE}'] > 500")


def test_the_page_of_a_commune(page: Page, site: str, sign_in: SignIn, province: Cast) -> None:
    sign_in(page, province.lan)
    visit(page, f"{site}/thiet-bi/", name="devices-commune")
    still(page)
    press(page, "08 ·")
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("Nhà văn hóa thôn 8")
    expect(popup).to_contain_text("Hết hạn SIM")
    expect(page.locator(".leaflet-map-pane[data-slid]")).to_have_count(0)
    popup.get_by_role("link", name="Mở").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nhà văn hóa thôn 8")


def test_a_commune_is_opened_on_the_map(page: Page, site: str, sign_in: SignIn, province: Cast) -> None:
    sign_in(page, province.son)
    page.goto(f"{site}/thiet-bi/")
    press(page, "Xã Trấn Yên")
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("1 trên 1 cụm loa mất liên lạc")
    popup.get_by_role("link", name="Mở").click()
    expect(page.get_by_text("Xã Trấn Yên: 1 cụm loa")).to_be_visible()


def test_one_finger_scrolls_the_page_over_the_map(
    new_page: Callable[..., Page], site: str, sign_in: SignIn, province: Cast
) -> None:
    page = new_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    sign_in(page, province.lan)
    page.goto(f"{site}/thiet-bi/")
    shown(page).locator(".map-live").scroll_into_view_if_needed()
    before = page.evaluate("window.scrollY")
    box = page.locator(".map-live").bounding_box()
    assert box is not None
    finger = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    swipe(page, finger["x"], finger["y"], -150)
    page.wait_for_function(f"window.scrollY > {before + 80}")
    assert page.locator(".leaflet-map-pane").evaluate("pane => pane._leaflet_pos.y") == 0


def test_the_points_follow_the_loudspeakers(
    page: Page, site: str, sign_in: SignIn, province: Cast, live: Gateway
) -> None:
    sign_in(page, province.lan)
    page.goto(f"{site}/thiet-bi/")
    inked(listening(shown(page)), f"colours => colours['{AMBER}'] > 100")
    DeviceStatus.objects.filter(cause="sim_expired").update(state="online", cause="connected")
    device = Device.objects.get(area=province.quy_mong, number=8)
    live.tell("device.state", province.quy_mong.path, id=device.pk, state="online", cause="connected")
    expect(page.locator("#device-sums")).to_contain_text("8 đang liên lạc")
    inked(page, f"colours => !colours['{AMBER}']")


def test_without_a_script_the_list_says_everything(
    new_page: Callable[..., Page], site: str, sign_in: SignIn, province: Cast
) -> None:
    page = new_page(java_script_enabled=False)
    sign_in(page, province.son)
    page.goto(f"{site}/thiet-bi/")
    expect(page.locator(".map-live")).to_be_hidden()
    page.get_by_text("Danh sách 43 xã, phường").click()
    expect(page.get_by_role("row", name="Xã Quy Mông").first).to_contain_text("8")
    page.get_by_label("Tìm theo tên, số, xã").fill("quy mong")
    page.get_by_role("button", name="Lọc").click()
    expect(page.get_by_text("8 cụm loa", exact=True)).to_be_visible()


def test_a_server_of_tiles_is_asked_only_when_it_is_set(
    page: Page, site: str, sign_in: SignIn, province: Cast, settings: Settings, live: Gateway
) -> None:
    tiles = "https://tiles.example.vn/{z}/{x}/{y}.png"
    asked: list[str] = []

    def serve(route: object, request: object) -> None:
        asked.append(request.url)  # type: ignore[attr-defined]
        route.fulfill(status=200, content_type="image/svg+xml", body="<svg xmlns='http://www.w3.org/2000/svg'/>")  # type: ignore[attr-defined]

    page.route("https://tiles.example.vn/**", serve)
    settings.LOA_MAP_TILES, settings.LOA_MAP_CREDIT = tiles, "Cục Bản đồ"
    settings.CONTENT_SECURITY_POLICY = content_security_policy(live.url, tiles)
    sign_in(page, province.lan)
    page.goto(f"{site}/thiet-bi/")
    expect(shown(page).get_by_text("Cục Bản đồ")).to_be_visible()
    assert asked
