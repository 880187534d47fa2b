"""What people have asked other people for, and what is about to end by itself."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse

from loa.areas.models import Extension
from loa.areas.rules import NOW_ROOT
from loa.devices.models import Mute
from loa.devices.queries.air import muted_in
from loa.kernel.clock import local
from loa.notifications.rules import Need, Urgency
from loa.people.access import live_grants
from loa.people.models import RoleGrant, RulesProposal

PRESSES = timedelta(hours=2)
MUTE_ENDS, DEPUTY_ENDS = timedelta(hours=24), timedelta(days=3)


def asked(now: datetime) -> Iterator[Need]:
    """Longer evenings that wait for an approver, and wider hours that wait for a second person's key."""
    rows = Extension.objects.filter(state=Extension.State.WAITING, ends__gt=now).select_related("area")
    yield from (_extension(row, now) for row in rows)
    waiting = RulesProposal.objects.filter(state=RulesProposal.State.WAITING, ends__gte=local(now).date())
    yield from (_hours(row) for row in waiting.select_related("area", "author"))


def _extension(row: Extension, now: datetime) -> Need:
    starts, ends = local(row.starts), local(row.ends)
    return Need(
        kind="extension",
        key=f"extension:{row.pk}",
        area=row.area.path,
        title=f"{row.area.full_name} xin phát thêm giờ ngày {starts:%d/%m/%Y}",
        more=f"{row.author_name} xin phát từ {starts:%H:%M} đến {ends:%H:%M}. {row.get_reason_display()}: {row.words}",
        link=f"{reverse('broadcasts:extensions')}?don-vi={row.area.path}",
        since=row.made_at,
        urgency=Urgency.URGENT if row.starts - now <= PRESSES else None,
        without=frozenset({row.author_id}),
    )


def _hours(row: RulesProposal) -> Need:
    return Need(
        kind="hours",
        key=f"hours:{row.pk}",
        area=row.area.path,
        title=f"{row.area.full_name}: giờ được phát mới chờ người thứ hai xác nhận",
        more=f"{row.author.full_name} đề nghị theo {row.document}, từ ngày {row.starts:%d/%m/%Y}.",
        link=reverse("broadcasts:hours", args=[row.area.path]),
        since=row.made_at,
        without=frozenset({row.author_id}),
    )


def ending(now: datetime) -> Iterator[Need]:
    """Loudspeakers that will sound again tomorrow, and deputies whose time is nearly over."""
    mutes = (row for row in muted_in(NOW_ROOT, now) if row.starts <= now and row.until - now <= MUTE_ENDS)
    yield from (_mute(row) for row in mutes)
    lent = live_grants(now).filter(on_behalf_of__isnull=False, ends__lte=now + DEPUTY_ENDS)
    yield from (_deputy(row) for row in lent.select_related("user", "area", "on_behalf_of"))


def _mute(row: Mute) -> Need:
    until = local(row.until)
    return Need(
        kind="ending",
        key=f"mute:{row.pk}",
        area=row.device.area.path,
        title=f"Cụm {row.device.number:02d} {row.device.name} sẽ kêu lại lúc {until:%H:%M ngày %d/%m/%Y}",
        more=f"Đang tạm tắt: {row.get_reason_display().lower()}. Cần im lâu hơn thì tắt tiếp trước giờ đó.",
        link=f"{reverse('broadcasts:mutes')}?don-vi={row.device.area.path}",
        since=row.starts,
    )


def _deputy(row: RoleGrant) -> Need:
    other = row.on_behalf_of
    ends = f"{local(row.ends):%H:%M ngày %d/%m/%Y}" if row.ends else ""
    name = other.full_name if other else ""
    return Need(
        kind="ending",
        key=f"deputy:{row.pk}",
        area=row.area.path,
        title=f"{row.user.full_name} hết thay {name} lúc {ends}",
        more=f"{row.get_role_display()}, {row.area.full_name}. Cần thay tiếp thì ủy quyền lại trước giờ đó.",
        link=reverse("people:account"),
        since=row.starts,
        persons=tuple(person for person in (row.on_behalf_of_id, row.user_id) if person is not None),
    )
