"""Any file -> one Ogg/Opus rendition at -16 LUFS whose decoded peaks are <= -1.5 dBTP.

The source is decoded once, into a file of float samples (192 kB a second, so a long sound costs disk, not memory). What
is promised is measured on the encoded file, since Opus overshoots: it is encoded again, lower, until it holds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from loa.media import rules
from loa.media.pipeline import limiter
from loa.media.pipeline.limiter import Reductions
from loa.media.pipeline.meter import Measured, measure_file
from loa.media.pipeline.reader import BLOCK, RATE, Samples
from loa.media.pipeline.result import Normalised
from loa.media.pipeline.spool import Progress, Spooled, spool_source
from loa.media.quality.profiles import DEFAULT, Profile, profile
from loa.media.quality.rules import judge

BITRATE = 32_000  # speech in mono is transparent here, and an hour costs 14 MB of a SIM's budget
CEILING_DB = -3.0
MARGIN_DB = 0.1  # another meter may read a little higher than ours
LOUDNESS_TOLERANCE = 0.5
ENCODER_LOSS = 0.2  # LU that Opus takes from speech at this rate
MOST_SQUEEZE_DB = 14.0  # how far a spiky sound is pushed into the limiter to be loud enough; beyond it would pump
ATTEMPTS = 6
WAVE_POINTS = 200


@dataclass(frozen=True, slots=True)
class Setting:
    """What is done to the sound: gain in decibel, then the limiter's reduction of every millisecond."""

    gain: float
    reductions: Reductions


def normalise(source: Path, target: Path, spool: Path, progress: Progress, limits: str = DEFAULT) -> Normalised:
    """Write the rendition of `source` to `target`; `spool` is scratch space. Raises rules.Unfit.

    What was sent and what was made are judged by the profile `limits`.
    """
    rules.check_upload_size(source.stat().st_size)
    return finish(spool_source(source, spool, lambda share: progress(share // 2)), target, progress, limits)


def finish(spooled: Spooled, target: Path, progress: Progress, limits: str = DEFAULT) -> Normalised:
    """Write the rendition of what lies in a spool to `target`; `progress` goes from 50 to 100. Raises rules.Unfit."""
    rules.check_loudness(spooled.lufs)
    aim, ceiling = rules.TARGET_LUFS + ENCODER_LOSS, CEILING_DB
    for attempt in range(1, ATTEMPTS + 1):
        setting = solve(spooled, aim, ceiling)
        encode(spooled, setting, target, lambda share: progress(50 + share * 45 // 100))
        measured = measure_file(target)
        better = correction(measured, aim, ceiling, first=attempt == 1)
        if better is None:
            progress(100)
            return _result(spooled, measured, setting, attempt, profile(limits))
        aim, ceiling = better
    raise rules.Unfit("not_normalisable")


def solve(spooled: Spooled, aim: float, ceiling: float) -> Setting:
    """The gain that reaches `aim` LUFS although the limiter takes some loudness away again."""
    plain = aim - spooled.lufs
    gain = plain
    for _ in range(6):
        reductions = Reductions(spooled.peaks, gain, ceiling)
        missing = plain - gain - limiter.loudness_change(spooled.powers, reductions)
        better = min(gain + missing, plain + MOST_SQUEEZE_DB)
        if abs(better - gain) < 0.1:
            break
        gain = better
    return Setting(gain, reductions)


def correction(measured: Measured, aim: float, ceiling: float, *, first: bool) -> tuple[float, float] | None:
    """None if the encoded file holds its promises, else the aim (LUFS) and ceiling (dB) for the next try.

    The peak is a promise, loudness a target: a sound too spiky for it stays a little quieter after the second try.
    """
    over = measured.true_peak_dbtp - (rules.MAX_TRUE_PEAK_DBTP - MARGIN_DB)
    quiet = rules.TARGET_LUFS - measured.lufs
    if over <= 0 and (not first or abs(quiet) <= LOUDNESS_TOLERANCE):
        return None
    return aim + (quiet if first else 0.0), ceiling - (over + 0.3 if over > 0 else 0.0)


def encode(spooled: Spooled, setting: Setting, target: Path, progress: Progress) -> None:
    """Gain, limiter and Opus in one pass. The same samples give the same bytes: no random number, no tool name."""
    gain = 10 ** (setting.gain / 20)
    with av.open(str(target), "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=RATE, options={"application": "audio", "vbr": "on"})
        stream.bit_rate, stream.layout, stream.format = BITRATE, "mono", "flt"
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        at = 0
        for piece in spooled.seconds():
            blocks = len(piece) // BLOCK
            limited = limiter.apply(piece, gain, limiter.nodes(setting.reductions, at, blocks))
            frame = av.AudioFrame.from_ndarray(limited[None, :], format="flt", layout="mono")
            frame.sample_rate, frame.pts = RATE, at * BLOCK
            container.mux(stream.encode(frame))
            at += blocks
            progress(at * 100 // len(setting.reductions))
        container.mux(stream.encode(None))


def wave_form(parts: Iterable[Samples], total: int, points: int = WAVE_POINTS) -> list[int]:
    """Heights 0-100 of `points` equal parts, relative to the highest; means of the peaks, whose maxima look alike.

    `parts` are `total` peaks in order.
    """
    edges = np.linspace(0, total, points, endpoint=False).astype(int)
    sums, at = np.zeros(points), 0
    for part in parts:
        place = np.searchsorted(edges, np.arange(at, at + len(part)), side="right") - 1
        sums += np.bincount(place, part, points)
        at += len(part)
    heights = sums / np.maximum(np.diff(np.append(edges, total)), 1)
    return [int(height) for height in np.rint(heights / max(float(heights.max()), 1e-9) * 100)]


def _limited_peaks(spooled: Spooled, reductions: Reductions) -> Iterator[Samples]:
    at = 0
    for part in reductions.minutes():
        yield spooled.peaks[at : at + len(part)] * limiter.amplitudes(part)
        at += len(part)


def _result(spooled: Spooled, measured: Measured, setting: Setting, attempt: int, limits: Profile) -> Normalised:
    figures = spooled.listening.figures(spooled.lufs, spooled.powers, measured.loudness, measured.true_peak_dbtp)
    return Normalised(
        duration_ms=measured.milliseconds,
        loudness_lufs=round(measured.lufs, 2),
        true_peak_dbtp=round(measured.true_peak_dbtp, 2),
        wave=wave_form(_limited_peaks(spooled, setting.reductions), len(spooled.peaks)),
        attempts=attempt,
        source_lufs=round(spooled.lufs, 2),
        quality=judge(figures, limits).plain(),
    )
