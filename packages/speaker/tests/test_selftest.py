"""The loudspeaker of thôn 5 listens to itself: what it hears, what it does not, and when it keeps quiet."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import speaker_village as village
from devicelink.messages import Hours, HoursExtension, Placement
from speaker.agent import Agent
from speaker.decide import Cue, Programme
from speaker.relay.trouble import Trouble
from speaker.selftest import when
from speaker.selftest.chirp import LEVEL, SAMPLES, Wave, chirp
from speaker.selftest.detect import BEFORE, LENGTH, Heard, bar, listen
from speaker.selftest.ear import Deaf, InputEar, SimulatedEar, named
from speaker.selftest.mouth import Mouth, Probe
from speaker.selftest.verdict import judged, misses
from speaker.selftest.way import Way
from speaker.sink import BLOCK, RATE, SAMPLE_NS, Pcm
from speaker.sinks.card_clock import CardFaults
from speaker.store import HoldSpan
from speaker_home import awake, enrolled, settled, told, until
from speaker_platform import Platform, now_ms, ready

GAIN = 0.36  # volume 60
NOON = 1_767_243_600_000  # 12:00 of 1/1/2026 in Viet Nam
MINUTE, HOUR = village.MINUTE, village.HOUR


def sent(gain: float = GAIN) -> Wave:
    wave = np.zeros(LENGTH)
    wave[BEFORE : BEFORE + SAMPLES] = gain * chirp()
    return wave


def over(way: Way, seed: int = 1, gain: float = GAIN) -> Heard:
    return listen(way.come(sent(gain), np.random.default_rng(seed)), gain)


def verdict(way: Way) -> str:
    usual = over(replace(way, amplifier=True, line=True, ear=True, wind_db=-120.0)).level
    return judged(over(way), ear="line" if way.tapped else "microphone", gain=GAIN, usual=usual).verdict


# --- what it hears ---------------------------------------------------------------------------------------------------


def test_it_finds_its_own_sound_behind_horn_and_echo_and_says_how_loud_it_came_back() -> None:
    heard = over(Way(delay_ms=41))
    assert heard.found
    assert abs(heard.level + 30) < 3
    assert abs(heard.delay * 1000 / RATE - 41) < 2
    fainter = over(Way(delay_ms=41, gain_db=-36))
    assert heard.level - fainter.level == pytest.approx(6, abs=0.5)
    assert over(Way(), gain=0.1).level == pytest.approx(heard.level, abs=1.5), "the volume changes it little"


def test_an_amplifier_driven_into_its_limits_is_bent() -> None:
    quiet = {"room_db": -90.0, "gain_db": -20.0}
    assert over(Way(**quiet)).harmonics < 0.02
    assert over(Way(drive=6.0, **quiet)).harmonics > 0.05


@pytest.mark.parametrize(
    ("way", "says"),
    [
        (Way(amplifier=False), "not_heard"),
        (Way(line=False), "not_heard"),
        (Way(ear=False), "microphone_dead"),
        (Way(amplifier=False, ear=False), "microphone_dead"),
        (Way(amplifier=False, wind_db=-8), "could_not"),
        (Way(wind_db=-30), "heard"),
        (Way(tapped=True, gain_db=-6), "heard"),
        (Way(tapped=True, gain_db=-6, line=False), "heard"),
        (Way(tapped=True, gain_db=-6, amplifier=False), "not_heard"),
    ],
)
def test_what_is_broken_is_named_and_nothing_else(way: Way, says: str) -> None:
    """A dead ear is no dead amplifier; taken at the amplifier's output, a cut wire to the horn is not seen."""
    assert verdict(way) == says


def test_where_nothing_sounds_the_rate_of_false_alarms_is_kept() -> None:
    """Asked for one in ten, so that few tries can tell; bench/selftest.py asks more."""
    chance = np.random.default_rng(7)
    way = Way(amplifier=False, wind_db=-40)
    alarms = sum(listen(way.come(np.zeros(LENGTH), chance), GAIN, false_alarms=0.1).found for _ in range(60))
    assert alarms <= 12
    assert bar(1e-6) > bar(0.1)


def test_a_siren_that_runs_through_the_band_is_not_the_probe() -> None:
    at = np.arange(LENGTH) / RATE
    siren = 0.3 * np.sin(2 * np.pi * np.cumsum(1_200 + 700 * np.sin(2 * np.pi * 0.8 * at)) / RATE)
    noise = np.random.default_rng(3).normal(0, 1e-3, LENGTH)
    assert not listen(siren + noise, GAIN).found


def test_a_recording_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="samples"):
        listen(np.zeros(LENGTH - 1), GAIN)


def test_only_two_in_a_row_are_a_trouble_and_a_storm_counts_neither_way() -> None:
    count = 0
    for said, wanted in (("not_heard", 1), ("could_not", 1), ("microphone_dead", 1), ("not_heard", 2), ("heard", 0)):
        count = misses(count, said)  # type: ignore[arg-type]
        assert count == wanted


