"""Lan sends sounds: what becomes of them, and that nothing is left of those that fail."""

import errno
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import DatabaseError, connection, transaction

from loa.audit.models import Entry
from loa.kernel import clock
from loa.kernel.errors import Denied, Invalid, NotFound, Unavailable
from loa.media import actions, rules, store
from loa.media.actions import making, speaking
from loa.media.models import Origin, Sound, SoundState
from loa.media.pipeline import run
from loa.media.pipeline.meter import measure_file
from loa.media.tests import sounds
from tests.at_once import PATIENCE_S, somebody_else, until_it_waits
from tests.cast import Cast


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> store.FileStore:
    settings.MEDIA_ROOT = tmp_path / "media"
    return store.default()


def left(files: store.FileStore) -> list[str]:
    return sorted(str(path.relative_to(files.root)) for path in files.root.rglob("*") if path.is_file())


def upload(cast: Cast, path: Path, **more: Any) -> Sound:
    sent = SimpleUploadedFile(path.name, path.read_bytes())
    return actions.receive_upload(actor=cast.lan, area=cast.quy_mong, file=sent, now=cast.now, **more)


def test_a_recording_becomes_a_sound_that_can_be_heard(cast: Cast, files: store.FileStore, tmp_path: Path) -> None:
    sound = upload(cast, sounds.wav(tmp_path / "Thông báo.wav", sounds.sine(3)), origin=Origin.RECORDED)
    assert (sound.state, sound.title) == (SoundState.WAITING, "Thông báo")

    actions.ingest(sound_id=sound.id, now=cast.now)

    sound.refresh_from_db()
    assert sound.state == SoundState.READY
    assert sound.progress == 100
    assert sound.duration_ms == 3000
    assert abs((sound.loudness_lufs or 0) + 16) < 0.5
    assert len(sound.wave) == 200
    kept = sorted((sound.sha256, sound.original))
    assert left(files) == [f"{name[:2]}/{name[2:]}" for name in kept]
    assert files.read(sound.original) == (tmp_path / "Thông báo.wav").read_bytes()
    assert files.size(sound.sha256) == sound.size
    assert measure_file(files.path_of(sound.sha256)).milliseconds == sound.duration_ms
    assert [entry.verb for entry in Entry.objects.order_by("pk")] == ["sound.received", "sound.ready"]


def test_the_same_sound_twice_is_one_file(cast: Cast, files: store.FileStore, tmp_path: Path) -> None:
    path = sounds.wav(tmp_path / "a.wav", sounds.sine(1))
    for _ in range(2):
        actions.ingest(sound_id=upload(cast, path).id, now=cast.now)
    for name in ("sha256", "original"):
        assert len(set(Sound.objects.values_list(name, flat=True))) == 1
    assert len(left(files)) == 2


@pytest.mark.parametrize(("name", "content", "code"), [("a.mp3", b"", "empty"), ("b.mp3", b"\0" * 4000, "too_large")])
def test_what_is_empty_or_too_large_leaves_neither_row_nor_file(
    cast: Cast, files: store.FileStore, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, code: str
) -> None:
    monkeypatch.setattr(rules, "MAX_UPLOAD_BYTES", 3000)
    with pytest.raises(Invalid) as refused:
        actions.receive_upload(actor=cast.lan, area=cast.quy_mong, file=SimpleUploadedFile(name, content), now=cast.now)
    assert refused.value.code == code
    assert not Sound.objects.exists()
    assert left(files) == []


def test_text_renamed_mp3_is_refused_in_vietnamese_and_leaves_nothing(
    cast: Cast, files: store.FileStore, tmp_path: Path
) -> None:
    (tmp_path / "bai.mp3").write_text("Kính gửi bà con. " * 500)
    sound = upload(cast, tmp_path / "bai.mp3")
    actions.ingest(sound_id=sound.id, now=cast.now)
    sound.refresh_from_db()
    assert (sound.state, sound.refusal, sound.sha256) == (SoundState.REFUSED, "not_sound", "")
    assert sound.refusal_message.startswith("Tệp này không phải tệp tiếng")
    assert left(files) == []


def test_a_line_cut_while_sending_leaves_nothing(cast: Cast, files: store.FileStore) -> None:
    class Broken(SimpleUploadedFile):
        def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
            yield b"RIFF"
            raise ConnectionResetError

    sent: UploadedFile[Any] = Broken("a.wav", b"RIFF")
    with pytest.raises(ConnectionResetError):
        actions.receive_upload(actor=cast.lan, area=cast.quy_mong, file=sent, now=cast.now)
    assert left(files) == []
    assert not Sound.objects.exists()


