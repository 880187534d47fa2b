"""Every way to spoil a golden alert, cancel, session or its end: refused with the code that says why.

Made from the golden cases that are accepted: each is changed in one way, and signed again where the change needs a
signer. None of the good ones is refused.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from devicelink import jws
from devicelink.golden import files, world
from devicelink.golden.case import ClockNow, Memory, MessageCase, judge_message
from devicelink.golden.world import DAY, HOUR, MINUTE, NOW
from devicelink.jws import decode64, encode64
from devicelink.messages import DOWNWARD, ROLE_OF, Audience, Message, Role
from devicelink.refusals import Reason

GOOD = [
    case for name in ("alerts", "cancels", "lives") for case in files.load(name, MessageCase) if case.verdict == "ok"
]
BEST = ("an alert", "an exercise", "a test", "an update", "a cancel", "it was wrong, said aloud")
BEST += ("a session", "during an alert", "the end of a session")
CHOSEN = [case for case in GOOD if case.name in BEST]
BLIND = ClockNow(now=0, bound=-1)


def message_of(case: MessageCase) -> Message:
    return msgspec.json.decode(decode64(case.message.split(".")[1]), type=DOWNWARD[case.expected[0]])


def signed(case: MessageCase, kid: str = "", by: str = "", version: int = 1, **changes: Any) -> str:
    """The message of the case, changed, signed as it should be or as is said."""
    message = msgspec.structs.replace(message_of(case), **changes)
    payload = msgspec.json.encode(message)
    return world.signed_bytes(payload, kid or world.signer_of(message), message.typ, version=version, by=by)


def spoilt(case: MessageCase) -> Iterator[tuple[str, MessageCase, str]]:
    """(what was done, the case, the code that is right)."""
    yield from ((name, told(case, token), code) for name, token, code in (*forged(case), *broken(case), *moved(case)))
    yield from ((name, told(case, case.message, **facts), code) for name, facts, code in elsewhere(case))


def told(case: MessageCase, token: str, **facts: Any) -> MessageCase:
    return msgspec.structs.replace(case, message=token, **facts)


def forged(case: MessageCase) -> Iterator[tuple[str, str, str]]:
    """Signed by somebody else."""
    role = ROLE_OF[DOWNWARD[case.expected[0]]]
    for other in Role:
        if other is not role:
            yield f"by the {other} key", signed(case, f"{other}-1"), "wrong_role"
    yield "by nobody known", signed(case, "mallory"), "unknown_key"
    yield "by the root", signed(case, "root"), "unknown_key"
    yield "by another, in its name", signed(case, by="mallory"), "bad_signature"
    yield "by the neighbour", signed(case, f"{role}-neighbour"), "outside_scope"
    yield "by the device itself", signed(case, by=world.DEVICE), "bad_signature"
    head, payload, signature = case.message.split(".")
    yield "unsigned", f"{head}.{payload}.", "malformed"
    yield "signed with nothing", f"{head}.{payload}.{encode64(bytes(64))}", "bad_signature"
    none = encode64(decode64(head).replace(b"EdDSA", b"none"))
    yield "alg none", f"{none}.{payload}.{signature}", "malformed"
    yield "another version", signed(case, version=2), "unknown_version"


def broken(case: MessageCase) -> Iterator[tuple[str, str, str]]:
    """Touched on its way."""
    token = case.message
    head, payload, signature = token.split(".")
    raw = decode64(payload)
    yield "cut off", token[: len(token) // 2], "malformed"
    yield "its signature cut off", token[:-3], "malformed"
    yield "twice in one", token + "." + token, "malformed"
    yield "a bit turned", f"{head}.{encode64(bytes([raw[0] ^ 1]) + raw[1:])}.{signature}", "bad_signature"
    kid, typ = world.signer_of(message_of(case)), case.expected[0]
    yield "signed, but cut off", world.signed_bytes(raw[:-2], kid, typ), "malformed"
    yield "signed, but no JSON", world.signed_bytes(b"now", kid, typ), "malformed"
    yield "signed, but another's content", world.signed_bytes(msgspec.json.encode(world.hold()), kid, typ), "malformed"
    yield "as another type", world.signed_bytes(raw, kid, "hold"), "unknown_type"
    for field in ("audience", "id", "issued", "expires"):
        rest = {name: value for name, value in msgspec.json.decode(raw).items() if name != field}
        yield f"without {field}", world.signed_bytes(msgspec.json.encode(rest), kid, typ), "malformed"


def moved(case: MessageCase) -> Iterator[tuple[str, str, str]]:
    """Signed by the right key, for others, for another time, or saying what makes no sense."""
    span = {"start": NOW, "end": NOW + MINUTE} if case.expected == ("session",) else {}
    yield "for the neighbour", signed(case, audience=Audience(area=world.NEIGHBOUR)), "wrong_audience"
    yield "for nobody", signed(case, audience=Audience()), "malformed"
    yield "for two", signed(case, audience=Audience(area="vn", device=world.DEVICE)), "malformed"
    yield "for a path that is none", signed(case, audience=Audience(area="vn..15")), "malformed"
    past = {name: NOW - 2 * HOUR + shift for name, shift in (("start", 0), ("end", 1))} if span else {}
    yield "over", signed(case, issued=NOW - 2 * HOUR, expires=NOW, **past), "expired"
    yield "of tomorrow", signed(case, issued=NOW + HOUR, expires=NOW + 2 * HOUR), "not_yet_valid"
    yield "for two days", signed(case, expires=NOW + 2 * DAY), "limit_exceeded"
    yield "over before it began", signed(case, expires=NOW), "malformed"
    yield "of the year 2100", signed(case, expires=4_102_444_800_000), "malformed"
    yield "with a path as id", signed(case, id="../../etc/passwd"), "malformed"
    yield "without id", signed(case, id=""), "malformed"


def elsewhere(case: MessageCase) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Heard by a device in another state."""
    done = Memory(events={**case.memory.events, case.event: NOW + DAY})
    yield "again", {"memory": done}, "duplicate"
    yield "before it has keys", {"keyset": None}, "unknown_key"
    yield "before it has a place", {"placement": None}, "no_placement"
    yield "without time", {"clock": BLIND}, "no_valid_time"
    yield "with a clock in doubt", {"clock": ClockNow(bound=60_001)}, "no_valid_time"
    yield "a day later", {"clock": ClockNow(now=NOW + DAY + 1)}, "expired"
    yield "when its key is over", {"clock": ClockNow(now=NOW + 2 * world.YEAR)}, "key_not_valid_now"
    there = world.placement(area=world.NEIGHBOUR)
    yield "in the neighbour commune", {"placement": there}, "wrong_audience"
    yield "where something else is awaited", {"expected": ("hold",)}, "unknown_type"


