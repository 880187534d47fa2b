"""Limits that stop a guesser and let a whole commune behind one address through."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from devicelink.messages import EnrolRequest

from loa.gateway.device_http import enrolments_from_an_address, enrolments_with_a_code, open_questions_from_an_address
from loa.gateway.limits import MOST_NAMES, Limit
from loa.gateway.tests.conftest import Platform, RunningGateway, Surroundings, elsewhere, wait_until
from loa.kernel.networks import network_of
from tests import engine as engines

PROVINCE, ADDRESSES, RUSH_S = 15_000, 3, 15


def test_province_behind_three_addresses_asks_for_the_time_after_a_power_cut() -> None:
    limit = open_questions_from_an_address()
    refused = [n for n in range(PROVINCE) if not limit.allows(f"10.0.0.{n % ADDRESSES}", n / PROVINCE * RUSH_S)]
    assert not refused
    again = [n for n in range(PROVINCE) if not limit.allows(f"10.0.0.{n % ADDRESSES}", 60 + n / PROVINCE * RUSH_S)]
    assert not again, "the power goes a second time"


def test_commune_of_a_hundred_enrols_behind_one_address_and_a_guesser_gets_nowhere() -> None:
    limit = enrolments_from_an_address()
    assert all(limit.allows("10.0.0.1", second / 100) for second in range(100))
    tried = sum(limit.allows("10.0.0.2", second / 1_000) for second in range(3_600_000 // 60))
    assert tried < 300, "of a million million million million codes"


def test_one_code_is_not_tried_again_and_again_from_many_addresses() -> None:
    limit = enrolments_with_a_code()
    assert sum(limit.allows("K7QM-2D9F-XXXX-YYYY", second) for second in range(3_600)) < 200
    assert limit.allows("another", 0)


def test_memory_of_a_limit_is_bounded() -> None:
    limit = Limit(burst=1, per_second=1)
    for number in range(MOST_NAMES + 5_000):
        limit.allows(str(number), 0)
    assert len(limit._buckets) == MOST_NAMES


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2:bbbb::ffff", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("fe80::1%eth0", "fe80::"),
        ("?", "?"),
        ("", ""),
    ],
)
def test_a_subscriber_of_ipv6_is_one_asker(address: str, network: str) -> None:
    assert network_of(address) == network


def tries(gateway: RunningGateway, forwarded: Iterator[str]) -> list[int]:
    """Statuses of attempts to enrol, each with the next X-Forwarded-For."""
    body = {"claim": "x", "public": "x", "kind": "tower", "agent": "", "signature": ""}
    return [
        gateway.request("POST", "/device/enrol", body=body, headers={"X-Forwarded-For": text})[0] for text in forwarded
    ]


@pytest.fixture
def fresh(
    surroundings: Surroundings, engine: engines.RunningEngine, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[RunningGateway]:
    """A gateway behind the proxies given by the test, or behind none."""
    trusted = getattr(request, "param", ())
    env = elsewhere(surroundings, gateway_state=tmp_path, behind_proxy=bool(trusted), trusted_proxies=trusted)
    with RunningGateway(env, engine, Platform()) as running:
        wait_until(lambda: running.hub.filled)
        yield running


@pytest.mark.usefixtures("no_time_passes")
def test_without_a_proxy_nobody_believes_where_somebody_says_that_they_come_from(fresh: RunningGateway) -> None:
    codes = tries(fresh, (f"198.51.100.{number}" for number in range(160)))
    assert codes[:150] == [400] * 150
    assert codes[-1] == 429


@pytest.mark.usefixtures("no_time_passes")
@pytest.mark.parametrize("fresh", [("127.0.0.1",)], indirect=True)
def test_behind_our_proxy_only_what_the_proxy_adds_is_believed(fresh: RunningGateway) -> None:
    liar = tries(fresh, (f"198.51.100.{number}, 203.0.113.9" for number in range(160)))
    assert (liar[0], liar[-1]) == (400, 429)
    others = tries(fresh, (f"203.0.113.9, 198.51.100.{number}" for number in range(160)))
    assert set(others) == {400}


@pytest.mark.usefixtures("no_time_passes")
@pytest.mark.parametrize("fresh", [("192.0.2.77",)], indirect=True)
def test_a_proxy_that_is_not_ours_is_not_believed(fresh: RunningGateway) -> None:
    codes = tries(fresh, (f"198.51.100.{number}" for number in range(160)))
    assert codes[-1] == 429


@pytest.mark.usefixtures("no_time_passes")
def test_one_code_is_slowed_at_the_gateway_too(gateway: RunningGateway) -> None:
    wish = EnrolRequest(claim="K7QM", public="A" * 43, kind="speaker", agent="t", signature="x")
    body = {name: getattr(wish, name) for name in ("claim", "public", "kind", "agent", "signature")}
    codes = [gateway.request("POST", "/device/enrol", body=body)[0] for _ in range(12)]
    assert (codes[0], codes[-1]) == (200, 429)
    assert gateway.request("POST", "/device/enrol", body=body | {"claim": "other"})[0] == 200
