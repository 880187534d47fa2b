"""Whoever holds the engine, the database or one key alone puts nothing into any loudspeaker."""

import pytest
from devicelink.refusals import Reason
from devicelink.signing import SignerClient, job

from tests.journeys.enemy import DURATION_MS
from tests.journeys.evening import Evening, proved
from tests.journeys.running import Stack, now_ms, until, wait_for_clock
from tests.journeys.world import HOME, SPEAKERS

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]


def test_forged_replayed_and_foreign_plans_are_answered_with_their_reason(stack: Stack, evening: Evening) -> None:
    """By the engine, by a stolen stop key, by an older plan that the database serves again under a new number."""
    for name in HOME:
        mine = {line.split(" ", 1)[1] for line in evening.codes if line.startswith(stack.devices[name])}
        refused = {Reason.MALFORMED, Reason.BAD_SIGNATURE, Reason.WRONG_ROLE, Reason.OLDER_REVISION}
        assert refused <= {line.split(" ")[1] for line in mine}
        assert [line for line in mine if line.startswith("plan:") and line.endswith(" ok")] == []


def test_the_signer_signs_no_sound_that_nobody_approved(stack: Stack, evening: Evening) -> None:
    unknown = evening.known.forged(evening.forged_at, now_ms())
    emergency = evening.known.forged(evening.forged_at, now_ms(), priority="emergency")
    with SignerClient(stack.var / "run" / "signer.sock") as signer:
        codes = [outcome.code for outcome in signer.sign_all([job(unknown), job(emergency)])]
    assert codes == [Reason.NOT_APPROVED, Reason.WRONG_ROLE]


def test_at_the_hour_of_the_forged_plans_every_loudspeaker_is_silent(stack: Stack, evening: Evening) -> None:
    for name in SPEAKERS:
        assert stack.silent(name, evening.forged_at - 1_000, evening.forged_at + DURATION_MS + 1_000), name


def test_not_even_the_real_key_of_plans_wakes_a_village_at_night(stack: Stack, evening: Evening) -> None:
    """The allowed hours are those of the placement, whatever a plan says."""
    wait_for_clock(evening.forged_at)
    query = "select outcome, reason from broadcasts_playproof where device_id = %s"
    said = until("it says why it was silent", lambda: stack.rows(query, stack.devices["hung_khanh"]))
    assert said == [("skipped", "outside_hours")]


def test_a_file_that_was_exchanged_is_not_played(stack: Stack, evening: Evening) -> None:
    exchanged = evening.exchanged
    wait_for_clock(exchanged.start)
    said = proved(stack, exchanged)
    for name in HOME:
        assert said[name][:2] == ("skipped", "missing_file")
        assert stack.silent(name, exchanged.start - 1_000, exchanged.end)
