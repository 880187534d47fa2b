"""Writes of the library: what is said in a sound, who may use it, how long it stays."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, Refusal
from loa.media import retention, sharing, store
from loa.media.access import require_making, sound_for
from loa.media.models import Origin, Sound, SoundState
from loa.people.models import User

GONE = "Tệp tiếng này đã hết hạn lưu. Hãy ghi lại hoặc chọn tiếng khác."


def note_words(sound: Sound, *, title: str, text: str, language: str = "") -> None:
    """What is said in it, and in which language: it is called and found so from now on.

    A building block stays what it is called, and a machine's voice in the language that it was made in.
    """
    if sound.block:
        return
    known = {"title": title[:200], "transcript": text, "language": "" if sound.is_machine_voice else language}
    changed = {name: value for name, value in known.items() if value and value != getattr(sound, name)}
    if changed:
        Sound.objects.filter(pk=sound.pk).update(**changed)


def share(sound: Sound, *, actor: User, licence: str, source: str, now: datetime) -> None:
    """Let other units use it. The caller knows that it is approved and that `actor` may. Raises Invalid."""
    if licence not in sharing.licences_for(sound.area.path):
        raise Invalid("Hãy chọn điều kiện dùng trong danh sách.", code="licence")
    source = " ".join(source.split())
    if not source or len(source) > sharing.MAX_SOURCE:
        raise Invalid("Hãy ghi nguồn, tối đa 200 chữ cái, ví dụ: Xã Quy Mông, tỉnh Lào Cai.", code="source")
    Sound.objects.filter(pk=sound.pk).update(shared=True, licence=licence, source=source)
    _record(actor, "sound.shared", sound, now, licence=licence, name=sharing.licence_name(licence))


def unshare(sound: Sound, *, actor: User, now: datetime) -> None:
    """No new uses elsewhere; what was made of it before stays."""
    Sound.objects.filter(pk=sound.pk).update(shared=False)
    _record(actor, "sound.unshared", sound, now)


@transaction.atomic
def take_over(*, actor: User, sound: Sound, area: Area, source: str, sound_id: UUID, now: datetime) -> Sound:
    """A sound of `area` with the same file as `sound` of another unit, with where it came from and on what terms.

    The caller has been through the door to `sound`. Asked for twice under one id, it is made once. It is no machine's
    voice of this unit's own, which could be made anew; what is to be heard of it is known by its sentences as before.
    Raises NotFound, Denied, Refusal `sound_removed`.
    """
    require_making(actor, area, now)
    origin = Sound.objects.select_for_update().get(pk=sound.pk)
    made = Sound.objects.filter(pk=sound_id, area=area).first()
    if made is not None:
        return made
    if origin.removed_at is not None or not store.default().touch(origin.sha256):
        raise Refusal(GONE, code="sound_removed")
    row = Sound.objects.create(
        id=sound_id, area=area, made_by=actor, made_at=now, origin=Origin.UPLOADED, state=SoundState.READY,
        made_from=origin, licence=origin.licence or sharing.FROM_ABOVE, source=source[: sharing.MAX_SOURCE],
        **{name: getattr(origin, name) for name in _CARRIED},
    )  # fmt: skip
    _record(actor, "sound.taken_over", row, now, source=source, base=str(origin.pk))
    return row


_CARRIED = (
    "title", "progress", "sha256", "size", "duration_ms", "loudness_lufs", "true_peak_dbtp", "wave", "spoken",
    "sentences", "language", "profile", "quality", "transcript",
)  # fmt: skip


@transaction.atomic
def prolong(*, actor: User, sound_id: UUID, months: int, reason: str, now: datetime) -> Sound:
    """Keep its file for longer, never shorter. Raises NotFound, Denied, Invalid, Refusal `sound_removed`."""
    sound = sound_for(actor, sound_id, now, "media.write")
    if months not in retention.MONTHS:
        raise Invalid("Hãy chọn giữ thêm bao lâu.", code="months")
    if not reason.strip() or len(reason) > 500:
        raise Invalid("Hãy ghi lý do giữ thêm, tối đa 500 chữ cái.", code="reason")
    sound = Sound.objects.select_for_update(of=("self",)).select_related("area").get(pk=sound.pk)
    if sound.removed_at is not None:
        raise Refusal(GONE, code="sound_removed")
    wanted = retention.prolonged(local(now).date(), months)
    sound.kept_until = max(wanted, sound.kept_until) if sound.kept_until else wanted
    sound.save(update_fields=["kept_until"])
    _record(actor, "sound.prolonged", sound, now, until=sound.kept_until.isoformat(), reason=reason.strip())
    return sound


def remove(sound: Sound, *, now: datetime) -> None:
    """Its time is over: the row lets go of the file, which goes with the next tidying. The row itself stays."""
    Sound.objects.filter(pk=sound.pk).update(removed_at=now)
    _record(None, "sound.removed", sound, now, sha256=sound.sha256, bytes=sound.size)


def _record(actor: User | None, verb: str, sound: Sound, now: datetime, **facts: object) -> None:
    record(actor=actor, verb=verb, object=("sound", sound.pk), area=sound.area.path, facts=facts, now=now)
