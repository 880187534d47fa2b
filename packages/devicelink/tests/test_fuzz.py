"""Whatever happens to a message on its way: it verifies unchanged or it is refused, and nothing else ever happens."""

import json

import msgspec
import pytest
from devicelink import proofs, tokens
from devicelink.freshness import MemoryLedger
from devicelink.golden import others, world
from devicelink.jws import decode64, encode64
from devicelink.keyring import Verifier
from devicelink.messages import DOWNWARD, Keyset, Message, Proof, ProofUpload, Relayed
from devicelink.refusals import Refused
from hypothesis import example, given, settings
from hypothesis import strategies as st

GENUINE: dict[str, str] = {
    message.typ: world.signed(message)
    for message in (
        world.keyset(),
        world.placement(),
        world.plan(),
        world.volume(),
        world.command(),
        world.hold(),
        world.time(),
        world.welcome(),
        world.changed(),
        world.receipt(),
        world.release(),
        world.alert(),
        world.cancel(),
        world.session(),
        world.session_end(),
    )
}
PAYLOADS = {typ: decode64(token.split(".")[1]) for typ, token in GENUINE.items()}
BYTES = st.one_of(st.binary(min_size=1, max_size=6), st.sampled_from([b".", b"=", b"A", b"\x00", b"}", b'"', b"99"]))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=20))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def device() -> Verifier:
    return Verifier(
        root=world.ROOT,
        device=world.DEVICE,
        ledger=MemoryLedger(),
        keyring=world.keyring(),
        placement=world.placement(),
    )


def received(token: str | bytes, typ: str) -> Message | None:
    """What the device takes it for; None = refused. Anything but `Refused` is a failure of the test."""
    kinds: tuple[type[Message], ...] = (Keyset,) if typ == "keyset" else tuple(DOWNWARD.values())
    try:
        return device().verify(token, *kinds, clock=world.CLOCK, nonce=world.NONCE).message
    except Refused:
        return None


def test_all_kinds_of_messages_are_covered() -> None:
    assert GENUINE.keys() == DOWNWARD.keys()
    for typ, token in GENUINE.items():
        assert received(token, typ) is not None


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(GENUINE)), st.data())
def test_bytes_changed_on_the_way_never_verify(typ: str, data: st.DataObject) -> None:
    genuine = GENUINE[typ].encode()
    at = data.draw(st.integers(0, len(genuine)))
    length = data.draw(st.integers(0, 5))
    changed = genuine[:at] + data.draw(BYTES) + genuine[at + length :]
    assert changed == genuine or received(changed, typ) is None


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(GENUINE)), st.integers(0, 2), st.data())
def test_bits_turned_inside_never_verify(typ: str, piece: int, data: st.DataObject) -> None:
    pieces = GENUINE[typ].split(".")
    raw = bytearray(decode64(pieces[piece]))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    pieces[piece] = encode64(bytes(raw))
    assert received(".".join(pieces), typ) is None


@settings(deadline=None)
@given(st.sampled_from(sorted(GENUINE)), st.sampled_from(sorted(GENUINE)), st.sampled_from(sorted(GENUINE)))
def test_parts_of_different_messages_never_fit(one: str, two: str, three: str) -> None:
    parts = [GENUINE[one].split(".")[0], GENUINE[two].split(".")[1], GENUINE[three].split(".")[2]]
    assert one == two == three or received(".".join(parts), one) is None


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(GENUINE)), st.data(), VALUES)
def test_strange_values_signed_by_the_right_key_raise_nothing_else(
    typ: str, data: st.DataObject, value: object
) -> None:
    payload = json.loads(PAYLOADS[typ])
    payload[data.draw(st.sampled_from(sorted(payload)))] = value
    encoded = json.dumps(payload).encode("utf-8", "surrogatepass")
    kid = GENUINE[typ].split(".")[0]
    signer = json.loads(decode64(kid))["kid"]
    received(world.signed_bytes(encoded, signer, typ), typ)


@settings(deadline=None)
@given(st.sampled_from(sorted(GENUINE)), st.binary(max_size=200))
@example("plan", b"[" * 200)
@example("plan", b"\xff\xfe{}")
def test_noise_signed_by_the_right_key_raises_nothing_else(typ: str, noise: bytes) -> None:
    signer = json.loads(decode64(GENUINE[typ].split(".")[0]))["kid"]
    assert received(world.signed_bytes(noise, signer, typ), typ) is None


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=400)))
def test_noise_is_refused(noise: bytes | str) -> None:
    assert received(noise, "plan") is None
    with pytest.raises(Refused):
        tokens.check(noise, audience=tokens.ENGINE, public_of=lambda _: bytes(32), now=world.NOW)


@settings(deadline=None)
@given(st.data(), BYTES)
def test_a_changed_login_never_opens(data: st.DataObject, new: bytes) -> None:
    genuine = tokens.make(world.DEVICE, tokens.ENGINE, seed=world.seed(world.DEVICE), now=world.NOW).encode()
    at = data.draw(st.integers(0, len(genuine)))
    changed = genuine[:at] + new + genuine[at + data.draw(st.integers(0, 3)) :]
    if changed != genuine:
        with pytest.raises(Refused):
            tokens.check(
                changed, audience=tokens.ENGINE, public_of={world.DEVICE: world.public(world.DEVICE)}.get, now=world.NOW
            )


@settings(deadline=None)
@given(st.integers(0, 4), st.sampled_from(msgspec.structs.fields(Proof)), st.data())
def test_a_changed_proof_never_passes(index: int, field: msgspec.structs.FieldInfo, data: st.DataObject) -> None:
    upload = others.proofs()[0].upload
    row = upload.rows[index]
    parts = st.builds(Relayed, source=st.text("ab-", max_size=3), ms=st.integers(0, 9)).map(lambda part: (part,))
    texts = parts if field.name == "relayed" else st.text("ab-", max_size=3)
    value = data.draw(st.integers(0, 9) if field.type is int else texts)
    if getattr(row, field.name) == value:
        return
    rows = list(upload.rows)
    rows[index] = msgspec.structs.replace(row, **{field.name: value})
    changed = ProofUpload(head=upload.head, rows=tuple(rows))
    with pytest.raises(Refused):
        proofs.verify_upload(changed, device=world.DEVICE, public=world.public(world.DEVICE))
