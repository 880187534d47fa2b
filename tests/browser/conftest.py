"""A real browser for tests: `page` is a fresh one, `site` the address of the running platform, `visit` all the checks.

def test_week(page, site, sign_in, cast):
    sign_in(page, cast.lan)
    visit(page, f"{site}/lich-phat/")
"""

import inspect
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from loa.config.policy import content_security_policy
from loa.people.models import User
from tests.browser import asked, chromium
from tests.browser import gateway as gateways
from tests.browser.watch import Watch

# The browser driver keeps an event loop running in the test's thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

WAIT_MS = 30_000  # for a machine with ten times too much to do; what comes sooner is waited for no longer
expect.set_options(timeout=WAIT_MS)  # one patience for words, clicks and page loads


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test; those that look at many pages begin first, side by side."""
    mine = [item for item in items if item.path.is_relative_to(os.path.dirname(__file__))]
    for item in mine:
        item.add_marker(pytest.mark.browser)
    if "PYTEST_XDIST_WORKER" in os.environ:
        pages = {item: _pages(item) for item in mine}
        items.sort(key=lambda item: pages.get(item, 0), reverse=True)


def _pages(item: pytest.Item) -> int:
    """How many pages a test asks for: the dear ones must not be what the others wait for at the end."""
    return inspect.getsource(item.function).count("visit(") if isinstance(item, pytest.Function) else 0


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the whole run."""
    with sync_playwright() as playwright:
        started = chromium.start(playwright)
        yield started
        started.close()


@pytest.fixture
def answered(request: pytest.FixtureRequest) -> Iterator[None]:
    """Lets the platform end what a closed page had asked for: emptying the database would wait for it for ever."""
    if request.node.get_closest_marker("django_db") or "transactional_db" in request.fixturenames:
        request.getfixturevalue("transactional_db")
        yield
        if "server" in request.fixturenames:
            _let_it_finish(request.getfixturevalue("server"))
    else:
        yield


def _let_it_finish(server: LiveServer) -> None:
    """Wait for the last answer. Between two of its queries a request looks idle to the database, so it is the
    requests that are counted; one of our own, asked last, tells that those before it were all taken up."""
    with suppress(HTTPError):
        urlopen(f"{server.url}/static/nothing-of-this-name", timeout=WAIT_MS / 1000).close()
    end = time.monotonic() + WAIT_MS / 1000
    while asked.in_hand() and time.monotonic() < end:
        time.sleep(0.01)


@pytest.fixture
def new_page(browser: Browser, answered: None) -> Iterator[Callable[..., Page]]:
    """Makes pages in browsers of their own (cookies, storage); keyword arguments are those of `Browser.new_context`."""
    contexts = []

    def make(**options: object) -> Page:
        options.setdefault("service_workers", "block")
        options |= {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh", "reduced_motion": "reduce"}
        context = browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        opened = context.new_page()
        opened.watch = Watch()  # type: ignore[attr-defined]
        opened.watch.listen(opened)  # type: ignore[attr-defined]
        return opened

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A fresh page; `page.watch` notes what it complains of."""
    return new_page()


@pytest.fixture(scope="session")
def server() -> Iterator[LiveServer]:
    """The platform in a thread. Pages that need the database need a test marked django_db(transaction=True)."""
    asked.count()
    running = LiveServer("localhost")
    yield running
    running.stop()


@pytest.fixture
def site(server: LiveServer) -> str:
    """The address of the platform."""
    return str(server.url)


@pytest.fixture
def quiet_gateway(settings: Settings) -> Iterator[None]:
    """Every page listens to the gateway: a quiet one stands in."""
    with gateways.running() as gateway:
        settings.LOA_GATEWAY_URL = gateway.url
        settings.CONTENT_SECURITY_POLICY = content_security_policy(gateway.url)
        yield


@pytest.fixture
def sign_in(site: str, transactional_db: None) -> Callable[[Page, User], None]:
    """Signs a person in without the sign-in page, which has tests of its own. Brings the database with it."""

    def enter(page: Page, user: User) -> None:
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}])

    return enter
