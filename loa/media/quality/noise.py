"""What lies under the voice: noise in the pauses, hum of the mains, and how high the sound reaches."""

import numpy as np

from loa.media.quality.spectrum import FRAME, RATE, SPEECH_BANDS, Spectrum, Table

NOTHING = -90.0
FLOOR_BAND_DB = 2.5  # frames of steady noise lie that close together
LEAST_PAUSES = 0.03  # of all frames, before they say how loud the noise is
LEAST_FRAMES = 24
LOUD_BANDS_DB = 30.0
SPOKEN_DB = 15.0
STEADY_RUN = 5  # frames, 0.2 s
STEADY_SLOPE_DB = 1.5
VARIETY_DB = 5.0  # between bands: applause or rain rises everywhere alike, a voice over noise does not
MOST_SNR_DB = 60.0
TONAL_DB = 7.0  # a line that stands out of its neighbours by so much is a tone, not noise
MOST_TONAL = 0.4  # of the power: more is music that does not pause
LINE_DB = 9.0  # how far a line of the mains stands out of its neighbours, in pauses
STEADY_DB = 9.0  # how little it changes between pauses and speech
STEP_DB = 22.0  # how steeply a telephone or a low bit rate cuts, within a third of an octave and its neighbour
CUT_DB = 12.0
VOWELS, HISSES = slice(5, 10), slice(12, 15)  # 350 Hz to 1.1 kHz, 1.8 to 3.5 kHz: both pass a telephone
TURNS_DB = (4.5, 18.0)
AT_ONCE = 1_000  # frames


def signal_to_noise(spectrum: Spectrum) -> float | None:
    """dB between speaking and the steady noise of its pauses; None where no pause lets noise be heard."""
    bands = spectrum.band_levels()
    levels = _level(bands[:, SPEECH_BANDS])
    heard = levels > NOTHING
    if heard.sum() < LEAST_FRAMES:
        return None
    if heard.mean() < 0.9 and _silence_within(levels):
        return MOST_SNR_DB
    if not heard.all():
        bands, levels = bands[heard], levels[heard]
    floor, speaking = float(np.percentile(levels, 4)), _speaking(levels)
    if _steady_share(levels, floor) < LEAST_PAUSES or not _hard(levels, floor):
        return None
    if _variety(bands[:, SPEECH_BANDS]) < VARIETY_DB or tonal_share(spectrum, floor) > MOST_TONAL:
        return None
    clean = 10 ** (speaking / 10) - 10 ** (floor / 10)
    return min(MOST_SNR_DB, 10 * float(np.log10(max(clean, 1e-12))) - floor)


def _speaking(levels: Table) -> float:
    """Mean level of the frames in which something is said: those not more than 15 dB under the loud ones."""
    loud = levels[levels > float(np.percentile(levels, 92)) - SPOKEN_DB]
    return 10 * float(np.log10(max(float((10 ** (loud / 10)).mean()), 1e-12)))


def _silence_within(levels: Table) -> bool:
    """Pauses of digital silence between words: a gate or a machine voice, nothing hums or hisses there."""
    sounding = np.flatnonzero(levels > NOTHING)
    return bool((levels[sounding[0] : sounding[-1] + 1] <= NOTHING).mean() > 0.05)


def _variety(bands: Table) -> float:
    """dB by which one of the loud bands rises more over its quiet than another."""
    high, low = np.array([np.percentile(band, (92, 6)) for band in bands.T]).T  # one at a time: hours of them are large
    rise = (high - low)[high > high.max() - LOUD_BANDS_DB]
    return float(rise.max() - rise.min())


def _steady_share(levels: Table, floor: float) -> float:
    """Share of frames in stretches that stay at the floor: what dies away passes it, noise stays."""
    quiet = np.abs(levels - floor) <= FLOOR_BAND_DB
    edges = np.diff(np.concatenate(([0], quiet.view(np.int8), [0])))
    spans = zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True)
    flat = [end - start for start, end in spans if end - start >= STEADY_RUN and _flat(levels[start:end])]
    return sum(flat) / len(levels)


def _flat(levels: Table) -> bool:
    half = len(levels) // 2
    return abs(float(levels[:half].mean() - levels[half:].mean())) < STEADY_SLOPE_DB


def _hard(levels: Table, floor: float) -> bool:
    """Noise has a hard floor: hardly any frame is quieter than its quiet ones."""
    return floor - float(np.percentile(levels, 0.5)) < FLOOR_BAND_DB + 1.0


