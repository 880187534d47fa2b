"""Starting the limited process, watching it, and turning every way in which it can end into a verdict."""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from loa.media import rules
from loa.media.pipeline.result import Normalised
from loa.media.quality.profiles import DEFAULT

MAX_SECONDS = 30 * 60
TICK_SECONDS = 0.5
# One thread each: threads of the linear algebra library would only eat address space.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}

KeepGoing = Callable[[int], bool]


class Cancelled(Exception):
    """Somebody does not want the sound any more."""


class IngestFailed(Exception):
    """Our side failed (disk full, program error): the file is not to blame and the job may be tried again."""


def normalise_in_child(
    source: Path, workspace: Path, keep_going: KeepGoing, limits: str = DEFAULT, timeout: float = MAX_SECONDS
) -> Normalised:
    """Make the rendition `workspace / "rendition.ogg"` of `source` in a limited process; judge it by `limits`.

    `keep_going(progress)` is asked at least each half second. Raises rules.Unfit, Cancelled, IngestFailed. Nothing but
    files in `workspace` is written.
    """
    arguments = [str(source), str(workspace / "rendition.ogg"), str(workspace / "spool.f32"), limits]
    return in_child("loa.media.pipeline.child", arguments, workspace, keep_going, timeout)


def in_child(
    module: str, arguments: list[str], workspace: Path, keep_going: KeepGoing, timeout: float = MAX_SECONDS
) -> Normalised:
    """Run a module that speaks as `pipeline.child` does; see `normalise_in_child` for all else."""
    errors = workspace / "errors.log"
    with errors.open("wb") as log:
        command = _command(module, arguments)
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=_environment())
        try:
            last = _watch(child, keep_going, time.monotonic() + timeout)
        finally:
            child.kill()
            child.wait()
            assert child.stdout is not None
            child.stdout.close()
    return _verdict(last, child.returncode, errors)


def _command(module: str, arguments: list[str]) -> list[str]:
    return [sys.executable, "-I", "-m", module, *arguments]


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return kept | ENVIRONMENT


def _watch(child: "subprocess.Popen[bytes]", keep_going: KeepGoing, deadline: float) -> Mapping[str, Any]:
    """The last line of the child; {} if it went silent or died."""
    assert child.stdout is not None
    os.set_blocking(child.stdout.fileno(), False)
    waiting, progress = b"", 0
    last: Mapping[str, Any] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            chunk = child.stdout.read() if selector.select(TICK_SECONDS) else None
            if chunk == b"":
                child.wait(TICK_SECONDS * 20)
                return last
            *lines, waiting = (waiting + (chunk or b"")).split(b"\n")
            for line in lines:
                last = json.loads(line)
                progress = last.get("progress", progress)
            if not keep_going(progress):
                raise Cancelled
    return {"unfit": "too_heavy", "facts": {}}


def _verdict(last: Mapping[str, Any], code: int, errors: Path) -> Normalised:
    if "done" in last:
        return Normalised(**last["done"])
    if "unfit" in last:
        raise rules.Unfit(last["unfit"], last["facts"])
    if last.get("failed") == "no_space":
        raise IngestFailed("no space left for scratch files")
    if code < 0 and last.get("progress", 0) < 50:  # killed by a limit, or crashed in a decoder
        raise rules.Unfit("too_heavy")
    raise IngestFailed(f"child ended with {code}: {_tail(errors)}")


def _tail(errors: Path) -> str:
    return errors.read_bytes()[-2000:].decode(errors="replace")
