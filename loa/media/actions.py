"""Writes of sounds: receiving, reading in, speaking, cancelling, tidying."""

import dataclasses
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from procrastinate.contrib.django import app

from loa.areas.models import Area
from loa.audit.actions import record
from loa.kernel.errors import Invalid, NotFound, Unavailable
from loa.kernel.ids import new_id
from loa.media import access, queries, rules, speech, store
from loa.media.models import Origin, Sound, SoundState
from loa.media.pipeline import run
from loa.media.pipeline.result import Normalised
from loa.media.reading.read import read
from loa.media.voices import registry
from loa.people.models import User

logger = structlog.get_logger(__name__)
INGEST_TASK = "media.ingest"
SCRATCH_AGE = timedelta(days=1)


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
    known = _sent_before(actor, identifier)
    if known is not None:
        return known
    try:
        size = _take_in(identifier, file)
        return _new(identifier, actor, area, now, origin=origin, title=title or Path(file.name or "").stem, size=size)
    except BaseException:
        store.default().forget_incoming(identifier)
        raise


def _sent_before(actor: User, identifier: UUID) -> Sound | None:
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
        size = store.default().receive(identifier, file.chunks(), _check_growing)
        rules.check_upload_size(size)
    except rules.Unfit as verdict:
        raise Invalid(verdict.message, code=verdict.code) from verdict
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Unavailable(rules.DISK_FULL, code="disk_full") from error
    return size


def _check_growing(size: int) -> None:
    if size > rules.MAX_UPLOAD_BYTES:
        rules.check_upload_size(size)


@transaction.atomic
def synthesise(
    *,
    actor: User,
    area: Area,
    text: str,
    voice: str,
    now: datetime,
    speed: float = 1.0,
    spoken: str | None = None,
    title: str = "",
) -> Sound:
    """Queue the speaking of `text` in `voice` ("<voice>/<dialect>"). `spoken` overrides how it is read.

    Raises NotFound, Denied, Invalid (`text_empty`, `text_too_long`, `speed`, `voice_unknown`).
    """
    access.require_making(actor, area, now)
    words = read(text).spoken if spoken is None else spoken
    try:
        rules.check_speech(words, speed)
        registry.find(voice)
    except rules.Unfit as verdict:
        raise Invalid(verdict.message, code=verdict.code) from verdict
    return _new(
        new_id(), actor, area, now, origin=Origin.SYNTHESISED, title=title, voice=voice, speed=speed, spoken=words
    )


def _new(identifier: UUID, actor: User, area: Area, now: datetime, *, size: int = 0, **fields: object) -> Sound:
    title = str(fields.pop("title"))[:200]
    sound = Sound.objects.create(id=identifier, area=area, made_by=actor, made_at=now, title=title, **fields)
    record(
        actor=actor, verb="sound.received", object=("sound", sound.id), area=area.path,
        facts={"origin": sound.origin, "bytes": size}, now=now,
    )  # fmt: skip
    app.configure_task(INGEST_TASK, allow_unknown=True, queue="media").defer(sound=str(sound.id))
    return sound


def ingest(*, sound_id: UUID, now: datetime) -> Sound | None:
    """Read in or speak one waiting sound; afterwards it is ready or refused. Not atomic: it takes seconds to minutes.

    Returns None if there is nothing to do (cancelled, finished, or another worker has it). Raises run.IngestFailed when
    the fault is ours: the sound waits again and the job may be repeated.
    """
    with _alone(sound_id) as alone:
        sound = _claim(sound_id, now) if alone else None
        return _work(sound, now) if sound else None


