"""From a written notice to sound at the poles, and the proof back; every part a real process."""

import msgspec
import pytest
from devicelink.jws import decode64
from devicelink.messages import ProofHead
from devicelink.proofs import head_bytes
from nacl.bindings import crypto_sign_open

from tests.journeys.evening import Evening, proved
from tests.journeys.running import EXACT_MS, Stack, until
from tests.journeys.world import HOME

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]


def test_a_notice_sounds_where_and_when_it_was_approved(stack: Stack, evening: Evening) -> None:
    notice = evening.notice
    for name in HOME:
        stack.check_heard(name, notice.approved, notice.start)
        assert stack.silent(name, notice.start - 2_000, notice.start - EXACT_MS)


def test_its_author_could_not_approve_it(evening: Evening) -> None:
    assert evening.own_approval == "denied"


def test_nobody_else_hears_it(stack: Stack, evening: Evening) -> None:
    for name in ("tram_bom", "hung_khanh"):
        assert stack.silent(name, evening.notice.start - 2_000, evening.notice.end + 1_000)


def test_the_platform_knows_that_it_was_heard(stack: Stack, evening: Evening) -> None:
    notice = evening.notice
    for outcome, reason, started, rendered in proved(stack, notice).values():
        assert (outcome, reason) == ("played", "")
        assert abs(started - notice.start) <= EXACT_MS
        assert abs(rendered - (notice.end - notice.start)) <= 50


def test_the_proofs_are_signed_by_the_loudspeaker_and_chained(stack: Stack, evening: Evening) -> None:
    proved(stack, evening.notice)
    query = (
        "select d.public_key, c.head::text, c.hash, c.count, p.hash from broadcasts_proofchain c"
        " join devices_device d on d.id = c.device_id join broadcasts_playproof p"
        " on p.device_id = c.device_id and p.boot = c.boot and p.count = c.count where c.device_id = %s"
    )
    for name in HOME:
        rows = stack.rows(query, stack.devices[name])
        assert rows
        for public, text, chain_hash, count, last_hash in rows:
            head = msgspec.json.decode(text, type=ProofHead)
            crypto_sign_open(decode64(head.signature) + head_bytes(head), decode64(public))
            assert (head.device, head.count, head.hash) == (stack.devices[name], count, chain_hash)
            assert last_hash == chain_hash


def test_the_record_of_it_all_is_untouched(stack: Stack, evening: Evening) -> None:
    unsealed = "select 1 from audit_entry e left join audit_seal s on s.entry_id = e.id where s.entry_id is null"
    until("the worker seals every entry", lambda: not stack.rows(unsealed))
    stack.until_audit_is_clean()
    verbs = {row[0] for row in stack.rows("select distinct verb from audit_entry")}
    assert {"sound.ready", "bulletin.submitted", "bulletin.approved", "schedule.approved", "device.placed"} <= verbs