def test_a_full_disk_is_said_in_words_and_leaves_nothing(cast: Cast, files: store.FileStore) -> None:
    class Full(SimpleUploadedFile):
        def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
            yield b"RIFF"
            raise OSError(errno.ENOSPC, "No space left on device")

    sent: UploadedFile[Any] = Full("a.wav", b"RIFF")
    with pytest.raises(Unavailable, match="hết chỗ"):
        actions.receive_upload(actor=cast.lan, area=cast.quy_mong, file=sent, now=cast.now)
    assert left(files) == []
    assert not Sound.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "x" * 300 + ".mp3", "a" + "\u0302\u0309" + " NFD.mp3", "..", ""])
def test_no_name_of_a_file_reaches_the_disk(cast: Cast, files: store.FileStore, name: str) -> None:
    sent: UploadedFile[Any] = SimpleUploadedFile("a.wav", b"RIFF")
    sent._name = name  # type: ignore[attr-defined]
    sound = actions.receive_upload(actor=cast.lan, area=cast.quy_mong, file=sent, now=cast.now)
    assert left(files) == [f"incoming/{sound.pk}"]
    assert len(sound.title) <= 200
    assert "/" not in sound.title


@pytest.mark.django_db(transaction=True)
def test_a_second_try_that_overtakes_the_first_does_not_spoil_it(
    cast: Cast, files: store.FileStore, tmp_path: Path
) -> None:
    path, name = sounds.wav(tmp_path / "a.wav", sounds.sine(1)), uuid.uuid4()
    with somebody_else() as other:
        with transaction.atomic():
            first = upload(cast, path, sound_id=name)
            later = other.submit(lambda: upload(cast, path, sound_id=name))
            until_it_waits(later)
        assert later.result(PATIENCE_S) == first
    assert files.incoming(name).read_bytes() == path.read_bytes()


def test_mai_cannot_make_sounds_for_quy_mong_and_thanh_makes_none(
    cast: Cast, files: store.FileStore, tmp_path: Path
) -> None:
    sent = SimpleUploadedFile("a.wav", b"RIFF")
    for actor, error in ((cast.mai, NotFound), (cast.thanh, Denied)):
        with pytest.raises(error):
            actions.receive_upload(actor=actor, area=cast.quy_mong, file=sent, now=cast.now)
    assert left(files) == []


def test_the_name_of_a_sound_of_others_opens_nothing(cast: Cast, files: store.FileStore, tmp_path: Path) -> None:
    path = sounds.wav(tmp_path / "a.wav", sounds.sine(1))
    lans = upload(cast, path, sound_id=uuid.uuid4())
    with pytest.raises(NotFound):
        actions.receive_upload(
            actor=cast.mai,
            area=cast.tran_yen,
            file=SimpleUploadedFile("b.wav", b"RIFF"),
            sound_id=lans.id,
            now=cast.now,
        )
    assert files.incoming(lans.id).read_bytes() == path.read_bytes()


def test_a_notice_is_spoken_by_the_stopgap_voice(cast: Cast, files: store.FileStore) -> None:
    sound = actions.synthesise(
        actor=cast.lan, area=cast.quy_mong, text="UBND xã họp lúc 7h30. Mời bà con.", voice="espeak/vi", now=cast.now
    )
    assert sound.spoken == "Ủy ban nhân dân xã họp lúc bảy giờ ba mươi. Mời bà con."
    actions.ingest(sound_id=sound.id, now=cast.now)
    sound.refresh_from_db()
    assert (sound.state, sound.origin) == (SoundState.READY, Origin.SYNTHESISED)
    assert sound.duration_ms > 2000
    assert (sound.true_peak_dbtp or 0) <= rules.MAX_TRUE_PEAK_DBTP


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"text": " ... "}, "text_empty"),
        ({"text": "a" * 20_001}, "text_too_long"),
        ({"voice": "nobody/vi"}, "voice_unknown"),
        ({"voice": "espeak/tlh"}, "voice_unknown"),
        ({"speed": 9.0}, "speed"),
    ],
)
def test_speech_that_cannot_be_made_is_refused_at_once(
    cast: Cast, files: store.FileStore, asked: dict[str, Any], code: str
) -> None:
    usual = {"text": "Kính mời bà con.", "voice": "espeak/vi"}
    with pytest.raises(Invalid) as refused:
        actions.synthesise(actor=cast.lan, area=cast.quy_mong, now=cast.now, **usual | asked)
    assert refused.value.code == code
    assert not Sound.objects.exists()


