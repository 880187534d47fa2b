"""What several pages of alerts show alike: texts with their voices, the person's keys, causes in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allauth.mfa.adapter import get_adapter
from devicelink.messages import Alert, Cancel
from django.urls import reverse

from loa.alerts.actions.drafting import words_of
from loa.alerts.models import AlertRecord, Draft
from loa.alerts.queries.places import Meant, spoken_places
from loa.devices.rules import advice
from loa.media.models import Compact, Sound
from loa.people import passkeys
from loa.people.models import User

LANGUAGES = {"vi": "tiếng Việt", "en": "tiếng Anh"}
SIRENS = {"flood": "còi lũ", "fire": "còi cháy", "storm": "còi bão", "generic": "còi chung", "": "không còi"}


@dataclass(frozen=True, slots=True)
class Told:
    """One text in one language, with its sound if there is one."""

    language: str
    text: str
    sound: Sound | None = None

    @property
    def heard_url(self) -> str:
        """Where it is told that it was heard."""
        return reverse("media:heard", args=[self.sound.pk]) if self.sound else ""


@dataclass(frozen=True, slots=True)
class Aim:
    """One target: whom, how many, what it hears."""

    where: str
    speakers: int
    told: tuple[Told, ...]


def targets_of(row: Draft, message: Alert, meant: Sequence[Meant]) -> list[Aim]:
    """The texts of a draft."""
    sounds = {(one.target, one.language): one.sound for one in row.voices.select_related("sound")}
    return [
        Aim(
            _where(target.where.areas, message),
            sum(one.target == target.id for one in meant),
            tuple(
                Told(LANGUAGES.get(said.language, said.language), said.text, sounds.get((target.id, said.language)))
                for said in words_of(row)
                if said.target == target.id
            ),
        )
        for target in message.targets
    ]


def texts_of(alert: AlertRecord, message: Alert | Cancel) -> list[Aim]:
    """The texts of what waits or was sent; the sounds are what the loudspeakers get."""
    found = []
    for target in message.targets:
        names = {voice.language: voice.sha256 for voice in target.voices}
        small = {one.pk: one.source for one in Compact.objects.filter(pk__in=names.values()).select_related("source")}
        told = tuple(
            Told(
                LANGUAGES.get(one["language"], one["language"]), one["text"], small.get(names.get(one["language"], ""))
            )
            for one in alert.said
            if one["target"] == target.id
        )
        found.append(Aim(_where(target.where.areas, message), 0, told))
    return found


def _where(areas: Sequence[str], message: Alert | Cancel) -> str:
    return spoken_places(areas or [message.audience.area or ""])


def passkey_of(user: User) -> Mapping[str, Any]:
    """What the browser asks the key with."""
    return {
        "keys": " ".join(key.credential for key in passkeys.of(user)),
        "rp_id": get_adapter().get_public_key_credential_rp_entity()["id"],
    }


_OWN = {
    "no_answer": "Có liên lạc, chưa trả lời",
    "no_card": "Không có mạch âm thanh",
    "quiet_hours": "Ngoài giờ được phát",
    "held": "Đang dừng loa",
    "clock_not_valid": "Đồng hồ chưa đúng giờ",
    "wrong_audience": "Không thuộc nơi nhận",
}


def cause_words(code: str) -> str:
    """Why it is silent; "no power" is not "not reached"."""
    return _OWN.get(code) or advice.of(code).word


def causes_words(causes: Mapping[str, int]) -> str:
    """ "Mất điện (6), mất kết nối (2)", the most frequent first."""
    rows = sorted(causes.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{cause_words(code)} ({many})" for code, many in rows)
