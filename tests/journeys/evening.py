"""One evening in Quy Mông: everything is arranged at its beginning, side by side, so that the journeys wait only once.

Thành approves a notice. While it is on its way, an enemy who holds the message engine, the database or one key alone
orders sounds for a later instant, somebody exchanges a file in the store, and gateway and worker are killed around
another approval. The tests then look at what the loudspeakers really rendered.
"""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass

from tests.journeys import enemy
from tests.journeys.enemy import Known
from tests.journeys.running import NOTICE, RATE, Browser, Samples, Stack, decoded, in_seconds, now_ms, until
from tests.journeys.world import HOME

FAR_MS = 3_600_000  # what is handed in for then only shows how fast this machine is today
LEAD_MS = 12_000
EXCHANGE_MS = 14_000
REPAIR_MS = 40_000  # time for gateway and worker to come back and to bring what was approved meanwhile
FORGED_LEAD_MS, FORGED_AFTER_MS = 8_000, 2_000
WATER = "Ngày mai cắt nước từ 8 giờ đến 11 giờ."


@dataclass(frozen=True, slots=True)
class Announced:
    """An approved notice: what should sound from `start` to `end` (ms)."""

    bulletin: str
    approved: Samples
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Evening:
    """`forged_at`: the instant (ms) at which every forged plan wants to sound; `codes`: what loudspeakers answered.

    `own_approval`: what Lan was told who tried to approve her own notice; `killed`: process ids by part.
    `pace`: how long (ms) this machine takes today from a notice that is handed in to the loudspeakers that hold it.
    """

    notice: Announced
    own_approval: str
    known: Known
    forged_at: int
    codes: Mapping[str, str]
    exchanged: Announced
    rescued: Announced
    killed: Mapping[str, int]
    pace: int


def arrange(stack: Stack, thanh: Browser) -> Evening:
    """Everything, in order; returns before the notice sounds."""
    stack.speak("Cắt nước", WATER)
    stack.spoken("Họp thôn 5", NOTICE)  # the worker takes its time before that of the lead begins
    pace = rehearsed(stack, thanh)
    start = in_seconds(max(LEAD_MS, 3 * pace))
    bulletin = submit(stack, "Họp thôn 5", NOTICE, start)
    own_approval = str(stack.desk.ask("approve_as", username="lan", bulletin=bulletin).get("code"))
    notice = approved(stack, thanh, bulletin, "Họp thôn 5", start)
    known = enemy.spy(stack, NOTICE, start)
    print(f"held {start - now_ms()} ms before it is to sound")
    forged_at = max(notice.end // 1000 * 1000 + FORGED_AFTER_MS, in_seconds(max(FORGED_LEAD_MS, pace)))
    codes = enemy.attack(stack, known, forged_at)
    exchanged = exchange(stack, thanh, max(forged_at + 1_000, in_seconds(2 * pace)))
    rescued, killed = kill_around_approval(stack, thanh, max(REPAIR_MS, 6 * pace))
    return Evening(notice, own_approval, known, forged_at, codes, exchanged, rescued, killed, pace)


def rehearsed(stack: Stack, thanh: Browser) -> int:
    """How long (ms) it takes from a notice that is handed in to the loudspeakers that hold it; it sounds much later."""
    begun, start = now_ms(), in_seconds(FAR_MS)
    assert "Đã duyệt" in stack.approve(thanh, submit(stack, "Họp thôn 5", NOTICE, start))
    enemy.spy(stack, NOTICE, start)
    pace = now_ms() - begun
    print(f"this machine takes {pace} ms")
    return pace


def submit(stack: Stack, title: str, text: str, start: int) -> str:
    """Lan writes the notice and hands it in; the id of the bulletin."""
    return str(stack.desk.do("submit", title=title, text=text, sound=stack.spoken(title, text), at_ms=start))


def approved(stack: Stack, thanh: Browser, bulletin: str, title: str, start: int) -> Announced:
    """Thành hears and approves it."""
    sound = decoded(stack.file_of(stack.sounds[title])[1])
    assert "Đã duyệt" in stack.approve(thanh, bulletin)
    print(f"{title}: approved {start - now_ms()} ms before it is to sound")
    return Announced(bulletin, sound, start, start + len(sound) * 1000 // RATE)


def exchange(stack: Stack, thanh: Browser, earliest: int) -> Announced:
    """The sound of an approved notice is exchanged in the store before any loudspeaker has fetched it."""
    genuine = stack.file_of(stack.spoken("Cắt nước", WATER))[1]
    start = max(earliest, in_seconds(EXCHANGE_MS))  # the sound may have kept us waiting
    bulletin = submit(stack, "Cắt nước", WATER, start)
    announced = Announced(bulletin, decoded(genuine), start, start + len(decoded(genuine)) * 1000 // RATE)
    other, size = stack.file_of(stack.sounds["Họp thôn 5"])[1].read_bytes(), genuine.stat().st_size
    genuine.write_bytes(other.ljust(size, b"\0")[:size])
    assert "Đã duyệt" in stack.approve(thanh, bulletin)
    return announced


def kill_around_approval(stack: Stack, thanh: Browser, lead: int) -> tuple[Announced, dict[str, int]]:
    """The gateway dies before the approval, the worker right after it."""
    killed = {part: stack.pid_of(part) for part in ("worker", "gateway")}
    start = in_seconds(lead)
    bulletin = submit(stack, "Họp thôn 5", NOTICE, start)
    os.kill(killed["gateway"], signal.SIGKILL)
    rescued = approved(stack, thanh, bulletin, "Họp thôn 5", start)
    os.kill(killed["worker"], signal.SIGKILL)
    return rescued, killed


def proved(stack: Stack, announced: Announced) -> dict[str, tuple[str, str, int, int]]:
    """What both loudspeakers of the commune say about it; waits for both."""
    until("both loudspeakers say what they did", lambda: set(stack.proofs(announced.bulletin)) == set(HOME))
    return stack.proofs(announced.bulletin)
