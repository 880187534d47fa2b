"""A week on air in the living communes: programmes, the frame of the day, notices; by the real actions and people.

Everything is named by a UUID made from its place and code, so that doing it again finds what is there.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import yaml
from django.core.files.uploadedfile import SimpleUploadedFile

from loa.areas.models import Area
from loa.broadcasts import actions
from loa.broadcasts.models import Programme
from loa.broadcasts.queries import asked
from loa.broadcasts.rules import words
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin
from loa.bulletins.rules import Draft
from loa.demo import cast, sounds
from loa.demo.places import Places
from loa.kernel.clock import local
from loa.media import actions as media
from loa.media.blocks.generators import as_wav
from loa.media.models import Sound, SoundState
from loa.media.queries import lexicon_for
from loa.media.reading.read import read
from loa.media.voices import registry
from loa.people.models import User

NOTICES = Path(__file__).parent / "notices.yaml"
NAMESPACE = uuid.UUID("5b0c5a5e-6d1f-4a57-9a3e-1c3f0f6d0a11")
_DATE = re.compile(r"\{(\d+):(day|short|month|year|weekday)\}")
AHEAD_DAYS = 60
FRAME_DAYS = 365
PATIENCE_S, PAUSE_S = 120, 0.1
WAITING = "military_health_check"  # handed in, not yet decided: something for the visitor to approve
DRAFT = "land_consultation"


@dataclass(frozen=True, slots=True)
class Station:
    """One commune with the two people who make its programme; `whole`: all of it, not only a part."""

    commune: Area
    officer: User
    approver: User
    whole: bool

    def has(self, name: str) -> bool:
        """Whether this part or notice belongs to its week."""
        return self.whole or name in (*cast.NEIGHBOUR_PARTS, *cast.NEIGHBOUR_NOTICES)

    def named(self, code: str) -> uuid.UUID:
        """The same id for the same thing, always."""
        return uuid.uuid5(NAMESPACE, f"{self.commune.path}/{code}")


def notices(today: date) -> dict[str, dict[str, Any]]:
    """The sample notices by code, with dates that follow `today`; an alert is not a bulletin and stays out."""
    rows = yaml.safe_load(NOTICES.read_text(encoding="utf-8"))
    return {
        row["code"]: {**row, "title": _dated(row["title"], today), "text": _dated(row["text"], today)}
        for row in rows
        if not row.get("alert")
    }


def _dated(text: str, today: date) -> str:
    """Days from today as they are written in a notice: see the head of the file."""
    return _DATE.sub(lambda found: _written(today + timedelta(days=int(found[1])), found[2]), text)


def _written(day: date, form: str) -> str:
    short = f"{day.day:02}/{day.month:02}" if day.month < 3 else f"{day.day:02}/{day.month}"
    return {
        "day": f"{short}/{day.year}",
        "short": short,
        "month": str(day.month),
        "year": str(day.year),
        "weekday": words.weekday(day),
    }[form]


def prepare(places: Places, people: Mapping[str, User], now: datetime) -> None:
    """Both communes; may be called again, and does then only what is missing.

    The week begins yesterday, so that there is a day to look back on: everything is decided in yesterday's first hour.
    """
    bulletins.load_categories()
    home, other = stations(places, people)
    for station in (home, other):
        _frame_of_the_day(station, yesterday(now))
        _sessions(station, yesterday(now))
    _one_waits(home, now)
    _write(home, DRAFT, now)


def stations(places: Places, people: Mapping[str, User]) -> tuple[Station, Station]:
    """Both living communes, home first."""
    return Station(places.home, people["lan"], people["thanh"], True), neighbour(places, people)


def neighbour(places: Places, people: Mapping[str, User]) -> Station:
    """The other living commune."""
    return Station(places.neighbour, people["mai"], people["hung"], False)


def yesterday(now: datetime) -> datetime:
    """Ten past midnight of the local day before."""
    return local(now).replace(hour=0, minute=10, second=0, microsecond=0) - timedelta(days=1)


def _sessions(station: Station, now: datetime) -> None:
    texts = notices(local(now).date())
    for session in cast.SESSIONS:
        programme = _programme(station, session, now)
        for position, code in enumerate(session.notices, 1):
            if code in texts and station.has(code) and not _exists(station, code):
                _air(station, code, _when(session, now), now, programme=programme, position=position)


def _programme(station: Station, session: cast.Session, now: datetime) -> Programme:
    known = Programme.objects.filter(area=station.commune, name=session.name, closed_at=None).first()
    return known or actions.save_programme(
        actor=station.officer, area=station.commune, name=session.name, minutes=session.length, now=now,
        starts=time(*divmod(session.minute, 60)), weekdays=range(1, 8),
    )  # fmt: skip


def _when(session: cast.Session, now: datetime) -> When:
    today = local(now).date()
    return When(pattern="daily", first_day=today, last_day=today + timedelta(days=AHEAD_DAYS), slack_s=1800)


def _frame_of_the_day(station: Station, now: datetime) -> None:
    today = local(now).date()
    for part in cast.FIXED_PARTS:
        code = f"fixed/{part.title}"
        if not station.has(part.title) or _exists(station, code):
            continue
        samples = sounds.relay(part.seconds, part.key) if part.sound == "relay" else getattr(sounds, part.sound)()
        file = SimpleUploadedFile("am-thanh-mau.wav", as_wav(samples), "audio/wav")
        sound = media.receive_upload(actor=station.officer, area=station.commune, file=file, title=part.title, now=now)
        when = When(
            pattern="daily", first_day=today, last_day=today + timedelta(days=FRAME_DAYS),
            times=tuple(f"{minute // 60:02d}:{minute % 60:02d}" for minute in part.minutes),
        )  # fmt: skip
        draft = Draft(title=part.title, text=part.title, category="society", sound=ready(sound, now).pk)
        _propose(station, code, draft, when, now, recurring_part=True, filling=part.filling)
        _decide(station, code, now)


def _air(station: Station, code: str, when: When, now: datetime, **how: Any) -> None:
    _propose(station, code, _draft(station, code, now), when, now, **how)
    _decide(station, code, now)


def _one_waits(station: Station, now: datetime) -> None:
    if not _exists(station, WAITING):
        day = local(now).date() + timedelta(days=2)
        when = When(pattern="daily", first_day=day, last_day=day + timedelta(days=2), times=("17:20",), slack_s=1800)
        _propose(station, WAITING, _draft(station, WAITING, now), when, now)


def _write(station: Station, code: str, now: datetime) -> None:
    """Only a draft."""
    if not _exists(station, code):
        bulletins.create_draft(
            actor=station.officer, bulletin_id=station.named(code), area=station.commune, now=now,
            draft=_draft(station, code, now),
        )  # fmt: skip


def _draft(station: Station, code: str, now: datetime) -> Draft:
    notice = notices(local(now).date())[code]
    text = notice["text"].strip().replace(cast.HOME_NAME, station.commune.name)
    spoken = read(text, lexicon_for(station.commune)).spoken
    sound = media.synthesise(
        actor=station.officer, area=station.commune, text=text, spoken=spoken, voice=registry.choices()[0].id,
        title=notice["title"], now=now,
    )  # fmt: skip
    return Draft(
        title=notice["title"], text=text, spoken=spoken, sound=ready(sound, now).pk, category=notice["category"],
        priority=notice["priority"],
    )  # fmt: skip


def ready(sound: Sound, now: datetime) -> Sound:
    """Made here and now, since building the world waits for it anyway; or by the worker, if that was quicker."""
    until = monotonic() + PATIENCE_S
    while sound.state != SoundState.READY:
        media.ingest(sound_id=sound.pk, now=now)
        sound.refresh_from_db()
        if sound.state == SoundState.REFUSED or monotonic() > until:
            raise RuntimeError(f"sample sound {sound.title}: {sound.refusal_message or sound.state}")
        if sound.state != SoundState.READY:
            sleep(PAUSE_S)
    return sound


def _propose(station: Station, code: str, draft: Draft, when: When, now: datetime, **how: Any) -> None:
    programme: Programme | None = how.pop("programme", None)
    bulletin = bulletins.create_draft(
        actor=station.officer, bulletin_id=station.named(code), area=station.commune, draft=draft, now=now
    )
    actions.propose(
        actor=station.officer, schedule_id=station.named(f"schedule/{code}"), bulletin_id=bulletin.pk, when=when,
        target=Target(), now=now, programme_id=programme.pk if programme else None, **how,
    )  # fmt: skip
    listen(station.officer, bulletin, now)
    actions.submit(actor=station.officer, bulletin_id=bulletin.pk, now=now)


def listen(person: User, bulletin: Bulletin, now: datetime) -> None:
    """Scripted, and recorded as that: nobody sits before the demonstration while it is built."""
    version = bulletin.versions.select_related("sound").latest("number")
    if version.sound is not None:
        heard = version.sound.duration_ms
        bulletins.record_listening(actor=person, version_id=version.pk, heard_ms=heard, now=now)
        if version.sound.is_machine_voice:
            media.note_heard(actor=person, sound_id=version.sound.pk, spans=[], since=now, now=now, scripted=True)


def _decide(station: Station, code: str, now: datetime) -> None:
    bulletin = Bulletin.objects.get(pk=station.named(code))
    listen(station.approver, bulletin, now)
    waiting = asked.waiting(station.commune, now, bulletin_id=bulletin.pk)
    actions.approve(actor=station.approver, seen={one.schedule.pk: one.digest for one in waiting}, now=now)


def _exists(station: Station, code: str) -> bool:
    return Bulletin.objects.filter(pk=station.named(code)).exists()
