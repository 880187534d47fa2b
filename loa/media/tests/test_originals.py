"""The file that Lan sent is kept for a while, once, and goes when nobody has needed it for long."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from loa.audit.models import Entry
from loa.kernel import clock
from loa.kernel.clock import local
from loa.media import actions, store
from loa.media.actions import originals
from loa.media.models import Sound
from loa.media.tests import sounds
from tests.cast import Cast


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> store.FileStore:
    settings.MEDIA_ROOT = tmp_path / "media"
    return store.default()


def sent(cast: Cast, path: Path) -> Sound:
    """Sent and read in, by the clock of the disk."""
    file = SimpleUploadedFile(path.name, path.read_bytes())
    sound = actions.receive_upload(actor=cast.lan, area=cast.quy_mong, file=file, now=clock.now())
    ready = actions.ingest(sound_id=sound.pk, now=clock.now())
    assert ready is not None
    return ready


def test_an_original_goes_ninety_days_after_its_last_use(cast: Cast, files: store.FileStore, tmp_path: Path) -> None:
    now = clock.now()
    sound = sent(cast, sounds.wav(tmp_path / "a.wav", sounds.sine(1)))
    assert sound.original_until == local(now).date() + timedelta(days=90)

    originals.use(sound, now + timedelta(days=60))
    assert actions.tidy(now=now + timedelta(days=149))["originals"] == 0
    assert files.exists(sound.original)

    done = actions.tidy(now=now + timedelta(days=152))
    assert (done["originals"], done["unreferenced"]) == (1, 1)
    assert not files.exists(sound.original)
    assert files.exists(sound.sha256)
    sound.refresh_from_db()
    left: tuple[str, date | None] = (sound.original, sound.original_until)
    assert left == ("", None)
    assert Entry.objects.get(verb="sound.original_removed").object_id == str(sound.pk)


def test_two_sounds_of_one_file_share_it_until_both_let_go(cast: Cast, files: store.FileStore, tmp_path: Path) -> None:
    now, path = clock.now(), sounds.wav(tmp_path / "a.wav", sounds.sine(1))
    first, second = sent(cast, path), sent(cast, path)
    assert first.original == second.original
    originals.use(second, now + timedelta(days=100))
    done = actions.tidy(now=now + timedelta(days=120))
    assert (done["originals"], done["unreferenced"]) == (1, 0)
    assert files.exists(second.original)


def test_an_installation_may_keep_none(cast: Cast, files: store.FileStore, tmp_path: Path, settings: Any) -> None:
    settings.LOA_KEEP_ORIGINALS_DAYS = 0
    sound = sent(cast, sounds.wav(tmp_path / "a.wav", sounds.sine(1)))
    left: tuple[str, date | None] = (sound.original, sound.original_until)
    assert left == ("", None)
    assert [path.name for path in files.root.rglob("*") if path.is_file()] == [sound.sha256[2:]]


def test_the_sent_file_is_not_on_the_disk_twice(files: store.FileStore, tmp_path: Path) -> None:
    path = sounds.wav(tmp_path / "a.wav", sounds.sine(1))
    name = files.put_copy(path, tmp_path)
    assert path.stat().st_ino == files.path_of(name).stat().st_ino
    assert files.put_copy(path, tmp_path) == name
    assert path.exists()
