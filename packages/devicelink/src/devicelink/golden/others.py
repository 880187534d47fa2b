"""Golden cases of proofs, self-tests, login tokens and permits."""

from typing import Any

import msgspec

from devicelink import permits, tokens
from devicelink.golden import world
from devicelink.golden.case import PermitCase, ProofCase, SelfTestCase, TokenCase
from devicelink.golden.world import DAY, DEVICE, HOUR, MINUTE, NOW, OTHER_DEVICE
from devicelink.jws import encode64
from devicelink.messages import Audience, Part, Proof, ProofUpload, SelfTest
from devicelink.proofs import chained, row_hash, sign_head
from devicelink.selftests import signed

PUBLICS = {name: encode64(world.public(name)) for name in (DEVICE, OTHER_DEVICE)}


def proofs() -> list[ProofCase]:
    """Chains of played rows."""
    rows = _rows(5)
    first, last = rows[0], rows[-1]
    three = rows[2]
    fork = (first, chained(_row(9), first))
    longer = msgspec.structs.replace(rows[1], rendered=65_001)
    loose = msgspec.structs.replace(first, previous="f" * 64)
    loose = msgspec.structs.replace(loose, hash=row_hash(loose))
    return [
        _proof("a whole boot", rows, new=5),
        _proof("stopped, interrupted, off at the time, and without a card", _silences(), new=4),
        _proof("its continuation", rows[3:], three, new=2),
        _proof("everything again", rows, last),
        _proof("some again, some new", rows[1:], three, new=2),
        _proof("rows missing in front, after a restore", rows[3:], new=2, gap=3),
        _proof("a row left out", (first, *rows[2:]), verdict="malformed"),
        _proof("rows swapped", (rows[1], first), verdict="malformed"),
        _proof("a row of another boot", (first, chained(_row(1, boot="b-2"), first)), verdict="malformed"),
        _proof("a quotation mark", (chained(_row(1, airing='a"b'), None),), verdict="malformed"),
        _proof("beyond 53 bits", (chained(_row(1, started=2**53), None),), verdict="malformed"),
        _proof("a row changed", (first, longer, *rows[2:]), verdict="wrong_hash"),
        _proof("a first row that follows something", (loose,), verdict="wrong_hash"),
        _proof("history written twice", fork, rows[1], verdict="conflicting_revision"),
        _proof("signed by another device", rows, by=OTHER_DEVICE, verdict="bad_signature"),
        _proof("the head of another device", rows, device=OTHER_DEVICE, verdict="wrong_audience"),
        ProofCase(name="rows beyond the head", upload=_beyond(rows), verdict="malformed", **_who()),
        ProofCase(name="head without signature", upload=_unsigned(rows), verdict="bad_signature", **_who()),
    ]


def _silences() -> tuple[Proof, ...]:
    """What a stop, a restart, a night without power and a dead sound card leave behind."""
    stopped = chained(_row(1, outcome="cut", reason="stopped", rendered=12_000), None)
    interrupted = chained(_row(2, outcome="cut", reason="interrupted", rendered=30_000), stopped)
    was_off = chained(_row(3, outcome="skipped", reason="was_off", started=0, rendered=0), interrupted)
    no_card = chained(_row(4, outcome="skipped", reason="no_card", started=0, rendered=0), was_off)
    return (stopped, interrupted, was_off, no_card)


