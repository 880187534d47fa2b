"""The checks that every page passes; `visit(page, url)` runs them all.

Each check takes an opened page and fails with words that say which element is wrong.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from loa.ui.language import english_words

SCREENS = Path(__file__).parents[2] / "var" / "screens"
WANTED = "LOA_SCREENS" in os.environ  # a quarter of what a page costs, and nobody looks at those of every run
PHONE = 360
NARROWEST = 320
DESK = 1280
HEIGHT = 800
THEMES = ("light", "dark")
AXE = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
SCRIPT = (Path(__file__).parent / "checks.js").read_text()


def visit(page: Page, url: str, *, themes: Iterable[str] = THEMES, status: int = 200, name: str = "") -> None:
    """Open `url` at 360 and 1280 px in both themes and run every check; leaves the page open at 1280, light.

    The themes are one page with other colours: the dark one is opened on the phone, then widened, and asked only what
    colours decide. `status` is the HTTP state the page is meant to have (404 for the error page). With LOA_SCREENS=1,
    pictures go to var/screens/.
    """
    page.watch.expect = {status} if status >= 400 else set()  # type: ignore[attr-defined]
    picture = name or re.sub(r"[^\w-]+", "-", urlsplit(url).path).strip("-") or "root"
    if "dark" in themes:
        _look_dark(page, url, status, picture)
    set_theme(page, url, "light")
    for width in (PHONE, DESK):
        _open(page, url, width, status)
        take_picture(page, f"{picture}-light-{width}")
        check_axe(page)
        page.watch.check()  # type: ignore[attr-defined]
        check_words(page)
        check_width(page)
        check_sizes(page)
        check_keyboard(page)


def glance(page: Page, url: str) -> None:
    """The cheap look at one of many pages, on a phone, light: everything but the keyboard, for pages that are put
    together of parts which `visit` has tried elsewhere. Leaves the page open at 360 px."""
    page.watch.expect = set()  # type: ignore[attr-defined]
    _open(page, url, PHONE, 200)
    take_picture(page, re.sub(r"[^\w-]+", "-", urlsplit(url).path).strip("-"))
    check_axe(page)
    page.watch.check()  # type: ignore[attr-defined]
    check_words(page)
    check_width(page)
    check_sizes(page)


def _look_dark(page: Page, url: str, status: int, picture: str) -> None:
    set_theme(page, url, "dark")
    _open(page, url, PHONE, status)
    assert page.locator("html[data-theme=dark]").count() == 1, "this page knows no dark theme"
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        take_picture(page, f"{picture}-dark-{width}")
        check_axe(page, COLOURS)
    page.watch.check()  # type: ignore[attr-defined]


def _open(page: Page, url: str, width: int, status: int) -> None:
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.watch.forget()  # type: ignore[attr-defined]
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == status, f"{url} answers {answer.status}, not {status}"
    settle(page)


def settle(page: Page) -> None:
    """Wait until type, scripts and the parts that a page fetches by itself are there.

    A page with a live line never falls silent, so that cannot be awaited.
    """
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    expect(page.locator(".htmx-request")).to_have_count(0)


def set_theme(page: Page, url: str, theme: str) -> None:
    """What the button 'Nền tối' does."""
    parts = urlsplit(url)
    page.context.add_cookies([{"name": "loa_theme", "value": theme, "url": f"{parts.scheme}://{parts.netloc}"}])


def take_picture(page: Page, name: str) -> None:
    """With LOA_SCREENS=1: a picture of the whole page, to be looked at by a person."""
    if WANTED:
        page.screenshot(path=SCREENS / f"{name}.png", full_page=True, animations="disabled")


def at_least(seconds: int, before: str = "") -> re.Pattern[str]:
    """A running clock ("0:03") that has come so far: a busy machine may not look at it in that very second."""
    return re.compile(f"{before}0:({'|'.join(f'{second:02}' for second in range(seconds, 60))})")


def check_axe(page: Page, options: dict[str, Any] = AXE) -> None:
    """No violation of WCAG 2.2 AA or of the good practices that axe knows."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(options).then(told => told.violations)", options)
    assert not found, "\n".join(_told(violation) for violation in found)


def _look(page: Page, what: str) -> Any:
    """What a function of checks.js says."""
    if not page.evaluate("'loaChecks' in window"):
        page.evaluate(SCRIPT)
    return page.evaluate(f"loaChecks.{what}()")


def _told(violation: dict[str, Any]) -> str:
    nodes = [f"  {' '.join(node['target'])}\n    {node['failureSummary']}" for node in violation["nodes"][:8]]
    return f"{violation['id']}: {violation['help']} ({len(violation['nodes'])} places)\n" + "\n".join(nodes)


def check_width(page: Page) -> None:
    """Nothing has to be moved sideways, at this width and, on a phone, at 320 px (also 400 % zoom of a desk)."""
    before = page.viewport_size
    assert before is not None
    widths = [before["width"]] if before["width"] > PHONE else [before["width"], NARROWEST]
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        too_wide = _look(page, "tooWide")
        assert not too_wide, f"wider than {width} px: {too_wide}"
    page.set_viewport_size(before)


def check_sizes(page: Page) -> None:
    """No text under 16 px, nothing to tap lower than 44 px (links inside a sentence excepted)."""
    small = _look(page, "small")
    assert not small, f"too small: {small}"


def check_words(page: Page) -> None:
    """The page says it is Vietnamese, has one title and one heading, and shows no English."""
    assert page.locator("html").get_attribute("lang") == "vi"
    assert page.title().strip(), "no title"
    assert page.locator("h1").count() == 1, f"{page.locator('h1').count()} h1 headings"
    found = english_words(_look(page, "words"))
    assert not found, f"English on the page: {found}"


def check_keyboard(page: Page) -> None:
    """Tab reaches everything that can be used; what has the focus is seen, has a ring, and is not covered."""
    expected = _look(page, "markStops")
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    reached: set[str] = set()
    for _ in range(len(expected) + 10):
        page.keyboard.press("Tab")
        stop = page.evaluate("loaChecks.focused()")
        if stop is None or (stop["mark"] in reached and len(reached) >= len(expected)):
            break
        assert not stop["problem"], f"{stop['what']}: {stop['problem']}"
        reached.add(stop["mark"])
    missed = [what for mark, what in expected.items() if mark not in reached]
    assert not missed, f"Tab does not reach: {missed}"
