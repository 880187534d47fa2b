"""How a machine is to read: its voice and dialect, its speed and its rests, in the words of the page."""

from collections.abc import Mapping
from typing import Any

from django import forms

from loa.media.models import Origin, Sound
from loa.media.voices import registry

TEMPOS: Mapping[str, tuple[str, float]] = {"slow": ("Chậm", 0.85), "usual": ("Vừa", 1.0), "fast": ("Nhanh", 1.2)}
RESTS: Mapping[str, tuple[str, float]] = {"short": ("Ngắn", 0.7), "usual": ("Vừa", 1.0), "long": ("Dài", 1.5)}
USUAL = "usual"
NAMES = ("voice", "tempo", "rests")
SPOKEN = (Origin.SYNTHESISED, Origin.BUILT)


class VoicingForm(forms.Form):
    """The fields for it. `language` "": the voices of all languages."""

    voice = forms.ChoiceField(label="Giọng", required=False)
    tempo = forms.ChoiceField(label="Tốc độ đọc", required=False)
    rests = forms.ChoiceField(label="Nghỉ giữa các câu", required=False)

    def __init__(self, *args: Any, language: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("voice", voices(language)), ("tempo", words(TEMPOS)), ("rests", words(RESTS))):
            self.fields[name].choices = choices  # type: ignore[attr-defined]


def words(table: Mapping[str, tuple[str, float]]) -> list[tuple[str, str]]:
    """The choices of one of the tables."""
    return [(name, shown) for name, (shown, _) in table.items()]


def voices(language: str = "") -> list[tuple[str, Any]]:
    """All voices (of one language), each with its dialects; the stopgap says that it is one."""
    found: dict[str, list[tuple[str, str]]] = {}
    for choice in registry.choices(language):
        found.setdefault(choice.label, []).append((choice.id, choice.name))
    if len(found) <= 1:
        return [one for some in found.values() for one in some]
    return [*found.items()]


def only_stopgap() -> bool:
    """Whether no better voice was added."""
    return all(choice.is_fallback for choice in registry.choices())


def asked(data: Mapping[str, Any]) -> dict[str, str]:
    """What the fields ask for; {} where the page offers no voice."""
    if not data.get("voice"):
        return {}
    return {"voice": data["voice"], "tempo": data.get("tempo") or USUAL, "rests": data.get("rests") or USUAL}


def factors(voicing: Mapping[str, str]) -> dict[str, float]:
    """Speed and pauses for `media.synthesise`."""
    return {
        "speed": TEMPOS[voicing.get("tempo", USUAL)][1],
        "pauses": RESTS[voicing.get("rests", USUAL)][1],
    }


def kept(voicing: Mapping[str, str], sound: Sound | None) -> dict[str, str]:
    """The fields for what is kept with the draft; from its sound where nothing is."""
    if voicing:
        return {name: voicing[name] for name in NAMES if name in voicing}
    return _of(sound) if sound is not None and sound.voice else {}


def first(remembered: Mapping[str, str]) -> dict[str, str]:
    """The fields of an empty page: as this person chose last, if that voice is still there, else the best voice."""
    offered = [choice.id for choice in registry.choices()]
    chosen = {name: remembered[name] for name in NAMES if name in remembered}
    if chosen.get("voice") not in offered:
        chosen["voice"] = offered[0]
    return {"tempo": USUAL, "rests": USUAL} | chosen


def differs(voicing: Mapping[str, str], sound: Sound) -> bool:
    """Whether the machine has spoken otherwise than is asked for now."""
    return bool(voicing) and sound.origin in SPOKEN and bool(sound.voice) and _of(sound) != dict(voicing)


def _of(sound: Sound) -> dict[str, str]:
    return {"voice": sound.voice, "tempo": _nearest(TEMPOS, sound.speed), "rests": _nearest(RESTS, sound.pauses)}


def _nearest(table: Mapping[str, tuple[str, float]], factor: float) -> str:
    return min(table, key=lambda name: abs(table[name][1] - factor))
