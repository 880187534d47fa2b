"""Lan sends a long file over a line that breaks: nothing is lost, nothing half made becomes a sound."""

import errno
import os
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from loa.areas.models import Area
from loa.kernel.errors import Denied, Invalid, LoaError, NotFound, Refusal, Unavailable
from loa.media import actions as media
from loa.media import checksums, growing, rules, store
from loa.media.actions import uploads
from loa.media.models import Origin, Sound, SoundState, Upload
from loa.media.tests import sounds
from loa.media.web.uploads import PIECE
from tests.at_once import PATIENCE_S, somebody_else, until_it_waits
from tests.cast import Cast

CONTENT = bytes(range(256)) * 40
NAME = "Họp thôn 5.mp3"


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> store.FileStore:
    settings.MEDIA_ROOT = tmp_path / "media"
    return store.default()


def begin(cast: Cast, content: bytes = CONTENT, **more: Any) -> Upload:
    given: dict[str, Any] = {
        "actor": cast.lan,
        "area": cast.quy_mong,
        "upload_id": uuid.uuid4(),
        "name": NAME,
        "now": cast.now,
    }
    return uploads.begin_upload(**given | {"size": len(content)} | more)


def add(cast: Cast, upload: Upload, offset: int, piece: bytes, **more: Any) -> Upload:
    given: dict[str, Any] = {
        "actor": cast.lan,
        "upload_id": upload.pk,
        "offset": offset,
        "piece": piece,
        "now": cast.now,
    }
    return uploads.append_piece(**given | {"checksum": checksums.of(piece)} | more)


def finish(cast: Cast, upload: Upload, **more: Any) -> Sound:
    given: dict[str, Any] = {"actor": cast.lan, "upload_id": upload.pk, "now": cast.now}
    return uploads.finish_upload(**given | more)


def left(files: store.FileStore) -> list[str]:
    return sorted(path.name for path in (files.root / "incoming").glob("*"))


def test_pieces_become_one_sound_with_the_bytes_that_were_sent(
    cast: Cast, files: store.FileStore, tmp_path: Path
) -> None:
    content = sounds.wav(tmp_path / "a.wav", sounds.sine(2)).read_bytes()
    upload = begin(cast, content)
    for start in range(0, len(content), 50_000):
        upload = add(cast, upload, start, content[start : start + 50_000])
    assert not Sound.objects.exists()
    sound = finish(cast, upload)
    assert (sound.pk, sound.title, sound.origin) == (upload.pk, "Họp thôn 5", Origin.UPLOADED)
    assert files.incoming(sound.pk).read_bytes() == content
    assert finish(cast, upload) == sound, "a last answer that was lost is given again"
    media.ingest(sound_id=sound.pk, now=cast.now)
    sound.refresh_from_db()
    assert (sound.state, sound.duration_ms) == (SoundState.READY, 2000)
    assert left(files) == []
    assert finish(cast, upload) == sound


@pytest.mark.parametrize("at", [0, 1, 99, 101, 5000, 10**14])
def test_a_piece_at_a_wrong_place_changes_nothing_and_is_told_the_right_one(
    cast: Cast, files: store.FileStore, at: int
) -> None:
    upload = add(cast, begin(cast), 0, CONTENT[:100])
    with pytest.raises(uploads.WrongOffset) as refused:
        add(cast, upload, at, CONTENT[100:200])
    assert refused.value.facts["offset"] == 100
    assert growing.path_of(files, upload.pk).read_bytes() == CONTENT[:100]


@pytest.mark.parametrize(
    ("piece", "checksum", "code"),
    [
        (b"abc", checksums.of(b"abd"), "garbled"),
        (b"abc", checksums.of(b"abd", "sha256"), "garbled"),
        (b"abc", "", "checksum"),
        (b"abc", "md5 AAAA", "checksum"),
        (b"abc", "crc32 ???", "checksum"),
        (bytes(len(CONTENT) + 1), checksums.of(bytes(len(CONTENT) + 1)), "piece_size"),
    ],
)
def test_a_piece_that_is_not_what_was_meant_is_not_added(
    cast: Cast, files: store.FileStore, piece: bytes, checksum: str, code: str
) -> None:
    upload = begin(cast)
    with pytest.raises(LoaError) as refused:
        add(cast, upload, 0, piece, checksum=checksum)
    assert refused.value.code == code
    upload.refresh_from_db()
    assert uploads.offset_of(upload) == upload.received == 0


