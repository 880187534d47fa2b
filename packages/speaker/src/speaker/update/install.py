"""Puts wheels into the slot that does not run, without network and without pip, and looks whether they work."""

import os
import platform
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterable
from pathlib import Path

import msgspec
from devicelink.limits import PROTOCOL_VERSION
from devicelink.messages import Manifest, Wheel
from devicelink.updates import Step

from speaker.update.slots import MARK, VARIABLE, mark_for, place_of, python_of, sync_folder, write

CHECK_S = 120
ROOM_FACTOR = 4  # wheels, what comes out of them, and what Python makes of it
SPARE_BYTES = 32 << 20


class NotInstalled(Exception):
    """`step` says what is wrong."""

    def __init__(self, step: Step, detail: str) -> None:
        super().__init__(f"{step}: {detail}")
        self.step = step


def fits(manifest: Manifest) -> bool:
    """Are these wheels for this Python, this machine and this protocol?"""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (
        here in manifest.python
        and manifest.machine in ("", platform.machine())
        and manifest.protocol <= PROTOCOL_VERSION
    )


def room_for(manifest: Manifest, free: int) -> bool:
    """Is there room for a second release? `free`: bytes."""
    return free > ROOM_FACTOR * sum(one.size for one in manifest.wheels) + SPARE_BYTES


def install(folder: Path, slot: str, manifest: Manifest, kept: Path) -> None:
    """Make `slot` hold the release whose wheels lie in `kept`. Its mark goes first and comes last. NotInstalled."""
    place = place_of(folder, slot)
    try:
        empty(place)
        venv.EnvBuilder(with_pip=False, symlinks=True).create(place)
        for wheel in manifest.wheels:
            _unpack(wheel, kept / wheel.sha256, place)
    except (OSError, ValueError, zipfile.BadZipFile, AssertionError, ImportError) as error:
        raise NotInstalled(Step.NOT_INSTALLED, f"{type(error).__name__}: {error}") from error
    check(python_of(folder, slot), manifest.release)
    os.sync()  # thousands of files: one by one it would take minutes
    write(place / MARK, msgspec.json.encode(mark_for(manifest)))


def empty(place: Path) -> None:
    """From the first instant on it is no slot any more."""
    (place / MARK).unlink(missing_ok=True)
    if place.exists():
        sync_folder(place)
        shutil.rmtree(place)


def _unpack(wheel: Wheel, path: Path, place: Path) -> None:
    from installer import install as install_wheel  # only here: launcher and agent have to start without it, too
    from installer.destinations import SchemeDictionaryDestination
    from installer.sources import WheelFile

    lib = place / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    scheme = {"purelib": lib, "platlib": lib, "scripts": place / "bin", "headers": place / "include", "data": place}
    destination = SchemeDictionaryDestination(
        {name: str(target) for name, target in scheme.items()},
        interpreter=str(place / "bin" / "python"),
        script_kind="posix",
    )
    with zipfile.ZipFile(path) as archive:
        archive.filename = wheel.name  # it lies here under its hash
        source = WheelFile(archive)
        source.validate_record()
        install_wheel(source=source, destination=destination, additional_metadata={"INSTALLER": b"loa-speaker"})


def check(python: str, release: str) -> None:
    """Does it import all it needs, and is it what it should be? NotInstalled."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", VARIABLE)}
    command = [python, "-m", "speaker", "check"]
    try:
        done = subprocess.run(command, check=False, env=clean, cwd="/", capture_output=True, text=True, timeout=CHECK_S)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotInstalled(Step.CHECK_FAILED, str(error)) from error
    if done.returncode != 0 or done.stdout.strip() != release:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise NotInstalled(Step.CHECK_FAILED, f"ended with {done.returncode}: {''.join(last)[:200]}")


def forget_wheels(kept: Path, needed: Iterable[str]) -> None:
    """Drop what neither slot was made of."""
    names = set(needed)
    for path in kept.glob("*"):
        if path.name.removesuffix(".part") not in names:
            path.unlink(missing_ok=True)
