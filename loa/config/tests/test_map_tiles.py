"""A server of map tiles: none unless it is set, and then that one host alone."""

import pytest

from loa.config import env
from loa.config.policy import content_security_policy


def pictures(tiles: str) -> list[str]:
    policy = content_security_policy("http://127.0.0.1:8001", tiles)
    return [source for source in policy["DIRECTIVES"]["img-src"] if source.startswith("http")]


def test_pictures_come_from_elsewhere_only_when_a_server_is_set() -> None:
    assert pictures("") == []
    given = env.read({"LOA_MAP_TILES": "https://tiles.example.vn:8443/nen/{z}/{x}/{y}.png"})
    assert pictures(given.map_tiles) == ["https://tiles.example.vn:8443"]


@pytest.mark.parametrize(
    "address",
    ["tiles.example.vn/{z}/{x}/{y}.png", "https://tiles.example.vn/{z}/{x}.png", "https://{s}.example.vn/{z}/{x}/{y}"],
)
def test_an_address_that_cannot_serve_is_refused(address: str) -> None:
    with pytest.raises(env.BadSetting, match="LOA_MAP_TILES"):
        env.read({"LOA_MAP_TILES": address})