def test_every_kind_of_checksum_fits_what_it_was_made_of() -> None:
    assert all(checksums.matches(checksums.of(CONTENT, kind), CONTENT) for kind in checksums.KINDS)
    assert checksums.of(b"123456789") == "crc32 y/Q5Jg==", "the check value of CRC-32 (IEEE 802.3)"


def test_a_file_that_is_not_whole_becomes_no_sound(cast: Cast, files: store.FileStore) -> None:
    upload = add(cast, begin(cast), 0, CONTENT[:-1])
    with pytest.raises(uploads.WrongOffset):
        finish(cast, upload)
    assert not Sound.objects.exists()


def test_killed_between_the_disk_and_the_row_it_goes_on_where_the_row_says(
    cast: Cast, files: store.FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state that a kill leaves: bytes on the disk of which nobody was told."""
    upload = add(cast, begin(cast), 0, CONTENT[:100])

    def killed(path: Path, at: int, piece: bytes) -> None:
        append(path, at, b"\xff" * 77)
        raise KeyboardInterrupt

    append = growing.append
    monkeypatch.setattr(growing, "append", killed)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        add(cast, upload, 100, CONTENT[100:300])
    monkeypatch.undo()
    upload.refresh_from_db()
    assert growing.path_of(files, upload.pk).stat().st_size == 177
    assert uploads.offset_of(upload) == 100
    add(cast, upload, 100, CONTENT[100:])
    assert files.incoming(finish(cast, upload).pk).read_bytes() == CONTENT


def test_killed_between_the_new_name_and_the_row_of_the_sound_nothing_is_sent_again(
    cast: Cast, files: store.FileStore
) -> None:
    upload = add(cast, begin(cast), 0, CONTENT)
    growing.hand_over(growing.path_of(files, upload.pk), files.incoming(upload.pk))
    assert uploads.offset_of(upload) == len(CONTENT)
    assert finish(cast, upload).state == SoundState.WAITING


def test_a_disk_that_lost_the_file_begins_again(cast: Cast, files: store.FileStore) -> None:
    upload = add(cast, begin(cast), 0, CONTENT[:500])
    growing.path_of(files, upload.pk).unlink()
    assert uploads.offset_of(upload) == 0
    add(cast, upload, 0, CONTENT)
    finish(cast, upload)


def test_a_full_disk_is_told_and_what_was_here_stays(
    cast: Cast, files: store.FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = add(cast, begin(cast), 0, CONTENT[:100])
    real = os.pwrite

    def full(handle: int, data: bytes, at: int) -> int:
        if at > 150:
            raise OSError(errno.ENOSPC, "full")
        return real(handle, data[:60], at)

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(Unavailable) as refused:
        add(cast, upload, 100, CONTENT[100:])
    assert refused.value.code == "disk_full"
    assert "hết chỗ chứa" in refused.value.message
    monkeypatch.undo()
    assert growing.path_of(files, upload.pk).read_bytes() == CONTENT[:100]
    add(cast, upload, 100, CONTENT[100:])
    finish(cast, upload)


def test_no_file_begins_that_the_disk_cannot_hold(
    cast: Cast, files: store.FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growing, "free", lambda _: rules.KEEP_FREE_BYTES + len(CONTENT))
    begin(cast)
    with pytest.raises(Unavailable) as refused:
        begin(cast)
    assert refused.value.code == "disk_full", "the room is promised to the first"


@pytest.mark.parametrize(("size", "code"), [(0, "empty"), (rules.MAX_UPLOAD_BYTES + 1, "too_large")])
def test_sizes_are_judged_before_a_byte_is_sent(cast: Cast, files: store.FileStore, size: int, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        begin(cast, size=size)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("limit", "value", "code"),
    [
        ("MOST_UNFINISHED_MINE", 2, "uploads_mine"),
        ("MOST_UNFINISHED_OF_AREA", 2, "uploads_area"),
        ("MOST_UNFINISHED_BYTES", 2 * len(CONTENT), "uploads_all"),
    ],
)
def test_only_so_many_are_half_sent(
    cast: Cast, files: store.FileStore, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, code: str
) -> None:
    monkeypatch.setattr(rules, limit, value)
    first, _ = begin(cast), begin(cast)
    with pytest.raises(Refusal) as refused:
        begin(cast)
    assert refused.value.code == code
    uploads.drop_upload(actor=cast.lan, upload_id=first.pk, now=cast.now)
    begin(cast)


def test_the_same_file_picked_again_goes_on_and_another_does_not(cast: Cast, files: store.FileStore) -> None:
    upload = add(cast, begin(cast, mark="a-b"), 0, CONTENT[:100])
    assert begin(cast, mark="a-b") == upload
    assert begin(cast, upload_id=upload.pk) == upload
    others = [begin(cast, mark="a-c"), begin(cast, mark="a-b", name="khác.mp3"), begin(cast)]
    assert upload not in others
    with pytest.raises(Invalid) as refused:
        begin(cast, upload_id=upload.pk, size=7)
    assert refused.value.code == "other_file"
    add(cast, upload, 100, CONTENT[100:])
    sound = finish(cast, upload)
    assert begin(cast, mark="a-b").pk != sound.pk, "sent on purpose once more"
    assert begin(cast, upload_id=sound.pk).done


def test_an_id_of_somebody_else_is_not_found(cast: Cast, files: store.FileStore) -> None:
    upload = begin(cast)
    for other, area in ((cast.thanh, cast.quy_mong), (cast.mai, cast.tran_yen)):
        for act in (
            lambda who=other: add(cast, upload, 0, CONTENT, actor=who),
            lambda who=other: finish(cast, upload, actor=who),
            lambda who=other: uploads.drop_upload(actor=who, upload_id=upload.pk, now=cast.now),
            lambda who=other, where=area: begin(cast, actor=who, area=where, upload_id=upload.pk),
        ):
            with pytest.raises((NotFound, Denied)):
                act()
    add(cast, upload, 0, CONTENT)
    sound = finish(cast, upload)
    Upload.objects.all().delete()
    with pytest.raises(NotFound):
        begin(cast, actor=cast.mai, area=cast.tran_yen, upload_id=sound.pk)


def test_whoever_lost_the_right_meanwhile_sends_no_more(cast: Cast, files: store.FileStore) -> None:
    upload = begin(cast)
    cast.lan.grants.update(ends=cast.now - timedelta(hours=1))
    with pytest.raises(LoaError):
        add(cast, upload, 0, CONTENT)


def test_what_nobody_continues_for_a_day_is_tidied_away(cast: Cast, files: store.FileStore) -> None:
    add(cast, begin(cast), 0, CONTENT[:100], now=cast.now - timedelta(hours=25))
    young = add(cast, begin(cast), 0, CONTENT[:100], now=cast.now - timedelta(hours=23))
    Upload.objects.filter(pk=young.pk).update(made_at=cast.now - timedelta(hours=40))
    whole = add(cast, begin(cast), 0, CONTENT)
    finish(cast, whole)
    Upload.objects.filter(pk=whole.pk).update(touched_at=cast.now - timedelta(hours=25))
    with transaction.atomic():
        assert media.tidy(now=cast.now)["half_sent"] == 2


@pytest.mark.django_db(transaction=True)
def test_tidying_takes_the_file_of_a_half_and_leaves_that_of_a_whole(cast: Cast, files: store.FileStore) -> None:
    old = add(cast, begin(cast), 0, CONTENT[:100])
    whole = add(cast, begin(cast), 0, CONTENT)
    finish(cast, whole)
    Upload.objects.update(touched_at=cast.now - timedelta(hours=25))
    assert uploads.forget_old(cast.now) == 2
    assert left(files) == [str(whole.pk)]
    assert not Upload.objects.filter(pk=old.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_senders_at_once_one_adds_and_the_other_is_told_where_it_is(cast: Cast, files: store.FileStore) -> None:
    upload = begin(cast)
    with somebody_else() as other, transaction.atomic():
        add(cast, upload, 0, CONTENT[:300])
        later = other.submit(lambda: add(cast, upload, 0, b"\0" * 300))
        until_it_waits(later)
        assert not later.done()
    with pytest.raises(uploads.WrongOffset) as refused:
        later.result(PATIENCE_S)
    assert refused.value.facts["offset"] == 300
    assert growing.path_of(files, upload.pk).read_bytes() == CONTENT[:300]
    upload.refresh_from_db()
    assert uploads.offset_of(upload) == 300


# --- the address -------------------------------------------------------------------------------------------------


def patch(client: Client, address: str, offset: object, piece: bytes, **more: Any) -> Any:
    headers = {"upload-offset": str(offset), "upload-checksum": checksums.of(piece), "accept": "application/json"}
    return client.patch(address, piece, content_type=more.pop("kind", PIECE), headers=headers | more)


def start(client: Client, area: Area, **more: Any) -> Any:
    fields = {"id": str(uuid.uuid4()), "name": NAME, "size": str(len(CONTENT)), "mark": "a-b"} | more
    headers = {"accept": "application/json"}
    return client.post(f"/am-thanh/gui/?don-vi={area.path}", fields, headers=headers)


def test_a_file_goes_up_over_the_address(cast: Cast, files: store.FileStore, client: Client) -> None:
    client.force_login(cast.lan)
    begun = start(client, cast.quy_mong, origin="recorded")
    assert (begun.status_code, begun["Upload-Offset"], begun["Upload-Length"]) == (201, "0", str(len(CONTENT)))
    address = begun["Location"]
    assert patch(client, address, 0, CONTENT[:100])["Upload-Offset"] == "100"
    asked = client.head(address)
    assert (asked.status_code, asked["Upload-Offset"], asked["Cache-Control"]) == (200, "100", "no-store")
    (half,) = client.get(f"/am-thanh/gui/?don-vi={cast.quy_mong.path}").json()["uploads"]
    assert (half["name"], half["offset"], half["size"]) == (NAME, 100, len(CONTENT))
    wrong = patch(client, address, 7, CONTENT[7:])
    assert (wrong.status_code, wrong["Upload-Offset"], wrong.json()["code"]) == (409, "100", "wrong_offset")
    broken = patch(client, address, 100, CONTENT[100:], **{"upload-checksum": checksums.of(b"else")})
    assert broken.status_code == 460
    whole = patch(client, address, 100, CONTENT[100:]).json()
    assert whole["sound"]["state"] == "waiting"
    assert Sound.objects.get(pk=whole["id"]).origin == Origin.RECORDED
    assert client.get(f"/am-thanh/gui/?don-vi={cast.quy_mong.path}").json()["uploads"] == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"id": "x"}, "bad_id"),
        ({"size": ""}, "bad_number"),
        ({"size": "-1"}, "bad_number"),
        ({"size": "9" * 40}, "bad_number"),
        ({"size": "0"}, "empty"),
        ({"size": str(300 * 1024 * 1024)}, "too_large"),
    ],
)
def test_odd_beginnings_are_refused(
    cast: Cast, files: store.FileStore, client: Client, fields: dict[str, str], code: str
) -> None:
    client.force_login(cast.lan)
    answer = start(client, cast.quy_mong, **fields)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not Upload.objects.exists()


def test_odd_pieces_are_refused(cast: Cast, files: store.FileStore, client: Client) -> None:
    client.force_login(cast.lan)
    address = start(client, cast.quy_mong)["Location"]
    assert patch(client, address, "", CONTENT).json()["code"] == "bad_number"
    assert patch(client, address, "-0", CONTENT).json()["code"] == "bad_number"
    assert patch(client, address, 0, CONTENT, kind="text/plain").json()["code"] == "piece_type"
    assert patch(client, address, 0, bytes(6 * 1024 * 1024)).status_code == 400, "more than a piece is not even read"
    assert client.head(address)["Upload-Offset"] == "0"


def test_the_neighbour_finds_no_upload_and_a_stranger_sends_nothing(
    cast: Cast, files: store.FileStore, client: Client
) -> None:
    client.force_login(cast.lan)
    address = start(client, cast.quy_mong)["Location"]
    client.force_login(cast.mai)
    assert {patch(client, address, 0, CONTENT).status_code, client.head(address).status_code} == {404}
    assert client.delete(address).status_code == 404
    client.logout()
    assert patch(client, address, 0, CONTENT).status_code == 302
    assert patch(client, address, 0, bytes(2 * 1024 * 1024)).status_code == 403
    assert Upload.objects.get().received == 0


def test_giving_up_leaves_nothing(
    cast: Cast, files: store.FileStore, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    client.force_login(cast.lan)
    address = start(client, cast.quy_mong)["Location"]
    patch(client, address, 0, CONTENT[:100])
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(address).status_code == 200
    assert client.head(address).status_code == 404
    assert left(files) == []
