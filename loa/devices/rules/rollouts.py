"""A release goes out in rings: who is in which, how each loudspeaker stands, whether to go on, wait or halt. Pure."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from devicelink.updates import FAILED, Step

from loa.kernel.errors import Invalid

PARTS = 10_000
SILENT_AFTER = timedelta(hours=1)  # whoever was in the middle of it and is not heard of for so long has failed
UNSUPPORTED, SILENT = "unsupported", "silent"
RINGS_MOST = 6
LONGEST_SOAK_H = 14 * 24


@dataclass(frozen=True, slots=True)
class Ring:
    """`share`: percent of the loudspeakers, those of the rings before included; `groups`: ids, all of whose members."""

    share: int
    groups: tuple[str, ...] = ()


class Stand(StrEnum):
    """How one loudspeaker stands."""

    UNDER_WAY = "under_way"
    DONE = "done"
    FAILED = "failed"
    UNREACHED = "unreached"


class Verdict(StrEnum):
    """What becomes of a ring."""

    WAIT = "wait"
    NEXT = "next"
    HALT = "halt"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one loudspeaker since it was offered the release at `offered_at`.

    `revision`, `step`: of the newest order, as its heartbeat said; `acked`: its answer to the command, "" = none yet.
    `seen_at`: its last heartbeat; `since`: when it came or went.
    """

    offered_at: datetime
    revision: int = 0
    step: str = ""
    acked: str = ""
    online: bool = False
    seen_at: datetime | None = None
    since: datetime | None = None

    def gone_since(self, moment: datetime) -> bool:
        """Not there, and no sign of it after that moment."""
        return not self.online and all(at is None or at < moment for at in (self.seen_at, self.since))


@dataclass(frozen=True, slots=True)
class Tally:
    """How many stand how."""

    counts: Mapping[Stand, int] = field(default_factory=dict)

    @classmethod
    def of(cls, stands: Iterable[Stand]) -> "Tally":
        """Count them."""
        return cls(Counter(stands))

    def __getitem__(self, stand: Stand) -> int:
        return self.counts.get(stand, 0)

    @property
    def all(self) -> int:
        """Every member."""
        return sum(self.counts.values())

    @property
    def reached(self) -> int:
        """Those who can be judged now or soon: a loudspeaker that is away says nothing about a release."""
        return self.all - self[Stand.UNREACHED]


def place_in(order: str, device: str) -> int:
    """0 .. PARTS - 1: where in the line of this rollout a loudspeaker stands; the same whenever it is asked."""
    return int.from_bytes(hashlib.sha256(f"{order}/{device}".encode()).digest()[:8]) % PARTS


def ring_of(order: str, device: str, groups: Collection[str], rings: Sequence[Ring]) -> int | None:
    """The first ring that a loudspeaker belongs to; None if it belongs to none."""
    place = place_in(order, device)
    for number, ring in enumerate(rings):
        if place < ring.share * PARTS // 100 or set(groups) & set(ring.groups):
            return number
    return None


def check_plan(rings: Sequence[Ring], threshold: int, soak_hours: int) -> None:
    """Invalid, with words for the form, unless the rings grow, the last one holds all, and the numbers make sense."""
    shares = [ring.share for ring in rings]
    if not 1 <= len(rings) <= RINGS_MOST or shares[-1] != 100:
        raise Invalid("Đợt cuối phải là 100% số loa. Ví dụ: 1, 10, 100.", code="rings_end")
    if any(not 0 <= share <= 100 for share in shares) or any(a >= b for a, b in pairwise(shares)):
        raise Invalid("Mỗi đợt phải lớn hơn đợt trước. Ví dụ: 1, 10, 100.", code="rings_order")
    if rings[0].share == 0 and not rings[0].groups:
        raise Invalid("Đợt đầu phải có ít nhất một loa.", code="rings_empty")
    if not 50 <= threshold <= 100:
        raise Invalid("Tỷ lệ phải đạt là một số từ 50 đến 100.", code="threshold")
    if not 0 <= soak_hours <= LONGEST_SOAK_H:
        raise Invalid("Thời gian theo dõi là một số giờ từ 0 đến 336.", code="soak")


def stand_of(seen: Seen, revision: int, now: datetime) -> tuple[Stand, str]:
    """How it stands, and the code of what went wrong. Silence counts against a release only once it was touched.

    Who was on the line when it was offered is waited for, also while it starts anew: else a ring would end before it
    began.
    """
    if seen.acked == "unknown_type":
        return Stand.FAILED, UNSUPPORTED
    step = seen.step if seen.revision == revision else ""
    away = seen.gone_since(now - SILENT_AFTER)
    if step in FAILED:
        return Stand.FAILED, step
    if away and step in (Step.WAITING, Step.TRIAL, Step.DONE):
        return Stand.FAILED, SILENT
    if step == Step.DONE:
        return Stand.DONE, ""
    if away or seen.gone_since(seen.offered_at):
        return Stand.UNREACHED, ""
    return Stand.UNDER_WAY, step if step == Step.NO_DATA else ""


def judge(tally: Tally, *, threshold: int, soak_hours: int, since: datetime, now: datetime) -> Verdict:
    """Halt as soon as the threshold cannot be met any more; go on when it is met for so long; else wait."""
    if tally[Stand.FAILED] * 100 > (100 - threshold) * tally.reached:
        return Verdict.HALT
    if not tally.all:
        return Verdict.NEXT
    met = tally[Stand.DONE] and tally[Stand.DONE] * 100 >= threshold * tally.reached
    return Verdict.NEXT if met and now - since >= timedelta(hours=soak_hours) else Verdict.WAIT


REASONS: dict[str, str] = {
    UNSUPPORTED: "Phần mềm trên loa quá cũ, chưa biết tự cập nhật. Cần cài tay một lần.",
    SILENT: "Loa mất liên lạc hơn một giờ trong lúc hoặc sau khi đổi bản mới.",
    Step.NO_LAUNCHER: "Loa không chạy dưới trình khởi động nên không tự đổi bản. Cần cài lại theo hướng dẫn.",
    Step.WRONG_PYTHON: "Bản này không dành cho loại máy hay phiên bản Python trên loa.",
    Step.NO_ROOM: "Bộ nhớ của loa không đủ chỗ cho bản mới.",
    Step.NO_DATA: "SIM đã dùng gần hết dung lượng tháng; loa sẽ tải tiếp khi sang tháng hoặc được nạp thêm.",
    Step.WRONG_HASH: "Gói tải về không đúng với gói đã duyệt.",
    Step.NOT_INSTALLED: "Không cài được bản mới; loa vẫn chạy bản cũ.",
    Step.OLDER: "Loa đang chạy bản mới hơn nên không nhận.",
    Step.CHECK_FAILED: "Bản mới không qua được bước tự kiểm tra; loa vẫn chạy bản cũ.",
    Step.CRASHED: "Bản mới tự tắt khi chạy thử; loa đã quay lại bản cũ.",
    Step.NOT_WELCOMED: "Bản mới chạy nhưng không nối được về hệ thống; loa đã quay lại bản cũ.",
}
STEPS: dict[str, str] = {
    Step.FETCHING: "đang tải",
    Step.WAITING: "đã tải xong, chờ lúc loa im",
    Step.TRIAL: "đang chạy thử bản mới",
    Step.NO_DATA: "chờ SIM có thêm dung lượng",
}


def reason_in_words(code: str) -> str:
    """What went wrong, for a technician; "" for nothing."""
    return REASONS.get(code, "Loa không cập nhật được vì lý do chưa rõ." if code else "")
