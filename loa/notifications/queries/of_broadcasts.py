"""What bulletins, schedules and plans need a person for."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q
from django.urls import reverse

from loa.areas.models import Area
from loa.areas.rules import NOW_ROOT, Level
from loa.broadcasts.models import Obligation, PlanState, Schedule
from loa.broadcasts.queries import asked, sources, troubles
from loa.broadcasts.queries import duties as owed
from loa.broadcasts.queries import recalled as taken_back
from loa.broadcasts.queries.unheard import still_playing
from loa.broadcasts.rules import duties as duty_rules
from loa.broadcasts.rules import words
from loa.broadcasts.rules.troubles import PATIENCE
from loa.bulletins import queries as written
from loa.bulletins.models import Bulletin, State
from loa.devices.models import Device
from loa.kernel.clock import local
from loa.media.models import Origin, Sound
from loa.notifications.rules import Need, Urgency
from loa.notifications.rules.needs import PLACE

PRESSES = timedelta(hours=2)  # so near its first air time nobody waits for a morning to be asked
_WITHDRAWN = timedelta(days=8)  # the loudspeakers keep a plan of seven days
_UNNAMED = "Bản tin chưa có tên"


def approvals(now: datetime) -> Iterator[Need]:
    """Each bulletin whose air times wait for an answer."""
    rows = Schedule.objects.filter(asked.awaiting()).select_related("area", "bulletin", "made_by", "version__sound")
    together: dict[tuple[UUID, str], list[Schedule]] = defaultdict(list)
    for row in rows:
        together[row.bulletin_id, row.area.path].append(row)
    authors = written.authors_of({row.bulletin_id: row.bulletin for row in rows}.values())
    titles = written.newest_of(bulletin for bulletin, _ in together)
    for (bulletin, area), schedules in together.items():
        wrote = frozenset({*authors[bulletin], *(row.made_by_id for row in schedules)})
        yield _approval(schedules, area, titles[bulletin].title or _UNNAMED, wrote, now)


def _approval(rows: Sequence[Schedule], area: str, title: str, authors: frozenset[int], now: datetime) -> Need:
    starts = sorted(start for row in rows for start in _starts(row, now))
    first = rows[0]
    handed_in = [at for row in rows for at in (row.submitted_at, row.bulletin.submitted_at) if at]
    since = max(handed_in, default=now)
    when = f" Phát lần đầu: {words.moment(starts[0], now)}, tất cả {len(starts)} lần." if starts else ""
    escalated = any(row.escalated_at is not None and row.escalated_at >= since for row in rows)
    return Need(
        kind="approval",
        key=f"approval:{first.bulletin_id}:{area}",
        area=area,
        title=f"Xin duyệt: “{title}”",
        more=f"{first.made_by.full_name}, {first.area.full_name} xin duyệt.{when}",
        link=reverse("broadcasts:approve_one", args=[first.bulletin_id]),
        since=since,
        rows=len(rows),
        urgency=Urgency.URGENT if starts and starts[0] - now <= PRESSES else None,
        without=authors,
        stage=1 if escalated else 0,
    )


def _starts(row: Schedule, now: datetime) -> tuple[datetime, ...]:
    rule = sources.rule_of(row)
    return rule.starts(now, rule.end(now))


def bulletins(now: datetime) -> Iterator[Need]:
    """Those that came back to their writers, and those of hamlets that nobody has given an air time."""
    came_back = Q(state=State.RETURNED)
    untimed = Q(state=State.SUBMITTED, schedules=None, area__level=Level.HAMLET)
    rows = list(Bulletin.objects.filter(came_back | untimed).select_related("area__parent", "author"))
    titles = written.newest_of(row.pk for row in rows)
    for row in rows:
        title = titles[row.pk].title or _UNNAMED
        yield _returned(row, title) if row.state == State.RETURNED else _untimed(row, title)


def _returned(row: Bulletin, title: str) -> Need:
    last = written.last_return(row)
    return Need(
        kind="returned",
        key=f"returned:{row.pk}",
        area=row.area.path,
        title=f"“{title}” bị trả lại",
        more=f"{last.approver.full_name}: “{last.reason}”" if last else "",
        link=reverse("broadcasts:compose_one", args=[row.pk]),
        since=last.decided_at if last else row.changed_at,
        persons=(row.author_id,),
    )


def _untimed(row: Bulletin, title: str) -> Need:
    above = row.area.parent or row.area
    return Need(
        kind="untimed",
        key=f"untimed:{row.pk}",
        area=above.path,
        title=f"“{title}” chưa có giờ phát",
        more=f"{row.author.full_name}, {row.area.full_name} đã gửi. Chọn giờ rồi gửi lãnh đạo duyệt.",
        link=reverse("broadcasts:compose_one", args=[row.pk]),
        since=row.submitted_at or row.changed_at,
    )


def duties(now: datetime) -> Iterator[Need]:
    """What has to be made public and is late, or not planned; a commune at a time."""
    earliest = local(now).date() - timedelta(days=owed.KEPT_DAYS)
    live = Obligation.objects.filter(ended_at=None, first_day__gte=earliest).values("area")
    for area in Area.objects.filter(pk__in=live):
        rows = [row for row in owed.rows(area, now) if row.needs_a_person and not row.waiting]
        if rows:
            yield _duty(area, rows, now)


def _duty(area: Area, rows: Sequence[owed.Row], now: datetime) -> Need:
    late = sum(row.state is duty_rules.State.LATE for row in rows)
    first = rows[0]
    said = f"{late} bản tin phải công khai đang chậm" if late else f"{len(rows)} bản tin phải công khai chưa xếp đủ"
    days = f"{first.obligation.days} ngày liên tiếp từ {first.obligation.first_day:%d/%m/%Y}"
    return Need(
        kind="duty",
        key=f"duty:{area.path}",
        area=area.path,
        title=f"{area.full_name}: {said}",
        more=f"“{first.version.title}”: {days}.",
        link=f"{reverse('broadcasts:duties')}?don-vi={PLACE}",
        since=min((row.obligation.made_at for row in rows), default=now),
        rows=len(rows),
        urgency=None if late else Urgency.CALM,
    )


def recalled(now: datetime) -> Iterator[Need]:
    """Bulletins that use what another unit has taken back since."""
    taken = Sound.objects.filter(made_from__isnull=False, origin=Origin.UPLOADED, removed_at=None)
    for area in Area.objects.filter(pk__in=taken.values("area"), level__lte=Level.COMMUNE):
        for row in taken_back.recalled(area, now):
            yield Need(
                kind="recalled",
                key=f"recalled:{row.version.bulletin_id}",
                area=area.path,
                title=f"“{row.version.title or _UNNAMED}” dùng tiếng của nơi khác: cần xem lại",
                more=f"{row.fate.words}. {row.fate.more}",
                link=reverse("broadcasts:bulletin", args=[row.version.bulletin_id]),
                since=row.fate.at or now,
            )


def unheard(now: datetime) -> Iterator[Need]:
    """Loudspeakers that have not confirmed that something was taken off the air, and may still play it."""
    ended = Schedule.objects.filter(
        bulletin__state=State.WITHDRAWN, approval__isnull=False, ended_at__gt=now - _WITHDRAWN
    )
    together: dict[UUID, list[Schedule]] = defaultdict(list)
    for row in ended.select_related("area", "bulletin", "version"):
        together[row.bulletin_id].append(row)
    for schedules in together.values():
        found = still_playing(schedules, now)
        if found:
            yield _unheard(schedules[0], len(found), found[0].until, now)


def _unheard(row: Schedule, count: int, until: datetime, now: datetime) -> Need:
    title = row.version.title if row.version else _UNNAMED
    return Need(
        kind="unheard",
        key=f"unheard:{row.bulletin_id}",
        area=row.area.path,
        title=f"“{title}” đã thu hồi nhưng {count} cụm loa còn có thể phát",
        more=f"Các cụm này chưa nhận lệnh, có thể phát tới {words.moment(until, now)}. Cần thì dừng loa tại chỗ.",
        link=reverse("broadcasts:bulletin", args=[row.bulletin_id]),
        since=row.ended_at or now,
        rows=count,
    )


def plans(now: datetime) -> Iterator[Need]:
    """Plans that could not be made, or lack something that was approved, commune by commune; and, once for all, that
    the signer does not answer.
    """
    waiting = _count(Q(refused="", touched_at__lt=now - PATIENCE))
    if waiting:
        yield _unsigned(waiting, now)
    broken = _count(~Q(refused="") | ~Q(left=[]) | Q(day__lt=local(now).date(), touched_at=None))
    for area in Area.objects.filter(path__in=broken):
        found = [one for one in troubles.of_plans(area, now) if one.message]
        if found:
            yield _plan(area, found, now)


def _count(which: Q) -> dict[str, int]:
    rows = PlanState.objects.filter(which, plan_set__devices__state=Device.State.PLACED)
    counted = rows.values_list("plan_set__area__path").annotate(n=Count("plan_set__devices", distinct=True))
    return dict(counted)


def _unsigned(places: dict[str, int], now: datetime) -> Need:
    rows = sum(places.values())
    return Need(
        kind="plan",
        key="plan:signer",
        area=NOW_ROOT,
        title=_unsigned_words(rows),
        more="Bộ phận ký chưa trả lời. Loa vẫn phát theo lịch đã nhận; thay đổi tự tới loa khi ký lại được.",
        link=_today(),
        since=now,
        rows=rows,
        places=places,
        counted=_unsigned_words,
    )


def _unsigned_words(rows: int) -> str:
    return f"Thay đổi lịch phát chưa tới được {rows} cụm loa"


def _plan(area: Area, found: Sequence[troubles.Trouble], now: datetime) -> Need:
    rows = max(one.devices for one in found)
    return Need(
        kind="plan",
        key=f"plan:{area.path}",
        area=area.path,
        title=f"{area.full_name}: lịch phát của {rows} cụm loa thiếu mục hoặc chưa phát hành được",
        more=found[0].message,
        link=_today(),
        since=now,
        rows=rows,
    )


def _today() -> str:
    return f"{reverse('broadcasts:today')}?don-vi={PLACE}"
