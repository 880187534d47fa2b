"""Where a gateway that was started alone listens, and whom it hears."""

import asyncio
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from loa.gateway import app
from loa.gateway.app import is_bare
from loa.gateway.tests.conftest import Surroundings

NOWHERE = Path("/nonexistent")
REAL = Surroundings(NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE, nats_url="", gateway_listen="0.0.0.0:8001", mode="up")


@pytest.mark.parametrize("listen", ["0.0.0.0:8001", "[::]:8001", "10.0.0.5:8001", "loa.example.vn:8001", ":8001"])
def test_an_open_address_without_tls_is_told(listen: str) -> None:
    assert is_bare(replace(REAL, gateway_listen=listen))
    assert not is_bare(replace(REAL, gateway_listen=listen, tls_cert="loa.pem"))
    assert not is_bare(replace(REAL, gateway_listen=listen, mode="demo"))


@pytest.mark.parametrize("listen", ["127.0.0.1:8001", "[::1]:8001", "localhost:8001", "127.0.0.53:8001"])
def test_this_machine_only_needs_none(listen: str) -> None:
    assert not is_bare(replace(REAL, gateway_listen=listen))


class Believer:
    """A hub and a server that lives until somebody says that the clock is right."""

    def __init__(self) -> None:
        self.believed = 0

    def believe_clock(self) -> None:
        self.believed += 1

    async def serve(self) -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        async with asyncio.timeout(5):
            while not self.believed:
                await asyncio.sleep(0.01)


def test_a_signal_of_this_machine_says_that_the_clock_is_right(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Else it would end the process, as signals do that nobody listens to."""
    assert threading.current_thread() is threading.main_thread()
    found = Believer()
    settings.ENV = REAL
    for name in ("parts_of", "Hub", "web", "server"):
        monkeypatch.setattr(app, name, lambda *_: found)
    app.main()
    assert found.believed == 1
