"""What the loudspeaker of hamlet 5 says it played, and what can be wrong with it."""

from typing import Any

import msgspec
import pytest
from devicelink import proofs
from devicelink.golden import world
from devicelink.messages import Proof, ProofHead, ProofUpload
from devicelink.proofs import Stored, chained, sign_head, verify_upload
from devicelink.refusals import Reason, Refused

SEED, PUBLIC = world.seed(world.DEVICE), world.public(world.DEVICE)


def row(number: int, **changes: Any) -> Proof:
    fields: dict[str, Any] = {
        "boot": "b-1",
        "count": 0,
        "airing": f"a-{number}",
        "planned": world.NOW + number * world.MINUTE,
        "started": world.NOW + number * world.MINUTE + 3,
        "rendered": 65_000,
        "outcome": "played",
        "plan": world.NOW,
        "clock_bound": 40,
        "previous": "",
        "hash": "",
    }
    return Proof(**(fields | changes))


def chain(length: int) -> tuple[Proof, ...]:
    rows: list[Proof] = []
    for number in range(length):
        rows.append(chained(row(number), rows[-1] if rows else None))
    return tuple(rows)


def upload(rows: tuple[Proof, ...], seed: bytes = SEED, device: str = world.DEVICE) -> ProofUpload:
    return ProofUpload(head=sign_head(device, rows[-1], seed), rows=rows)


def refusal(what: ProofUpload, stored: Stored | None = None) -> Reason:
    with pytest.raises(Refused) as refused:
        verify_upload(what, device=world.DEVICE, public=PUBLIC, stored=stored)
    return refused.value.reason


def test_a_whole_chain_then_its_continuation() -> None:
    rows = chain(5)
    first = verify_upload(upload(rows[:3]), device=world.DEVICE, public=PUBLIC)
    assert (first.rows, first.gap) == (rows[:3], 0)
    stored = Stored(3, rows[2].hash)
    assert verify_upload(upload(rows[3:]), device=world.DEVICE, public=PUBLIC, stored=stored).rows == rows[3:]
    again = verify_upload(upload(rows), device=world.DEVICE, public=PUBLIC, stored=stored)
    assert (again.rows, again.gap) == (rows[3:], 0)
    assert verify_upload(upload(rows[:3]), device=world.DEVICE, public=PUBLIC, stored=stored).rows == ()


def test_rows_forgotten_by_a_restore_leave_a_gap_but_no_refusal() -> None:
    rows = chain(5)
    assert verify_upload(upload(rows[3:]), device=world.DEVICE, public=PUBLIC).gap == 3
    assert verify_upload(upload(rows[3:]), device=world.DEVICE, public=PUBLIC, stored=Stored(1, rows[0].hash)).gap == 2


def test_nothing_may_be_left_out_swapped_or_changed() -> None:
    rows = chain(4)
    assert refusal(upload((rows[0], rows[2], rows[3]))) is Reason.MALFORMED
    assert refusal(upload((rows[1], rows[0]))) is Reason.MALFORMED
    longer = msgspec.structs.replace(rows[1], rendered=1)
    assert refusal(upload((rows[0], longer, *rows[2:]))) is Reason.WRONG_HASH
    assert refusal(ProofUpload(head=upload(rows).head, rows=rows[:3])) is Reason.MALFORMED
    assert refusal(ProofUpload(head=upload(rows).head, rows=())) is Reason.MALFORMED
    other_boot = msgspec.structs.replace(rows[3], boot="b-2")
    assert refusal(upload((*rows[:3], other_boot))) is Reason.MALFORMED


def test_a_first_row_begins_at_zero() -> None:
    loose = msgspec.structs.replace(row(0), count=1, previous="f" * 64)
    loose = msgspec.structs.replace(loose, hash=proofs.row_hash(loose))
    assert refusal(upload((loose,))) is Reason.WRONG_HASH


@pytest.mark.parametrize("count", [0, -1])
def test_nothing_comes_before_the_first_row(count: int) -> None:
    early = msgspec.structs.replace(row(0), count=count, previous=proofs.GENESIS)
    early = msgspec.structs.replace(early, hash=proofs.row_hash(early))
    assert refusal(upload((early,))) is Reason.MALFORMED


def test_history_cannot_be_written_twice() -> None:
    rows = chain(3)
    other = (*rows[:1], chained(row(7), rows[0]))
    assert refusal(upload(other), Stored(2, rows[1].hash)) is Reason.CONFLICTING_REVISION
    third = chained(row(8), other[1])
    assert refusal(upload((third,)), Stored(2, rows[1].hash)) is Reason.CONFLICTING_REVISION


def test_only_the_device_itself_speaks_for_it() -> None:
    rows = chain(1)
    assert refusal(upload(rows, seed=world.seed(world.OTHER_DEVICE))) is Reason.BAD_SIGNATURE
    assert refusal(upload(rows, device=world.OTHER_DEVICE)) is Reason.WRONG_AUDIENCE
    unsigned = ProofHead(device=world.DEVICE, boot="b-1", count=1, hash=rows[0].hash)
    assert refusal(ProofUpload(head=unsigned, rows=rows)) is Reason.BAD_SIGNATURE


def test_a_flood_is_too_large() -> None:
    assert refusal(upload(chain(1) * 2_001)) is Reason.TOO_LARGE
    assert refusal(upload(chain(1) * 2_000)) is Reason.MALFORMED  # so many would do, if they followed each other


def test_what_would_need_escaping_is_refused() -> None:
    for text in ('a"b', "a\\b", "tiếng", "a\nb", "x" * 81):
        assert refusal(upload((chained(row(0, airing=text), None),))) is Reason.MALFORMED
