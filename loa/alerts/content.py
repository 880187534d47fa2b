"""An alert put together from what a person chose: the message that is vouched for, and what ends one. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from devicelink.limits import MAX_KEEP_MS
from devicelink.messages import Alert, Audience, Cancel, Target, Voice, Where

from loa.alerts import hazards, rules, wording
from loa.alerts.wishes import Said
from loa.areas.rules import lineage
from loa.kernel.errors import Invalid

GENERAL = "chung"
MINUTE = 60_000
CANCEL_LIFE = 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Words:
    """One text: for whom (paths of areas, ids of groups; nothing = everybody else), in which languages."""

    id: str
    texts: Mapping[str, str]
    areas: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to send. `areas`: paths; `life`, `repeat` in minutes; `own` are the texts for some places,
    which go before the general one.
    """

    status: Literal["actual", "exercise", "test"]
    event: str
    risk: int
    areas: tuple[str, ...]
    general: Words
    own: tuple[Words, ...] = ()
    siren: str = ""
    life: int = 60
    repeat: int = 0
    keep: bool = False
    issuer: str = ""
    source: str = ""
    references: tuple[str, ...] = field(default=())


def holding(areas: Sequence[str]) -> str:
    """The smallest area that holds all of these. Invalid `no_place`."""
    if not areas:
        raise Invalid("Hãy chọn ít nhất một nơi nhận cảnh báo.", code="no_place")
    common = set(lineage(areas[0]))
    for path in areas[1:]:
        common &= set(lineage(path))
    if not common:
        raise Invalid("Các nơi đã chọn không thuộc cùng một đơn vị.", code="no_place")
    return max(common, key=len)


def level_of(path: str) -> Literal["commune", "province", "centre"]:
    """Who speaks, by the place of the author's office."""
    depth = path.count(".")
    return "centre" if depth == 0 else "province" if depth == 1 else "commune"


def alert(
    wanted: Wanted, *, identifier: str, office: str, voices: Mapping[tuple[str, str], Voice]
) -> tuple[Alert, tuple[Said, ...]]:
    """The message (`issued` 0, `expires` its life) and its words. Invalid for what no loudspeaker would take."""
    kind = hazards.book().kinds.get(wanted.event)
    if kind is None:
        raise Invalid("Hãy chọn loại cảnh báo.", code="event")
    life, repeat = wanted.life * MINUTE, wanted.repeat * MINUTE
    keep = MAX_KEEP_MS if wanted.keep else 0
    rules.check_times(life_ms=life, repeat_ms=repeat, keep_ms=keep)
    top = holding(wanted.areas)
    targets = (*(_target(words, voices) for words in wanted.own), _general(wanted, top, voices))
    made = Alert(
        audience=Audience(area=top), id=identifier, issued=0, expires=life,
        kind="update" if wanted.references else "alert", references=wanted.references, status=wanted.status,
        event=kind.code, severity=kind.severity_at(wanted.risk), urgency=kind.urgency,  # type: ignore[arg-type]
        certainty=kind.certainty, risk=wanted.risk, level=level_of(office),  # type: ignore[arg-type]
        siren="" if wanted.status == "test" else wanted.siren, repeat=repeat, keep=keep,
        headline=wording.title_of(wanted.status, kind.name, wanted.risk), issuer=wanted.issuer, source=wanted.source,
        targets=targets,
    )  # fmt: skip
    return made, said_of(wanted)


def said_of(wanted: Wanted) -> tuple[Said, ...]:
    """All that is read aloud, by target and language."""
    return tuple(
        Said(target=words.id, language=language, text=_spoken(wanted, text, language))
        for words in (*wanted.own, wanted.general)
        for language, text in words.texts.items()
    )


def _spoken(wanted: Wanted, text: str, language: str) -> str:
    return wording.spoken(text, status=wanted.status, issuer=wanted.issuer, source=wanted.source, language=language)


def _general(wanted: Wanted, top: str, voices: Mapping[tuple[str, str], Voice]) -> Target:
    areas = () if wanted.areas == (top,) else wanted.areas
    return _target(Words(wanted.general.id, wanted.general.texts, areas), voices)


def _target(words: Words, voices: Mapping[tuple[str, str], Voice]) -> Target:
    said = tuple(voices[words.id, language] for language in words.texts if (words.id, language) in voices)
    return Target(id=words.id, where=Where(areas=words.areas, groups=words.groups), voices=said)


def ending(
    of: Alert, *, identifier: str, kind: Literal["cancel", "end"], reason: str, text: str, voice: Voice | None
) -> tuple[Cancel, tuple[Said, ...]]:
    """What takes the alert back (`cancel`: it was wrong) or says that the danger is over (`end`), wherever it sounds.

    `voice` says `text`; without one the loudspeakers fall silent without a word.
    """
    targets = (Target(id=GENERAL, voices=(voice,)),) if voice else ()
    words = {"cancel": "Hủy", "end": "Kết thúc"}[kind]
    why = f" ({reason})" if reason else ""
    made = Cancel(
        audience=of.audience, id=identifier, issued=0, expires=CANCEL_LIFE, alert=of.id, kind=kind, status=of.status,
        headline=f"{words}: {of.headline}{why}"[:200], targets=targets,
    )  # fmt: skip
    return made, (Said(target=GENERAL, language="vi", text=text),) if voice else ()
