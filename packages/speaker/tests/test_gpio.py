"""The adapter node in the old station of Quy Mông: it switches the wired amplifier and FM on in time."""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from speaker.gpio import keeping
from speaker.gpio.board import SETTLES_MS, TRY_AGAIN_S, Board
from speaker.gpio.switch import LineSwitch, SimulatedSwitch, Stuck, Switch
from speaker.gpio.wiring import FILE, Wire, read_wiring

AMPLIFIER = Wire(name="am-li", warm_ms=2_000, tail_ms=500, hold_ms=20_000)
FM = Wire(name="fm-ptt", warm_ms=3_000, tail_ms=0, hold_ms=0)
NOON = 1_767_243_600_000
HOUR = 3_600_000


class Station:
    """As much of an agent as the board sees; its clock belongs to the test."""

    def __init__(self, folder: Path, *wires: Wire) -> None:
        self.now, self.sounds = NOON, list[tuple[int, int]]()
        self.clock = SimpleNamespace(ticks_ns=lambda: (self.now - NOON + HOUR) * 1_000_000, now=lambda: self.now)
        self.player = SimpleNamespace(coming=self._coming)
        self.alerts = SimpleNamespace(coming=lambda _now, _until: [])
        self.spoken = lambda _now, _until: []
        self.switches: dict[str, SimulatedSwitch] = {}
        self.board = Board(self, wires, folder, make=self._make)  # type: ignore[arg-type]

    def _make(self, wire: Wire, folder: Path) -> Switch:
        self.switches[wire.name] = SimulatedSwitch(folder / wire.name)
        return self.switches[wire.name]

    def _coming(self, now: int, until: int) -> list[tuple[int, int]]:
        return [(start, end) for start, end in self.sounds if end > now and start < until]

    def at(self, ms: int) -> set[str]:
        """Which are closed `ms` after noon."""
        self.now = NOON + ms
        self.board.look()
        return {name for name, switch in self.switches.items() if switch.reads()}


def test_each_closes_in_its_own_time_before_the_sound_and_opens_after_it(tmp_path: Path) -> None:
    station = Station(tmp_path, AMPLIFIER, FM)
    station.sounds = [(NOON + 10_000, NOON + 70_000)]
    assert station.at(6_900) == set()
    assert station.at(7_000) == {"fm-ptt"}
    assert station.at(8_000) == station.at(69_999) == {"am-li", "fm-ptt"}
    assert station.at(70_000) == {"am-li"}
    assert station.at(70_500) == set()
    assert station.switches["am-li"].turns == [True, False]


def test_short_gaps_are_bridged_and_long_ones_are_not() -> None:
    sounds = [(100_000, 110_000), (125_000, 130_000), (200_000, 210_000)]
    assert keeping.spans(AMPLIFIER, sounds) == [(98_000, 130_500), (198_000, 210_500)]
    assert len(keeping.spans(FM, sounds)) == 3


def test_a_stop_opens_it_at_once(tmp_path: Path) -> None:
    station = Station(tmp_path, FM)
    station.sounds = [(NOON + 3_000, NOON + 900_000)]
    assert station.at(5_000) == {"fm-ptt"}
    station.sounds = []  # a hold: nothing sounds any more
    assert station.at(5_100) == set()


def test_never_longer_than_it_may_whatever_is_planned(tmp_path: Path) -> None:
    station = Station(tmp_path, Wire(name="am-li", most_ms=HOUR))
    station.sounds = [(NOON, NOON + 10 * HOUR)]
    assert station.at(0) == station.at(HOUR - 1) == {"am-li"}
    assert station.at(HOUR) == station.at(2 * HOUR) == station.at(10 * HOUR) == set()
    assert station.at(11 * HOUR) == set()
    station.sounds = [(NOON + 20 * HOUR, NOON + 21 * HOUR)]
    assert station.at(20 * HOUR) == {"am-li"}


def test_one_that_does_not_obey_is_told_until_it_does(tmp_path: Path) -> None:
    station = Station(tmp_path, AMPLIFIER)
    station.switches["am-li"].stuck = True
    station.sounds = [(NOON + 2_000, NOON + 60_000)]
    station.at(0)
    assert station.board.trouble() == "", "a relay takes its time"
    station.at(SETTLES_MS + 1)
    assert station.board.trouble() == "no_switch"
    station.switches["am-li"].stuck = False
    station.at(60_500)
    station.at(61_500)
    assert station.board.trouble() == ""


def test_what_the_last_process_left_closed_is_open_from_the_start(tmp_path: Path) -> None:
    (tmp_path / "am-li").write_text("1")
    station = Station(tmp_path, AMPLIFIER)
    assert station.at(0) == set()


