"""More than five hundred broken files on the way that Lan's files take: pieces, disk, worker, child, verdict.

Whatever comes, the page answers, the worker goes on, nothing lies around, and every refusal says why. Pages look at no
octet of a file, so one file in `BY_PAGE` goes through them and the others through what they call.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.test import Client

from loa.media import actions, checksums, rules, store
from loa.media.actions import uploads
from loa.media.models import Sound, SoundState
from loa.media.pipeline import run
from loa.media.tests import sounds
from loa.media.tests.mutations import MUTATORS
from loa.media.tests.warm import Warm
from loa.media.web.uploads import PIECE
from tests.cast import Cast

SECONDS = 0.6


def tune() -> sounds.Samples:
    """A short sound with everything in it that codecs treat differently."""
    noise = 0.02 * np.random.default_rng(1).standard_normal(int(SECONDS * 48_000))
    return (sounds.sine(SECONDS, pitch=330) + noise).astype(np.float32)


FORMATS: dict[str, Callable[[Path], Path]] = {
    "a.mp3": lambda path: sounds.encoded(path, tune(), "libmp3lame"),
    "a.wav": lambda path: sounds.wav(path, tune()),
    "float.wav": lambda path: sounds.float_wav(path, tune()),
    "a.m4a": lambda path: sounds.encoded(path, tune(), "aac", stereo=False),
    "a.aac": lambda path: sounds.encoded(path, tune(), "aac"),
    "opus.ogg": lambda path: sounds.encoded(path, tune(), "libopus", stereo=False),
    "a.opus": lambda path: sounds.encoded(path, tune(), "libopus"),
    "a.flac": lambda path: sounds.encoded(path, tune(), "flac"),
    "a.webm": lambda path: sounds.encoded(path, tune(), "libopus", stereo=False),
    "film.mp4": lambda path: sounds.video(path, tune(), seconds=1),
    "a.mp4": lambda path: sounds.encoded(path, tune(), "aac"),
    "film.mov": lambda path: sounds.video(path, tune(), seconds=1),
    "film.mkv": lambda path: sounds.video(path, tune(), seconds=1),
    "film.avi": lambda path: sounds.video(path, tune(), seconds=1),
    "a.wma": lambda path: sounds.encoded(path, tune(), "wmav2", bits=96_000),
}
EACH = 34  # files of each format, plus one that only bears a wrong name
BY_PAGE = 12


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    server = Warm(tmp_path_factory.mktemp("warm"))
    yield server
    server.close()


@pytest.fixture
def files(settings: Any, tmp_path: Path, warm: Warm, monkeypatch: pytest.MonkeyPatch) -> store.FileStore:
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(run, "subprocess", warm)
    return store.default()


def broken(whole: bytes, format_: str) -> Iterator[tuple[str, bytes]]:
    """Name and content: the same ones each time."""
    names = list(FORMATS)
    yield f"wrong-name{Path(names[names.index(format_) - 1]).suffix}", whole
    for number in range(EACH):
        chance = np.random.default_rng([names.index(format_), number])
        data, kinds = bytearray(whole), list(MUTATORS)
        for kind in {kinds[number % len(kinds)], kinds[int(chance.integers(0, len(kinds)))]}:
            if len(data) > 500:
                MUTATORS[kind](data, chance)
        yield f"{number}-{format_}", bytes(data)


def send(client: Client, cast: Cast, name: str, content: bytes) -> UUID:
    """As the script of the page sends it, in one piece."""
    identifier = uuid4()
    fields = {"id": identifier, "name": name, "size": len(content), "mark": "", "origin": "uploaded"}
    begun = client.post(f"/am-thanh/gui/?don-vi={cast.quy_mong.path}", fields)
    assert begun.status_code == 201, (name, begun.content)
    headers = {"upload-offset": "0", "upload-checksum": checksums.of(content)}
    answer = client.patch(begun["Location"], content, content_type=PIECE, headers=headers)
    assert (answer.status_code, answer.json()["sound"]["id"]) == (200, str(identifier)), (name, answer.content)
    return identifier


def hand_in(cast: Cast, name: str, content: bytes) -> UUID:
    """What the page calls."""
    upload = uploads.begin_upload(
        actor=cast.lan, area=cast.quy_mong, upload_id=uuid4(), name=name, size=len(content), now=cast.now
    )
    who: dict[str, Any] = {"actor": cast.lan, "upload_id": upload.pk, "now": cast.now}
    uploads.append_piece(**who, offset=0, piece=content, checksum=checksums.of(content))
    return uploads.finish_upload(**who).pk


def check(sound: Sound, name: str) -> None:
    """It is a sound that may be aired, or refused in words that a person understands."""
    if sound.state == SoundState.READY:
        assert sound.true_peak_dbtp is not None, name
        assert sound.true_peak_dbtp <= rules.MAX_TRUE_PEAK_DBTP, name
        assert sound.quality["verdict"] in {"pass", "warn", "fail"}, name
        assert all(finding["advice"].endswith(".") for finding in sound.quality["findings"]), name
    else:
        assert sound.state == SoundState.REFUSED, name
        assert sound.refusal in rules.MESSAGES, name
        assert sound.refusal_message.endswith("."), name
        assert "{" not in sound.refusal_message, name


def lying(files: store.FileStore) -> set[str]:
    return {str(path.relative_to(files.root)) for path in files.root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("format_", FORMATS)
def test_whatever_is_sent_ends_in_a_verdict_and_leaves_nothing_else(
    format_: str, cast: Cast, client: Client, files: store.FileStore, tmp_path: Path
) -> None:
    client.force_login(cast.lan)
    ends = []
    for number, (name, content) in enumerate(broken(FORMATS[format_](tmp_path / format_).read_bytes(), format_)):
        sent = hand_in(cast, name, content) if number % BY_PAGE else send(client, cast, name, content)
        actions.ingest(sound_id=sent, now=cast.now)
        sound = Sound.objects.get(pk=sent)
        check(sound, name)
        ends.append(sound.state)
    assert ends[0] == SoundState.READY
    assert {*ends} == {SoundState.READY, SoundState.REFUSED}
    assert Sound.objects.count() == len(ends) == EACH + 1
    ready = Sound.objects.filter(state=SoundState.READY)
    named = {name for pair in ready.values_list("sha256", "original") for name in pair if name}
    assert lying(files) == {f"{name[:2]}/{name[2:]}" for name in named}


def test_more_than_five_hundred_files_are_tried() -> None:
    assert len(FORMATS) * (EACH + 1) > 500
