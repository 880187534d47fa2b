"""Adding, ordering and taking away the voices of this installation. `actor` is None for the operator at the machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Max

from loa.audit.actions import record
from loa.kernel.errors import Invalid, NotFound, Refusal
from loa.media import access, store
from loa.media.models import InstalledVoice, VoiceKind
from loa.media.voices import neural, reasons, registry, template
from loa.media.voices.base import Pcm, Voice, VoiceFailed
from loa.media.voices.naming import SAMPLE, check_name, dialect_names
from loa.media.voices.obtaining import Obtained
from loa.people import sealed
from loa.people.models import User

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new voice is called. `dialects` maps our ids (bac, trung, nam, chuan) to what the voice calls them."""

    id: str
    name: str
    licence: str
    language: str = "vi"
    dialects: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


def add_neural(*, actor: User | None, wish: Wish, files: Obtained, now: datetime) -> InstalledVoice:
    """Take a checked model into the store, have it speak once, make it the last of the installed voices.

    Raises Denied, Refusal (`voice_exists`), Invalid (`voice_name`, `voice_check`).
    """
    _check(actor, wish, now)
    keeping = store.default()
    tokens = files.model.with_name("tokens.txt")
    tokens.write_text(files.config.tokens())
    row = _row(wish, VoiceKind.NEURAL, _neural_options(wish, files), now, actor)
    row.files = {neural.MODEL: keeping.put(files.model), neural.TOKENS: keeping.put(tokens)}
    _hear(row)
    return _add(actor, row, now)


def add_service(
    *, actor: User | None, wish: Wish, options: Mapping[str, Any], key: str, now: datetime
) -> InstalledVoice:
    """A voice of a service, asked by the template in `options`; `key` is sealed and never shown again.

    Raises Denied, Refusal (`voice_exists`), Invalid (`voice_name`, `voice_template`).
    """
    _check(actor, wish, now)
    try:
        template.check(options)
    except template.BadTemplate as error:
        raise Invalid(str(error), code="voice_template") from error
    row = _row(wish, VoiceKind.SERVICE, {**options, "names": dict(wish.dialects)}, now, actor)
    row.secret = sealed.seal(key) if key else ""
    return _add(actor, row, now)


def _check(actor: User | None, wish: Wish, now: datetime) -> None:
    access.require_voices(actor, now)
    check_name(wish.id, wish.name, wish.licence, wish.language)
    if InstalledVoice.objects.filter(pk=wish.id).exists() or wish.id == registry.FALLBACK.id:
        raise Refusal(
            f"Đã có giọng mang mã “{wish.id}”. Hãy chọn mã khác (--id), hoặc gỡ giọng cũ trước.", code="voice_exists"
        )


def _row(wish: Wish, kind: VoiceKind, options: dict[str, Any], now: datetime, actor: User | None) -> InstalledVoice:
    dialects = dialect_names(wish.dialects, wish.language)
    return InstalledVoice(
        id=wish.id, kind=kind, name=wish.name, language=wish.language, dialects=dialects, options=options,
        licence=wish.licence, source=wish.source[:300], added_by=actor, added_at=now,
    )  # fmt: skip


def _neural_options(wish: Wish, files: Obtained) -> dict[str, Any]:
    known = files.config.speakers
    unknown = [called for called in wish.dialects.values() if called and called not in known]
    if unknown:
        raise Invalid(
            f"Mô hình không có người đọc “{unknown[0]}”. Có: {', '.join(known) or 'một người, không có tên'}.",
            code="voice_name",
        )
    return {
        "espeak": files.config.espeak,
        "length_scale": files.config.length_scale,
        "speakers": {dialect: known.get(called, 0) for dialect, called in wish.dialects.items()},
        "sha256": files.sha256,
        "config_sha256": files.config_sha256,
    }


def _hear(row: InstalledVoice) -> Pcm:
    try:
        return check(registry.voice_of(row))
    except VoiceFailed as error:
        raise Invalid(
            f"Giọng đã tải về nhưng không đọc được câu thử ({reasons.told(error)}).", code="voice_check"
        ) from error


