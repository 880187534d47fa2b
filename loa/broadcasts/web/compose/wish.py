"""From the fields of the page to what is asked for: content, places, air times; and back from what is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from loa.broadcasts.actions.drafting import without_holidays
from loa.broadcasts.models import Obligation, Schedule
from loa.broadcasts.queries.weeks import holidays_of
from loa.broadcasts.rules import targets
from loa.broadcasts.rules.plans import PERISHABLE_HOURS, USUAL_HOURS
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.web.compose import voicing
from loa.broadcasts.web.compose.days import NEW_AND_FULL_MOON, SEVERAL
from loa.broadcasts.web.compose.desk import Desk
from loa.broadcasts.web.compose.forms import OTHER, ComposeForm, day_of
from loa.bulletins import queries as bulletins
from loa.bulletins.models import Version
from loa.bulletins.preflight.subjects import OURS
from loa.bulletins.rules import Draft
from loa.kernel.clock import local
from loa.media.actions import base_of, speech_of
from loa.media.reading.foreign import as_written
from loa.media.reading.lexicon import Lexicon
from loa.media.reading.read import Reading, corrected, read

# Spoken Vietnamese of a notice: about 13 letters a second with the pauses between sentences.
LETTERS_A_SECOND = 13


WAYS = {"recorded": "record", "uploaded": "upload"}  # where the sound came from -> what is chosen on the page


@dataclass(frozen=True, slots=True)
class Wish:
    """`when` None: no time was chosen. `programme` None: free times. `public`: it is owed to people (rules.duties)."""

    draft: Draft
    reading: Reading
    target: Target
    when: When | None
    programme: UUID | None
    offline_for: int = USUAL_HOURS
    public: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What the list of words asks for: written -> spoken, and which of them a person has found right."""

    words: Mapping[str, str] = field(default_factory=dict)
    right: frozenset[str] = frozenset()

    def without(self, written: str) -> "Said":
        """The same, but nothing of this word: something else says how it is read."""
        words = {word: spoken for word, spoken in self.words.items() if word != written}
        return Said(words, self.right - {written})


def settled(text: str, said: Said, lexicon: Lexicon) -> dict[str, str]:
    """The words that a person has changed or found right; what the machine merely proposes is nobody's word."""
    proposed = {change.written: change.spoken for change in read(text, lexicon).changes}
    return {
        written: spoken.strip()
        for written, spoken in said.words.items()
        if written in proposed and (written in said.right or spoken.strip() != proposed[written])
    }


def wish_of(data: dict[str, Any], said: Said, desk: Desk) -> Wish:
    """What the (cleaned, perhaps partly wrong) fields ask for."""
    text, language = data.get("text") or "", data.get("language") or OURS
    own = settled(text, said, desk.lexicon) if language == OURS else {}
    reading = corrected(text, own, desk.lexicon) if language == OURS else as_written(text)
    when, programme = when_of(data)
    draft = Draft(
        title=data.get("title") or "",
        text=text,
        spoken=reading.spoken,
        sound=data.get("sound"),
        category=data.get("category") or "",
        priority=data.get("priority") or "normal",
        language=language,
        valid_from=data.get("valid_from"),
        valid_to=data.get("valid_to"),
        readings=int(data.get("readings") or 1),
        said=own,
        voicing=voicing.asked(data),
        sound_reason=(data.get("sound_reason") or "").strip(),
        languages=tuple(data.get("languages") or ()),
    )
    offline_for = PERISHABLE_HOURS if data.get("perishable") else USUAL_HOURS
    return Wish(draft, reading, target_of(data, desk), when, programme, offline_for, bool(data.get("public")))


def target_of(data: dict[str, Any], desk: Desk) -> Target:
    """Where it sounds; an announcer's bulletin never leaves the hamlet."""
    without = tuple(data.get("without") or ())
    if desk.hamlet:
        return Target(areas=(desk.area.path,), without=without)
    if data.get("where") != "some":
        return Target(without=without)
    areas = (*(data.get("former") or ()), *(data.get("hamlets") or ()))
    return Target(areas, tuple(data.get("groups") or ()), tuple(data.get("clusters") or ()), without)


def when_of(data: dict[str, Any]) -> tuple[When | None, UUID | None]:
    """The air times and the session; (None, None) while nothing is chosen."""
    if not ComposeForm.asks_for_air(data):
        return None, None
    if data["slot"] == OTHER:
        return _when(data, data["day"], data["clocks"]), None
    name, _, day = data["slot"].partition(":")
    first = day_of(day)
    try:
        programme = UUID(name)
    except ValueError:
        return None, None
    return (_when(data, first, ()), programme) if first else (None, None)


