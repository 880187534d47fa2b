"""What goes down from province and centre: what waits to be let go above, and what waits for its commune's answer."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse

from loa.broadcasts.models import Delivery, Sending
from loa.broadcasts.queries import inbox, sendings
from loa.broadcasts.rules.times import midnight
from loa.bulletins import queries as written
from loa.notifications.rules import Need, Urgency
from loa.notifications.rules.needs import PLACE

_DAY = timedelta(days=1)
_NAMED = 5
_UNNAMED = "Bản tin chưa có tên"


def asked(now: datetime) -> Iterator[Need]:
    """Each bulletin that somebody wants sent down to communes: for the approvers of the sender's area."""
    requests = sendings.waiting(None, now)
    authors = written.authors_of({row.sending.bulletin_id: row.sending.bulletin for row in requests}.values())
    for one in requests:
        wrote = frozenset({*authors[one.sending.bulletin_id], one.sending.made_by_id})
        yield _asked(one, wrote, now)


def _asked(one: sendings.Request, wrote: frozenset[int], now: datetime) -> Need:
    row = one.sending
    level = one.version.get_priority_display().lower()
    handed_in = [at for at in (row.made_at, row.bulletin.submitted_at) if at]
    return Need(
        kind="sending",
        key=f"sending:{row.pk}",
        area=row.area.path,
        title=f"Xin duyệt phát xuống xã: “{one.version.title or _UNNAMED}”",
        more=f"{row.made_by.full_name}, {row.area.full_name} xin gửi tới {one.communes} xã, phường, "
        f"phát từ {row.first_day:%d/%m} đến hết {row.last_day:%d/%m/%Y}. Mức {level}.",
        link=reverse("broadcasts:approve_one", args=[row.bulletin_id]),
        since=max(handed_in, default=now),
        rows=one.communes,
        urgency=Urgency.URGENT if one.version.priority == "priority" else None,
        without=wrote,
    )


def unanswered(now: datetime) -> Iterator[Need]:
    """What communes should have answered by now: one need for one sending, however many communes owe the answer."""
    together: dict[UUID, list[Delivery]] = defaultdict(list)
    for row in inbox.overdue(now):
        together[row.sending_id].append(row)
    for rows in together.values():
        yield _unanswered(rows[0].sending, rows, now)


def _unanswered(sending: Sending, rows: Sequence[Delivery], now: datetime) -> Need:
    owing = {row.area.path: row for row in rows}
    title = sending.version.title if sending.version else _UNNAMED

    def counted(communes: int) -> str:
        return f"“{title}” chờ xã xếp buổi phát" if communes == 1 else f"“{title}”: {communes} xã chưa xếp buổi phát"

    def shared(share: Mapping[str, int]) -> str:
        return f"{_days(sending)} {_what_to_do([owing[path] for path in share])}"

    places = dict.fromkeys(owing, 1)
    return Need(
        kind="inbox",
        key=f"inbox:{sending.pk}",
        area=sending.area.path,
        title=counted(len(places)),
        more=shared(places),
        link=f"{reverse('broadcasts:inbox')}?don-vi={PLACE}",
        since=min(row.made_at for row in rows),
        rows=len(places),
        places=places,
        counted=counted,
        shared=shared,
        urgency=_presses(sending, now),
    )


def _presses(sending: Sending, now: datetime) -> Urgency | None:
    """A priority bulletin whose last day has come and that no session has taken."""
    last = sending.version is not None and now >= midnight(sending.last_day)
    return Urgency.URGENT if last and sending.version and sending.version.priority == "priority" else None


def _days(sending: Sending) -> str:
    return f"{sending.area.full_name} gửi, phát từ {sending.first_day:%d/%m} đến hết {sending.last_day:%d/%m/%Y}."


def _what_to_do(rows: Sequence[Delivery]) -> str:
    """Of one commune why no session took it; of several which they are."""
    if len(rows) == 1 and rows[0].reason:
        return f"Chưa vào được buổi nào: {rows[0].reason}"
    if len(rows) == 1:
        return "Xã chọn buổi phát, hoặc từ chối kèm lý do."
    names = ", ".join(row.area.full_name for row in rows[:_NAMED])
    more = f" và {len(rows) - _NAMED} xã khác" if len(rows) > _NAMED else ""
    return f"Chưa trả lời: {names}{more}."