def check(voice: Voice) -> Pcm:
    """One sentence in the voice, past every clip that is kept. Raises VoiceFailed."""
    sentence = SAMPLE.get(voice.language, SAMPLE[""])
    try:
        pcm = voice.synthesise(sentence, dialect=next(iter(voice.dialects)), speed=1.0)
        if pcm.milliseconds < 100 or not any(pcm.samples):
            raise VoiceFailed("nothing that could be heard")
    except VoiceFailed as error:
        logger.warning("voice.failed", voice=voice.id, reason=str(error))
        raise
    return pcm


@transaction.atomic
def _add(actor: User | None, row: InstalledVoice, now: datetime) -> InstalledVoice:
    row.position = (InstalledVoice.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    row.save(force_insert=True)
    facts = {"name": row.name, "kind": row.kind, "licence": row.licence, "source": row.source, "files": row.files}
    record(actor=actor, verb="voice.added", object=("voice", row.pk), facts=facts, now=now)
    return row


@transaction.atomic
def remove(*, actor: User | None, identifier: str, now: datetime) -> None:
    """Take a voice away; sounds that it spoke stay as they are, its files go with the next tidying. Raises NotFound."""
    row = _locked(actor, identifier, now)
    record(actor=actor, verb="voice.removed", object=("voice", row.pk), facts={"name": row.name}, now=now)
    row.delete()


@transaction.atomic
def order(*, actor: User | None, first: Sequence[str], now: datetime) -> None:
    """These come first, in this order; the others follow as they were. Raises NotFound."""
    access.require_voices(actor, now)
    rows = {row.pk: row for row in InstalledVoice.objects.select_for_update()}
    if not set(first) <= set(rows):
        raise NotFound
    wanted = [*dict.fromkeys(first), *(identifier for identifier in rows if identifier not in first)]
    for position, identifier in enumerate(wanted, 1):
        InstalledVoice.objects.filter(pk=identifier).update(position=position)
    record(actor=actor, verb="voice.ordered", object=("voice", wanted[0]), facts={"order": wanted}, now=now)


@transaction.atomic
def switch(*, actor: User | None, identifier: str, on: bool, now: datetime) -> None:
    """Offer a voice, or leave it out for now. Raises NotFound."""
    row = _locked(actor, identifier, now)
    row.enabled = on
    row.save(update_fields=["enabled"])
    verb = "voice.switched_on" if on else "voice.switched_off"
    record(actor=actor, verb=verb, object=("voice", row.pk), facts={"name": row.name}, now=now)


@transaction.atomic
def change_key(*, actor: User | None, identifier: str, key: str, now: datetime) -> None:
    """Another key for a service; the old one is gone. Raises NotFound, Invalid (`key_empty`)."""
    row = _locked(actor, identifier, now)
    if row.kind != VoiceKind.SERVICE:
        raise NotFound
    if not key:
        raise Invalid("Chưa có khóa nào được nhập.", code="key_empty")
    row.secret = sealed.seal(key)
    row.save(update_fields=["secret"])
    record(actor=actor, verb="voice.key_changed", object=("voice", row.pk), facts={"name": row.name}, now=now)


def _locked(actor: User | None, identifier: str, now: datetime) -> InstalledVoice:
    access.require_voices(actor, now)
    try:
        return InstalledVoice.objects.select_for_update().get(pk=identifier)
    except InstalledVoice.DoesNotExist:
        raise NotFound(f"Không có giọng “{identifier}”. Hãy xem lại danh sách giọng.") from None


def seal_all() -> int:
    """Seal every key with the newest key of accounts; how many changed (settings.LOA_SEALED_ELSEWHERE)."""
    changed = 0
    for row in InstalledVoice.objects.select_for_update().exclude(secret="").order_by("pk"):
        if not sealed.is_current(row.secret):
            row.secret = sealed.seal(sealed.unseal(row.secret))
            row.save(update_fields=["secret"])
            changed += 1
    return changed
