"""The kinds of needs as data: how urgent, who is told first, who is told when nobody has looked, and after how long."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Urgency(StrEnum):
    """URGENT passes the quiet times; SOON waits for their end; CALM comes once a day, in the letter of the morning."""

    URGENT = "urgent"
    SOON = "soon"
    CALM = "calm"


class Count(StrEnum):
    """Which minutes count while nobody has looked: all, those of the loudspeakers' day, those of the office."""

    ALWAYS = "always"
    AWAKE = "awake"
    WORKING = "working"


@dataclass(frozen=True, slots=True)
class Step:
    """Whom: the nearest who hold one of the capabilities and were not told yet; `deputies`: who hold it for another.

    `after` so many counted minutes in which nobody took it; None: only when the domain itself says so (`Need.stage`).
    """

    capabilities: tuple[str, ...]
    after: timedelta | None = timedelta()
    deputies: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of need. `label` stands in filters and settings, `icon` beside each line.

    `ends`: that it is over is told too, to those who know of it.
    """

    code: str
    label: str
    icon: str
    urgency: Urgency
    count: Count
    steps: tuple[Step, ...]
    ends: bool = False

    @property
    def capabilities(self) -> frozenset[str]:
        """Who may ever hear of it."""
        return frozenset(name for step in self.steps for name in step.capabilities)


def _minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


_CARE, _MANAGE = ("device.care",), ("device.manage",)
_PLAN, _APPROVE = ("schedule.write",), ("schedule.approve",)
_POLES = (Step(_CARE), Step(_CARE, _minutes(30), deputies=True), Step(_MANAGE, _minutes(60)))
_POLES_CALM = (Step(_CARE), Step(_MANAGE, _minutes(16 * 60)))

_ALL = (
    Kind("approval", "Chờ duyệt", "tick", Urgency.SOON, Count.ALWAYS,
         (Step(_APPROVE), Step(_APPROVE, None, deputies=True))),
    Kind("sending", "Chờ duyệt phát xuống xã", "tick", Urgency.SOON, Count.WORKING,
         (Step(_APPROVE), Step(_APPROVE, _minutes(60), deputies=True))),
    Kind("inbox", "Tin cấp trên chờ xếp buổi", "download", Urgency.SOON, Count.WORKING,
         (Step(_PLAN), Step(_PLAN, _minutes(60), deputies=True), Step(_APPROVE, _minutes(240)),
          Step(_PLAN, _minutes(8 * 60)))),
    Kind("extension", "Xin gia hạn giờ phát", "clock", Urgency.SOON, Count.WORKING,
         (Step(_APPROVE), Step(_APPROVE, _minutes(60), deputies=True))),
    Kind("hours", "Đề nghị đổi giờ được phát", "clock", Urgency.CALM, Count.WORKING, (Step(("rules.write",)),)),
    Kind("returned", "Bản tin bị trả lại", "return", Urgency.SOON, Count.WORKING, (Step(("bulletin.write",)),)),
    Kind("untimed", "Bản tin của thôn chưa có giờ phát", "calendar", Urgency.SOON, Count.WORKING,
         (Step(_PLAN), Step(_PLAN, _minutes(60), deputies=True), Step(_APPROVE, _minutes(240)))),
    Kind("duty", "Niêm yết, công khai bị chậm", "document", Urgency.SOON, Count.WORKING,
         (Step(_PLAN), Step(_PLAN, _minutes(120), deputies=True), Step(_APPROVE, _minutes(240)),
          Step(_PLAN, _minutes(8 * 60)))),
    Kind("recalled", "Tiếng dùng lại đã bị thu hồi", "return", Urgency.SOON, Count.WORKING,
         (Step(_PLAN), Step(_APPROVE, _minutes(120)))),
    Kind("unheard", "Loa chưa nhận lệnh thôi phát", "volume", Urgency.SOON, Count.AWAKE,
         (Step(_PLAN), Step(_MANAGE, _minutes(60)))),
    Kind("plan", "Lịch phát chưa tới được loa", "calendar", Urgency.SOON, Count.AWAKE,
         (Step(_PLAN), Step(_MANAGE, _minutes(30)), Step(("people.manage",), _minutes(60)))),
    Kind("incident", "Sự cố loa", "device", Urgency.SOON, Count.AWAKE, _POLES, ends=True),
    Kind("relay", "Mất nguồn tiếp âm", "relay", Urgency.SOON, Count.AWAKE,
         (Step(_PLAN), Step(_PLAN, _minutes(30), deputies=True), Step(_CARE, _minutes(60))), ends=True),
    Kind("hold", "Dừng tất cả loa", "stop", Urgency.URGENT, Count.ALWAYS, (Step(("hold.set",)),), ends=True),
    Kind("platform", "Sự cố của hệ thống", "warning", Urgency.URGENT, Count.ALWAYS,
         (Step(_MANAGE), Step(("people.manage",), _minutes(15))), ends=True),
    Kind("forged", "Lệnh giả gửi tới loa", "shield", Urgency.URGENT, Count.ALWAYS,
         (Step(("device.care", "device.manage")), Step(_MANAGE, _minutes(15)), Step(("people.manage",), _minutes(30)))),
    Kind("ticket", "Phiếu sửa chữa quá hạn", "device", Urgency.CALM, Count.WORKING, _POLES_CALM),
    Kind("sim", "SIM sắp hết", "sim", Urgency.CALM, Count.WORKING, _POLES_CALM),
    Kind("ending", "Sắp hết hạn", "clock", Urgency.CALM, Count.WORKING, (Step(_CARE),)),
    Kind("record", "Nhật ký hệ thống bị sửa", "shield", Urgency.URGENT, Count.ALWAYS, (Step(("audit.view",)),)),
    Kind("letters", "Thư không gửi được", "message", Urgency.CALM, Count.WORKING, (Step(("people.manage",)),)),
)  # fmt: skip
KINDS: dict[str, Kind] = {kind.code: kind for kind in _ALL}


def kinds_for(capabilities: frozenset[str]) -> list[Kind]:
    """Those that somebody with these capabilities may ever be told of."""
    return [kind for kind in _ALL if kind.capabilities & capabilities]
