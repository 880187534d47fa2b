"""Lan on a bad line, with a tab that closes and a tablet that sleeps: nothing she recorded or sent is lost."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.urls import reverse
from playwright.sync_api import CDPSession, Page, Request, expect

from loa.media import store
from loa.media.models import Origin, Sound, Upload
from loa.media.tests import sounds
from loa.people.models import User
from tests.browser.checks import at_least, check_axe, check_sizes, check_width, take_picture
from tests.browser.test_compose import SOUND, town, work
from tests.cast import Cast

__all__ = ["town"]
pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]
SLOW = 1_000_000  # bytes a second
PATIENCE_MS = 40_000


def line(network: CDPSession, *, offline: bool = False, speed: int = SLOW) -> None:
    """What the line to the platform is like from now on; a speed of -1 is without limit."""
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": speed},
    )


def compose(page: Page, site: str, way: str) -> None:
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    page.get_by_label("Tên bản tin").fill("Họp thôn 2")
    page.get_by_label("Lĩnh vực").select_option("livelihood")
    page.get_by_text(way, exact=True).click()


def test_twenty_megabytes_over_a_line_that_breaks_and_a_page_that_is_closed(
    page: Page, site: str, town: Cast, tmp_path: Path
) -> None:
    noise = np.random.default_rng(5).standard_normal(10_000_000).astype(np.float32) * 0.05
    file = sounds.wav(tmp_path / "hop-thon.wav", noise)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    compose(page, site, "Tải tệp tiếng, video")
    line(network)
    page.locator("#upload").set_input_files(file)
    told = page.locator(f"{SOUND} [data-upload] [data-rest]")
    expect(told).to_contain_text(re.compile(r"MB trên 20,0 MB, còn khoảng \d+ giây"), timeout=PATIENCE_MS)
    line(network, offline=True)
    expect(told).to_contain_text("có mạng thì tự tải tiếp")
    page.set_viewport_size({"width": 360, "height": 800})
    page.locator(f"{SOUND} [data-upload]").scroll_into_view_if_needed()
    take_picture(page, "upload-broken-360")
    before = Upload.objects.get().received
    line(network)
    expect(told).to_contain_text("còn khoảng", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Tạm dừng").click()
    expect(told).to_contain_text("chọn lại đúng tệp này thì tải tiếp")
    kept = Upload.objects.get().received
    assert kept > 0
    assert before <= kept < file.stat().st_size
    page.reload()
    page.get_by_text("Tải tệp tiếng, video", exact=True).click()
    half = page.locator(f"{SOUND} [data-half]")
    expect(half).to_contain_text("“hop-thon.wav” tải dở lúc")
    check_axe(page)
    check_width(page)
    check_sizes(page)
    take_picture(page, "upload-half-360")
    pieces: list[Request] = []
    page.on("request", lambda request: pieces.append(request) if request.method == "PATCH" else None)
    line(network, speed=-1)
    page.locator("#upload").set_input_files(file)
    expect(page.locator("#sound-now")).to_contain_text("Đang xử lý tiếng", timeout=PATIENCE_MS)
    assert int(pieces[0].headers["upload-offset"]) >= kept
    sound = Sound.objects.get()
    assert sound.origin == Origin.UPLOADED
    assert store.default().incoming(sound.pk).read_bytes() == file.read_bytes()


def test_a_file_that_is_half_sent_can_be_given_up(page: Page, site: str, town: Cast, tmp_path: Path) -> None:
    file = sounds.wav(tmp_path / "a.wav", sounds.sine(60))
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    for press, where in (("Thôi tải", f"{SOUND} [data-upload]"), ("Bỏ tệp này", f"{SOUND} [data-half]")):
        compose(page, site, "Tải tệp tiếng, video")
        line(network, speed=300_000)
        page.locator("#upload").set_input_files(file)
        expect(page.locator(f"{SOUND} [data-upload] [data-rest]")).to_contain_text("trên 5,8 MB")
        expect(page.locator(f"{SOUND} [data-percent]")).to_have_text(re.compile("[1-9]%"))
        if press == "Bỏ tệp này":
            page.reload()
            page.get_by_text("Tải tệp tiếng, video", exact=True).click()
        with page.expect_response(lambda answer: answer.request.method == "DELETE"):
            page.locator(where).get_by_role("button", name=press).click()
        expect(page.locator("[data-half] .note")).to_have_count(0)
        expect(page.locator(f"{SOUND} [data-progress]")).to_be_hidden()
        assert not Upload.objects.exists()
        line(network, speed=-1)
    assert not Sound.objects.exists()


def test_a_recording_survives_a_killed_tab_is_continued_and_becomes_one_sound(
    page: Page, site: str, town: Cast, new_page: Callable[..., Page]
) -> None:
    compose(page, site, "Thu giọng tôi")
    page.get_by_role("button", name="Thu", exact=True).click()
    expect(page.locator(f"{SOUND} [data-recorder] [data-say]")).to_have_text("Bắt đầu thu sau 2…")
    clock = page.locator(f"{SOUND} [data-recorder] .clock-big")
    expect(clock).to_have_text(at_least(2))
    page.context.set_offline(True)
    expect(clock).to_have_text(at_least(4))
    page.set_viewport_size({"width": 360, "height": 800})
    page.locator(f"{SOUND} [data-recorder]").scroll_into_view_if_needed()
    expect(page.locator(f"{SOUND} [data-verdict]")).to_have_text(re.compile("Vừa|Nhỏ quá|To quá"))
    take_picture(page, "recording-360")
    context = page.context
    page.close(run_before_unload=False)
    context.set_offline(False)
    again = context.new_page()
    again.set_viewport_size({"width": 360, "height": 800})
    compose(again, site, "Thu giọng tôi")
    what = again.locator("[data-what]")
    expect(what).to_contain_text(re.compile(r"Bản ghi dở 0:0[3-9]"))
    before = int(re.findall(r"0:(\d\d)", what.text_content() or "")[0])
    check_axe(again)
    check_width(again)
    check_sizes(again)
    take_picture(again, "recording-left-360")
    again.locator(f"{SOUND} [data-count]").uncheck()
    again.get_by_role("button", name="Thu nối thêm").click()
    expect(what).to_have_count(0)
    expect(again.locator(f"{SOUND} [data-recorder] .clock-big")).to_have_text(at_least(before + 3))
    again.get_by_role("button", name="Thu xong").click()
    expect(what).to_contain_text(re.compile("Đoạn thu 0:"))
    expect(again.locator(f"{SOUND} [data-takes] [data-player]")).to_have_count(2)
    take_picture(again, "recording-joined-360")
    seconds = int(re.findall(r"0:(\d\d)", what.text_content() or "")[0])
    again.get_by_role("button", name="Dùng đoạn này").click()
    expect(again.locator("#sound-now")).to_contain_text("Đang xử lý tiếng")
    work()
    sound = Sound.objects.get()
    assert (sound.state, sound.origin) == ("ready", Origin.RECORDED), sound.refusal
    assert abs(sound.duration_ms / 1000 - seconds) <= 2
    assert sound.duration_ms / 1000 > before + 1, "both parts are in it"
    expect(again.locator("[data-what]")).to_have_count(0)


def test_a_microphone_that_is_refused_is_explained(page: Page, site: str, town: Cast) -> None:
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
    )
    compose(page, site, "Thu giọng tôi")
    page.get_by_role("button", name="Thu", exact=True).click()
    expect(page.locator(f"{SOUND} [data-recorder] [data-say]")).to_contain_text("chọn Cho phép micrô")
    expect(page.get_by_role("button", name="Thu", exact=True)).to_be_enabled()


def test_a_full_machine_stops_and_keeps_what_was_recorded(page: Page, site: str, town: Cast) -> None:
    page.add_init_script(
        """
        const put = IDBObjectStore.prototype.put;
        let chunks = 0;
        IDBObjectStore.prototype.put = function (row) {
          if (this.name === "chunks" && ++chunks > 2) throw new DOMException("full", "QuotaExceededError");
          return put.call(this, row);
        };
        """
    )
    compose(page, site, "Thu giọng tôi")
    page.locator(f"{SOUND} [data-count]").uncheck()
    page.get_by_role("button", name="Thu", exact=True).click()
    expect(page.locator(f"{SOUND} [data-recorder] [data-say]")).to_contain_text("hết chỗ chứa nên đã dừng thu")
    page.get_by_role("button", name="Dùng đoạn này").click()
    expect(page.locator("#sound-now")).to_contain_text("Đang xử lý tiếng")
    work()
    assert Sound.objects.get().duration_ms > 2500, "also what came after the last piece that was stored"
