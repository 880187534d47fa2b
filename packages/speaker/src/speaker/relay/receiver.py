"""Real receivers and audio inputs: a program of the system that writes samples to its standard output.

Which program is a setting of the device, since hardware differs: a name of `READY` or a whole command with `{khz}`,
`{input}` in it, giving 48,000 signed 16-bit samples a second, little end first, one channel.
"""

import os
import select
import shlex
import subprocess
import time
from collections.abc import Iterator

import numpy as np
from devicelink.relayed import News

from speaker.relay.trouble import Trouble
from speaker.sink import RATE, Pcm

READY = {
    "arecord": "arecord -q -t raw -f S16_LE -r 48000 -c 1 -D {input}",
    "ffmpeg": "ffmpeg -nostdin -loglevel error -f alsa -i {input} -ac 1 -ar 48000 -f s16le -",
    "rtl_fm": "rtl_fm -M wbfm -f {khz}k -r 48000 -",
}
BLOCK_BYTES = RATE // 50 * 2
FIRST_S, STUCK_S = 6.0, 2.0  # hardware may have to be woken


def command(program: str, *, khz: int = 0, name: str = "") -> tuple[str, ...]:
    """The words of the program; () for none. Names are put in after the words were split: they stay one word each."""
    words = shlex.split(READY.get(program, program))
    return tuple(word.replace("{khz}", str(khz)).replace("{input}", name) for word in words)


def received(words: tuple[str, ...]) -> Iterator[Pcm | News]:
    """What the program gives. Raises Trouble: missing (not installed, no such input), gone (it ended), stuck."""
    try:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
    except OSError as error:
        raise Trouble("missing", f"{words[0]}: {error.strerror}") from error
    try:
        yield News(codec=os.path.basename(words[0])[:24], rate=RATE, channels=1)
        yield from _samples(process)
    finally:
        process.kill()
        process.wait()


def _samples(process: "subprocess.Popen[bytes]") -> Iterator[Pcm]:
    assert process.stdout is not None
    line, rest, last, patience = process.stdout.fileno(), b"", time.monotonic(), FIRST_S
    heard = False
    while True:
        ready, _, _ = select.select([line], [], [], 0.2)
        if not ready:
            if time.monotonic() - last > patience:
                raise Trouble("stuck", "the receiver gives nothing")
            continue
        data = os.read(line, 1 << 16)
        if not data:
            raise Trouble("gone" if heard else "missing", _said(process))
        rest += data
        last, patience = time.monotonic(), STUCK_S
        whole = len(rest) // BLOCK_BYTES * BLOCK_BYTES
        if whole:
            heard = True
            yield np.frombuffer(rest[:whole], "<i2").astype(np.int16)
            rest = rest[whole:]


def _said(process: "subprocess.Popen[bytes]") -> str:
    """What it complained of as it ended."""
    assert process.stderr is not None
    ready, _, _ = select.select([process.stderr], [], [], 0.5)
    words = os.read(process.stderr.fileno(), 4_096).decode("utf-8", "replace") if ready else ""
    return " ".join(words.split())[:160] or "the receiver ended"
