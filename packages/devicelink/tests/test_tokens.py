"""Login tokens: five minutes, one audience, one device."""

import msgspec
import pytest
from devicelink import jws, tokens
from devicelink.golden import world
from devicelink.refusals import Reason, Refused
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

KEYS = {world.DEVICE: world.public(world.DEVICE), world.OTHER_DEVICE: world.public(world.OTHER_DEVICE)}


def token(**changes: object) -> str:
    return tokens.make(
        world.DEVICE, tokens.ENGINE, seed=world.seed(str(changes.get("by", world.DEVICE))), now=world.NOW
    )


def refusal(text: str | bytes, audience: str = tokens.ENGINE, now: int = world.NOW) -> Reason:
    with pytest.raises(Refused) as refused:
        tokens.check(text, audience=audience, public_of=KEYS.get, now=now)
    return refused.value.reason


def test_the_device_logs_in() -> None:
    claims = tokens.check(token(), audience=tokens.ENGINE, public_of=KEYS.get, now=world.NOW)
    assert (claims.sub, claims.exp - claims.iat) == (world.DEVICE, 300)


def test_a_token_for_the_engine_opens_no_gateway() -> None:
    assert refusal(token(), tokens.GATEWAY) is Reason.WRONG_AUDIENCE


def test_tokens_of_others_of_unknown_and_of_revoked_devices() -> None:
    assert refusal(token(by=world.OTHER_DEVICE)) is Reason.BAD_SIGNATURE
    stranger = tokens.make("spk-nobody", tokens.ENGINE, seed=world.seed("x"), now=world.NOW)
    assert refusal(stranger) is Reason.UNKNOWN_KEY


def test_too_early_too_late_too_long() -> None:
    assert refusal(token(), now=world.NOW - 61_000) is Reason.NOT_YET_VALID
    assert refusal(token(), now=world.NOW + 360_000) is Reason.EXPIRED
    week = tokens.make(world.DEVICE, tokens.ENGINE, seed=world.seed(world.DEVICE), now=world.NOW, life=7 * world.DAY)
    assert refusal(week) is Reason.LIMIT_EXCEEDED


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c", "....", "é.é.é", b"\xff.\xff.\xff", "eyJhbGciOiJub25lIn0.e30.", token() + "x"]
)
def test_noise_is_malformed(text: str | bytes) -> None:
    assert refusal(text) is Reason.MALFORMED


def test_alg_none_and_a_signed_message_are_no_tokens() -> None:
    claims = token().split(".")[1]
    none = jws.encode64(msgspec.json.encode({"alg": "none", "typ": "JWT"}))
    assert refusal(f"{none}.{claims}.") is Reason.MALFORMED
    assert refusal(world.signed(world.time())) is Reason.MALFORMED
    assert refusal("x" * 2_048) is Reason.MALFORMED
    assert refusal("x" * 2_049) is Reason.TOO_LARGE


def test_only_three_whole_parts_are_a_token() -> None:
    header, claims, signature = token().split(".")
    assert refusal(f"{header}.{claims}.{signature}.{signature}") is Reason.MALFORMED
    assert refusal(f"{header}.{claims}") is Reason.MALFORMED
    short = jws.encode64(jws.decode64(signature)[:63])
    assert refusal(f"{header}.{claims}.{short}") is Reason.MALFORMED


@pytest.mark.parametrize("header", [{"alg": "none", "typ": "JWT"}, {"alg": "EdDSA", "typ": "plan"}])
def test_what_the_device_signed_for_another_purpose_is_no_login(header: dict[str, str]) -> None:
    text = f"{jws.encode64(msgspec.json.encode(header))}.{token().split('.')[1]}"
    _, secret = crypto_sign_seed_keypair(world.seed(world.DEVICE))
    assert refusal(f"{text}.{jws.encode64(crypto_sign(text.encode(), secret)[:64])}") is Reason.MALFORMED


def test_a_token_lives_at_least_a_second() -> None:
    lives = [
        tokens.make(world.DEVICE, tokens.ENGINE, seed=world.seed(world.DEVICE), now=world.NOW, life=life)
        for life in (0, 1_000)
    ]
    assert refusal(lives[0]) is Reason.LIMIT_EXCEEDED
    assert tokens.check(lives[1], audience=tokens.ENGINE, public_of=KEYS.get, now=world.NOW).sub == world.DEVICE


def test_a_wild_device_id_never_reaches_a_topic() -> None:
    wild = tokens.make("spk.*", tokens.ENGINE, seed=world.seed(world.DEVICE), now=world.NOW)
    assert refusal(wild) is Reason.MALFORMED
