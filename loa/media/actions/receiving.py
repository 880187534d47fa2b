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

from loa.areas.models import Area
from loa.audit.actions import record
from loa.kernel.errors import Invalid, NotFound, Unavailable
from loa.kernel.ids import new_id
from loa.media import access, rules, store
from loa.media.actions import rows
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
    """Drop a sound that is not ready; the worker notices within a second and leaves nothing. Raises Denied, Invalid."""
    access.sound_for(actor, sound.pk, now, "media.write")
    unfinished = Sound.objects.select_for_update().filter(pk=sound.pk).exclude(state=SoundState.READY)
    if not unfinished.exists():
        raise Invalid("Tiếng này đã xử lý xong, không hủy được nữa.", code="sound_ready")
    area = sound.area.path
    record(actor=actor, verb="sound.cancelled", object=("sound", sound.pk), area=area, now=now)
    identifier = sound.pk
    unfinished.delete()
    transaction.on_commit(lambda: store.default().forget_incoming(identifier))
