"""Ngôn ngữ khác: the bulletin in further languages, as rows of the page. Every button is a plain form post."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from loa.broadcasts.web.compose import voicing
from loa.broadcasts.web.compose.desk import Desk
from loa.bulletins.rules import LANGUAGES, Further, tidy
from loa.kernel.errors import Invalid, NotFound
from loa.media import actions as media
from loa.media.access import sound_for
from loa.media.models import Sound
from loa.media.voices import registry

ADD = "Hãy chọn ngôn ngữ của phần chữ hoặc tiếng vừa thêm."


@dataclass(frozen=True, slots=True)
class Row:
    """One language on the page, with its sound as far as there is one and the voices that speak it."""

    further: Further
    name: str
    sound: Sound | None
    voices: tuple[registry.Choice, ...]

    @property
    def is_stale(self) -> bool:
        """A machine has spoken other words than those that stand there now."""
        return self.sound is not None and self.sound.is_machine_voice and self.sound.spoken != self.further.spoken


def entered(post: Any) -> tuple[Further, ...]:
    """The rows of the form, the new one among them, after what the button `do` asks: lang-up, lang-down, lang-drop."""
    lists = (post.getlist(name) for name in ("lang", "lang_title", "lang_text", "lang_sound"))
    rows = [_row(*values) for values in zip(*lists, strict=False)]
    rows += [_new(post)] if post.get("new_lang") else []
    step, _, code = (post.get("do") or "").partition(":")
    at = next((number for number, row in enumerate(rows) if row.language == code), None)
    if at is not None and step == "lang-drop":
        rows.pop(at)
    if at is not None and step in ("lang-up", "lang-down"):
        to = at + (1 if step == "lang-down" else -1)
        rows.insert(max(to, 0), rows.pop(at))
    return tuple(rows)


def nameless(post: Any) -> bool:
    """Words or a sound were added without saying in which language."""
    return not post.get("new_lang") and bool(tidy(post.get("new_lang_text", "")).strip() or new_sound(post))


def _row(language: str, title: str, text: str, sound: str) -> Further:
    text = tidy(text)
    return Further(language, tidy(title), text, text, _id(sound))


def _new(post: Any) -> Further:
    text = tidy(post.get("new_lang_text", ""))
    return Further(post["new_lang"], "", text, text, new_sound(post))


def new_sound(post: Any) -> UUID | None:
    """What was recorded or sent for the language that is being added."""
    names = ("new_lang_recorded", "new_lang_uploaded", "new_lang_sound")
    return next((found for name in names if (found := _id(post.get(name, "")))), None)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def with_sound(rows: Iterable[Further], request: Any, desk: Desk) -> tuple[Further, ...]:
    """The rows with the sound that this form brings: a file without script, or a machine's (`do` lang-speak)."""
    file = request.FILES.get("new_lang_file")
    step, _, code = (request.POST.get("do") or "").partition(":")
    found = []
    for row in rows:
        made: Sound | None = None
        if file is not None and row.language == request.POST.get("new_lang"):
            made = media.receive_upload(actor=desk.user, area=desk.area, file=file, now=desk.now)
        if step == "lang-speak" and row.language == code:
            made = _speak(row, request.POST.get(f"lang_voice_{code}", ""), desk)
        found.append(replace(row, sound=made.pk) if made else row)
    return tuple(found)


def _speak(row: Further, voice: str, desk: Desk) -> Sound:
    offered = [choice.id for choice in registry.choices(row.language)]
    if voice not in offered or not row.text.strip():
        raise Invalid("Hãy viết chữ và chọn giọng đọc của ngôn ngữ này, hoặc thu tiếng.", code="voice_unknown")
    return media.synthesise(
        actor=desk.user, area=desk.area, text=row.text, spoken=row.spoken, voice=voice,
        title=LANGUAGES[row.language], now=desk.now, **voicing.factors({}),
    )  # fmt: skip


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


def shown(rows: Iterable[Further], known: Mapping[UUID, Sound]) -> list[Row]:
    """The rows for the page."""
    return [
        Row(
            row,
            LANGUAGES.get(row.language, row.language),
            known.get(row.sound) if row.sound else None,
            tuple(registry.choices(row.language)),
        )
        for row in rows
    ]


def require_fresh(rows: Iterable[Further], desk: Desk) -> None:
    """Raises Invalid `stale_sound` for one whose words changed after a machine had spoken them."""
    rows = tuple(rows)
    for row in shown(rows, sounds(rows, desk)):
        if row.is_stale:
            message = f"Chữ của {row.name} đã đổi sau khi tạo tiếng. Hãy tạo lại tiếng, nghe lại rồi gửi duyệt."
            raise Invalid(message, code="stale_sound")
