"""What opens and closes a session every day: built from the blocks of the place, approved once for a year."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from loa.broadcasts import access
from loa.broadcasts.actions.deciding import end
from loa.broadcasts.actions.proposing import propose
from loa.broadcasts.actions.rundowns import put_in_item
from loa.broadcasts.models import Programme, RundownItem, Schedule, State
from loa.broadcasts.queries import rooms, sources
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.bulletins import actions as bulletins
from loa.bulletins import queries
from loa.bulletins.models import Bulletin
from loa.bulletins.models import State as BulletinState
from loa.bulletins.rules import Draft
from loa.kernel.clock import local
from loa.kernel.errors import Invalid
from loa.media import actions as media
from loa.media import rules as media_rules
from loa.media.blocks import shelf
from loa.media.blocks.templates import CLOSING, OPENING, STATION_CALL, frame
from loa.media.models import Sound, SoundState
from loa.media.queries import lexicon_for
from loa.media.reading.read import read
from loa.people.models import User

ENDS = {OPENING: "Mở đầu", CLOSING: "Kết"}
DAYS = 364  # an approval is for a year at most
CATEGORY = "society"
A_CALL_MS = 20_000  # while it is still being spoken
MINUTE_MS = 60_000


@transaction.atomic
def draft_frame(*, actor: User, programme_id: UUID, key: str, voice: str, now: datetime) -> Bulletin:
    """A draft of what opens or closes the session on each of its days, from tomorrow on for a year; asked for twice it
    is the one that is there. Somebody hears it, hands it in, and it is approved as any other.

    Raises NotFound, Denied, Invalid (`build_...`), Refusal as `propose`.
    """
    programme = access.programme_for(actor, programme_id, now, access.WRITE)
    try:
        chosen = frame(key)
    except media_rules.Unfit as verdict:
        raise Invalid(verdict.message, code=verdict.code) from verdict
    known = frame_of(programme, chosen.end)
    if known is not None:
        return known
    sound = media.build_frame(actor=actor, area=programme.area, key=key, voice=voice, now=now)
    bulletin = bulletins.create_draft(
        actor=actor, bulletin_id=_next_id(programme, chosen.end), area=programme.area, now=now,
        draft=_draft(programme, chosen.end, sound, calls=STATION_CALL in chosen.parts),
    )  # fmt: skip
    part = _own_part(programme, chosen.end)
    if part is not None:
        put_in_item(actor=actor, item_id=part.pk, bulletin_id=bulletin.pk, now=now)
        return bulletin
    propose(
        actor=actor, schedule_id=uuid5(bulletin.pk, "air"), bulletin_id=bulletin.pk, target=Target(), now=now,
        when=_when(programme, chosen.end, _length(sound), now), recurring_part=True,
    )  # fmt: skip
    return bulletin


def _own_part(programme: Programme, which: str) -> RundownItem | None:
    """Where it sounds in a rundown: the first, or the last, fixed part that nothing sounds in yet."""
    free = list(programme.items.filter(kind="fixed", bulletin=None))
    return (free[0] if which == OPENING else free[-1]) if free else None


def frame_of(programme: Programme, which: str) -> Bulletin | None:
    """What opens or closes it, approved or still a draft; one that was withdrawn is none."""
    return next((one for one in _frames(programme, which) if one.state != BulletinState.WITHDRAWN), None)


def in_the_way(bulletin: Bulletin, now: datetime) -> str:
    """The first thing that stands where this would sound within a week; "" if nothing does."""
    rows = Schedule.objects.filter(bulletin=bulletin).exclude(state=State.ENDED).select_related("area")
    schedule = rows.order_by("-made_at").first()
    if schedule is None:
        return ""
    week = now + timedelta(days=8)
    others = rooms.occurrences(schedule.area, now, week, leave_out=[schedule.pk])
    length = timedelta(milliseconds=_length(queries.newest(bulletin).sound))
    for start in sources.rule_of(schedule).starts(now, week):
        for other in others:
            if other.span.start < start + length and start < other.span.end and not other.schedule.filling:
                return f"“{other.version.title}” lúc {local(other.span.start):%H:%M}"
    return ""


def end_frames(programme: Programme, *, actor: User, now: datetime) -> None:
    """The session is closed: nothing opens it any more."""
    for which in ENDS:
        rows = Schedule.objects.filter(bulletin__in=_frames(programme, which)).exclude(state=State.ENDED)
        for schedule in rows:
            end(actor=actor, schedule_id=schedule.pk, reason=f"Đóng {programme.name}", now=now)


def is_framed(programme: Programme) -> bool:
    """Whether something opens or closes it, or is to."""
    frames = [one for which in ENDS for one in _frames(programme, which)]
    return Schedule.objects.filter(bulletin__in=frames).exclude(state=State.ENDED).exists()


def _frames(programme: Programme, which: str) -> list[Bulletin]:
    """All that ever were, the first first."""
    found: list[Bulletin] = []
    while one := Bulletin.objects.filter(pk=_name(programme, which, len(found))).first():
        found.append(one)
    return found


def _next_id(programme: Programme, which: str) -> UUID:
    return _name(programme, which, len(_frames(programme, which)))


def _name(programme: Programme, which: str, number: int) -> UUID:
    return uuid5(programme.pk, f"{which} {number}")


def _draft(programme: Programme, which: str, sound: Sound, *, calls: bool) -> Draft:
    text = shelf.call_words(programme.area) if calls else f"Nhạc {ENDS[which].lower()} buổi phát."
    spoken = read(text, lexicon_for(programme.area)).spoken
    title = f"{ENDS[which]} {programme.name}"
    return Draft(title=title, text=text, spoken=spoken, sound=sound.pk, category=CATEGORY)


def _length(sound: Sound | None) -> int:
    """Milliseconds of what is known by now, and a guess for a call that is still being spoken."""
    if sound is None:
        return 0
    parts = Sound.objects.in_bulk(shelf.parts_of(sound)).values()
    return sum(one.duration_ms if one.state == SoundState.READY else A_CALL_MS for one in parts)


def _when(programme: Programme, which: str, length_ms: int, now: datetime) -> When:
    """At the start of the session, or in the last whole minutes of it."""
    today = local(now).date()
    at = datetime.combine(today, programme.starts)
    if which == CLOSING:
        at += timedelta(minutes=programme.minutes - -(-length_ms // MINUTE_MS))
    every = len(programme.weekdays) == 7
    return When(
        pattern="daily" if every else "weekdays", first_day=today + timedelta(days=1),
        last_day=today + timedelta(days=DAYS), times=(f"{at:%H:%M}",),
        weekdays=() if every else tuple(programme.weekdays),
    )  # fmt: skip