# --- when it may sound -----------------------------------------------------------------------------------------------


def cue(name: str, start: int, minutes: int) -> Cue:
    return Cue(village.airing(name, start, duration=minutes * MINUTE, parts=()), start, start + minutes * MINUTE)


def why(placement: Placement | None, *, at: int = NOON, **facts: object) -> str:
    usual: dict[str, object] = {"holds": (), "programme": Programme(), "playing": False, "volume": 60, "bound": 20}
    return when.why_not(placement=placement, now=at, **(usual | facts))  # type: ignore[arg-type]


def test_a_probe_is_a_sound_and_keeps_all_rules_of_sounds() -> None:
    place = village.placement(NOON, hours=village.DAYTIME)
    assert why(place) == ""
    assert why(None) == "no_placement"
    assert why(place, bound=-1) == "no_valid_time"
    assert why(place, at=NOON + 9 * HOUR) == "outside_hours"
    assert why(place, at=NOON + 9 * HOUR - 1_000) == "outside_hours", "it would end after the last minute"
    assert why(place, holds=(HoldSpan(slot="h", begins=NOON - 1, ends=NOON + HOUR),)) == "held"
    assert why(place, playing=True) == "preempted"
    assert why(place, programme=Programme((cue("a", NOON - MINUTE, 5),))) == "preempted"
    assert why(place, programme=Programme((cue("a", NOON + 6_000, 5),))) == "preempted"
    assert why(place, programme=Programme((cue("a", NOON + MINUTE, 5),))) == ""
    assert why(place, volume=0) == "too_quiet"
    funeral = HoursExtension(start=NOON - HOUR, end=NOON + HOUR)
    muted = village.placement(NOON, hours=Hours(windows=village.DAYTIME.windows, closures=(funeral,)))
    assert why(muted) == "outside_hours"


def daily(cues: tuple[Cue, ...], now: int = NOON, tested: int = 0, device: str = village.DEVICE) -> int | None:
    return when.daily(Programme(cues), device=device, utc_offset=420, tested=tested, now=now)


def test_once_a_day_after_the_first_stretch_and_never_on_a_silent_day() -> None:
    dawn = NOON - 7 * HOUR
    call, news = cue("call", dawn, 1), cue("news", dawn + MINUTE, 29)
    evening = cue("evening", dawn + 12 * HOUR, 10)
    due = daily((call, news, evening), now=dawn)
    assert due is not None
    assert news.end + when.APART_MS <= due < news.end + when.APART_MS + when.SLOTS * when.SLOT_MS
    assert daily((), now=dawn) is None
    assert daily((call, news, evening), now=dawn, tested=when.day_of(dawn, 420)) is None
    missed = daily((call, news, evening), now=NOON)
    assert missed is not None
    assert missed > evening.end, "off in the morning, it listens after the evening"


def test_neighbours_listen_one_after_the_other() -> None:
    cues = (cue("call", NOON - HOUR, 1),)
    moments = {daily(cues, now=NOON - HOUR, device=f"spk-{number}") for number in range(40)}
    assert len(moments) > when.SLOTS / 2


# --- between loudspeaker and card ------------------------------------------------------------------------------------


class Silence:
    def __init__(self, speaks_after: int = 10**9) -> None:
        self.blocks, self._after = 0, speaks_after

    def pull(self, heard_at: int) -> Pcm | None:
        self.blocks += 1
        return None if self.blocks <= self._after else np.ones(BLOCK, np.int16)


def test_the_probe_fills_silence_only_and_leaves_when_something_sounds() -> None:
    mouth = Mouth(Silence(speaks_after=30))
    probe = Probe(GAIN)
    mouth.sound(probe)
    blocks = [mouth.pull(number * 10_000_000 + 5) for number in range(32)]
    assert probe.broken
    assert probe.began == 5
    last = blocks[31]
    assert last is not None
    assert last.max() == 1, "the notice, without anything under it"
    loudest = max(int(np.abs(block).max()) for block in blocks[:30] if block is not None)
    assert loudest <= LEVEL * GAIN * 32_768
    assert mouth.pull(0) is not None


def test_a_whole_probe_is_heard_by_the_simulated_ear() -> None:
    mouth, ear, probe = Mouth(Silence()), SimulatedEar(Way()), Probe(GAIN)
    ear.open(mouth)
    for number in range(100):
        if number == 3:
            mouth.sound(probe)
        mouth.pull(number * 10_000_000)
    assert probe.over.is_set()
    assert not probe.broken
    heard = listen(ear.take(probe.began - round(BEFORE * SAMPLE_NS), 0, LENGTH), GAIN)
    ear.close()
    assert heard.found
    assert mouth.listener is None


