"""Làm rõ tiếng on a notice read beside a fan, a market, a motorbike: more voice, hardly hurt; and a clean one stays."""

from collections.abc import Iterator

import numpy as np
import pytest

from loa.media.editing.clarity import _balance, _filtered, clear, listen
from loa.media.editing.pieces import sized
from loa.media.editing.tests import figures
from loa.media.editing.tests.noises import RATE, hum, spoilt, voice
from loa.media.tests.sounds import Samples


def pieces(sound: Samples, length: int = RATE) -> list[Samples]:
    return [sound[at : at + length] for at in range(0, len(sound), length)]


def cleared(sound: Samples) -> Samples:
    return np.concatenate(list(clear(lambda: pieces(sound), len(sound))))


def balanced(sound: Samples) -> Samples:
    """Only the balance for horns: what the voice is compared with."""
    return np.concatenate(list(sized(_filtered(iter(pieces(sound)), _balance()), len(sound))))


# noise, dB below the voice, least gain of segmental SNR, least gain of quiet (dB), most that the voice may lose (dB)
STORIES = [
    ("hum", 0, 9, 15, 1.0), ("hum", 10, 0.5, 8, 1.0), ("hum", 20, -3, 6, 1.0),
    ("fan", 0, 3, 11, 2.5), ("fan", 10, -1, 11, 1.0), ("fan", 20, -3, 8, 1.0),
    ("hiss", 0, 7, 11, 2.0), ("hiss", 10, 6, 11, 1.0), ("hiss", 20, 3, 11, 1.0),
    ("crowd", 0, 0.5, 2, 2.0), ("crowd", 10, -1, 2, 1.0), ("crowd", 20, -2, 2, 1.0),
    ("motorbike", 0, 3, 10, 3.5), ("motorbike", 10, -1, 10, 1.0), ("motorbike", 20, -3, 8, 1.0),
]  # fmt: skip


@pytest.mark.parametrize(("noise", "below", "clearer", "quieter", "loss"), STORIES)
def test_the_voice_stands_out_and_keeps_its_level(
    noise: str, below: int, clearer: float, quieter: float, loss: float
) -> None:
    clean = balanced(voice())
    before = spoilt(voice(), noise, below)
    after, compared = cleared(before), balanced(before)
    assert len(after) == len(before)
    assert figures.segmental_snr(clean, after) - figures.segmental_snr(clean, compared) >= clearer
    assert figures.noise_level(clean, compared) - figures.noise_level(clean, after) >= quieter
    assert abs(figures.level(clean, after) - figures.level(clean, clean)) <= max(loss, 1.0)
    assert figures.spectral_distance(clean, after) <= figures.spectral_distance(clean, compared) + 1.0


def test_a_clean_voice_gets_the_balance_and_nothing_else() -> None:
    assert np.array_equal(cleared(voice()), balanced(voice()))


def test_a_good_recording_in_a_quiet_room_is_practically_unchanged() -> None:
    """36 dB between voice and noise, as of a decent microphone."""
    clean, before = balanced(voice()), spoilt(voice(), "fan", 36)
    after = cleared(before)
    assert figures.segmental_snr(clean, after) > 24
    assert figures.spectral_distance(clean, after) < 1.5
    assert abs(figures.level(clean, after) - figures.level(clean, clean)) < 0.1


def test_it_does_not_matter_how_the_sound_comes_in_pieces() -> None:
    sound = spoilt(voice(), "hiss", 10)
    room = listen(pieces(sound))
    from loa.media.editing.clarity import _quieter

    def through(length: int) -> Iterator[Samples]:
        return sized(_quieter(pieces(sound, length), room.quiet), len(sound))

    assert np.allclose(np.concatenate(list(through(RATE))), np.concatenate(list(through(4_801))), atol=1e-6)


def test_the_mains_are_known_by_their_overtones() -> None:
    sound = (voice() + 0.01 * hum(len(voice()))).astype(np.float32)
    assert {50, 150} <= set(listen(pieces(sound)).hum)


@pytest.mark.parametrize("noise", ["fan", "hiss", "crowd", "motorbike"])
def test_what_is_no_hum_is_not_taken_for_it(noise: str) -> None:
    assert listen(pieces(spoilt(voice(), noise, 10))).hum == ()


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.3])
def test_short_sounds_and_silence_stay_as_long_as_they_are(seconds: float) -> None:
    for sound in (voice()[: int(seconds * RATE)], np.zeros(int(seconds * RATE), np.float32)):
        after = cleared(sound)
        assert len(after) == len(sound)
        assert np.isfinite(after).all()
