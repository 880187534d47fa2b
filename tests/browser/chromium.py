"""Finds the installed Chromium and starts it the way that works on servers, in containers and on a desk."""

import os
import shutil

import pytest
from playwright.sync_api import Browser, Playwright

# The first has the same engine and no windows of its own, so that a page costs half.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "microsoft-edge",
)
FLAGS = (
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
MISSING = (
    "The browser tests need an installed Chromium and found none of: " + ", ".join(NAMES) + ".\n"
    "Install it with the system's package manager (Debian: apt-get install chromium), "
    "or name one in LOA_CHROMIUM=/path/to/chromium."
)


def find() -> str:
    """The path of an installed Chromium; fails the test run with what to do when there is none."""
    named = os.environ.get("LOA_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.fail(MISSING, pytrace=False)
    return found


def start(playwright: Playwright) -> Browser:
    """A headless browser that speaks to nobody but the pages it is sent to."""
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    flags = [*FLAGS, "--no-sandbox"] if as_root else list(FLAGS)
    return playwright.chromium.launch(executable_path=find(), args=flags)