def test_a_real_input_is_cut_at_the_instant_that_is_asked_for() -> None:
    clock = [0]

    def capture(name: str) -> Iterator[object]:
        assert name == "hw:1"
        for number in range(100):
            clock[0] += 20_000_000
            yield np.full(960, number, np.int16)

    ear = InputEar("microphone", "hw:1", capture=capture, ticks=lambda: clock[0])
    ear.open(Mouth(Silence()))
    assert ear._thread is not None
    ear._thread.join()
    taken = ear.take(0, 1_000_000_000, 960)
    assert set(np.round(taken * 32_768)) == {50}
    with pytest.raises(Deaf):
        ear.take(0, 1_990_000_000, 960)
    ear.close()


def test_an_input_that_is_not_there_is_deaf_and_names_are_checked() -> None:
    def capture(name: str) -> Iterator[object]:
        raise Trouble("missing", "no such input")
        yield name

    ear = InputEar("line", "loop", capture=capture)
    ear.open(Mouth(Silence()))
    ear.close()
    with pytest.raises(Deaf, match="no such input"):
        ear.take(0, 0, 1)
    assert named("") is None
    found = named("line:hw:2,0")
    assert found is not None
    assert found.kind == "line"
    with pytest.raises(ValueError, match="no ear"):
        named("telephone:7")


# --- the whole loudspeaker -------------------------------------------------------------------------------------------


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        yield running


def order(platform: Platform, name: str) -> None:
    platform.send(village.signed(village.command(now_ms(), name, "selftest")))


def simulated(agent: Agent) -> SimulatedEar:
    ear = agent.tester.ear
    assert isinstance(ear, SimulatedEar)
    return ear


def test_a_technician_asks_and_the_signed_answer_comes(platform: Platform, tmp_path: Path) -> None:
    """Lý Văn Sơn hears from the pole; then somebody takes the amplifier away, and two tests say so."""

    async def story() -> None:
        config = enrolled(platform, tmp_path)
        ready(platform)
        async with awake(replace(config, ear="simulated", daily=False), faults=CardFaults(latency_s=0.3)) as agent:
            await settled(agent)
            reports = platform.of().selftests
            order(platform, "t-1")
            await until(lambda: len(reports) == 1)
            assert (reports[0].verdict, reports[0].command, reports[0].ear) == ("heard", "t-1", "microphone")
            assert abs(reports[0].level + 3_000) < 400
            assert abs(reports[0].at - now_ms()) < 60_000
            order(platform, "t-2")
            await until(lambda: any(ack.of == "command:t-2" for ack in platform.of().acks))
            assert {ack.of: ack.code for ack in platform.of().acks}["command:t-2"] == "limit_exceeded"
            simulated(agent).way.amplifier = False
            for name in ("t-3", "t-4"):
                agent.tester._ordered -= when.ORDERS_APART_MS
                order(platform, name)
                await until(lambda name=name: any(report.command == name for report in reports))
            assert [report.verdict for report in reports[1:]] == ["not_heard", "not_heard"]
            await until(lambda: platform.of().beats[-1].trouble == "unheard")

    asyncio.run(story())


def test_while_something_sounds_it_is_not_tried(platform: Platform, tmp_path: Path) -> None:
    async def story() -> None:
        config = enrolled(platform, tmp_path)
        ready(platform)
        async with awake(replace(config, ear="simulated", daily=False)) as agent:
            await settled(agent)
            await told(platform, agent, "a-1", village.Sound("họp thôn", 3.0))
            await until(lambda: agent.player.playing)
            agent.tester.ask("t-1")
            reports = platform.of().selftests
            await until(lambda: reports)
            assert (reports[0].verdict, reports[0].reason) == ("could_not", "preempted")

    asyncio.run(story())


def test_what_was_found_while_nobody_listened_is_told_after_a_restart_and_once(
    platform: Platform, tmp_path: Path
) -> None:
    async def story() -> None:
        config = replace(enrolled(platform, tmp_path), ear="", daily=False)
        ready(platform)
        platform.takes_selftests = False
        async with awake(config) as agent:
            await settled(agent)
            for name in ("t-1", "t-2"):
                agent.tester._ordered -= when.ORDERS_APART_MS
                agent.tester.ask(name)
                await until(lambda name=name: agent.tester.last and agent.tester.last.command == name)
            boot = agent.boot
        platform.takes_selftests = True
        reports = platform.of().selftests
        async with awake(config) as agent:
            await until(lambda: len(reports) == 2)
            assert [(report.command, report.boot) for report in reports] == [("t-1", boot), ("t-2", boot)]
            await until(lambda: not agent.tester._told)
        async with awake(config) as agent:
            await settled(agent)
            agent.tester.ask("t-3")
            await until(lambda: len(reports) == 3)
        assert [report.command for report in reports] == ["t-1", "t-2", "t-3"]

    asyncio.run(story())