def _when(data: dict[str, Any], first: date, clocks: tuple[str, ...]) -> When:
    repeat = data.get("repeat") or "once"
    last = first + timedelta(days=2) if repeat == "three" else data.get("until")
    again = data.get("again") or 0
    several = repeat in SEVERAL
    when = When(
        pattern="daily" if repeat == "three" else repeat,
        first_day=first,
        times=tuple(clocks),
        last_day=None if repeat == "once" else last,
        weekdays=tuple(int(day) for day in data.get("weekdays") or ()) if repeat == "weekdays" else (),
        repeats=again,
        gap_s=(data.get("gap") or 0) * 60 if again else 0,
        except_days=tuple(data.get("except_days") or ()) if several else (),
        lunar_days=tuple(data.get("lunar_days") or ()) if repeat == "lunar" else (),
        lunar_months=tuple(data.get("lunar_months") or ()) if repeat == "lunar" else (),
        except_holidays=bool(data.get("except_holidays")) and several,
    )
    return without_holidays(when)


def estimate(spoken: str) -> timedelta:
    """How long a text would take to be read."""
    return timedelta(seconds=max(3, len(spoken) // LETTERS_A_SECOND)) if spoken.strip() else timedelta(seconds=30)


def kept(version: Version, schedule: Schedule | None, desk: Desk, revision: int) -> dict[str, Any]:
    """The fields of the page for what is kept."""
    sound = version.sound
    fields: dict[str, Any] = {
        "client_id": version.bulletin_id,
        "revision": revision,
        "title": version.title,
        "text": version.text,
        "sound": sound.pk if sound else None,
        "sound_reason": version.sound_reason,
        "source": WAYS.get(base_of(speech_of(sound)).origin, "voice") if sound else "voice",
        "readings": str(version.readings),
        "category": bulletins.category_key(version.category),
        "priority": version.priority,
        "language": version.language,
        "languages": bulletins.further(version),
        "valid_from": version.valid_from,
        "valid_to": version.valid_to,
        "public": Obligation.objects.filter(bulletin=version.bulletin_id, ended_at=None).exists(),
    }
    fields |= voicing.kept(version.voicing, sound)
    return fields | (_kept_air(schedule, desk) if schedule else {})


def kept_places(schedule: Schedule, desk: Desk) -> dict[str, Any]:
    """The fields of WhereForm for the places of a schedule."""
    target = targets.from_json(schedule.target)
    hamlets = {row.path for row in desk.hamlets}
    return {
        "where": "all" if target.everywhere or desk.hamlet else "some",
        "groups": list(target.groups),
        "hamlets": [path for path in target.areas if path in hamlets],
        "former": [path for path in target.areas if path not in hamlets],
        "clusters": list(target.devices),
        "without": list(target.without),
    }


def _kept_air(schedule: Schedule, desk: Desk) -> dict[str, Any]:
    fields = kept_places(schedule, desk) | {
        "repeat": _repeat(schedule),
        "until": schedule.last_day,
        "weekdays": [str(day) for day in schedule.weekdays],
        "again": schedule.repeats or None,
        "gap": schedule.gap_s // 60 or None,
        "lunar_days": schedule.lunar_days or NEW_AND_FULL_MOON,
        "lunar_months": schedule.lunar_months,
        "except_days": _written_out(schedule),
        "except_holidays": schedule.except_holidays,
        "perishable": schedule.offline_for <= PERISHABLE_HOURS,
        "slot": OTHER,
    }
    if schedule.programme_id is not None:
        return fields | {"slot": f"{schedule.programme_id}:{schedule.first_day.isoformat()}"}
    return fields | {"day": schedule.first_day, "clocks": schedule.times}


def _written_out(schedule: Schedule) -> list[date]:
    """The days that somebody has left out by name; the holidays come by themselves."""
    if not schedule.except_holidays:
        return schedule.except_days
    named = holidays_of({day.year for day in schedule.except_days})
    return [day for day in schedule.except_days if day not in named]


def _repeat(schedule: Schedule) -> str:
    three = schedule.last_day == schedule.first_day + timedelta(days=2)
    return "three" if schedule.pattern == "daily" and three else schedule.pattern


def said_in(version: Version) -> Said:
    """Words whose reading a person has settled in this version."""
    return Said(version.said, frozenset(version.said))


def today(now: datetime) -> date:
    """The local day."""
    return local(now).date()
