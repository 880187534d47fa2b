"""Tiếp âm at the pole of thôn 5: what is relayed, what stands in for it, and what the record says of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import speaker_village as village
from devicelink.golden.world import NOW
from devicelink.messages import Airing, Part, Proof, Relay
from speaker.sink import RATE, Pcm
from speaker_air import RelayPole, Transmitter, sent
from speaker_village import MINUTE, SECOND, Sound, airing

START = NOW + 30 * SECOND + 7
VOV1 = Relay(kind="stream", id="vov1", url="https://stream.vov.example/vov1")
FM = Relay(kind="fm", id="vov1", frequency=102_700)
SHARED = Relay(kind="stream", id="vov1", url="/relay/vov1.0123456789abcdef")
JINGLE = Sound("nhạc thay", 4)


def relayed(minutes: float = 2, relays: tuple[Relay, ...] = (VOV1,), **changes: Any) -> Airing:
    fields: dict[str, Any] = {"parts": (), "filling": True, "relays": relays, "duration": int(minutes * MINUTE)}
    fields |= changes
    return airing(fields.pop("id", "tiep-am"), fields.pop("start", START), **fields)


def pole_of(folder: Path, *stations: Transmitter, drift_ppm: float = 0.0) -> RelayPole:
    pole = RelayPole(folder, NOW, {station.name: station for station in stations}, drift_ppm=drift_ppm)
    pole.keep(JINGLE)
    return pole


def obey(pole: RelayPole, item: Airing, *more: Airing) -> None:
    pole.obey(village.plan(NOW, (item, *more), (JINGLE,)))


def heard(pole: RelayPole, begin: float, end: float) -> Pcm:
    """What sounded between two instants (true ms), silence where nothing did."""
    whole = np.zeros(round((end - begin) * 48), np.int16)
    for start, block in pole.blocks:
        at = round((start - begin) * 48)
        low, high = max(0, at), min(len(whole), at + len(block))
        if low < high:
            whole[low:high] = block[low - at : high - at]
    return whole


def delay(pole: RelayPole, station: str, instant: int, *, most: int = 6_000) -> tuple[float, float]:
    """How long after it was sent the sound of `instant` was heard (ms), and how sure that is (0..1)."""
    piece = heard(pole, instant, instant + 500).astype(np.float64)
    window = sent(station, instant - most, (most + 500) * 48).astype(np.float64)
    size = 1 << (len(window) + len(piece)).bit_length()
    found = np.fft.irfft(np.fft.rfft(window, size) * np.conj(np.fft.rfft(piece, size)), size)[: most * 48 + 1]
    at = int(np.argmax(found))
    same = window[at : at + len(piece)]
    return most - at / 48, float(found[at] / np.sqrt(np.sum(same**2) * max(np.sum(piece**2), 1)))


def the_row(pole: RelayPole) -> Proof:
    (row,) = pole.proofs()
    return row


def test_it_begins_and_ends_to_the_sample(tmp_path: Path) -> None:
    pole = pole_of(tmp_path, Transmitter(VOV1.url))
    obey(pole, relayed())
    pole.run(START + 3 * MINUTE)
    sounding = np.flatnonzero(np.abs(heard(pole, NOW, START + 3 * MINUTE).astype(int)) > 100)
    assert NOW + sounding[0] / 48 == pytest.approx(START, abs=1)
    assert NOW + sounding[-1] / 48 == pytest.approx(START + 2 * MINUTE, abs=6)
    assert delay(pole, VOV1.url, START + MINUTE)[1] > 0.9
    row = the_row(pole)
    assert (row.outcome, row.reason) == ("played", "")
    assert row.rendered == pytest.approx(2 * MINUTE, abs=60)
    assert [(part.source, part.cause) for part in row.relayed] == [("vov1", "")]
    assert pole.spent > 0


@pytest.mark.parametrize("drift_ppm", [-400.0, 400.0])
def test_by_one_clock_all_poles_sound_the_same_sample(tmp_path: Path, drift_ppm: float) -> None:
    """Five minutes on a card that is four times as wrong as any: what the others lose in twenty."""
    address = "http://gateway" + SHARED.url
    pole = pole_of(tmp_path, Transmitter(address, delay=3_000), drift_ppm=drift_ppm)
    obey(pole, relayed(5, (SHARED,)))
    pole.run(START + 6 * MINUTE)
    for second in (1, 150, 295):
        late, sure = delay(pole, address, START + second * SECOND)
        assert late == pytest.approx(3_000, abs=5), second
        assert sure > 0.8, second
    assert pole.blocks[-1][0] + 10 == pytest.approx(START + 5 * MINUTE, abs=15)


def test_a_dead_stream_gives_way_within_five_seconds_and_comes_back(tmp_path: Path) -> None:
    died, back = START + 30 * SECOND, START + 60 * SECOND
    pole = pole_of(tmp_path, Transmitter(VOV1.url, [(died, back, "gone")]))
    obey(pole, relayed(parts=(Part(sha256=JINGLE.sha256),)))
    pole.run(START + 3 * MINUTE)
    silent = quiet_ms(heard(pole, START, START + 2 * MINUTE))
    assert silent < 1_000
    assert delay(pole, VOV1.url, died + 5_000)[1] < 0.3  # it is something else that sounds
    assert delay(pole, VOV1.url, back + 14_000)[1] > 0.9
    row = the_row(pole)
    assert (row.outcome, row.reason) == ("cut", "no_relay")
    made = {(part.source, part.cause): part.ms for part in row.relayed}
    assert made["fallback", "gone"] == pytest.approx(back - died + 10_000 - 2_000, abs=2_500)
    assert made["vov1", ""] == row.rendered
    assert sum(made.values()) == pytest.approx(2 * MINUTE, abs=60)


def quiet_ms(samples: Pcm) -> int:
    """The longest silence in it."""
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 60)
    edges = np.concatenate(([0], loud, [len(samples)]))
    return int(np.diff(edges).max()) * 1000 // RATE


def test_a_stuck_one_gives_way_to_silence_where_there_is_nothing_else(tmp_path: Path) -> None:
    stuck = START + 30 * SECOND
    pole = pole_of(tmp_path, Transmitter(VOV1.url, [(stuck, START + MINUTE, "stuck")]))
    obey(pole, relayed())
    pole.run(START + 3 * MINUTE)
    assert not heard(pole, stuck + 5_000, START + MINUTE).any()
    made = {(part.source, part.cause): part.ms for part in the_row(pole).relayed}
    assert made["", "stuck"] == pytest.approx(30_000 + 10_000 - 3_000, abs=2_500)


@pytest.mark.parametrize(("seconds", "fault"), [(60, False), (100, True)], ids=["a minute's silence", "a fault"])
def test_a_minutes_silence_is_no_fault(tmp_path: Path, seconds: int, fault: bool) -> None:
    begins = START + 20 * SECOND
    pole = pole_of(tmp_path, Transmitter(VOV1.url, [(begins, begins + seconds * SECOND, "silent")]))
    obey(pole, relayed(4, parts=(Part(sha256=JINGLE.sha256),)))
    pole.run(START + 5 * MINUTE)
    made = {(part.source, part.cause): part.ms for part in the_row(pole).relayed}
    assert (("fallback", "silent") in made) is fault
    if fault:
        assert made["fallback", "silent"] == pytest.approx(10_000 + 10_000 + 2_000, abs=3_000)
    assert delay(pole, VOV1.url, START + 200 * SECOND)[1] > 0.9


def test_the_stream_stands_in_for_the_tuner_until_it_is_heard_again(tmp_path: Path) -> None:
    lost, back = START + 20 * SECOND, START + 50 * SECOND
    pole = pole_of(tmp_path, Transmitter("102700", [(lost, back, "gone")]), Transmitter(VOV1.url))
    obey(pole, relayed(relays=(FM, VOV1), parts=(Part(sha256=JINGLE.sha256),)))
    pole.run(lost - 2_000)
    assert len(pole.hearings) == 1  # the stream costs data: nobody asks for it while the tuner is heard
    pole.run(START + 3 * MINUTE)
    assert delay(pole, VOV1.url, lost + 10_000)[1] > 0.8
    assert delay(pole, "102700", START + 80 * SECOND)[1] > 0.8
    row = the_row(pole)
    made = {(part.source, part.cause): part.ms for part in row.relayed}
    assert made["vov1", "gone"] == pytest.approx(back - lost + 10_000 - 2_000, abs=3_000)
    assert made.get(("fallback", "gone"), 0) < 4_000
    assert row.outcome == "played"


def test_a_source_that_was_never_there_leaves_the_fallback_from_the_start(tmp_path: Path) -> None:
    pole = pole_of(tmp_path, Transmitter(VOV1.url, [(0, START + MINUTE * 60, "gone")]))
    obey(pole, relayed(1, parts=(Part(sha256=JINGLE.sha256),)))
    pole.run(START + 2 * MINUTE)
    assert quiet_ms(heard(pole, START, START + MINUTE)) < 500
    row = the_row(pole)
    assert (row.outcome, row.reason, row.rendered) == ("cut", "no_relay", 0)
    assert [(part.source, part.cause) for part in row.relayed] == [("fallback", "gone")]


def test_a_hold_stops_a_relay_at_once_and_it_is_joined_again(tmp_path: Path) -> None:
    from speaker.store import HoldSpan

    pole = pole_of(tmp_path, Transmitter(VOV1.url))
    obey(pole, relayed())
    pole.run(START + 20 * SECOND)
    pole.hold(HoldSpan(slot="area", begins=pole.true(), ends=START + 60 * SECOND))
    pole.run(START + 50 * SECOND)
    assert not heard(pole, START + 21 * SECOND, START + 50 * SECOND).any()
    pole.run(START + 3 * MINUTE)
    assert delay(pole, VOV1.url, START + 70 * SECOND)[1] > 0.9
    assert [(row.outcome, row.reason) for row in pole.proofs()] == [("cut", "held"), ("played", "")]


def test_a_notice_cuts_a_relay_and_it_comes_back_after_it(tmp_path: Path) -> None:
    pole = pole_of(tmp_path, Transmitter(VOV1.url))
    notice = airing("tin", START + 40 * SECOND, JINGLE)
    obey(pole, relayed(), notice)
    pole.run(START + 3 * MINUTE)
    assert delay(pole, VOV1.url, START + 30 * SECOND)[1] > 0.9
    assert delay(pole, VOV1.url, START + 41 * SECOND)[1] < 0.3
    assert delay(pole, VOV1.url, START + 60 * SECOND)[1] > 0.9
    assert [row.airing for row in pole.proofs()] == ["tiep-am", "tin", "tiep-am"]


def test_the_night_is_not_broken_by_a_signed_relay(tmp_path: Path) -> None:
    """NOW is 06:00. A plan signed with stolen keys relays at 03:15: no sound, and nobody is even asked for the stream.
    At 04:59:50 it does not begin either, and what is allowed from 05:00 on is joined then."""
    pole = pole_of(tmp_path, Transmitter(VOV1.url))
    night, early = NOW + 21 * 60 * MINUTE + 15 * MINUTE, NOW + 23 * 60 * MINUTE - 10 * SECOND
    items = (relayed(30, id="night", start=night), relayed(1, id="early", start=early))
    pole.obey(village.plan(NOW, items, (JINGLE,)), village.placement(NOW, hours=village.DAYTIME))
    pole.run(early - MINUTE)
    assert not pole.hearings
    assert not pole.blocks
    pole.run(early + 3 * MINUTE)
    sounding = np.flatnonzero(heard(pole, early, early + 20 * SECOND))
    assert sounding[0] / 48 == pytest.approx(10 * SECOND, abs=1)
    assert pole.said()[0] == ("night", "skipped", "outside_hours")


def test_nothing_is_listened_to_long_before_and_after(tmp_path: Path) -> None:
    pole = pole_of(tmp_path, Transmitter(VOV1.url))
    obey(pole, relayed(1))
    pole.run(START - 16 * SECOND)
    assert not pole.hearings
    pole.run(START - 13 * SECOND)
    assert len(pole.hearings) == 1
    pole.run(START + 2 * MINUTE)
    assert not pole.desk._mixers