def tonal_share(spectrum: Spectrum, floor: float) -> float:
    """How much of the quiet moments' power lies in lines that stand out of their neighbours, above the mains' hum."""
    lines = spectrum.quietest_lines()
    quiet = lines[_level(lines[:, 7:]) < floor + 3 * FLOOR_BAND_DB]
    if not len(quiet):
        return 1.0
    sums = sum((10 ** (part / 10)).sum(axis=0, dtype=np.float64) for part in _parts(quiet))
    power = (sums / len(quiet))[21:]  # from 500 Hz: below it hum is a tone as well
    around = np.median(np.lib.stride_tricks.sliding_window_view(np.pad(power, 8, mode="reflect"), 17), axis=1)
    return float(power[power > around * 10 ** (TONAL_DB / 10)].sum() / max(float(power.sum()), 1e-30))


def hum(spectrum: Spectrum) -> float | None:
    """dB of the mains (50 Hz and harmonics) relative to speaking; None if there is no hum.

    Hum is there in the pauses as well and just as loud; a voice or an instrument at 100 Hz is not.
    """
    mains, levels = spectrum.mains_levels(), _level(spectrum.band_levels()[:, SPEECH_BANDS])
    sounding = np.flatnonzero(mains[:, 0].max(axis=1, initial=-120) > -110)
    if len(sounding) < 8:
        return None
    mains = mains[sounding[0] : sounding[-1] + 1]
    line, below, above = (np.percentile(mains[:, part], 15, axis=0) for part in range(3))
    usual = np.percentile(mains[:, 0], 60, axis=0)
    prominent = (line - np.maximum(below, above) > LINE_DB) & (usual - line < STEADY_DB) & (line > -85)
    if not prominent[:2].any() or (prominent.sum() < 2 and line[0] - max(below[0], above[0]) < 2 * LINE_DB):
        return None
    power = float((10 ** (line[prominent] / 10)).sum())
    return 10 * float(np.log10(power)) - _speaking(levels)


def bandwidth(spectrum: Spectrum) -> int | None:
    """Hz where a telephone or a low bit rate cut the sound off; None if it fades out by itself."""
    fine = spectrum.fine
    if not fine.any() or not is_speech(spectrum):
        return None
    levels = 10 * np.log10(np.maximum(fine / fine.max(), 1e-14))
    return _cliff(levels)


def is_speech(spectrum: Spectrum) -> bool:
    """Whether hisses and vowels take turns: the balance of high and low changes as no instrument's does."""
    bands = spectrum.band_levels()
    low, high = _level(bands[:, VOWELS]), _level(bands[:, HISSES])
    louder = np.maximum(low, high)
    heard = louder > max(float(louder.max(initial=-120)) - 25, NOTHING)
    return bool(heard.any()) and TURNS_DB[0] < float((high - low)[heard].std()) < TURNS_DB[1]


def _cliff(levels: Table) -> int | None:
    hertz = RATE / FRAME
    for cut in np.arange(2_600, 20_000, 120):
        low, high = int(cut * 0.60 / hertz), int(cut / hertz)
        over, far = int(cut * 1.12 / hertz), int(min(cut * 1.5, RATE / 2) / hertz)
        below, above = levels[low:high], levels[over:far]
        full = float(np.percentile(below, 20))  # the gaps between the overtones of an instrument are not full
        if full - float(np.median(above)) > STEP_DB and float(np.median(levels[far:])) < full - STEP_DB:
            return _corner(levels, high - 8, far)
    return None


def _corner(levels: Table, low: int, far: int) -> int:
    """Where it has fallen by `CUT_DB` from what it was."""
    top = float(np.median(levels[low : low + 8]))
    fallen = np.flatnonzero(levels[low:far] < top - CUT_DB)
    steady = fallen[0] if len(fallen) else far - low
    return round(float((low + steady) * RATE / FRAME))


def _level(bands: Table) -> Table:
    """Of all bands together."""
    powers = np.concatenate([(10 ** (part / 10)).sum(axis=1) for part in _parts(bands)])
    level: Table = 10 * np.log10(np.maximum(powers, 1e-12))
    return level


def _parts(table: Table) -> list[Table]:
    """A part at a time: a long sound has many frames."""
    return [table[at : at + AT_ONCE] for at in range(0, max(len(table), 1), AT_ONCE)]