def selftests() -> list[SelfTestCase]:
    """What a loudspeaker heard of itself."""
    heard = _heard()
    louder = msgspec.structs.replace(heard, level=-1_200)
    return [
        _selftest("heard itself", heard),
        _selftest("heard nothing", _heard(verdict="not_heard", score=31, level=0, harmonics=0, delay=0)),
        _selftest("its microphone is dead", _heard(verdict="microphone_dead", noise=-9_600, score=0, level=0)),
        _selftest("asked in a hold", _heard(verdict="could_not", reason="held", command="cmd-1", level=0, score=0)),
        _selftest("a level changed on the way", louder, verdict="bad_signature"),
        _selftest("signed by another device", _heard(by=OTHER_DEVICE), verdict="bad_signature"),
        _selftest("not signed", msgspec.structs.replace(heard, signature=""), verdict="bad_signature"),
        _selftest("the report of another device", heard, device=OTHER_DEVICE, verdict="wrong_audience"),
        _selftest("a reason beside a sound", _heard(reason="held"), verdict="malformed"),
        _selftest("a failure without reason", _heard(verdict="could_not"), verdict="malformed"),
        _selftest("a quotation mark", _heard(verdict="could_not", reason='a"b'), verdict="malformed"),
        _selftest("beyond 53 bits", _heard(at=2**53), verdict="malformed"),
    ]


def _heard(by: str = DEVICE, **facts: Any) -> SelfTest:
    usual: dict[str, Any] = {"verdict": "heard", "ear": "microphone", "level": -2_710, "noise": -4_830}
    usual |= {"score": 734, "bar": 91, "harmonics": 4, "delay": 41, "volume": 60, "at": NOW}
    return signed(SelfTest(device=DEVICE, boot="b-1", **usual | facts), world.seed(by))


def _selftest(name: str, report: SelfTest, *, device: str = DEVICE, verdict: str = "ok") -> SelfTestCase:
    return SelfTestCase(name=name, device=device, public=PUBLICS[device], report=report, verdict=verdict)


def logins() -> list[TokenCase]:
    """Tokens of the engine and the gateway."""
    good = _token()
    head, claims, signature = good.split(".")
    none = encode64(b'{"alg":"none","typ":"JWT"}')
    return [
        _login("a good login", good),
        _login("a good login at the gateway", _token(audience=tokens.GATEWAY), audience=tokens.GATEWAY),
        _login("at the wrong door", good, audience=tokens.GATEWAY, verdict="wrong_audience"),
        _login("by another device", _token(by=OTHER_DEVICE), verdict="bad_signature"),
        _login("by nobody known", _token(device="spk-nobody"), verdict="unknown_key"),
        _login("a star for a name", _token(device="spk-*"), verdict="malformed"),
        _login("alg none", f"{none}.{claims}.", verdict="malformed"),
        _login("a message, not a token", world.signed(world.time()), verdict="malformed"),
        _login("claims changed", f"{head}.{claims[:-2]}AA.{signature}", verdict="malformed"),
        _login("sixty seconds ahead", good, now=NOW - MINUTE),
        _login("from the future", good, now=NOW - MINUTE - 1_000, verdict="not_yet_valid"),
        _login("in its last second", good, now=NOW + 6 * MINUTE - 1_000),
        _login("over", good, now=NOW + 6 * MINUTE, verdict="expired"),
        _login("good for an hour", _token(life=HOUR), verdict="limit_exceeded"),
        _login("far too long", "x" * 3_000, verdict="too_large"),
    ]


def approvals() -> list[PermitCase]:
    """What an approval covers."""
    siren = (Part(sha256=world.SOUND), Part(sha256=world.SIREN))
    hamlet, one = Audience(area=world.HAMLET), Audience(device=DEVICE)
    no = "not_approved"
    return [
        _permit("as approved"),
        _permit("as late as allowed", start=NOW + 11 * HOUR + 15 * MINUTE),
        _permit("one hamlet, its device named", targets=(hamlet,), only=(DEVICE,)),
        _permit("one device, named", targets=(one,), only=(DEVICE,)),
        _permit("one hamlet, nobody named", targets=(hamlet,), verdict=no),
        _permit("one hamlet, another's device", targets=(hamlet,), only=(OTHER_DEVICE,), verdict=no),
        _permit("at a quarter past three", start=NOW - 3 * HOUR + 15 * MINUTE, verdict=no),
        _permit("a minute early", start=NOW + 11 * HOUR - MINUTE, verdict=no),
        _permit("later than allowed", start=NOW + 11 * HOUR + 16 * MINUTE, verdict=no),
        _permit("on a day excepted", start=NOW + 11 * HOUR + DAY, verdict=no),
        _permit("a sound nobody approved", parts=siren, verdict=no),
        _permit("more urgent than approved", priority="priority", verdict=no),
        _permit("another approval", approval="another", verdict=no),
        _permit("an emergency by approval", targets_priority="emergency", priority="emergency", verdict=no),
        _permit("approved by its author", approver="u-lan", verdict=no),
        _permit("in the neighbour commune", area=world.NEIGHBOUR, verdict=no),
        _permit("decided tomorrow", decided=NOW + DAY, verdict=no),
    ]


