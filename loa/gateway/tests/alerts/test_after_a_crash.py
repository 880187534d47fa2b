"""The gateway is killed with an alert in its hands: nothing is lost, nothing is signed twice."""

import uuid
from pathlib import Path

import msgspec
import pytest
from devicelink.messages import Ack, Alert
from devicelink.signing import SignerUnavailable

from loa.alerts.wishes import Entry
from loa.gateway.journal import Book
from loa.gateway.tests.alerts.desk import LAN, THANH, Desk, alert, now_ms, wish, word
from loa.gateway.tests.conftest import COMMUNE, Platform, RunningGateway, Surroundings, elsewhere, wait_until
from tests import engine as engines


@pytest.fixture
def env(surroundings: Surroundings, tmp_path: Path) -> Surroundings:
    return elsewhere(surroundings, gateway_state=tmp_path / "state")


@pytest.fixture
def platform() -> Platform:
    return Platform(away=True)


def start(env: Surroundings, engine: engines.RunningEngine, platform: Platform) -> RunningGateway:
    return RunningGateway(elsewhere(env), engine, platform)


def step(flood: Alert, **changes: object) -> Entry:
    facts: dict[str, object] = {
        "entry": str(uuid.uuid4()), "id": flood.id, "at": now_ms(), "state": "waiting", "area": COMMUNE,
        "wish": wish(flood), "by": str(LAN), "name": "Hoàng Thị Lan", "author": str(LAN),
    }  # fmt: skip
    return msgspec.convert(facts | changes, Entry, strict=False, from_attributes=True)


def on_disk(env: Surroundings, *entries: Entry) -> None:
    """What the dead process had written."""
    (env.gateway_state / "alerts").mkdir(parents=True, exist_ok=True)
    book = Book(env.gateway_state / "alerts" / "alerts.journal", Entry)
    for entry in entries:
        book.append(entry)
    book.close()


def test_wish_that_waited_waits_on_and_can_be_confirmed(
    env: Surroundings, engine: engines.RunningEngine, platform: Platform
) -> None:
    flood = alert()
    on_disk(env, step(flood))
    with start(env, engine, platform) as gateway:
        wait_until(lambda: gateway.hub.leader.active)
        device = gateway.hang_device("spk-c1").come()
        assert Desk(gateway).confirm(flood)[1]["state"] == "sent"
        assert device.document("alert")[1]["id"] == flood.id
    assert len(platform.signed) == 1


def test_signed_alert_is_sent_again_and_its_board_is_known(
    env: Surroundings, engine: engines.RunningEngine, platform: Platform
) -> None:
    flood = alert()
    with start(env, engine, platform) as first:
        wait_until(lambda: first.hub.leader.active)
        device = first.hang_device("spk-c2").come()
        silent = first.hang_device("spk-c3").come()
        for one in (device, silent):
            one.hello()
        Desk(first).send(flood)
        for one in (device, silent):
            one.document("alert")
        device.say(Ack(device="spk-c2", of=f"alert:{flood.id}", code="ok", at=1))
        wait_until(lambda: Desk(first).counts(flood)["received"] == 1)
    with start(env, engine, platform) as second:
        assert silent.document("alert")[1]["id"] == flood.id
        assert Desk(second).counts(flood)["received"] == 1
        assert Desk(second).confirm(flood)[1]["code"] == "alert_sent"
    assert len(platform.signed) == 1


def test_killed_between_signature_and_sending_the_very_same_is_signed(
    env: Surroundings, engine: engines.RunningEngine, platform: Platform
) -> None:
    flood = alert()
    asked = step(flood)
    confirmed = step(
        flood, at=now_ms() - 1_000, by=str(THANH), words=(asked.wish.word, word(flood, "confirmer", THANH))
    )
    on_disk(env, msgspec.structs.replace(asked, at=confirmed.at - 1_000), confirmed)
    with start(env, engine, platform) as gateway:
        wait_until(lambda: gateway.hub.alerts.cases.is_sent(flood.id))
    (signed,) = platform.signed
    assert (signed.issued, signed.expires) == (confirmed.at, confirmed.at + flood.expires)


def test_what_people_were_told_is_not_sent_stays_unsent_after_a_start(
    env: Surroundings, engine: engines.RunningEngine, platform: Platform
) -> None:
    def away(message: object, words: object) -> str:
        raise SignerUnavailable("gone")

    flood = alert()
    platform.sign = away
    with start(env, engine, platform) as first:
        Desk(first).propose(flood)
        assert Desk(first).confirm(flood)[1]["code"] == "signer_away"
    platform.sign = None
    with start(env, engine, platform) as second:
        wait_until(lambda: second.hub.leader.active)
        assert Desk(second).ask("GET", f"/edge/alerts/{flood.id}")[1]["state"] == "waiting"
    assert platform.signed == []


def test_what_was_too_old_is_over_after_a_long_absence(
    env: Surroundings, engine: engines.RunningEngine, platform: Platform
) -> None:
    flood, gone = alert(), alert()
    old = now_ms() - 31 * 60_000
    on_disk(env, step(flood, at=old), step(gone, at=old, words=(word(gone, "author", LAN),)))
    with start(env, engine, platform) as gateway:
        wait_until(lambda: {case.state for case in gateway.hub.alerts.cases} == {"lapsed"})
    assert platform.signed == []


def test_full_disk_is_told_and_nothing_is_signed(
    env: Surroundings, engine: engines.RunningEngine, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood = alert()

    def full(entry: Entry) -> None:
        raise OSError("no space left")

    with start(env, engine, platform) as gateway:
        desk = Desk(gateway)
        desk.propose(flood)
        monkeypatch.setattr(gateway.hub.alerts.keeping._book, "append", full)
        status, told = desk.confirm(flood)
        assert (status, told["code"]) == (503, "journal")
        assert "CHƯA phát" in told["detail"]
    assert platform.signed == []
