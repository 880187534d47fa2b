"""The envelope of every message, before anybody reads what is inside."""

import pytest
from devicelink import jws
from devicelink.refusals import Reason, Refused
from nacl.bindings import crypto_sign_seed_keypair

SEED = bytes(range(32))
PUBLIC, _ = crypto_sign_seed_keypair(SEED)


def test_a_signed_message_verifies_with_its_own_key_only() -> None:
    envelope = jws.parse(jws.sign(b'{"a":1}', typ="time", kid="t1", version=1, seed=SEED))
    jws.verify(envelope, PUBLIC)
    other, _ = crypto_sign_seed_keypair(bytes(32))
    with pytest.raises(Refused) as refused:
        jws.verify(envelope, other)
    assert refused.value.reason is Reason.BAD_SIGNATURE


def refusal(token: str | bytes, limit: int = 300) -> Reason:
    with pytest.raises(Refused) as refused:
        jws.parse(token, limit=limit)
    return refused.value.reason


def envelope(payload: bytes, kid: str = "t1") -> str:
    return jws.sign(payload, typ="time", kid=kid, version=1, seed=SEED)


def test_a_payload_may_be_as_long_as_its_limit() -> None:
    assert jws.parse(envelope(b"x" * 300), limit=300).payload == b"x" * 300
    assert refusal(envelope(b"x" * 301)) is Reason.TOO_LARGE


def test_a_flood_is_not_even_taken_apart() -> None:
    room = 300 * 4 // 3 + 1024
    assert refusal(b"x" * room) is Reason.MALFORMED
    assert refusal(b"x" * (room + 1)) is Reason.TOO_LARGE


def test_a_header_is_short() -> None:
    room = 384 - len('{"alg":"EdDSA","typ":"time","kid":"","v":1}')
    assert jws.parse(envelope(b"{}", kid="k" * room)).header.kid == "k" * room
    assert refusal(envelope(b"{}", kid="k" * (room + 1))) is Reason.MALFORMED


@pytest.mark.parametrize("text", ["YQ==", "YQ=", "-w=", "+w", "/w", "a", "YR", "Y Q", "YQ\n", "é"])
def test_bytes_are_written_in_one_way_only(text: str) -> None:
    with pytest.raises(Refused) as refused:
        jws.decode64(text)
    assert refused.value.reason is Reason.MALFORMED
