"""What waits for the person who looks at the day: bulletins to approve, that came back,
whose sound another unit has taken back, or that lack an air time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from loa.areas.models import Area
from loa.broadcasts.queries import asked, inbox, sendings, waiting
from loa.broadcasts.queries.recalled import recalled
from loa.broadcasts.queries.waiting import Kind
from loa.broadcasts.rules import words
from loa.broadcasts.web import approving, duties
from loa.bulletins import queries as bulletins
from loa.bulletins.models import Bulletin
from loa.people.models import User

UNNAMED = "Bản tin chưa có tên"


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to do: what, more about it, and the button that leads there."""

    title: str
    more: str
    button: str
    address: str


def errands(user: User, area: Area, now: datetime) -> list[Errand]:
    """All of them, the most pressing kind first. One query where nothing waits."""
    return [errand for kind in waiting.kinds(user, area, now) for errand in _TELL[kind](user, area, now)]


def _to_approve(user: User, area: Area, now: datetime) -> Iterator[Errand]:
    rows = [row for row in approving.group(asked.waiting(area, now), user) if not row.own]
    if not rows:
        return
    first, name = rows[0], rows[0].version.title
    when = f"Phát lần đầu lúc {words.moment(first.first, now)}." if first.first else "Giờ phát đã qua."
    if len(rows) == 1:
        address = reverse("broadcasts:approve_one", args=[first.bulletin.pk])
        yield Errand(f"“{name}” chờ anh/chị duyệt", when, "Xem và duyệt", address)
    else:
        title = f"{len(rows)} bản tin chờ anh/chị duyệt"
        yield Errand(title, f"Gấp nhất: “{name}”. {when}", "Xem và duyệt", reverse("broadcasts:approve"))


def _to_send(user: User, area: Area, now: datetime) -> Iterator[Errand]:
    """What the own unit wants to send down to communes."""
    for one in sendings.waiting(area, now):
        title = f"“{one.version.title}” chờ anh/chị duyệt để gửi xuống {one.communes} xã"
        address = reverse("broadcasts:approve_one", args=[one.sending.bulletin_id])
        yield Errand(title, f"{one.sending.made_by.full_name} đề nghị.", "Xem và duyệt", address)


def _from_above(user: User, area: Area, now: datetime) -> Iterator[Errand]:
    """Two priority items in one session; what the commune has not answered yet."""
    chosen, clashes = inbox.to_do(area, now)
    for clash in clashes:
        title = f"{clash.programme.name} {words.moment(clash.starts, now)} có {len(clash.items)} tin ưu tiên"
        more = f"Chọn tin phát trước, trễ nhất {words.clock(clash.until)}. Không xếp thì tin của cấp trên phát trước."
        address = reverse("broadcasts:inbox_order", args=[clash.programme.pk, clash.day.isoformat()])
        yield Errand(title, more, "Xếp thứ tự", address)
    if chosen:
        first = chosen[0].sending
        name = first.version.title if first.version else ""
        title = f"{len(chosen)} tin cấp trên gửi chờ xã xếp buổi" if len(chosen) > 1 else f"“{name}” chờ xã xếp buổi"
        more = f"{first.area.full_name} gửi, phát đến hết ngày {first.last_day:%d/%m}."
        yield Errand(title, more, "Xem và xếp", reverse("broadcasts:inbox"))


def _came_back(user: User, area: Area, now: datetime) -> Iterator[Errand]:
    for row in waiting.came_back(user, now):
        last = bulletins.last_return(row)
        more = f"{last.approver.full_name}: “{last.reason}”" if last else ""
        address = reverse("broadcasts:compose_one", args=[row.pk])
        yield Errand(f"“{_title(row)}” bị trả lại", more, "Sửa và gửi lại", address)


def _owed(user: User, area: Area, now: datetime) -> Iterator[Errand]:
    """What has to be made public and is late, or not planned."""
    late = duties.pressing(area, now)
    if late is not None:
        yield Errand(late.title, late.more, "Xem và xếp lịch", late.address)


def _taken_back(user: User, area: Area, now: datetime) -> Iterator[Errand]:
    """What another unit has taken back since may be wrong here too."""
    for row in recalled(area, now):
        title = f"“{row.version.title or UNNAMED}” dùng tiếng của nơi khác: cần xem lại"
        address = reverse("broadcasts:bulletin", args=[row.version.bulletin_id])
        yield Errand(title, f"{row.fate.words}. {row.fate.more}", "Xem bản tin", address)


def _without_time(user: User, area: Area, now: datetime) -> Iterator[Errand]:
    for row in waiting.without_time(user, area, now):
        address = reverse("broadcasts:compose_one", args=[row.pk])
        more = f"{row.author.full_name}, {row.area.full_name}. Chọn giờ rồi gửi lãnh đạo duyệt."
        yield Errand(f"“{_title(row)}” chưa có giờ phát", more, "Chọn giờ phát", address)


_TELL: Mapping[Kind, Callable[[User, Area, datetime], Iterator[Errand]]] = {
    Kind.TO_APPROVE: _to_approve,
    Kind.TO_SEND: _to_send,
    Kind.FROM_ABOVE: _from_above,
    Kind.CAME_BACK: _came_back,
    Kind.OWED: _owed,
    Kind.TAKEN_BACK: _taken_back,
    Kind.WITHOUT_TIME: _without_time,
}


def _title(row: Bulletin) -> str:
    return bulletins.newest(row).title or UNNAMED
