"""Ngôn ngữ khác: the bulletin in further languages, as rows of the page. Every button is a plain form post.

A row has the fields `lang`, `lang_title`, `lang_text`, `lang_sound`, in the order of the rows, and those of its own
(`own_field`): what was recorded or sent for it, the sound before, the reason for a faulty one; and its VoicingForm.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from loa.broadcasts.web.compose import parts, voicing
from loa.broadcasts.web.compose.desk import Desk
from loa.broadcasts.web.compose.voicing import VoicingForm
from loa.bulletins.preflight.checks import lowered
from loa.bulletins.preflight.subjects import OURS
from loa.bulletins.rules import LANGUAGES, MAX_REASON, Further, tidy
from loa.kernel.errors import Invalid, NotFound
from loa.media import actions as media
from loa.media.access import sound_for
from loa.media.models import Sound
from loa.media.reading.foreign import as_written, unread
from loa.media.reading.read import Reading, read
from loa.media.voices import registry

ADD = "Hãy chọn ngôn ngữ của phần chữ vừa thêm."
NO_VOICE = "Hãy viết chữ và chọn giọng đọc của ngôn ngữ này, hoặc thu tiếng."
BROUGHT = ("recorded", "uploaded")


@dataclass(frozen=True, slots=True)
class Row:
    """One language on the page, with its sound as far as there is one and how a voice that speaks it is to read.

    `voicing` is None where no voice speaks it; `reading` is how our rules read it, for Vietnamese words only.
    """

    further: Further
    name: str
    sound: Sound | None
    voicing: VoicingForm | None
    reading: Reading | None

    @property
    def inside(self) -> str:
        """Its name inside a sentence."""
        return lowered(self.name)

    @property
    def stale(self) -> str:
        """Why the sound is not what is asked for now: other words or another reading; "" if it is."""
        return _stale(self.further, self.sound)

    @property
    def unread(self) -> tuple[str, ...]:
        """What its voice may say wrongly, because no rule of ours reads this language."""
        return unread(self.further.text) if self.voicing and self.reading is None else ()


def own_field(name: str, language: str) -> str:
    """The name of a field that belongs to the row of this language."""
    return f"lang_{name}_{language}"


def _stale(row: Further, sound: Sound | None) -> str:
    if sound is None or not sound.is_machine_voice:
        return ""
    if sound.spoken != row.spoken:
        return "Chữ đã đổi sau khi tạo tiếng."
    return "Giọng, tốc độ hoặc quãng nghỉ đã đổi sau khi tạo tiếng." if voicing.differs(row.voicing, sound) else ""


def entered(post: Any, desk: Desk) -> tuple[Further, ...]:
    """The rows of the form, the new one among them, after what the button `do` asks: lang-up, lang-down, lang-drop."""
    lists = (post.getlist(name) for name in ("lang", "lang_title", "lang_text", "lang_sound"))
    rows = [_row(post, desk, *values) for values in zip(*lists, strict=False)]
    rows += [_new(post, desk)] if post.get("new_lang") else []
    step, code = parts.pressed(post)
    at = next((number for number, row in enumerate(rows) if row.language == code), None)
    if at is not None and step == "lang-drop":
        rows.pop(at)
    if at is not None and step in ("lang-up", "lang-down"):
        to = at + (1 if step == "lang-down" else -1)
        rows.insert(max(to, 0), rows.pop(at))
    return tuple(rows)


def nameless(post: Any) -> bool:
    """Words were added without saying in which language."""
    return not post.get("new_lang") and bool(tidy(post.get("new_lang_text", "")).strip())


def _row(post: Any, desk: Desk, language: str, title: str, text: str, sound: str) -> Further:
    brought = [found for name in BROUGHT if (found := _id(post.get(own_field(name, language), "")))]
    reason = "" if brought else post.get(own_field("reason", language), "").strip()[:MAX_REASON]
    text = tidy(text)
    return Further(
        language, tidy(title), text, _spoken(language, text, desk), brought[0] if brought else _id(sound),
        _voicing(post, language), reason,
    )  # fmt: skip


def _voicing(post: Any, language: str) -> dict[str, str]:
    form = VoicingForm(post, prefix=_prefix(language), language=language)
    return voicing.asked(form.cleaned_data) if form.is_valid() else {}


def _prefix(language: str) -> str:
    return f"lang-{language}"


def _new(post: Any, desk: Desk) -> Further:
    language, text = post["new_lang"], tidy(post.get("new_lang_text", ""))
    return Further(language, "", text, _spoken(language, text, desk))


def _spoken(language: str, text: str, desk: Desk) -> str:
    """What its voice is given to say: there are rules of reading for Vietnamese only."""
    return (read(text, desk.lexicon) if language == OURS else as_written(text)).spoken


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def with_sounds(rows: Iterable[Further], request: Any, desk: Desk) -> tuple[Further, ...]:
    """The rows with the sounds that this form brings: a file without script, or what the button `do` makes of one."""
    return tuple(_with_sound(row, request, desk) for row in rows)


def _with_sound(row: Further, request: Any, desk: Desk) -> Further:
    step, language = parts.pressed(request.POST)
    file = request.FILES.get(own_field("file", row.language))
    sound = row.sound
    if file is not None:
        sound = media.receive_upload(actor=desk.user, area=desk.area, file=file, now=desk.now).pk
    if row.language == language:
        sound = parts.sound_after(step, _part(row, step, request.POST), desk)
    return row if sound == row.sound else replace(row, sound=sound, sound_reason="")


def _part(row: Further, step: str, post: Any) -> parts.Part:
    if step == "speak" and not (row.voicing and row.text.strip()):
        raise Invalid(NO_VOICE, code="voice_unknown")
    before = _id(post.get(own_field("before", row.language), ""))
    return parts.Part(LANGUAGES[row.language], row.text, row.spoken, row.sound, row.voicing, before)


def sounds(rows: Iterable[Further], desk: Desk) -> dict[UUID, Sound]:
    """The sounds of the rows by their ids, as far as this person may have them."""
    found: dict[UUID, Sound] = {}
    for row in rows:
        if row.sound is None:
            continue
        try:
            found[row.sound] = sound_for(desk.user, row.sound, desk.now)
        except NotFound:
            continue
    return found


def shown(rows: Iterable[Further], known: Mapping[UUID, Sound], desk: Desk) -> list[Row]:
    """The rows for the page."""
    return [_shown(row, known.get(row.sound) if row.sound else None, desk) for row in rows]


def _shown(row: Further, sound: Sound | None, desk: Desk) -> Row:
    form = None
    if registry.choices(row.language):
        kept = voicing.kept(row.voicing, sound) or {"tempo": voicing.USUAL, "rests": voicing.USUAL}
        form = VoicingForm(initial=kept, prefix=_prefix(row.language), language=row.language)
    reading = read(row.text, desk.lexicon) if row.language == OURS else None
    return Row(row, LANGUAGES.get(row.language, row.language), sound, form, reading)


def require_fresh(rows: Iterable[Further], desk: Desk) -> None:
    """Raises Invalid `stale_sound` for one whose words or voice changed after a machine had spoken."""
    rows = tuple(rows)
    known = sounds(rows, desk)
    for row in rows:
        why = _stale(row, known.get(row.sound) if row.sound else None)
        if why:
            message = f"{LANGUAGES[row.language]}: {lowered(why)} Hãy tạo lại tiếng, nghe lại rồi gửi duyệt."
            raise Invalid(message, code="stale_sound")
