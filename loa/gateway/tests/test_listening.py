"""Where a gateway that was started alone listens."""

from dataclasses import replace
from pathlib import Path

import pytest

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