def test_the_end_opens_everything(tmp_path: Path) -> None:
    async def story() -> None:
        station = Station(tmp_path, AMPLIFIER)
        station.sounds = [(NOON, NOON + HOUR)]
        work = asyncio.create_task(station.board.run())
        while not station.switches["am-li"].reads():
            await asyncio.sleep(0.01)
        work.cancel()
        await asyncio.wait([work])
        assert not station.switches["am-li"].reads()

    asyncio.run(story())


def test_an_agent_that_hangs_leaves_nothing_closed(tmp_path: Path) -> None:
    async def story() -> None:
        station = Station(tmp_path, AMPLIFIER)
        station.board._dead_s = 0.3
        station.sounds = [(NOON, NOON + HOUR)]
        work = asyncio.create_task(station.board.run())
        while not station.switches["am-li"].reads():
            await asyncio.sleep(0.01)
        station.board.look = lambda: None  # type: ignore[method-assign]
        while station.switches["am-li"].reads():
            await asyncio.sleep(0.02)
        work.cancel()
        await asyncio.wait([work])

    asyncio.run(story())


def test_a_self_test_has_the_amplifier_warm_first(tmp_path: Path) -> None:
    async def story() -> None:
        station = Station(tmp_path, Wire(name="am-li", warm_ms=0))
        assert await station.board.powered(20)
        assert station.at(0) == {"am-li"}
        await station.board.powered(0)
        assert station.at(600) == set()
        station.switches["am-li"].stuck = True
        asked = asyncio.create_task(station.board.powered(20))
        await asyncio.sleep(0)
        station.now += SETTLES_MS + 1
        assert not await asked

    asyncio.run(story())


def test_a_chip_that_is_missing_is_a_trouble_and_is_tried_again(tmp_path: Path) -> None:
    def missing(wire: Wire, folder: Path) -> Switch:
        raise Stuck(f"{wire.name}: no such chip")

    station = Station(tmp_path)
    board = Board(station, (AMPLIFIER,), tmp_path, make=missing)  # type: ignore[arg-type]
    assert board.trouble() == "no_switch"
    board._make = lambda wire, folder: SimulatedSwitch(folder / wire.name)
    board.posts[0].tried -= TRY_AGAIN_S
    board.look()
    assert board.trouble() == ""


# --- the file, the lines ---------------------------------------------------------------------------------------------


def written(folder: Path, *switches: dict[str, Any]) -> Path:
    (folder / FILE).write_text(json.dumps({"switches": switches}))
    return folder


def test_the_wiring_is_read_and_its_faults_are_named(tmp_path: Path) -> None:
    assert read_wiring(tmp_path) == ()
    good = {"name": "am-li", "chip": "/dev/gpiochip0", "line": 17, "read_back": 27}
    (wire,) = read_wiring(written(tmp_path, good))
    assert (wire.line, wire.read_back, wire.warm_ms) == (17, 27, 2_000)
    other = {"name": "fm", "chip": "/dev/gpiochip0", "line": 27}
    for wrong, word in (
        ([good, other], "two switches on one line"),
        ([good, good | {"line": 3, "read_back": 4}], "name"),
        ([good | {"warm_ms": 60_000}], "warm_ms"),
        ([good | {"colour": "red"}], "colour"),
        ([good | {"line": "x"}], "line"),
    ):
        with pytest.raises(ValueError, match=word):
            read_wiring(written(tmp_path, *wrong))


class Library:
    """As much of gpiod 2 as is used."""

    def __init__(self, *, missing: bool = False) -> None:
        self.line = SimpleNamespace(
            Direction=SimpleNamespace(OUTPUT="out", INPUT="in"), Value=SimpleNamespace(ACTIVE=1, INACTIVE=0)
        )
        self.missing = missing
        self.values: dict[int, int] = {}
        self.released = False

    def LineSettings(self, **facts: object) -> dict[str, object]:  # noqa: N802 - its name there
        return facts

    def request_lines(self, chip: str, *, consumer: str, config: dict[int, dict[str, object]]) -> "Library":
        if self.missing:
            raise FileNotFoundError(chip)
        assert consumer == "loa-speaker"
        assert config[17] == {"direction": "out", "output_value": 0, "active_low": True}
        assert config[27] == {"direction": "in"}
        return self

    def set_value(self, line: int, value: int) -> None:
        self.values[line] = self.values[27] = value

    def get_value(self, line: int) -> int:
        return self.values[line]

    def release(self) -> None:
        self.released = True


def test_a_real_line_is_open_when_it_is_taken_and_when_it_is_given_back() -> None:
    wire = Wire(name="am-li", chip="/dev/gpiochip0", line=17, read_back=27, active_low=True)
    library = Library()
    switch = LineSwitch(wire, library=library)
    switch.turn(closed=True)
    assert switch.reads() is True
    switch.release()
    assert (library.values[17], library.released) == (0, True)
    with pytest.raises(Stuck, match="am-li"):
        LineSwitch(wire, library=Library(missing=True))
