"""What leaves a loudspeaker as its log opens nothing."""

import pytest
from devicelink import tokens
from devicelink.golden import world
from devicelink.jws import encode64
from devicelink.redaction import MARK, redacted

SECRETS = (
    world.signed(world.volume()),
    tokens.make(world.DEVICE, tokens.GATEWAY, seed=world.seed("x"), now=world.NOW),
    encode64(world.seed("x")),
    "ABCD2-EFGH3-JKLM4-NPQR5",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_tokens_keys_and_claim_codes_are_covered(secret: str) -> None:
    line = redacted(f"12:00 speaker.link: refused with {secret}, again in 5 s")
    assert secret not in line
    assert MARK in line
    assert line.startswith("12:00 speaker.link: refused with ")


@pytest.mark.parametrize(
    "line",
    [
        "GET https://relay:thunguyen@radio.example.vn/live?token=abcdef",
        "Authorization: Bearer short",
        "seed = 0123456789",
        'password: "nha-van-hoa"',
    ],
)
def test_words_that_announce_a_secret_are_enough(line: str) -> None:
    kept = redacted(line)
    assert MARK in kept
    for secret in ("thunguyen", "abcdef", "short", "0123456789", "nha-van-hoa"):
        assert secret not in kept


@pytest.mark.parametrize(
    "line",
    [
        f"speaker.supply: file {world.SOUND}: missing_file",
        "speaker: the clock was wrong by 2003 ms",
        "plan 1767222000000 of ps-8f1f5a7f2c100b1d8c5e3b0a refused: older_revision",
    ],
)
def test_what_a_technician_needs_stays(line: str) -> None:
    assert redacted(line) == line