def test_figures_that_become_many_words_are_no_longer_text(cast: Cast, files: store.FileStore) -> None:
    """A text is measured before anybody reads it: for what is written there."""
    text = "1234567 kWh. " * 1_500
    assert len(text) < 20_000
    sound = actions.synthesise(actor=cast.lan, area=cast.quy_mong, text=text, voice="espeak/vi", now=cast.now)
    assert len(sound.spoken) > 60_000


def test_a_text_that_is_too_long_is_refused_before_it_is_read(
    cast: Cast, files: store.FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking, "read", None)
    with pytest.raises(Invalid, match=r"50\.000 chữ cái"):
        actions.synthesise(actor=cast.lan, area=cast.quy_mong, text="7h30 " * 10_000, voice="espeak/vi", now=cast.now)


def test_a_cancelled_sound_vanishes_while_it_is_worked_on(
    cast: Cast, files: store.FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = upload(cast, sounds.wav(tmp_path / "long.wav", sounds.sine(120)))
    shown: list[int] = []
    told = making._Progress.__call__

    def cancelling(self: making._Progress, percent: int) -> bool:
        shown.append(percent)
        if percent >= 10:
            Sound.objects.filter(pk=sound.id).delete()
        return told(self, percent)

    monkeypatch.setattr(making._Progress, "__call__", cancelling)
    assert actions.ingest(sound_id=sound.id, now=cast.now) is None
    assert max(shown) < 95
    assert left(files) == []


def test_cancelling_before_the_worker_comes(cast: Cast, files: store.FileStore, tmp_path: Path) -> None:
    sound = upload(cast, sounds.wav(tmp_path / "a.wav", sounds.sine(1)))
    with pytest.raises(NotFound):
        actions.cancel(actor=cast.mai, sound=sound, now=cast.now)
    actions.cancel(actor=cast.lan, sound=sound, now=cast.now)
    assert actions.ingest(sound_id=sound.id, now=cast.now) is None
    files.forget_incoming(sound.id)  # the test's transaction never commits, so its hook does not run
    assert left(files) == []


def test_our_own_failure_keeps_the_sound_waiting_for_the_next_try(
    cast: Cast, files: store.FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = upload(cast, sounds.wav(tmp_path / "a.wav", sounds.sine(1)))

    def full(*_: object) -> None:
        raise run.IngestFailed("no space left for scratch files")

    with monkeypatch.context() as patch:
        patch.setattr(run, "normalise_in_child", full)
        with pytest.raises(run.IngestFailed):
            actions.ingest(sound_id=sound.id, now=cast.now)
    sound.refresh_from_db()
    assert sound.state == SoundState.WAITING
    ready = actions.ingest(sound_id=sound.id, now=cast.now)
    assert ready is not None
    assert ready.state == SoundState.READY


def test_a_ready_sound_is_final_for_everybody(cast: Cast, files: store.FileStore, tmp_path: Path) -> None:
    sound = upload(cast, sounds.wav(tmp_path / "a.wav", sounds.sine(1)))
    actions.ingest(sound_id=sound.id, now=cast.now)
    for change in ("sha256 = repeat('0', 64)", "state = 'waiting'", "duration_ms = 1"):
        with pytest.raises(DatabaseError, match="final"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"update media_sound set {change} where id = %s", [sound.id])
    with pytest.raises(Invalid, match="xử lý xong"):
        actions.cancel(actor=cast.lan, sound=sound, now=cast.now)


def test_tidying_takes_what_no_sound_names_and_nothing_else(cast: Cast, files: store.FileStore, tmp_path: Path) -> None:
    kept = upload(cast, sounds.wav(tmp_path / "a.wav", sounds.sine(1)))
    actions.ingest(sound_id=kept.id, now=clock.now())
    waiting = upload(cast, sounds.wav(tmp_path / "b.wav", sounds.sine(1)))
    lost = files.put(sounds.wav(tmp_path / "lost.wav", sounds.sine(2)))
    (files.incoming(uuid.uuid4())).write_bytes(b"nobody waits for it")
    (files.root / "incoming" / f"{uuid.uuid4()}.part").write_bytes(b"half sent")
    (files.root / "work" / "killed").mkdir(parents=True)

    written = clock.now()  # files carry the time of the disk
    Sound.objects.update(made_at=written)
    assert set(actions.tidy(now=written).values()) == {0}
    assert actions.tidy(now=written + timedelta(days=2)) == {
        "requeued": 1, "half_sent": 0, "scratch": 3, "originals": 0, "unreferenced": 1, "spoken": 0,
    }  # fmt: skip
    kept.refresh_from_db()
    assert files.exists(kept.sha256)
    assert not files.exists(lost)
    assert files.incoming(waiting.id).exists()
