"""What somebody who stands at a simulated pole reads on the device: its status file."""

from pathlib import Path

import msgspec


class Shown(msgspec.Struct):
    """The part of an agent's status.json that a technician compares."""

    device: str
    fingerprint: str


def fingerprints(folder: Path) -> dict[str, str]:
    """Fingerprint by device id, of every agent below `folder` that shows one; half-written files are read next time."""
    found = {}
    for file in sorted(folder.glob("*/status.json")):
        try:
            shown = msgspec.json.decode(file.read_bytes(), type=Shown)
        except (OSError, msgspec.MsgspecError):
            continue
        found[shown.device] = shown.fingerprint
    return found