def _row(number: int, **changes: Any) -> Proof:
    fields: dict[str, Any] = {
        "boot": "b-1",
        "count": 0,
        "airing": f"a-{number:04d}",
        "planned": NOW + number * HOUR,
        "started": NOW + number * HOUR + 3,
        "rendered": 65_000,
        "outcome": "played",
        "plan": NOW,
        "clock_bound": 40,
        "previous": "",
        "hash": "",
    }
    return Proof(**(fields | changes))


def _rows(length: int) -> tuple[Proof, ...]:
    rows: list[Proof] = []
    for number in range(length):
        skipped = {"outcome": "skipped", "reason": "outside_hours", "rendered": 0, "started": 0} if number == 3 else {}
        rows.append(chained(_row(number, **skipped), rows[-1] if rows else None))
    return tuple(rows)


def _who() -> dict[str, Any]:
    return {"device": DEVICE, "public": PUBLICS[DEVICE]}


def _proof(
    name: str,
    rows: tuple[Proof, ...],
    stored: Proof | None = None,
    *,
    by: str = DEVICE,
    device: str = DEVICE,
    **facts: Any,
) -> ProofCase:
    upload = ProofUpload(head=sign_head(device, rows[-1], world.seed(by)), rows=rows)
    held = {"stored_count": stored.count, "stored_hash": stored.hash} if stored else {}
    return ProofCase(name=name, upload=upload, **(_who() | held | facts))


def _beyond(rows: tuple[Proof, ...]) -> ProofUpload:
    return ProofUpload(head=sign_head(DEVICE, rows[2], world.seed(DEVICE)), rows=rows)


def _unsigned(rows: tuple[Proof, ...]) -> ProofUpload:
    head = sign_head(DEVICE, rows[-1], world.seed(DEVICE))
    return ProofUpload(head=msgspec.structs.replace(head, signature=""), rows=rows)


def _token(*, device: str = DEVICE, audience: str = tokens.ENGINE, by: str = DEVICE, life: int = 5 * MINUTE) -> str:
    return tokens.make(device, audience, seed=world.seed(by), now=NOW, life=life)


def _login(name: str, token: str, *, audience: str = tokens.ENGINE, now: int = NOW, verdict: str = "ok") -> TokenCase:
    return TokenCase(name=name, token=token, audience=audience, publics=PUBLICS, now=now, verdict=verdict)


def _permit(name: str, *, verdict: str = "ok", **changes: Any) -> PermitCase:
    start = changes.pop("start", NOW + 11 * HOUR)
    airing_fields = {
        field: changes.pop(field) for field in ("only", "parts", "approval", "priority") if field in changes
    }
    if "targets_priority" in changes:
        changes["priority"] = changes.pop("targets_priority")
    permit = world.permit(**changes)
    return PermitCase(
        name=name,
        permit=permit,
        digest=permits.digest(permit),
        airing=world.airing(start=start, latest=0, **airing_fields),
        now=NOW,
        area=world.COMMUNE,
        plan_set=world.PLAN_SET,
        groups=world.GROUPS,
        devices={DEVICE: (world.COMMUNE, world.HAMLET), OTHER_DEVICE: (world.COMMUNE,)},
        verdict=verdict,
    )
