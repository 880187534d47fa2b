"""Receiving what people send, and dropping it again."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import ProtectedError

from loa.areas.models import Area
from loa.audit.actions import record
from loa.kernel.errors import Invalid, NotFound, Unavailable
from loa.kernel.ids import new_id
from loa.media import access, rules, store
from loa.media.actions import rows
from loa.media.blocks import shelf
from loa.media.models import Origin, Sound, SoundState
from loa.people.models import User


@transaction.atomic
def receive_upload(
    *,
    actor: User,
    area: Area,
    file: "UploadedFile[Any]",
    now: datetime,
    origin: str = Origin.UPLOADED,
    title: str = "",
    sound_id: UUID | None = None,
) -> Sound:
    """Take a file that is being sent: stream it to disk, make a waiting Sound, queue its reading in.

    `sound_id` is made by the sender: the same again, after a broken line, gives the sound that is there.
    Raises NotFound, Denied, Invalid (`empty`, `too_large`), Unavailable (`disk_full`): then there is neither a row
    nor a file.
    """
    access.require_making(actor, area, now)
    identifier = sound_id or new_id()
    known = sent_before(actor, identifier)
    if known is not None:
        return known
    try:
        size = _take_in(identifier, file)
        return rows.new(
            identifier, actor, area, now, origin=origin, title=title or Path(file.name or "").stem, size=size
        )
    except BaseException:
        store.default().forget_incoming(identifier)
        raise


def sent_before(actor: User, identifier: UUID) -> Sound | None:
    """The sound of an earlier try. A try that is still under way is waited for: both would write the same file."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sound/{identifier}"])
    known = Sound.objects.filter(pk=identifier).first()
    if known is not None and known.made_by_id != actor.pk:
        raise NotFound
    return known


def _take_in(identifier: UUID, file: "UploadedFile[Any]") -> int:
    """Write what is being sent to disk; returns its size. Raises Invalid, Unavailable."""
    try:
        _check_growing(file.size or 0)
        with disk_may_be_full():
            size = store.default().receive(identifier, file.chunks(), _check_growing)
        rules.check_upload_size(size)
    except rules.Unfit as verdict:
        raise Invalid(verdict.message, code=verdict.code) from verdict
    return size


@contextmanager
def disk_may_be_full() -> Iterator[None]:
    """Tells a person of a full disk in words. Raises Unavailable (`disk_full`)."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Unavailable(rules.DISK_FULL, code="disk_full") from error


def _check_growing(size: int) -> None:
    if size > rules.MAX_UPLOAD_BYTES:
        rules.check_upload_size(size)


@transaction.atomic
def cancel(*, actor: User, sound: Sound, now: datetime) -> None:
    """Drop a sound that is not ready, and what was spoken for it alone; the worker notices within a second and leaves
    nothing. Raises Denied, Invalid (`sound_ready`, `sound_in_use`).
    """
    access.sound_for(actor, sound.pk, now, "media.write")
    made_for_it = _held(shelf.made_for(sound))
    unfinished = Sound.objects.select_for_update().filter(pk=sound.pk).exclude(state=SoundState.READY)
    if not unfinished.exists():
        raise Invalid("Tiếng này đã xử lý xong, không hủy được nữa.", code="sound_ready")
    if not _drop(actor, sound, now):
        raise Invalid("Bản nháp đang dùng tiếng này. Hãy chọn tiếng khác cho bản nháp trước.", code="sound_in_use")
    for part in made_for_it:
        if not shelf.named_elsewhere(part):
            _drop(actor, part, now)


def _held(parts: list[Sound]) -> list[Sound]:
    """Locked as a worker locks them that ends a part: what is spoken before what is built of it."""
    names = [one.pk for one in parts]
    for built in (False, True):
        rows = Sound.objects.select_for_update().filter(pk__in=names)
        rows = rows.filter(origin=Origin.BUILT) if built else rows.exclude(origin=Origin.BUILT)
        list(rows.order_by("pk").values_list("pk"))
    return parts


def _drop(actor: User, sound: Sound, now: datetime) -> bool:
    """Whether it is gone: what a draft or another sound holds stays."""
    identifier = sound.pk
    try:
        with transaction.atomic():
            Sound.objects.filter(pk=identifier).delete()
    except ProtectedError:
        return False
    record(actor=actor, verb="sound.cancelled", object=("sound", identifier), area=sound.area.path, now=now)
    transaction.on_commit(lambda: store.default().forget_incoming(identifier))
    return True


@transaction.atomic
def take_recording(*, made_by: User, area: Area, path: Path, title: str, sound_id: UUID, now: datetime) -> Sound:
    """Keep what the platform itself recorded, such as a live session; the file at `path` stays. A second time
    it changes nothing. Raises Unavailable (`disk_full`).
    """
    known = sent_before(made_by, sound_id)
    if known is not None:
        return known
    try:
        with path.open("rb") as file, disk_may_be_full():
            size = store.default().receive(sound_id, iter(lambda: file.read(store.CHUNK), b""), lambda size: None)
        return rows.new(sound_id, made_by, area, now, origin=Origin.RECORDED, title=title, size=size)
    except BaseException:
        store.default().forget_incoming(sound_id)
        raise
