"""Something that can be closed and opened, and asked what it really does: a relay on a line, or a simulated one."""

import importlib
from pathlib import Path
from typing import Any, Protocol

from speaker.gpio.wiring import Wire


class Stuck(Exception):
    """The line cannot be had or driven."""


class Switch(Protocol):
    """Open when it is made."""

    def turn(self, *, closed: bool) -> None:
        """Close or open it. Raises Stuck."""

    def reads(self) -> bool | None:
        """What the line that reads back says, None without one. Raises Stuck."""

    def release(self) -> None:
        """Open it and let go of it."""


class SimulatedSwitch:
    """Its state is a file of one letter, so that others can watch it and break it.

    `stuck`: it does not move any more; `turns` is what it was told.
    """

    def __init__(self, path: Path, *, read_back: bool = True) -> None:
        self._path, self._read_back = path, read_back
        self.stuck = False
        self.turns: list[bool] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("0")

    def turn(self, *, closed: bool) -> None:
        """See `Switch`."""
        self.turns.append(closed)
        if not self.stuck:
            self._path.write_text("1" if closed else "0")

    def reads(self) -> bool | None:
        """See `Switch`."""
        return self._path.read_text() == "1" if self._read_back else None

    def release(self) -> None:
        """See `Switch`."""
        self.turn(closed=False)


class LineSwitch:
    """A line of Linux' GPIO character device through libgpiod (`pip install loa-speaker[gpio]`, LGPL, only used)."""

    def __init__(self, wire: Wire, *, library: Any = None) -> None:
        """Takes the lines; the switch is open. Raises Stuck."""
        self._library: Any = library or gpiod()
        self._wire = wire
        line = self._library.line
        out = self._library.LineSettings(
            direction=line.Direction.OUTPUT, output_value=line.Value.INACTIVE, active_low=wire.active_low
        )
        config: dict[int, Any] = {wire.line: out}
        if wire.read_back >= 0:
            config[wire.read_back] = self._library.LineSettings(direction=line.Direction.INPUT)
        try:
            self._lines: Any = self._library.request_lines(wire.chip, consumer="loa-speaker", config=config)
        except (OSError, ValueError) as error:
            raise Stuck(f"{wire.name}: {error}") from error

    def turn(self, *, closed: bool) -> None:
        """See `Switch`."""
        value = self._library.line.Value
        try:
            self._lines.set_value(self._wire.line, value.ACTIVE if closed else value.INACTIVE)
        except (OSError, ValueError) as error:
            raise Stuck(f"{self._wire.name}: {error}") from error

    def reads(self) -> bool | None:
        """See `Switch`."""
        if self._wire.read_back < 0:
            return None
        try:
            return bool(self._lines.get_value(self._wire.read_back) == self._library.line.Value.ACTIVE)
        except (OSError, ValueError) as error:
            raise Stuck(f"{self._wire.name}: {error}") from error

    def release(self) -> None:
        """See `Switch`."""
        self.turn(closed=False)
        self._lines.release()


def gpiod() -> Any:
    """The library, where there are lines. Raises Stuck."""
    try:
        return importlib.import_module("gpiod")  # only where lines are
    except ImportError as error:
        raise Stuck("gpiod is not installed") from error


def opened(wire: Wire, folder: Path) -> Switch:
    """The switch of this wire; without a chip a simulated one, a file in `folder`. Raises Stuck."""
    return LineSwitch(wire) if wire.chip else SimulatedSwitch(folder / "switches" / wire.name)
