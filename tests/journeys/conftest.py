"""One stack for all journeys: it takes a quarter of a minute to start."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.journeys import running
from tests.journeys.evening import Evening, arrange
from tests.journeys.running import NOTICE, Browser, Desk, Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Everything runs, every loudspeaker is placed, one notice is spoken."""
    root = Path(tempfile.mkdtemp(prefix="loa-way-"))
    root.chmod(0o755)  # its database may have to run as nobody
    process = running.start(root / "var")
    try:
        state = running.ready(process, root / "var")
        with closing(Desk({**running.clean_environ(), **state["environ"]})) as desk:
            made = Stack(root / "var", state, desk, running.devices_of(root / "var"))
            made.sounds["Họp thôn 5"] = desk.do("speak", title="Họp thôn 5", text=NOTICE)
            running.place_all(made)
            yield made
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def thanh(stack: Stack) -> Browser:
    """The approver, signed in by the form."""
    return stack.browser("thanh")


@pytest.fixture(scope="session")
def evening(stack: Stack, thanh: Browser) -> Evening:
    """What all journeys look at."""
    return arrange(stack, thanh)
