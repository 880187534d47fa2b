"""A release is code: nobody who writes the database, the web server or a command alone puts it on a loudspeaker."""

from typing import Any

import msgspec
import pytest
from devicelink import updates
from devicelink.golden import world
from devicelink.messages import Audience, Manifest, Wheel
from devicelink.refusals import Reason, Refused
from signer.checks import Facts, check
from signer.facts import Database
from signer.releases import Rollout

from .conftest import Records

HERE = {world.DEVICE: (world.COMMUNE, world.HAMLET)}
FORWARD = world.release()
BACK = world.release(release="0.9.0", rollback=True)


def row(**changes: Any) -> Rollout:
    """Sơn proposed it for the province, Bảo approved it."""
    fields: dict[str, Any] = {
        "id": FORWARD.order,
        "area": "vn.15",
        "forward": updates.digest(updates.content_of(FORWARD)),
        "back": updates.digest(updates.content_of(BACK)),
        "proposer": "15",
        "approver": "17",
        "approver_may": True,
        "state": "running",
    }
    return Rollout(**(fields | changes))


def judge(manifest: Manifest, *rows: Rollout, scope: str = "vn", stands: dict[str, tuple[str, ...]] = HERE) -> None:
    facts = Facts(rollouts={one.id: one for one in rows}, stands=stands)
    check(manifest, scope=scope, facts=facts, now=world.NOW)


def why(manifest: Manifest, *rows: Rollout, **facts: Any) -> Reason:
    with pytest.raises(Refused) as refused:
        judge(manifest, *rows, **facts)
    return refused.value.reason


def test_what_two_people_agreed_on_is_signed_for_each_loudspeaker_of_the_province() -> None:
    judge(FORWARD, row())
    judge(BACK, row(state="returning"))


@pytest.mark.parametrize(
    "changes",
    [{"approver": "15"}, {"approver": ""}, {"approver_may": False}, {"state": "proposed"}, {"state": "halted"}],
)
def test_without_the_second_person_or_while_it_is_halted_nothing_is_signed(changes: dict[str, Any]) -> None:
    assert why(FORWARD, row(**changes)) is Reason.NOT_APPROVED


def test_an_unknown_rollout_is_none() -> None:
    assert why(FORWARD) is Reason.NOT_APPROVED


def test_forward_while_it_returns_and_back_while_it_runs_are_refused() -> None:
    assert why(FORWARD, row(state="returning")) is Reason.NOT_APPROVED
    assert why(BACK, row()) is Reason.NOT_APPROVED


@pytest.mark.parametrize(
    "changes",
    [
        {"release": "1.0.1"},
        {"expires": world.NOW + 31 * world.DAY},
        {"wheels": (Wheel(name="loa_speaker-1.0.0-py3-none-any.whl", sha256=world.SIREN, size=200_000),)},
        {"python": ("3.13",)},
    ],
)
def test_another_content_under_the_same_rollout_is_refused(changes: dict[str, Any]) -> None:
    assert why(world.release(**changes), row()) is Reason.WRONG_HASH


def test_the_neighbour_province_and_devices_without_a_place_get_none() -> None:
    assert why(FORWARD, row(area="vn.10")) is Reason.OUTSIDE_SCOPE
    assert why(FORWARD, row(), stands={}) is Reason.NO_PLACEMENT
    assert why(FORWARD, row(), scope=world.NEIGHBOUR) is Reason.OUTSIDE_SCOPE


def test_update_and_log_are_said_to_one_loudspeaker() -> None:
    for action in ("update", "log"):
        check(world.command(action=action), scope="vn", facts=Facts(), now=world.NOW)
        for audience in (Audience(area=world.COMMUNE), Audience(group="g-1")):
            with pytest.raises(Refused) as refused:
                check(world.command(action=action, audience=audience), scope="vn", facts=Facts(), now=world.NOW)
            assert refused.value.reason is Reason.LIMIT_EXCEEDED


def test_facts_come_from_the_database(records: Records) -> None:
    records.roll_out(row())
    records.place(world.DEVICE, world.COMMUNE, world.HAMLET)
    database = Database(records.url)
    try:
        facts = database.facts([FORWARD])
    finally:
        database.close()
    check(FORWARD, scope="vn", facts=facts, now=world.NOW)
    assert facts.rollouts == {FORWARD.order: row()}


def test_defaults_left_out_or_written_down_are_the_same_content() -> None:
    again = msgspec.json.decode(msgspec.json.encode(FORWARD), type=Manifest)
    assert updates.digest(updates.content_of(again)) == row().forward
