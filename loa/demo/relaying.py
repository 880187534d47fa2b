"""The sample station on the calendar: relayed every morning by both communes, and at once when a visitor asks for it.

At once is in the neighbour commune, whose sample rules allow every hour.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings

from loa.areas.models import Area
from loa.broadcasts import actions
from loa.broadcasts.actions.relaying import Wished, schedule_relay
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import asked
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.bulletins.models import Bulletin
from loa.demo import transmitter
from loa.demo.places import Places
from loa.demo.week import Station, listen
from loa.kernel.clock import local
from loa.kernel.errors import Unavailable
from loa.media.blocks import shelf
from loa.media.models import Block
from loa.people.models import RoleGrant, User
from loa.relays import actions as relays
from loa.relays.actions import Entered
from loa.relays.models import RelaySource

NAME = "Đài mẫu, tiếp âm trực tiếp"
PERMISSION = "Dữ liệu mẫu: đài này do máy trình diễn tự phát, nhạc của Loa"
MORNING, MINUTES, DAYS = "06:30", 10, 90
NOW_MINUTES = 3
LEAD = timedelta(seconds=25)  # plan, signature, fetching; and a source is listened to 15 s before it sounds
OFF = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Begun:
    """A relay that a visitor asked for: where, from when to when."""

    place: str
    starts: datetime
    ends: datetime


def prepare(places: Places, people: Mapping[str, User], stations: tuple[Station, ...], now: datetime) -> None:
    """The source, and a morning's relay in each commune; may be called again. Nothing where no station was started."""
    if not settings.ENV.demo_station:
        return
    source = _source(places.province, people["anh"], now)
    for one in stations:
        _every_morning(one, source, now)


def begin(now: datetime) -> Begun:
    """Relay the station in the neighbour commune for some minutes, from now on. Raises Unavailable, LoaError."""
    place = _neighbour()
    source = RelaySource.objects.filter(name=NAME, ended_at=None).first()
    if source is None:
        raise Unavailable("Đài mẫu chưa sẵn sàng. Hãy đợi bản trình diễn khởi động xong rồi thử lại.")
    if running := _running(place.commune, source, now):
        return running
    start = local(now + LEAD).replace(microsecond=0)
    when = When(pattern="once", first_day=start.date(), last_day=start.date(), times=(f"{start:%H:%M:%S}",))
    _air(place, uuid.uuid4(), Wished(source.pk, NOW_MINUTES, when, Target()), now)
    return Begun(place.commune.full_name, start, start + timedelta(minutes=NOW_MINUTES))


def cut(now: datetime) -> datetime:
    """Take the station off the air; until when."""
    until = now + OFF
    transmitter.turn_off(settings.ENV.var / "run" / transmitter.FILE, until)
    return until


def _source(province: Area, editor: User, now: datetime) -> RelaySource:
    """At the address of today's start: another address is another source for whoever approved it."""
    found = RelaySource.objects.filter(area=province, name=NAME, ended_at=None).first()
    entered = Entered(name=NAME, permission=PERMISSION, url=settings.ENV.demo_station, fallback=_stand_in(province))
    if found is None:
        return relays.add_source(actor=editor, area=province, entered=entered, now=now)
    if found.url != entered.url:
        relays.change_source(
            actor=editor, source_id=found.pk, entered=replace(entered, fallback=found.fallback_id), now=now
        )
        found.refresh_from_db()
    return found


def _stand_in(province: Area) -> uuid.UUID | None:
    music = [one for one in shelf.blocks_for(province) if one.block == Block.BED]
    return music[0].pk if music else None


def _every_morning(place: Station, source: RelaySource, now: datetime) -> None:
    name = place.named(f"relay/{hashlib.sha256(source.url.encode()).hexdigest()[:12]}")
    if Bulletin.objects.filter(pk=name).exists():
        return
    before = Bulletin.objects.filter(area=place.commune, versions__relay=source, withdrawn_at=None).distinct()
    for bulletin in before:
        actions.withdraw(actor=place.officer, bulletin_id=bulletin.pk, reason="Đài mẫu đổi địa chỉ", now=now)
    first = local(now).date() + timedelta(days=1)
    when = When(pattern="daily", first_day=first, last_day=first + timedelta(days=DAYS), times=(MORNING,))
    _air(place, name, Wished(source.pk, MINUTES, when, Target()), now)


def _air(place: Station, name: uuid.UUID, wished: Wished, now: datetime) -> None:
    """Asked for by the officer, approved by the other."""
    schedule = schedule_relay(actor=place.officer, name=name, area=place.commune, wished=wished, now=now)
    listen(place.officer, schedule.bulletin, now)
    actions.submit(actor=place.officer, bulletin_id=schedule.bulletin_id, now=now)
    listen(place.approver, schedule.bulletin, now)
    waiting = asked.waiting(place.commune, now, bulletin_id=schedule.bulletin_id)
    actions.approve(actor=place.approver, seen={one.schedule.pk: one.digest for one in waiting}, now=now)


def _neighbour() -> Station:
    held = {
        row.user.username: row
        for row in RoleGrant.objects.filter(user__username__in=("mai", "hung")).select_related("user", "area")
    }
    if len(held) < 2:
        raise Unavailable("Bản trình diễn chưa dựng xong. Hãy thử lại sau ít phút.")
    return Station(held["mai"].area, held["mai"].user, held["hung"].user, False)


def _running(commune: Area, source: RelaySource, now: datetime) -> Begun | None:
    today = local(now).date()
    rows = Schedule.objects.filter(
        area=commune, version__relay=source, state=State.APPROVED, pattern="once", first_day=today
    )
    for row in rows:
        clock_time = datetime.strptime(row.times[0], "%H:%M:%S").time()  # noqa: DTZ007 - a time of the local day
        start = local(now).replace(hour=clock_time.hour, minute=clock_time.minute, second=clock_time.second)
        begun = Begun(commune.full_name, start, start + timedelta(minutes=NOW_MINUTES))
        if begun.ends > now:
            return begun
    return None
