"""The pages that belong to no domain: gallery, errors, offline, and the sign-in."""

from playwright.sync_api import Page

from tests.browser.checks import visit


def test_gallery(page: Page, site: str) -> None:
    visit(page, f"{site}/ui/gallery/", name="gallery")


def test_page_that_is_not_there(page: Page, site: str) -> None:
    visit(page, f"{site}/khong-co-trang-nay/", status=404, name="404")


def test_offline_page(page: Page, site: str) -> None:
    visit(page, f"{site}/ui/offline/", name="offline")
