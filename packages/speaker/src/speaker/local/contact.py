"""The switch beside the microphone of a loudspeaker, and what is written about it in `microphone.json`.

{"input": "hw:1", "chip": "/dev/gpiochip0", "line": 5, "active_low": true}
"""

from pathlib import Path
from typing import Any, Protocol

import msgspec

from speaker.gpio.switch import Stuck, gpiod

FILE = "microphone.json"
SIMULATED = "switches/microphone"  # beside the state: one letter, "1" = somebody presses


class Microphone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`input`: as relays name inputs. No chip: a simulated contact. Nobody presses longer than `most_ms`: it hangs."""

    input: str
    chip: str = ""
    line: int = 0
    active_low: bool = False
    most_ms: int = 10 * 60_000


class Contact(Protocol):
    """Whether somebody wants to speak."""

    def closed(self) -> bool:
        """Now. Raises Stuck."""


class SimulatedContact:
    """A file of one letter."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def closed(self) -> bool:
        """See `Contact`."""
        try:
            return self._path.read_text().strip() == "1"
        except OSError:
            return False


class LineContact:
    """An input line of Linux' GPIO character device, through libgpiod."""

    def __init__(self, wire: Microphone, *, library: Any = None) -> None:
        """Takes the line. Raises Stuck."""
        self._library: Any = library or gpiod()
        self._wire = wire
        settings = self._library.LineSettings(direction=self._library.line.Direction.INPUT, active_low=wire.active_low)
        try:
            self._lines: Any = self._library.request_lines(
                wire.chip, consumer="loa-speaker", config={wire.line: settings}
            )
        except (OSError, ValueError) as error:
            raise Stuck(f"microphone: {error}") from error

    def closed(self) -> bool:
        """See `Contact`."""
        try:
            return bool(self._lines.get_value(self._wire.line) == self._library.line.Value.ACTIVE)
        except (OSError, ValueError) as error:
            raise Stuck(f"microphone: {error}") from error


def read_microphone(folder: Path) -> Microphone | None:
    """What this device has, None if it has none. Raises ValueError in words that name what is wrong."""
    try:
        text = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return None
    try:
        found = msgspec.json.decode(text, type=Microphone)
    except msgspec.MsgspecError as error:
        raise ValueError(f"{FILE}: {error}") from error
    if not found.input or found.line < 0 or not 10_000 <= found.most_ms <= 3_600_000:
        raise ValueError(f"{FILE}: an input, a line from 0 on, most_ms 10000 to 3600000")
    return found


def contact_of(wire: Microphone, folder: Path) -> Contact:
    """Raises Stuck."""
    return LineContact(wire) if wire.chip else SimulatedContact(folder / SIMULATED)
