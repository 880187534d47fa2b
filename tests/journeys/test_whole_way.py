"""From a written notice to sound at the poles, and the proof back; every part a real process."""

from dataclasses import dataclass

import msgspec
import pytest
from devicelink.jws import decode64
from devicelink.messages import ProofHead
from devicelink.proofs import head_bytes
from nacl.bindings import crypto_sign_open

from tests.journeys.conftest import NOTICE
from tests.journeys.running import RATE, Browser, Samples, Stack, decoded, in_seconds, until
from tests.journeys.world import HOME

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]

LEAD_MS = 18_000
EXACT_MS = 20
LIKE = 0.9  # a drifting card stretches the sound a little


@dataclass(frozen=True, slots=True)
class Aired:
    """A notice that went the whole way: what was approved, from when to when (ms) it should have sounded."""

    bulletin: str
    approved: Samples
    start: int
    end: int


@pytest.fixture(scope="module")
def aired(stack: Stack, thanh: Browser) -> Aired:
    """Lan writes, hears and hands in; Thành hears and approves; both loudspeakers of the commune say what they did."""
    sound = stack.spoken("Họp thôn 5", NOTICE)
    approved = decoded(stack.file_of(sound)[1])
    start = in_seconds(LEAD_MS)
    bulletin = stack.desk.do("submit", title="Họp thôn 5", text=NOTICE, sound=sound, at_ms=start)
    assert stack.desk.ask("approve_as", username="lan", bulletin=bulletin)["code"] == "denied"
    assert "Đã duyệt" in stack.approve(thanh, bulletin)
    until("both loudspeakers prove it", lambda: set(stack.proofs(bulletin)) == set(HOME))
    return Aired(bulletin, approved, start, start + len(approved) * 1000 // RATE)


def test_a_notice_sounds_where_and_when_it_was_approved(stack: Stack, aired: Aired) -> None:
    for name in HOME:
        late, likeness = stack.late_ms(name, aired.approved, aired.start)
        print(f"{name}: {late:.2f} ms late, likeness {likeness:.4f}")
        assert likeness > LIKE, (name, late, likeness)
        assert abs(late) <= EXACT_MS, (name, late, likeness)
        assert stack.silent(name, aired.start - 2_000, aired.start - EXACT_MS)


def test_nobody_else_hears_it(stack: Stack, aired: Aired) -> None:
    for name in ("tram_bom", "hung_khanh"):
        assert stack.silent(name, aired.start - 2_000, aired.end + 1_000)


def test_the_platform_knows_that_it_was_heard(stack: Stack, aired: Aired) -> None:
    for name in HOME:
        outcome, reason, started, rendered = stack.proofs(aired.bulletin)[name]
        assert (outcome, reason) == ("played", "")
        assert abs(started - aired.start) <= EXACT_MS
        assert abs(rendered - (aired.end - aired.start)) <= 50


def test_the_proofs_are_signed_by_the_loudspeaker_and_chained(stack: Stack, aired: Aired) -> None:
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


def test_the_record_of_it_all_is_untouched(stack: Stack, aired: Aired) -> None:
    unsealed = "select 1 from audit_entry e left join audit_seal s on s.entry_id = e.id where s.entry_id is null"
    until("the worker seals every entry", lambda: not stack.rows(unsealed))
    stack.until_audit_is_clean()
    verbs = {row[0] for row in stack.rows("select distinct verb from audit_entry")}
    assert {"sound.ready", "bulletin.submitted", "bulletin.approved", "schedule.approved", "device.placed"} <= verbs
