"""What an alert and a cancel may say, and which of their texts is for this device."""

import re

from devicelink import geometry, wheres
from devicelink.forms import IDENTIFIER, SHA256, are_unique, is_code, is_line
from devicelink.limits import (
    MAX_EVENT_LIFE_MS,
    MAX_HEADLINE,
    MAX_INSTANT_MS,
    MAX_KEEP_MS,
    MAX_SOUNDS,
    MAX_TARGETS,
    MAX_VOICE_BYTES,
    MAX_VOICE_MS,
    MIN_REPEAT_MS,
)
from devicelink.messages import Alert, Cancel, Placement, Target, Voice
from devicelink.refusals import Reason, Refused

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}")
HIGHEST_RISK = 5


def own_target(message: Alert | Cancel, placement: Placement) -> Target | None:
    """The text for the device with this placement: the first target that means it, None if none does."""
    return next((target for target in message.targets if geometry.means(target.where, placement)), None)


def concerns(message: Alert | Cancel, placement: Placement) -> bool:
    """True if the device has anything to do with it: a text to sound, or alerts that end by it."""
    ends = isinstance(message, Cancel) or bool(message.references)
    return ends or own_target(message, placement) is not None


def ended_by(message: Alert | Cancel) -> tuple[str, ...]:
    """The ids of the alerts that end by this one, seen here or not."""
    return (message.alert,) if isinstance(message, Cancel) else message.references


def check_form(message: Alert | Cancel) -> None:
    """Refuses with malformed what contradicts itself or the documented form."""
    if not IDENTIFIER.fullmatch(message.id) or not 0 <= message.issued < message.expires < MAX_INSTANT_MS:
        raise Refused(Reason.MALFORMED, f"{message.typ}: id or life")
    if not is_line(message.headline, len(message.headline)):
        raise Refused(Reason.MALFORMED, f"{message.typ}: headline")
    if not are_unique([target.id for target in message.targets]):
        raise Refused(Reason.MALFORMED, f"{message.typ}: two targets share an id")
    for target in message.targets:
        _check_target(message, target)
    if isinstance(message, Alert):
        _check_alert(message)
    elif not IDENTIFIER.fullmatch(message.alert):
        raise Refused(Reason.MALFORMED, "cancel: the id of its alert")


def check_limits(message: Alert | Cancel) -> None:
    """Refuses with limit_exceeded what is more, longer or more often than anybody may order."""
    if message.expires - message.issued > MAX_EVENT_LIFE_MS:
        raise Refused(Reason.LIMIT_EXCEEDED, "an event lives at most 24 hours")
    if len(message.targets) > MAX_TARGETS:
        raise Refused(Reason.LIMIT_EXCEEDED, f"{len(message.targets)} targets")
    if len(message.headline) > MAX_HEADLINE:
        raise Refused(Reason.LIMIT_EXCEEDED, f"a headline of {len(message.headline)} characters")
    for target in message.targets:
        _check_amount(target)
    if isinstance(message, Alert):
        if 0 < message.repeat < MIN_REPEAT_MS:
            raise Refused(Reason.LIMIT_EXCEEDED, f"repeated each {message.repeat} ms")
        if message.keep > MAX_KEEP_MS:
            raise Refused(Reason.LIMIT_EXCEEDED, f"kept from others for {message.keep} ms")


def _check_alert(alert: Alert) -> None:
    if not alert.targets or not alert.headline.strip():
        raise Refused(Reason.MALFORMED, "alert: for nobody, or without headline")
    if not is_code(alert.event) or not (alert.siren == "" or is_code(alert.siren)):
        raise Refused(Reason.MALFORMED, "alert: event or siren")
    if not 0 <= alert.risk <= HIGHEST_RISK or alert.repeat < 0 or alert.keep < 0:
        raise Refused(Reason.MALFORMED, "alert: risk, repeat or keep")
    if not is_line(alert.issuer) or not is_line(alert.source):
        raise Refused(Reason.MALFORMED, "alert: issuer or source")
    if (alert.kind == "update") != bool(alert.references):
        raise Refused(Reason.MALFORMED, "alert: an update names what it replaces, and nothing else does")
    if not are_unique([alert.id, *alert.references]) or not all(map(IDENTIFIER.fullmatch, alert.references)):
        raise Refused(Reason.MALFORMED, "alert: references")


def _check_target(message: Alert | Cancel, target: Target) -> None:
    name = f"target {target.id[:80]!r}"
    if not IDENTIFIER.fullmatch(target.id):
        raise Refused(Reason.MALFORMED, f"{name}: id")
    wheres.check_form(target.where, message.audience, name)
    if not all(map(SHA256.fullmatch, target.prompts)) or not all(map(_is_voice, target.voices)):
        raise Refused(Reason.MALFORMED, f"{name}: a prompt or voice")
    if not are_unique([voice.sha256 for voice in target.voices]):
        raise Refused(Reason.MALFORMED, f"{name}: one voice twice")


def _is_voice(voice: Voice) -> bool:
    named = SHA256.fullmatch(voice.sha256) is not None and LANGUAGE.fullmatch(voice.language) is not None
    return named and voice.size > 0 and voice.duration > 0


def _check_amount(target: Target) -> None:
    """What is said in one language is one breath of 30 s, in however many pieces."""
    wheres.check_limits(target.where, f"target {target.id}")
    if max(len(target.prompts), len(target.voices)) > MAX_SOUNDS:
        raise Refused(Reason.LIMIT_EXCEEDED, f"target {target.id}: more than {MAX_SOUNDS} sounds")
    if any(voice.size > MAX_VOICE_BYTES for voice in target.voices):
        raise Refused(Reason.LIMIT_EXCEEDED, f"target {target.id}: a voice larger than {MAX_VOICE_BYTES} bytes")
    for language in {voice.language for voice in target.voices}:
        if sum(voice.duration for voice in target.voices if voice.language == language) > MAX_VOICE_MS:
            raise Refused(Reason.LIMIT_EXCEEDED, f"target {target.id}: more than {MAX_VOICE_MS} ms of {language}")