def without_keys(kid: str) -> str:
    """A keyset in which this key was taken back."""
    keys = tuple(key for key in world.keyset().keys if key.kid != kid)
    return world.signed(world.keyset(keys=keys))


CASES = [(f"{case.name}: {name}", changed, code) for case in CHOSEN for name, changed, code in spoilt(case)]
CASES += [
    (f"{case.name}: its key was taken back", told(case, case.message, keyset=without_keys(kid)), "unknown_key")
    for case in CHOSEN
    for kid in [world.signer_of(message_of(case))]
]


@pytest.mark.parametrize(("case", "code"), [pytest.param(case, code, id=name) for name, case, code in CASES])
def test_it_is_refused_with_the_right_code(case: MessageCase, code: str) -> None:
    assert judge_message(case) == code


def test_none_of_the_good_ones_is_refused_and_how_many_there_are() -> None:
    assert len(CHOSEN) == len(BEST)
    assert {judge_message(case) for case in GOOD} == {"ok"}
    assert {code for _, _, code in CASES} <= {str(reason) for reason in Reason}
    print(f"{len(CASES)} misused messages at the device, {len(GOOD)} good ones")
    assert len(CASES) >= 300
    assert len(GOOD) >= 35


def test_a_stolen_key_of_a_loudspeaker_makes_no_other_sound() -> None:
    """Its own key is in no keyset; also when it names itself as the key of alerts."""
    stolen = jws.sign(
        msgspec.json.encode(world.alert()), typ="alert", kid="alert-1", version=1, seed=world.seed(world.OTHER_DEVICE)
    )
    case = msgspec.structs.replace(CHOSEN[0], message=stolen)
    assert judge_message(case) == "bad_signature"
