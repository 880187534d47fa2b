"""Takes the pictures of the README from a running demonstration: `.venv/bin/python docs/screens/take.py [address]`."""

import io
import re
import shutil
import sys
import wave
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from loa.demo.cast import PASSWORD
from loa.kernel import clock
from loa.media.voices.espeak import Espeak

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
TITLE = "Họp thôn về việc đóng cầu Ngòi Viễn"
TEXT = (
    "Kính mời bà con thôn 4 và thôn 5 đến NVH thôn 5 họp lúc 19h30 ngày 28/11/2026 để nghe UBND xã thông báo việc đóng "
    "cầu Ngòi Viễn từ 01/12 cho công ty HQT sửa. Xe trên 3,5 tấn đi đường ĐT166. Ai cần hỏi xin gọi 0912 345 678."
)
MACHINE_MS = 120_000


def sign_in(page: Page, address: str, name: str) -> None:
    """As one of the sample people."""
    page.goto(f"{address}/tai-khoan/dang-nhap/")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "dang-nhap" not in url)


def at(path: str) -> Callable[[Page, str], None]:
    """A page that needs nothing before."""
    return lambda page, address: _go(page, address + path)


def _go(page: Page, url: str) -> None:
    page.goto(url)
    if page.locator("[data-map]").count():
        page.locator(".map-live canvas").wait_for()


def read_and_spoken(page: Page, address: str) -> None:
    """A notice with what will be said, spoken by the machine."""
    page.goto(f"{address}/soan-ban-tin/")
    page.fill("[name=title]", TITLE)
    page.fill("[name=text]", TEXT)
    page.click("#do-speak")
    page.get_by_text("Kiểm tra tiếng").wait_for(timeout=MACHINE_MS)
    page.locator("#sound-now [data-player]").first.wait_for()
    page.evaluate("document.querySelector('#reading').scrollIntoView()")


def checked(page: Page, address: str) -> None:
    """A recording that was too loud and begins late, with what the check found."""
    page.goto(f"{address}/soan-ban-tin/")
    page.fill("[name=title]", TITLE)
    page.get_by_text(re.compile("^Tải tệp")).first.click()
    page.locator("#upload").set_input_files(
        {"name": "thu-o-hoi-truong.wav", "mimeType": "audio/wav", "buffer": overdriven()}
    )
    page.get_by_text("Kiểm tra tiếng").wait_for(timeout=MACHINE_MS)
    page.evaluate("document.querySelector('#sound-now').scrollIntoView()")


def edited(page: Page, address: str) -> None:
    """The same recording on the page where it is cut."""
    checked(page, address)
    page.click("#do-mend")
    page.wait_for_url(re.compile("/sua-tieng/"))
    page.locator("canvas").first.wait_for()
    page.wait_for_timeout(1500)


def who_sounded(page: Page, address: str) -> None:
    """Yesterday's first session, in which one cluster had no power."""
    yesterday = clock.local(clock.now()).date() - timedelta(days=1)
    page.goto(f"{address}/so-nhat-ky/?ngay={yesterday.isoformat()}")
    page.get_by_role("link", name="Buổi sáng", exact=True).click()
    page.get_by_role("heading", name="Từng cụm loa").wait_for()


def change_shown(page: Page, address: str) -> None:
    """A shorter evening, and what would fall silent; it is not kept."""
    page.goto(f"{address}/quy-che-phat/sua/")
    page.get_by_label("Đến", exact=True).first.fill("17:30")
    page.get_by_role("button", name="Xem trước khi ghi").click()
    page.get_by_role("button", name="Xác nhận thay đổi").wait_for()


def overdriven() -> bytes:
    """Five seconds of a quiet room, then speech with its tops cut off (WAV)."""
    spoken = Espeak().synthesise(TEXT.replace("NVH", "nhà văn hóa"), dialect="vi", speed=1.0)
    speech = np.frombuffer(spoken.samples, np.int16).astype(np.float32) / 32768
    room = np.random.default_rng(1).normal(0, 0.001, 5 * spoken.rate).astype(np.float32)
    samples = np.concatenate([room, np.clip(speech * 14, -0.9, 0.9)])
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(spoken.rate)
        out.writeframes((samples * 32767).astype(np.int16).tobytes())
    return file.getvalue()


SHOTS = (
    ("lan", at("/hom-nay/"), "hom-nay", 1280),
    ("thanh", at("/duyet/"), "duyet", 360),
    ("son", at("/thiet-bi/"), "thiet-bi", 1280),
    ("lan", at("/lich-phat/"), "lich-phat", 1280),
    ("thanh", change_shown, "thay-doi", 1280),
    ("lan", who_sounded, "loa-da-phat", 1280),
    ("lan", read_and_spoken, "soan-ban-tin", 1280),
    ("lan", checked, "kiem-tra-tieng", 1280),
    ("lan", edited, "sua-tieng", 1280),
    ("lan", edited, "sua-tieng-360", 360),
)


def main(address: str, *only: str) -> None:
    """One picture a line of SHOTS (or those named), the part of the page that a screen shows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, prepare, picture, width in SHOTS:
            if only and picture not in only:
                continue
            page = browser.new_page(viewport={"width": width, "height": 900})
            sign_in(page, address, name)
            prepare(page, address)
            page.evaluate("document.fonts.ready")
            page.screenshot(path=HERE / f"{picture}.png", animations="disabled")
            page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000", *sys.argv[2:])