@contextmanager
def _alone(sound_id: UUID) -> Iterator[bool]:
    """True for one worker at a time; the database takes the lock back at once when its worker is killed."""
    key = int.from_bytes(sound_id.bytes[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [key])
        (alone,) = cursor.fetchone()
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("select pg_advisory_unlock(%s)", [key])


def _claim(sound_id: UUID, now: datetime) -> Sound | None:
    unfinished = Sound.objects.filter(pk=sound_id, state__in=[SoundState.WAITING, SoundState.WORKING])
    claimed = unfinished.update(state=SoundState.WORKING, claimed_at=now, progress=0)
    return Sound.objects.select_related("area").get(pk=sound_id) if claimed else None


def _work(sound: Sound, now: datetime) -> Sound | None:
    files = store.default()
    try:
        with files.workspace(sound.pk) as workspace:
            made = _make(sound, files, workspace)
            return _finish(sound, files, workspace / "rendition.ogg", made, now)
    except rules.Unfit as verdict:
        return _refuse(sound, verdict, now)
    except run.Cancelled:
        return None
    except BaseException:
        Sound.objects.filter(pk=sound.pk, state=SoundState.WORKING).update(state=SoundState.WAITING, claimed_at=None)
        raise
    finally:
        if not queries.waiting([sound.pk]):
            files.forget_incoming(sound.pk)


def _make(sound: Sound, files: store.FileStore, workspace: Path) -> Normalised:
    progress = _Progress(sound.id)
    source = files.incoming(sound.id)
    if sound.origin == Origin.SYNTHESISED:
        source = workspace / "speech.wav"
        progress.span = (0, 50)
        if not speech.speak(sound.spoken, sound.voice, sound.speed, source, progress):
            raise run.Cancelled
        progress.span = (50, 100)
    elif not source.exists():
        raise rules.Unfit("damaged")
    return run.normalise_in_child(source, workspace, progress)


class _Progress:
    """Writes the percentage to the row when it changes; False as soon as the row is gone or no longer ours."""

    def __init__(self, sound_id: UUID) -> None:
        self.sound_id = sound_id
        self.span = (0, 100)
        self._shown = -1

    def __call__(self, percent: int) -> bool:
        low, high = self.span
        value = low + percent * (high - low) // 100
        ours = Sound.objects.filter(pk=self.sound_id, state=SoundState.WORKING)
        if value // 2 == self._shown // 2:
            return ours.exists()
        self._shown = value
        return bool(ours.update(progress=min(value, 99)))


@transaction.atomic
def _finish(sound: Sound, files: store.FileStore, rendition: Path, made: Normalised, now: datetime) -> Sound | None:
    if not Sound.objects.select_for_update().filter(pk=sound.pk, state=SoundState.WORKING).exists():
        return None
    sound.size = rendition.stat().st_size
    sound.sha256 = files.put(rendition)
    sound.duration_ms, sound.wave = made.duration_ms, made.wave
    sound.loudness_lufs, sound.true_peak_dbtp = made.loudness_lufs, made.true_peak_dbtp
    sound.state, sound.progress = SoundState.READY, 100
    sound.save()
    facts = {name: value for name, value in dataclasses.asdict(made).items() if name != "wave"}
    record(
        actor=None, verb="sound.ready", object=("sound", sound.id), area=sound.area.path,
        facts=facts | {"sha256": sound.sha256}, now=now,
    )  # fmt: skip
    return sound


@transaction.atomic
def _refuse(sound: Sound, verdict: rules.Unfit, now: datetime) -> Sound | None:
    changed = Sound.objects.filter(pk=sound.pk, state=SoundState.WORKING).update(
        state=SoundState.REFUSED, refusal=verdict.code, refusal_message=verdict.message, progress=0
    )
    if not changed:
        return None
    record(
        actor=None, verb="sound.refused", object=("sound", sound.id), area=sound.area.path,
        facts={"code": verdict.code}, now=now,
    )  # fmt: skip
    sound.refresh_from_db()
    return sound


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


def tidy(*, now: datetime) -> dict[str, int]:
    """Repair what killed processes left: requeue lost jobs, delete scratch, sent files and renditions without a row."""
    files, before = store.default(), now - SCRATCH_AGE
    dead = list(queries.stuck(now).values_list("pk", flat=True))
    for sound_id in dead:
        app.configure_task(INGEST_TASK, allow_unknown=True, queue="media").defer(sound=str(sound_id))
    scratch = files.sweep_scratch(before, queries.waiting)
    lost = files.delete_unreferenced(queries.referenced, before)
    logger.info("media.tidied", requeued=len(dead), scratch=scratch, unreferenced=len(lost))
    return {"requeued": len(dead), "scratch": scratch, "unreferenced": len(lost)}
