"""Voices and batches: what was packed comes out again, and nothing else ever does."""

import hashlib

import nacl.bindings
import pytest
from devicelink import batches, voices
from devicelink.batches import Batch
from devicelink.golden import world
from devicelink.golden.frames import SECRET
from devicelink.limits import MAX_VOICE_BYTES
from devicelink.refusals import Refused
from hypothesis import given, settings
from hypothesis import strategies as st

PUBLIC = world.public("session")
PACKETS = st.lists(st.binary(max_size=batches.MAX_PACKET), min_size=1, max_size=batches.PACKETS).map(tuple)
BATCHES = st.builds(
    Batch,
    session=st.binary(min_size=16, max_size=16).map(bytes.hex),
    number=st.integers(0, 2**32 - 1),
    captured=st.integers(0, 2**53),
    packets=PACKETS,
    before=st.lists(st.binary(max_size=batches.MAX_PACKET), max_size=batches.PACKETS).map(tuple),
)


@settings(deadline=None)
@given(BATCHES)
def test_a_batch_comes_back_as_it_was(batch: Batch) -> None:
    frame = batches.pack(batch, SECRET)
    assert len(frame) <= batches.MOST
    assert batches.unpack(frame, PUBLIC) == batch
    assert batches.session_of(frame) == batch.session


@settings(deadline=None)
@given(BATCHES, st.data())
def test_a_changed_batch_is_refused(batch: Batch, data: st.DataObject) -> None:
    frame = bytearray(batches.pack(batch, SECRET))
    frame[data.draw(st.integers(0, len(frame) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Refused):
        batches.unpack(bytes(frame), PUBLIC)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200))
def test_noise_that_the_session_signed_is_refused_or_a_batch(noise: bytes) -> None:
    content = batches.HEAD + noise
    frame = content + nacl.bindings.crypto_sign(batches.CONTEXT + content, SECRET)[:64]
    try:
        batch = batches.unpack(frame, PUBLIC)
    except Refused:
        return
    assert batches.pack(batch, SECRET) == frame


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    for frame in (noise, batches.HEAD + noise):
        with pytest.raises(Refused):
            batches.unpack(frame, PUBLIC)
        assert batches.session_of(frame) == "" or len(batches.session_of(frame)) == 32


@given(st.binary(min_size=1, max_size=500))
def test_a_voice_comes_back_as_it_was(sound: bytes) -> None:
    assert voices.unpack(voices.pack(sound)) == (hashlib.sha256(sound).hexdigest(), sound)


@given(st.binary(max_size=300))
def test_what_is_no_voice_is_refused(noise: bytes) -> None:
    if not noise.startswith(voices.HEAD):
        with pytest.raises(Refused):
            voices.unpack(noise)


@pytest.mark.parametrize("size", [0, MAX_VOICE_BYTES + 1])
def test_no_voice_leaves_that_none_would_take(size: int) -> None:
    with pytest.raises(ValueError, match="a voice of"):
        voices.pack(bytes(size))


def test_a_public_key_that_is_none_opens_nothing() -> None:
    frame = batches.pack(Batch(world.SESSION, 0, 0, (b"x",)), SECRET)
    for public in (b"", bytes(31), bytes(32)):
        with pytest.raises(Refused):
            batches.unpack(frame, public)
