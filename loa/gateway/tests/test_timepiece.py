"""A clock that may be wrong tells no loudspeaker the time: what it told would be believed for good."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from devicelink import jws
from devicelink.messages import Hello, Revisions

from loa.gateway.outbox import Delivery
from loa.gateway.tests.conftest import RunningGateway, wait_until
from loa.gateway.tests.mqtt import SimulatedDevice
from loa.gateway.tests.test_events import Page, page
from loa.gateway.timepiece import APART_S, FOLLOW_EVERY_S, Doubt, Timepiece
from loa.kernel.clock import now

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)


class Room:
    """A host, a database, and the time that really passes."""

    def __init__(self) -> None:
        self.passed = 100.0
        self.host, self.database = timedelta(), timedelta()
        self.timepiece = Timepiece(lambda: self.passed)

    def look(self, seconds: float = 0.5) -> Doubt:
        """After so many seconds."""
        self.passed += seconds
        return self.timepiece.look(self._now() + self.host)

    def hear(self, took: float = 0.01) -> None:
        """Ask the database."""
        asked = self.timepiece.steady()
        told = self._now() + self.database
        self.passed += took
        self.timepiece.heard(told, asked=asked, now=self._now() + self.host)

    def believe(self) -> None:
        """Somebody reads a watch."""
        self.timepiece.believe(self._now() + self.host)

    def _now(self) -> datetime:
        return NOON + timedelta(seconds=self.passed)


@pytest.fixture
def room() -> Room:
    found = Room()
    found.look()
    return found


def test_a_clock_that_goes_on_is_believed(room: Room) -> None:
    room.hear()
    assert [room.look(seconds) for seconds in (0.5, 3_600, 86_400)] == [Doubt.NONE] * 3


@pytest.mark.parametrize("step", [timedelta(hours=6), timedelta(days=-400), timedelta(seconds=APART_S + 1)])
def test_a_step_is_doubted_until_it_is_undone(room: Room, step: timedelta) -> None:
    room.host = step
    assert room.look() is Doubt.STEPPED
    assert room.look(3 * FOLLOW_EVERY_S) is Doubt.STEPPED
    room.host = timedelta()
    assert room.look() is Doubt.NONE


def test_a_database_on_the_same_machine_steps_along_and_is_no_witness(room: Room) -> None:
    room.hear()
    room.host = room.database = timedelta(days=3)
    room.hear()
    assert room.look() is Doubt.STEPPED
    room.hear()
    assert room.look(60) is Doubt.STEPPED


def test_a_database_elsewhere_says_that_the_correction_was_right(room: Room) -> None:
    room.database = timedelta(minutes=5)
    room.hear()
    assert room.look() is Doubt.DATABASE
    room.host = timedelta(minutes=5)
    assert room.look() is Doubt.NONE
    assert room.look(60) is Doubt.NONE


def test_without_the_database_its_clock_is_remembered(room: Room) -> None:
    room.database = timedelta(minutes=-5)
    room.hear()
    assert room.look(7_200) is Doubt.DATABASE
    room.database = timedelta()
    room.hear()
    assert room.look() is Doubt.NONE


@pytest.mark.parametrize("step", [timedelta(hours=6), timedelta(days=-400)])
def test_a_person_with_another_clock_says_that_a_step_was_right(room: Room, step: timedelta) -> None:
    room.hear()
    room.host = room.database = step
    room.hear()
    assert room.look() is Doubt.STEPPED
    room.believe()
    assert room.look(3 * FOLLOW_EVERY_S) is Doubt.NONE
    room.host = room.database = step + timedelta(minutes=2)
    room.hear()
    assert room.look() is Doubt.STEPPED, "it is this time that was confirmed, not every later one"


def test_a_person_does_not_outvote_the_database(room: Room) -> None:
    room.hear()
    room.host = timedelta(hours=6)
    room.hear()
    room.believe()
    assert room.look() is Doubt.DATABASE
    room.host = timedelta()
    assert room.look() is Doubt.NONE


def test_a_slow_answer_says_nothing(room: Room) -> None:
    room.database = timedelta(minutes=5)
    room.hear(took=20)
    assert room.look() is Doubt.NONE


def test_small_steps_are_followed_and_do_not_add_up(room: Room) -> None:
    for day in range(1, 6):
        room.host = timedelta(seconds=20 * day)
        assert room.look(86_400) is Doubt.NONE


@pytest.fixture
def stepped(gateway: RunningGateway) -> Iterator[RunningGateway]:
    """Its host's clock was set by an hour; set right again at the end."""
    timepiece = gateway.hub.timepiece
    real = timepiece._steady
    timepiece._steady = lambda: real() + 3_600
    yield gateway
    timepiece._steady = real
    wait_until(lambda: not timepiece.doubt)


def test_no_time_is_signed_by_a_clock_in_doubt(stepped: RunningGateway) -> None:
    device = stepped.hang_device("spk-doubt")
    wish = {"device": device.device, "nonce": "n" * 22}
    status, _, body = stepped.request("POST", "/device/time", body=wish)
    assert (status, json.loads(body)["code"]) == (503, "no_valid_time")
    facts = json.loads(stepped.request("GET", "/healthz")[2])
    assert (facts["ready"], facts["clock"]) == (True, "stepped")


def test_what_waits_for_a_device_is_sent_though_it_is_not_welcomed(stepped: RunningGateway) -> None:
    device = stepped.hang_device("spk-waiting").come()
    stop = Delivery("hold:7", f"d/{device.device}/down", "eyJ0eXAiOiJ4In0.stop.x", now() + HOUR, {device.device})
    stepped.do(lambda: stepped.hub.outbox.add(stop))
    assert has_heard_stop(device)
    device.say(Hello(device=device.device, nonce="n" * 22, boot="b", versions=(1,), agent="t", revisions=Revisions()))
    assert has_heard_stop(device)


def has_heard_stop(device: SimulatedDevice) -> bool:
    while b".stop." not in device.message().payload:
        """Of something else."""
    return True


def test_open_pages_hear_of_a_doubt_when_it_begins_and_when_it_ends(gateway: RunningGateway) -> None:
    timepiece = gateway.hub.timepiece
    real = timepiece._steady
    wait_until(lambda: not gateway.hub.pages._clock)
    with page(gateway, "vn.15.04498") as opened:
        assert opened.event()["kind"] == "snapshot"
        timepiece._steady = lambda: real() + 3_600
        told = until_clock(opened)
        with page(gateway) as later:
            first = later.event()["facts"]["clock"]
        timepiece._steady = real
        assert (told, first, until_clock(opened)) == ("stepped", "stepped", "")


def until_clock(opened: Page) -> str:
    """What the page is told next of the clock."""
    while (event := opened.event())["kind"] != "gateway.clock":
        pass
    return str(event["facts"]["clock"])


def test_the_time_is_told_again_by_itself(gateway: RunningGateway) -> None:
    device = gateway.hang_device("spk-again")
    wish = {"device": device.device, "nonce": "n" * 22}
    timepiece = gateway.hub.timepiece
    real = timepiece._steady
    timepiece._steady = lambda: real() - 3_600
    assert gateway.request("POST", "/device/time", body=wish)[0] == 503
    timepiece._steady = real
    status, _, body = gateway.request("POST", "/device/time", body=wish)
    assert (status, json.loads(jws.parse(body).payload)["nonce"]) == (200, "n" * 22)
    assert json.loads(gateway.request("GET", "/healthz")[2])["clock"] == "ok"
