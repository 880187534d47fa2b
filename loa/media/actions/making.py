"""Making a waiting sound: read in or spoken, measured, encoded; afterwards it is ready or refused."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction

from loa.audit.actions import record
from loa.media import queries, rules, store
from loa.media.actions import building, editing, originals
from loa.media.models import Origin, Sound, SoundState
from loa.media.pipeline import run
from loa.media.pipeline.result import Normalised
from loa.media.speech import speaking


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
    if sound.origin == Origin.EDITED:
        return editing.render(sound, files, workspace, progress)
    if sound.origin == Origin.BUILT and sound.made_from_id:
        return building.render(sound, files, workspace, progress)
    if sound.origin == Origin.SYNTHESISED:
        source = workspace / "speech.wav"
        progress.span = (0, 50)
        spoken = speaking.speak(sound.spoken, sound.voice, sound.speed, source, progress, pauses=sound.pauses)
        if spoken is None:
            raise run.Cancelled
        sound.sentences = [dataclasses.asdict(sentence) for sentence in spoken]
        progress.span = (50, 100)
    elif not source.exists():
        raise rules.Unfit("damaged")
    return run.normalise_in_child(source, workspace, progress, sound.profile)


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
    originals.keep(sound, files, rendition.parent, now)
    sound.quality = made.quality
    sound.state, sound.progress = SoundState.READY, 100
    sound.save()
    facts = {name: value for name, value in dataclasses.asdict(made).items() if name not in {"wave", "quality"}}
    record(
        actor=None, verb="sound.ready", object=("sound", sound.id), area=sound.area.path,
        facts=facts | {"sha256": sound.sha256, "quality": made.quality["verdict"]}, now=now,
    )  # fmt: skip
    building.go_on(sound)
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
    for waiting in building.stopped_by(sound):
        _refused(waiting, verdict, now)
    return sound


def _refused(sound: Sound, verdict: rules.Unfit, now: datetime) -> None:
    """A programme whose part will never be there."""
    Sound.objects.filter(pk=sound.pk).update(state=SoundState.WORKING)
    _refuse(sound, verdict, now)
