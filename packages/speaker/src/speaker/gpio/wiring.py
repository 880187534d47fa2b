"""What hangs on the lines of an adapter node: data that a technician writes once, in `switches.json` beside the state.

    {"switches": [
      {"name": "am-li", "chip": "/dev/gpiochip0", "line": 17, "warm_ms": 2000, "read_back": 27},
      {"name": "tuyen-cho", "chip": "/dev/gpiochip0", "line": 22, "warm_ms": 300},
      {"name": "fm-ptt", "chip": "/dev/gpiochip0", "line": 23, "warm_ms": 3000, "active_low": true}]}

A node sounds one programme: all of its switches close for it, each in its own time before the sound. What has to sound
something else is a device of its own, with its own sound output and its own switches.
"""

from pathlib import Path

import msgspec

FILE = "switches.json"
MOST = 16


class Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One switch. `warm_ms`: closed so long before the sound; `tail_ms`: open so long after it.

    `hold_ms`: a gap shorter than that is bridged. `most_ms`: longer than that it is never closed at a stretch.
    `read_back`: the line that tells whether it has really closed, -1 = none. Both lines belong to the same chip.
    """

    name: str
    chip: str = ""
    line: int = 0
    active_low: bool = False
    read_back: int = -1
    warm_ms: int = 2_000
    tail_ms: int = 500
    hold_ms: int = 20_000
    most_ms: int = 6 * 3_600_000


class Wiring(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All switches of a node."""

    switches: tuple[Wire, ...]


def read_wiring(folder: Path) -> tuple[Wire, ...]:
    """The switches of this device, () if it has none. Raises ValueError in words that name what is wrong."""
    try:
        text = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return ()
    try:
        wires = msgspec.json.decode(text, type=Wiring).switches
    except msgspec.MsgspecError as error:
        raise ValueError(f"{FILE}: {error}") from error
    _check(wires)
    return wires


def _check(wires: tuple[Wire, ...]) -> None:
    if len(wires) > MOST or len({wire.name for wire in wires}) != len(wires):
        raise ValueError(f"{FILE}: at most {MOST} switches, each with a name of its own")
    lines = [(wire.chip, line) for wire in wires for line in (wire.line, wire.read_back) if line >= 0]
    if len(set(lines)) != len(lines):
        raise ValueError(f"{FILE}: two switches on one line")
    for wire in wires:
        if not 0 <= wire.warm_ms <= 30_000 or not 0 <= wire.tail_ms <= 30_000 or wire.line < 0:
            raise ValueError(f"{FILE}: {wire.name}: warm_ms and tail_ms are 0 to 30000, line is 0 or more")
        if not 0 <= wire.hold_ms <= 600_000 or not 60_000 <= wire.most_ms <= 24 * 3_600_000:
            raise ValueError(f"{FILE}: {wire.name}: hold_ms is at most 600000, most_ms 60000 to 86400000")
