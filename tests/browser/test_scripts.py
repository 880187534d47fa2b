"""The scripts of the pages in a real browser: what an officer with a bad line and a bad day relies on."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from loa.config.policy import content_security_policy
from tests.browser import gateway as gateways
from tests.browser import pages
from tests.browser.checks import at_least, check_axe, check_sizes, check_width, set_theme, take_picture, visit
from tests.browser.gateway import Gateway, listening

WORKER_RULES = """navigator.serviceWorker.ready.then(() => new Promise((rules) => {
  if (navigator.serviceWorker.controller) rules();
  else navigator.serviceWorker.addEventListener("controllerchange", rules);
}))"""

# Whether the draft that this browser keeps has a field.
KEPT = """async (name) => {
  const { all } = await import("/static/ui/js/store.js");
  return (await all("drafts")).some((row) => row.fields.some(([field]) => field === name));
}"""

# Each reading of a player in its order, as the page notes it: a look from outside may come too late.
ROUNDS = """box => {
  const said = new Set();
  const note = (word) => { if (word) said.add(word); box.dataset.rounds = [...said].join(", "); };
  const time = box.querySelector("[data-time]");
  new MutationObserver(() => note((time.textContent.match(/lần .[/]2/) || [])[0])).observe(time, { childList: true });
  box.addEventListener("loa:over", () => setTimeout(() => note("hết")));
}"""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with gateways.running() as running:
        yield running


@pytest.fixture
def trial(site: str, gateway: Gateway, settings: Settings) -> str:
    """The address of the trial pages, which know the stand-in gateway."""
    settings.ROOT_URLCONF = "tests.browser.pages"
    settings.LOA_FRAME = "tests.browser.pages.frame"
    settings.LOA_GATEWAY_URL = gateway.url
    settings.LOA_SAMPLE_DATA = True
    settings.CONTENT_SECURITY_POLICY = content_security_policy(gateway.url)
    pages.heard = pages.Heard()
    return f"{site}/thu"


def until(check: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something outside the browser."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def quiet(page: Page) -> None:
    page.watch.check()  # type: ignore[attr-defined]


def test_two_taps_stop_all_loudspeakers_and_one_lets_them_sound_again(page: Page, trial: str, gateway: Gateway) -> None:
    page.goto(f"{trial}/")
    page.get_by_text("Dừng tất cả loa").click()
    page.get_by_role("button", name="Dừng hết buổi").click()
    banner = page.locator("#hold-banner")
    expect(banner).to_contain_text("Đang dừng tất cả loa đến")
    expect(banner).to_contain_text("Lệnh đã gửi tới 8 cụm loa")
    path, ticket, body = gateway.posts[0]
    assert (path, ticket) == ("/edge/stop", "Bearer ve-cua-chi-lan")
    assert body["audience"] == {"area": pages.AREA}
    assert 28 * 60_000 < body["until"] - time.time() * 1000 < 31 * 60_000
    page.get_by_role("button", name="Cho phát lại ngay").click()
    expect(banner).to_contain_text("Loa phát lại theo lịch")
    assert gateway.posts[-1][0] == "/edge/resume"
    quiet(page)


def test_stop_until_a_time_that_was_typed(page: Page, trial: str, gateway: Gateway) -> None:
    page.goto(f"{trial}/")
    page.get_by_text("Dừng tất cả loa").click()
    page.get_by_text("Dừng đến giờ khác…").click()
    page.get_by_label("Cho phát lại lúc").fill("mai")
    page.get_by_role("button", name="Dừng đến giờ này").click()
    expect(page.locator("[data-stop-hint]")).to_have_text("Ghi giờ cho phát lại theo mẫu 17:30.")
    page.get_by_label("Cho phát lại lúc").fill("23h59")
    page.get_by_role("button", name="Dừng đến giờ này").click()
    expect(page.locator("#hold-banner")).to_contain_text("Đang dừng tất cả loa đến 23:59")
    assert (gateway.posts[0][2]["until"] // 60_000 + 7 * 60) % 1440 == 23 * 60 + 59


def test_a_stop_that_is_refused_says_why(page: Page, trial: str, gateway: Gateway) -> None:
    gateway.refuse = {"code": "ticket_expired", "detail": "Trang đã mở quá lâu nên hết quyền điều khiển."}
    page.watch.expect = {403}  # type: ignore[attr-defined]
    page.goto(f"{trial}/")
    page.get_by_text("Dừng tất cả loa").click()
    page.get_by_role("button", name="Dừng mục đang phát").click()
    expect(page.locator("[data-stop-hint]")).to_have_text("Trang đã mở quá lâu nên hết quyền điều khiển.")
    expect(page.locator("#hold-banner")).to_be_hidden()


def test_somebody_else_stops_and_every_open_page_says_who(page: Page, trial: str, gateway: Gateway) -> None:
    page.goto(f"{trial}/")
    listening(page)
    soon = round(time.time() * 1000) + 600_000
    gateway.tell("hold.held", pages.AREA, until=soon, by="Nguyễn Văn Thành", reason="Có đám tang ở thôn 3")
    banner = page.locator("#hold-banner")
    expect(banner).to_contain_text("Nguyễn Văn Thành dừng lúc")
    expect(banner).to_contain_text("Có đám tang ở thôn 3")
    gateway.tell("hold.released", pages.AREA, until=0)
    expect(banner).to_be_hidden()


def test_a_stop_of_the_neighbour_is_not_ours(page: Page, trial: str, gateway: Gateway) -> None:
    page.goto(f"{trial}/song/")
    listening(page)
    gateway.tell("hold.held", "vn.15.04375", until=round(time.time() * 1000) + 600_000, by="Hà Thị Mai")
    gateway.tell("device.status", pages.AREA, id="spk-1", volume="80%")
    expect(page.locator("#volume")).to_have_text("80%")
    expect(page.locator("#hold-banner")).to_be_hidden()


def test_a_stop_that_the_database_does_not_know_yet_is_shown(page: Page, trial: str, gateway: Gateway) -> None:
    soon = round(time.time() * 1000) + 600_000
    hold = {"subject": "area/vn.15", "area": "vn.15", "until": soon, "by": "Đỗ Minh Anh", "reason": "", "at": soon}
    gateway.holds = [hold]
    page.goto(f"{trial}/")
    expect(page.locator("#hold-banner")).to_contain_text("Đỗ Minh Anh dừng lúc")


def test_live_parts_change_by_themselves(page: Page, trial: str, gateway: Gateway) -> None:
    page.goto(f"{trial}/song/")
    expect(page.locator("#part")).to_have_text("Lần 1")
    listening(page)
    for _ in range(5):
        gateway.tell("device.status", pages.AREA, id="spk-2", volume="10%")
    expect(page.locator("#part")).to_have_text("Lần 2")
    expect(page.locator("#volume")).to_have_text("70%")
    assert pages.heard.visits == 2, "many events cost one request"
    quiet(page)


def test_a_lost_line_is_told_and_caught_up(page: Page, trial: str, gateway: Gateway) -> None:
    page.watch.expect = {503}  # type: ignore[attr-defined]
    page.goto(f"{trial}/song/")
    listening(page)
    gateway.hang_up()
    expect(page.locator("#live-state")).to_contain_text("Mất kết nối từ")
    gateway.silent = False
    expect(page.locator("#live-state")).to_be_hidden()
    expect(page.locator("#part")).not_to_have_text("Lần 1")


def test_hearing_a_sound_to_its_end_is_measured(page: Page, trial: str) -> None:
    page.goto(f"{trial}/nghe/")
    first = page.locator("[data-player]").first
    first.get_by_role("slider").focus()
    first.get_by_role("button").click()
    expect(first).to_have_attribute("data-heard-to-end", "")
    until(lambda: len(pages.heard.posts) == 1)
    assert int(pages.heard.posts[0]["heard_ms"]) >= 0.98 * int(pages.heard.posts[0]["length_ms"])
    expect(first.locator("[data-time]")).to_contain_text("0:01")
    quiet(page)


def test_jumping_to_the_end_is_not_hearing(page: Page, trial: str) -> None:
    page.goto(f"{trial}/nghe/?ms=20000")
    first = page.locator("[data-player]").first
    first.get_by_role("button").click()
    first.evaluate("box => new Promise(done => { box.player.audio.onended = done; box.player.jump(19800); })")
    assert first.get_attribute("data-heard-to-end") is None
    assert pages.heard.posts == []


def test_all_in_a_row(page: Page, trial: str) -> None:
    page.goto(f"{trial}/nghe/")
    page.get_by_role("button", name="Nghe cả buổi").click()
    expect(page.locator("[data-heard-to-end]")).to_have_count(3)
    expect(page.get_by_role("button", name="Nghe cả buổi")).to_be_visible()
    until(lambda: len(pages.heard.posts) == 3)


def test_what_is_read_twice_is_played_twice_and_the_locked_screen_names_it(page: Page, trial: str) -> None:
    page.goto(f"{trial}/nghe/?lan=2")
    first = page.locator("[data-player]").first
    first.evaluate(ROUNDS)
    first.get_by_role("button").click()
    expect(first).to_have_attribute("data-rounds", "lần 1/2, lần 2/2, hết")
    assert page.evaluate("navigator.mediaSession.metadata.title") == "Nghe bài 1"
    expect(first.get_by_role("button")).to_have_attribute("aria-label", "Nghe bài 1")


def test_a_part_that_gets_no_news_blames_no_press(page: Page, trial: str, gateway: Gateway) -> None:
    page.goto(f"{trial}/song/")
    listening(page)
    pages.heard.broken = True
    gateway.tell("device.status", pages.AREA, id="spk-2")
    expect(page.locator("#page-problem")).to_contain_text("loa vẫn phát theo lịch đã nhận")
    expect(page.locator("#page-problem")).not_to_contain_text("vừa bấm")


def test_a_draft_survives_a_closed_page(page: Page, trial: str) -> None:
    page.goto(f"{trial}/soan/")
    page.get_by_label("Tên bản tin").fill("Tạm ngừng cấp nước")
    page.get_by_text("Đọc hai lần").click()
    expect(page.locator("[data-draft-saved]")).to_contain_text("Đã lưu trên máy này lúc")
    page.wait_for_function(KEPT, arg="twice")  # the words may have been kept before the tick
    page.goto(f"{trial}/")
    page.goto(f"{trial}/soan/")
    expect(page.get_by_label("Tên bản tin")).to_have_value("Tạm ngừng cấp nước")
    expect(page.locator("input[name=twice]")).to_be_checked()
    page.get_by_role("button", name="Bỏ bản nháp này").click()
    expect(page.get_by_label("Tên bản tin")).to_have_value("")


def test_a_draft_is_not_shown_to_the_next_person(page: Page, trial: str) -> None:
    page.goto(f"{trial}/soan/")
    page.get_by_label("Tên bản tin").fill("Tạm ngừng cấp nước")
    expect(page.locator("[data-draft-saved]")).to_be_visible()
    page.goto(f"{trial}/soan/?user=mai")
    page.locator("form[data-draft-read]").wait_for()
    expect(page.get_by_label("Tên bản tin")).to_have_value("")


def test_a_send_without_network_goes_out_by_itself_once(page: Page, trial: str) -> None:
    page.goto(f"{trial}/soan/")
    page.get_by_label("Tên bản tin").fill("Tạm ngừng cấp nước")
    page.context.set_offline(True)
    page.get_by_role("button", name="Gửi duyệt").click()
    expect(page.locator("#drafts-state")).to_contain_text("đang chờ mạng")
    assert pages.heard.posts == []
    page.context.set_offline(False)
    expect(page.locator("#drafts-state")).to_contain_text("Đã gửi “Tạm ngừng cấp nước”")
    assert [post["title"] for post in pages.heard.posts] == ["Tạm ngừng cấp nước"]
    assert len(pages.heard.posts[0]["client_id"]) == 36


def test_a_send_goes_on_to_the_next_page_and_forgets_the_draft(page: Page, trial: str) -> None:
    page.goto(f"{trial}/soan/")
    page.get_by_label("Tên bản tin").fill("Họp thôn 2")
    expect(page.locator("[data-draft-saved]")).to_be_visible()
    page.get_by_role("button", name="Gửi duyệt").click()
    expect(page.get_by_role("heading", name="Đã gửi duyệt")).to_be_visible()
    page.goto(f"{trial}/soan/")
    page.locator("form[data-draft-read]").wait_for()
    expect(page.get_by_label("Tên bản tin")).to_have_value("")
    quiet(page)


def test_a_recording_is_heard_and_sent(page: Page, trial: str) -> None:
    page.goto(f"{trial}/tieng/")
    page.get_by_role("button", name="Thu", exact=True).click()
    expect(page.locator("[data-recorder] .clock-big")).to_have_text(at_least(2))
    page.get_by_role("button", name="Thu xong").click()
    expect(page.locator("[data-what]")).to_contain_text(at_least(2, "Đoạn thu "))
    page.get_by_role("button", name="Dùng đoạn này").click()
    expect(page.locator("[data-say]")).to_have_text("Đã nhận đoạn thu.")
    sound = pages.heard.sounds[0]
    assert sound["origin"] == "recorded"
    assert sound["start"] == b"\x1aE\xdf\xa3", "a WebM file"
    expect(page.locator("input[name=recorded]")).to_have_value(str(sound["id"]))
    quiet(page)


def test_a_tab_closed_while_recording_loses_a_second_at_most(page: Page, trial: str) -> None:
    page.goto(f"{trial}/tieng/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Thu", exact=True).click()
    expect(page.locator("[data-recorder] .clock-big")).to_have_text(at_least(3))
    page.goto("about:blank")
    page.goto(f"{trial}/tieng/")
    expect(page.locator("[data-what]")).to_contain_text(at_least(1, "Bản ghi dở "))
    drop = page.get_by_role("button", name="Bỏ")
    drop.click()
    page.get_by_role("button", name="Bấm lần nữa để bỏ").click()
    expect(page.locator("[data-what]")).to_have_count(0)
    page.reload()
    page.locator("[data-recorder][data-takes-read]").wait_for()
    expect(page.locator("[data-what]")).to_have_count(0)


def test_a_recording_made_without_network_is_sent_later(page: Page, trial: str) -> None:
    page.goto(f"{trial}/tieng/")
    page.context.set_offline(True)
    page.get_by_role("button", name="Thu", exact=True).click()
    expect(page.locator("[data-recorder] .clock-big")).to_have_text(at_least(1))
    page.get_by_role("button", name="Thu xong").click()
    page.get_by_role("button", name="Dùng đoạn này").click()
    expect(page.locator("[data-what]")).to_contain_text("giữ trên máy này; có mạng thì tự gửi")
    page.context.set_offline(False)
    expect(page.locator("[data-say]")).to_have_text("Đã nhận đoạn thu.")
    assert len(pages.heard.sounds) == 1


def test_an_upload_says_how_far_it_is_and_what_was_refused(page: Page, trial: str, tmp_path: Path) -> None:
    page.watch.expect = {422}  # type: ignore[attr-defined]
    page.goto(f"{trial}/tieng/")
    good = tmp_path / "hop-thon-2.mp3"
    good.write_bytes(b"ID3\x04" + b"x" * 900_000)
    page.locator("input[type=file]").set_input_files(good)
    until(lambda: len(pages.heard.sounds) == 1)
    assert pages.heard.sounds[0]["size"] == 900_004
    expect(page.locator("input[name=uploaded]")).to_have_value(str(pages.heard.sounds[0]["id"]))
    pages.heard.refuse = {
        "code": "not_sound",
        "message": "Tệp này không phải tệp âm thanh. Chọn tệp MP3, WAV hoặc M4A.",
    }
    page.locator("input[type=file]").set_input_files(good)
    expect(page.locator("[data-error]")).to_contain_text("không phải tệp âm thanh")
    empty = tmp_path / "rong.mp3"
    empty.touch()
    page.locator("input[type=file]").set_input_files(empty)
    expect(page.locator("[data-error]")).to_contain_text("Tệp này rỗng")


def test_without_network_kept_pages_open_and_the_stop_still_works(
    new_page: Callable[..., Page], trial: str, gateway: Gateway
) -> None:
    page = new_page(service_workers="allow")
    page.goto(f"{trial}/lich/")
    page.evaluate(WORKER_RULES)
    page.goto(f"{trial}/lich/")
    page.context.set_offline(True)
    page.goto(f"{trial}/lich/")
    expect(page.get_by_text("05:10 Bản tin xã")).to_be_visible()
    page.goto(f"{trial}/xong/")
    expect(page.get_by_role("heading", name="Máy này đang mất mạng")).to_be_visible()
    expect(page.get_by_role("link", name="Lịch phát tuần này")).to_be_visible()
    page.context.set_offline(False)  # the gateway is there, the web server was not
    page.get_by_role("button", name="Dừng 30 phút").click()
    expect(page.locator("[data-stop-hint]")).to_contain_text("Đã gửi lệnh dừng")
    assert gateway.posts[0][1] == "Bearer ve-cua-chi-lan"


def test_open_sheet_and_menu_by_keyboard(page: Page, trial: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{trial}/")
    stop = page.locator(".stop-box > summary")
    stop.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Dừng hết buổi")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Dừng hết buổi")).to_be_hidden()
    expect(stop).to_be_focused()
    page.get_by_role("link", name="Mục").click()
    expect(page.get_by_role("link", name="Đóng")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Đóng")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_open_stop_sheet_is_readable_and_reachable(page: Page, trial: str, theme: str) -> None:
    set_theme(page, trial, theme)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{trial}/")
    page.get_by_text("Dừng tất cả loa").click()
    page.get_by_text("Dừng đến giờ khác…").click()
    check_axe(page)
    check_width(page)
    check_sizes(page)
    take_picture(page, f"stop-sheet-{theme}-360")


def test_the_ground_turns_dark_and_stays_dark(page: Page, trial: str) -> None:
    page.goto(f"{trial}/")
    page.get_by_role("button", name="Nền tối").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(f"{trial}/xong/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("address", ["soan/", "tieng/", "nghe/", "in/"])
def test_trial_pages_pass_all_checks(page: Page, trial: str, address: str) -> None:
    visit(page, f"{trial}/{address}", themes=["light"], name=f"thu-{address[:-1]}")
