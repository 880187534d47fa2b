"""Takes the pictures of the README from a running demonstration: `.venv/bin/python docs/screens/take.py [address]`."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from loa.demo.cast import PASSWORD

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
SHOTS = (
    ("lan", "/hom-nay/", "hom-nay", 1280),
    ("thanh", "/duyet/", "duyet", 360),
    ("son", "/thiet-bi/", "thiet-bi", 1280),
)


def sign_in(page: Page, address: str, name: str) -> None:
    """As one of the sample people."""
    page.goto(f"{address}/tai-khoan/dang-nhap/")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "dang-nhap" not in url)


def main(address: str) -> None:
    """One picture a line of SHOTS, the part of the page that a screen shows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, path, picture, width in SHOTS:
            page = browser.new_page(viewport={"width": width, "height": 900})
            sign_in(page, address, name)
            page.goto(address + path)
            page.evaluate("document.fonts.ready")
            if page.locator("[data-map]").count():
                page.locator(".map-live canvas").wait_for()
            page.screenshot(path=HERE / f"{picture}.png", animations="disabled")
            page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
