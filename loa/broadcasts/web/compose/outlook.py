"""What will happen, before it happens: how it is read, where it sounds, when, what must be mended first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from loa.areas.queries import hours_for, languages_in
from loa.areas.rules import Level
from loa.broadcasts.queries import checks, moves, rooms, sources
from loa.broadcasts.queries.approvers import Approvers, approvers
from loa.broadcasts.queries.onair import ALONE, Beside
from loa.broadcasts.rules import plans, sessions, times, words
from loa.broadcasts.rules.air import Kind
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import BadTimes, Validity, When
from loa.broadcasts.web.compose import offers
from loa.broadcasts.web.compose.desk import Desk
from loa.broadcasts.web.compose.laid import in_rundown, owed
from loa.broadcasts.web.compose.wish import Wish, estimate
from loa.bulletins.preflight.checks import lowered
from loa.bulletins.preflight.findings import Finding
from loa.bulletins.preflight.subjects import OURS, Heard, findings_of_draft
from loa.bulletins.rules import LANGUAGES, heard_enough
from loa.devices import queries as devices
from loa.devices.models import Mute
from loa.devices.queries import DeviceRow
from loa.devices.queries.air import muted_in
from loa.kernel.clock import local
from loa.kernel.errors import LoaError
from loa.media import own_words
from loa.media import rules as media_rules
from loa.media.blocks import shelf
from loa.media.models import Sound, SoundState
from loa.media.quality import rules as quality
from loa.media.reading.read import Reading

MOST_STARTS = 8
MOST_NAMES = 4
_AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Word:
    """A place of the text whose reading a person should listen to; `settled`: somebody changed it or found it right."""

    written: str
    spoken: str
    sure: bool
    settled: bool

    @property
    def teachable(self) -> bool:
        """Whether the place may read it so for good."""
        return own_words.teachable(self.written)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list before sending. `at` is the part of the page that mends it."""

    ok: bool
    words: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Air:
    """The real air times, or why there are none; `moves` say what else gives way in its sessions."""

    starts: tuple[datetime, ...] = ()
    shown: tuple[str, ...] = ()
    refused: str = ""
    warnings: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()

    @property
    def more(self) -> int:
        """How many are not listed."""
        return len(self.starts) - len(self.shown)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything on the page that follows from what was entered. `ours`: in the language that our rules read."""

    ours: bool
    pieces: tuple[tuple[str, str], ...]
    words: tuple[Word, ...]
    letters: int
    length: timedelta
    lasts: str
    known_length: bool
    readings: int
    linked: bool
    speakers: int
    silent: tuple[DeviceRow, ...]
    quiet: tuple[Mute, ...]
    air: Air
    checks: tuple[Check, ...]
    asked: Approvers

    @property
    def unsure(self) -> int:
        """How many places nobody has looked at."""
        return sum(not word.sure for word in self.words)


def look(wish: Wish, sounds: Mapping[UUID, Heard], desk: Desk, *, leave_out: object = None, wrong: str = "") -> Outlook:
    """See Outlook. `sounds`: those of all languages by their ids; `wrong`: why the times cannot be read."""
    main = sounds.get(wish.draft.sound) if wish.draft.sound else None
    sound = main.sound if main else None
    known = sound is not None and sound.state == SoundState.READY
    once = timedelta(milliseconds=sound.duration_ms) if sound and known else estimate(wish.reading.spoken)
    length = _length(wish, once, sounds, desk)
    reached = _speakers(wish.target, desk)
    speakers, silent = len(reached), tuple(row for row in reached if row.mute)
    quiet = _quiet(reached, desk)
    air = Air(refused=wrong) if wrong else _air(wish, length, desk, leave_out, _kind(wish, sound, desk))
    return Outlook(
        ours=wish.draft.language == OURS,
        pieces=tuple(_pieces(wish.draft.text, wish.reading)),
        words=_words(wish),
        letters=len(wish.draft.text.split()),
        length=length,
        lasts=words.length(length),
        known_length=known,
        readings=wish.draft.readings if wish.draft.text.strip() else 1,
        linked=_link(wish, desk) is not None,
        speakers=speakers,
        silent=silent,
        quiet=quiet,
        air=air,
        checks=tuple(_checks(wish, main, sounds, air, (silent, quiet), speakers, desk)),
        asked=approvers(desk.air, desk.now, without=[desk.user.pk]),
    )


def _length(wish: Wish, once: timedelta, sounds: Mapping[UUID, Heard], desk: Desk) -> timedelta:
    """How long an airing lasts in the languages that the place airs."""
    own = [(code, one.sound) for code, one in _further(wish, sounds)]
    spoken = [plans.Spoken(wish.draft.language, "", 0, once // timedelta(milliseconds=1))]
    spoken += [plans.Spoken(code, str(one.pk), 0, one.duration_ms) for code, one in own if one.duration_ms]
    lasts = sources.lasting_ms(spoken, desk.air.path, desk.now, wish.draft.readings, _link(wish, desk))
    return timedelta(milliseconds=lasts)


def _link(wish: Wish, desk: Desk) -> plans.Spoken | None:
    link = shelf.link_for(desk.area) if wish.draft.readings > 1 else None
    return plans.Spoken("", link.sha256, 0, link.duration_ms) if link else None


def _further(wish: Wish, sounds: Mapping[UUID, Heard]) -> list[tuple[str, Heard]]:
    """Code and sound of each further language that has one."""
    return [(one.language, sounds[one.sound]) for one in wish.draft.languages if one.sound and one.sound in sounds]


def _pieces(text: str, reading: Reading) -> Iterator[tuple[str, str]]:
    at = 0
    for change in reading.changes:
        yield text[at : change.start], ""
        yield change.spoken, "sure" if change.sure else "unsure"
        at = change.end
    yield text[at:], ""


def _words(wish: Wish) -> tuple[Word, ...]:
    """Each written form once; a number or date that the rules know needs nobody."""
    settled, changes = wish.draft.said, wish.reading.changes
    found = {one.written: Word(one.written, one.spoken, one.sure, one.written in settled) for one in changes}
    asked = [one.written for one in changes if not one.sure or one.rule in ASKED or one.written in settled]
    return tuple(found[written] for written in dict.fromkeys(asked))


TOLD_OF_SOUND = frozenset({"sound_unmeasured", "sound_explained", "voice_foreign", "voice_unread"})
OF_SOUNDS = frozenset({"sound", "languages"})  # fields of findings that say nothing of the words
ASKED = frozenset({"letters", "library", "symbol", "code"})


def _speakers(target: Target, desk: Desk) -> tuple[DeviceRow, ...]:
    """The clusters that are meant, by number."""
    areas, hamlets = target.areas, {row.path for row in desk.hamlets} | {desk.area.path}
    meant = devices.chosen(
        desk.area.path,
        hamlets=[path for path in areas if path in hamlets],
        former=[path for path in areas if path not in hamlets],
        groups=target.groups,
        only=target.devices,
        without=target.without,
    )
    day = local(desk.now).date()
    rows = [devices.row_of(row, day) for row in meant.select_related("status", "area").prefetch_related("groups")]
    return tuple(sorted(rows, key=lambda row: row.device.number))


def _quiet(reached: Sequence[DeviceRow], desk: Desk) -> tuple[Mute, ...]:
    """Mutes of these clusters that hold, or are to come before the last of two weeks."""
    names = {row.device.pk for row in reached}
    soon = desk.now + _AHEAD
    return tuple(mute for mute in muted_in(desk.area.path, desk.now) if mute.device_id in names and mute.starts < soon)


def _air(wish: Wish, length: timedelta, desk: Desk, leave_out: object, kind: Kind) -> Air:
    if wish.when is None:
        return Air()
    try:
        laid = in_rundown(wish, length, desk, [leave_out])
        when = moves.when_of(laid.schedule) if laid else in_session(wish, length, desk, leave_out)
        rule = times.rule_of(when)
        valid = Validity(wish.draft.valid_from, wish.draft.valid_to)
        found = checks.examine(
            desk.air, wish.target, rule, length, desk.now, valid=valid, kind=kind, beside=_beside(leave_out)
        )
    except BadTimes as error:
        return Air(refused=str(error))
    except LoaError as error:
        return Air(refused=error.message)
    refused = found.refused[0].message if found.refused else ""
    if found.untrue:
        refused = f"{found.untrue}, các giờ phát này nằm ngoài thời hạn đó."
    refused = refused or ("" if found.starts else "Các giờ phát này đã qua. Hãy chọn giờ khác.")
    refused = refused or (_no_room(length, desk) if laid and laid.full else "")
    heard = laid.starts if laid and laid.starts else found.starts
    shown = tuple(words.moment(start, desk.now) for start in heard[:MOST_STARTS])
    return Air(found.starts, shown, refused, found.warnings, laid.moves if laid else ())


def _beside(leave_out: object) -> Beside:
    return Beside(leave_out=frozenset({leave_out})) if isinstance(leave_out, UUID) else ALONE


def _kind(wish: Wish, sound: Sound | None, desk: Desk) -> Kind:
    """What the rules of the air look at in it."""
    above = desk.area.level < Level.COMMUNE and desk.area != desk.air and wish.draft.priority == "priority"
    return Kind(music=sound is not None and sound.profile == plans.MUSIC, above=above)


def in_session(wish: Wish, length: timedelta, desk: Desk, leave_out: object) -> When:
    """The air times with the room that is free in the chosen session. Raises BadTimes when there is none."""
    assert wish.when is not None
    if wish.programme is None:
        return wish.when
    at = offers.room(desk.air, wish.programme, wish.when, length, desk.now, leave_out=[leave_out])
    if at is None:
        raise BadTimes(_no_room(length, desk))
    return offers.timed(wish.when, at)


def _no_room(length: timedelta, desk: Desk) -> str:
    slots = rooms.slots(desk.air, local(desk.now).date())
    until = desk.now + timedelta(days=sessions.LOOK_AHEAD)
    busy = rooms.busy_spans(desk.air, desk.now, until)
    following = sessions.next_with_room(slots, busy, length, desk.now)
    way_out = f" Gần nhất còn chỗ: {words.moment(following[1], desk.now)}." if following else ""
    return f"Buổi này không đủ chỗ cho {words.length(length)} vào mọi ngày đã chọn.{way_out}"


def _checks(
    wish: Wish,
    main: Heard | None,
    sounds: Mapping[UUID, Heard],
    air: Air,
    away: tuple[Sequence[DeviceRow], Sequence[Mute]],
    speakers: int,
    desk: Desk,
) -> Iterator[Check]:
    sound = main.sound if main else None
    findings = findings_of_draft(wish.draft, sounds, desk.now)
    if not wish.draft.text.strip() and sound is None:
        findings = [finding for finding in findings if finding.code != "text_missing"]
    yield from _hours(air, desk)
    yield from (Check(ok, told, at) for ok, told, at in owed(wish, air.starts, desk))
    yield from (Check(False, finding.question, _place_of(finding)) for finding in findings if finding.blocks)
    if is_stale(wish, sound):
        yield Check(False, "Chữ đã đổi sau khi tạo tiếng. Hãy tạo lại tiếng rồi nghe.", "h-sound")
    yield from _too_long(wish, sound)
    yield from _listening(wish, sound, main.ms if main else 0)
    yield from _content(findings)
    yield from (Check(False, one.question, _place_of(one)) for one in findings if _is_told(one))
    yield from _measured(sound)
    yield from _left_out(wish, sounds, air, desk)
    for code, one in _further(wish, sounds):
        yield from _doubtful(one.sound, LANGUAGES[code], "h-languages")
    yield from _reach(*away, speakers, desk)


def _reach(silent: Sequence[DeviceRow], quiet: Sequence[Mute], speakers: int, desk: Desk) -> Iterator[Check]:
    """Whom it will not reach: those that are away, and those that somebody keeps quiet."""
    muted = [row for row in quiet if row.starts <= desk.now]
    if silent:
        yield Check(False, _named(silent, speakers, "đang mất liên lạc hoặc hỏng tiếng"), "h-where")
    if muted:
        yield Check(False, _named(muted, speakers, "đang tạm tắt"), "h-where")
    if not speakers:
        yield Check(False, "Chưa có cụm loa nào ở nơi đã chọn.", "h-where")
    elif not silent and not muted:
        yield Check(True, f"Cả {speakers} cụm loa đang tốt")


def _named(rows: Sequence[DeviceRow] | Sequence[Mute], speakers: int, what: str) -> str:
    names = ", ".join(f"cụm {row.device.number:02}" for row in rows[:MOST_NAMES])
    return f"{len(rows)} trên {speakers} cụm loa {what}: {names}{'…' if len(rows) > MOST_NAMES else ''}"


def _left_out(wish: Wish, sounds: Mapping[UUID, Heard], air: Air, desk: Desk) -> Iterator[Check]:
    """Languages with a sound that the place does not air; above a commune each commune decides for itself."""
    if desk.air.level != Level.COMMUNE:
        return
    codes = [wish.draft.language, *(code for code, _ in _further(wish, sounds))]
    order = languages_in([desk.air.path]).on(desk.air.path, local(air.starts[0] if air.starts else desk.now).date())
    aired = plans.aired([plans.Spoken(code, code, 0, 1) for code in codes], order)
    silent = [lowered(LANGUAGES[code]) for code in codes if code not in {one.language for one in aired}]
    if silent:
        told = f"{desk.air.full_name} đang không phát {', '.join(silent)}. Muốn phát, thêm ở trang Ngôn ngữ phát."
        yield Check(False, told, "h-languages")


def _is_told(finding: Finding) -> bool:
    """Of sounds, what is not said in other words anyway."""
    return not finding.blocks and (finding.field == "languages" or finding.code in TOLD_OF_SOUND)


def _hours(air: Air, desk: Desk) -> Iterator[Check]:
    if not desk.plans:
        return
    hours = hours_for(desk.air, local(desk.now).date())
    if air.refused:
        yield Check(False, air.refused, "h-when")
    elif not air.starts:
        yield Check(False, "Chưa chọn giờ phát.", "h-when")
    else:
        limit = hours.limits.minutes_per_session
        rule = f", mỗi buổi tối đa {limit} phút" if limit else ""
        yield Check(True, f"Trong giờ được phát{rule}, còn đủ chỗ")
    for warning in air.warnings:
        yield Check(False, warning, "h-where")
    for told in air.moves:
        yield Check(False, told, "h-when")


def _place_of(finding: Finding) -> str:
    return {
        "languages": "h-languages",
        "title": "h-words",
        "category": "h-kind",
        "sound": "h-sound",
        "valid_to": "h-kind",
    }.get(finding.field, "h-words")


def is_stale(wish: Wish, sound: Sound | None) -> bool:
    """The machine has spoken other words than those that stand there now."""
    return sound is not None and sound.is_machine_voice and sound.spoken != wish.reading.spoken


def _too_long(wish: Wish, sound: Sound | None) -> Iterator[Check]:
    """For a voice, while no sound is there: said before the button is pressed."""
    if sound is not None:
        return
    try:
        media_rules.check_text(wish.draft.text)
    except media_rules.Unfit as verdict:
        yield Check(False, verdict.message, "h-words")


def _listening(wish: Wish, sound: Sound | None, heard: int) -> Iterator[Check]:
    unsure = len(wish.reading.unsure)
    spoken = sound is None or sound.is_machine_voice
    ready = sound is not None and sound.state == SoundState.READY
    whole = ready and sound is not None and heard_enough(heard, sound.duration_ms)
    if unsure and spoken and not whole:
        yield Check(False, f"{unsure} chỗ máy đọc chưa chắc, hãy nghe lại", "h-reading")
    elif whole and spoken:
        yield Check(True, "Đã nghe hết bản đọc")
    elif ready and spoken:
        yield Check(False, "Chưa nghe hết giọng máy. Chưa ai nghe đủ từng câu thì chưa duyệt được.", "h-sound")


def _content(findings: Sequence[Finding]) -> Iterator[Check]:
    asked = [finding for finding in findings if not finding.blocks and finding.field not in OF_SOUNDS]
    if not any(finding.code == "advertising" for finding in asked):
        yield Check(True, "Không thấy nội dung quảng cáo")
    if not any(finding.code not in ("advertising", "source_missing", "text_missing", "text_long") for finding in asked):
        yield Check(True, "Không thấy thông tin cá nhân hay dấu mật")
    yield from (Check(False, finding.question, _place_of(finding)) for finding in asked)


def _measured(sound: Sound | None) -> Iterator[Check]:
    if sound is None or sound.state != SoundState.READY:
        return
    if sound.quality.get("verdict") == quality.PASS:
        yield Check(True, "Độ to đều, không vỡ tiếng")
    yield from _doubtful(sound, "", "h-sound")


def _doubtful(sound: Sound, name: str, at: str) -> Iterator[Check]:
    """What the check found that a person should listen to again."""
    if sound.state == SoundState.READY and sound.quality.get("verdict") == quality.WARN:
        worst = next(one["advice"] for one in sound.quality["findings"] if one["level"] == quality.WARN)
        yield Check(False, f"{name}: {lowered(worst)}" if name else worst, at)
