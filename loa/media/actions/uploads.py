"""Files that come in pieces: begun, continued after every break, and only when whole made into a waiting sound.

No entry of the record is made before that: half a file is nothing that anybody could hear.
"""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Sum

from loa.areas.models import Area
from loa.kernel.errors import Invalid, LoaError, NotFound, Refusal, Unavailable
from loa.media import access, checksums, growing, rules, store
from loa.media.actions import receiving, rows
from loa.media.models import Origin, Sound, Upload
from loa.people.models import User

EXPIRES = timedelta(days=1)
ODD = "Trình duyệt gửi lên không đúng. Hãy tải lại trang rồi chọn lại tệp, phần đã gửi vẫn còn."


class WrongOffset(Refusal):
    """The piece does not begin where the file ends; `facts["offset"]` says where that is."""

    code = "wrong_offset"

    def __init__(self, offset: int) -> None:
        super().__init__("Phần tệp vừa gửi không nối tiếp phần đã nhận.", facts={"offset": offset})


class Garbled(LoaError):
    """The piece arrived other than it was sent."""

    code, status = "garbled", 460

    def __init__(self) -> None:
        super().__init__("Một phần tệp bị sai lệch trên đường truyền, chưa được nhận. Hãy gửi lại phần đó.")


@transaction.atomic
def begin_upload(
    *, actor: User, area: Area, upload_id: UUID, name: str, size: int, now: datetime,
    origin: str = Origin.UPLOADED, mark: str = "",
) -> Upload:  # fmt: skip
    """Begin to send a file of `size` bytes, or find it again: by its id, or as the same file of the same person.

    Raises NotFound, Denied, Invalid (`empty`, `too_large`), Refusal (`uploads_*`), Unavailable (`disk_full`).
    """
    access.require_making(actor, area, now)
    _check_size(size)
    _one_after_the_other()
    known = _known(actor, area, upload_id, size) or _picked_again(actor, area, name, size, mark)
    if known is not None:
        return known
    _check_room(actor, area, size)
    return Upload.objects.create(
        id=upload_id, area=area, made_by=actor, made_at=now, touched_at=now, origin=origin, name=name[:200], mark=mark,
        size=size,
    )  # fmt: skip


def _check_size(size: int) -> None:
    try:
        rules.check_upload_size(size)
    except rules.Unfit as verdict:
        raise Invalid(verdict.message, code=verdict.code) from verdict


def _one_after_the_other() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('uploads', 0))")


def _known(actor: User, area: Area, upload_id: UUID, size: int) -> Upload | None:
    upload = Upload.objects.filter(pk=upload_id).first()
    if upload is not None:
        if (upload.made_by_id, upload.area_id) != (actor.pk, area.pk):
            raise NotFound
        if upload.size != size:
            raise Invalid("Tệp gửi tiếp không phải tệp đang gửi dở. Hãy chọn đúng tệp đó.", code="other_file")
        return upload
    sound = Sound.objects.filter(pk=upload_id).first()
    if sound is not None and sound.made_by_id != actor.pk:
        raise NotFound
    return Upload(id=upload_id, area=area, made_by=actor, size=size, received=size, done=True) if sound else None


def _picked_again(actor: User, area: Area, name: str, size: int, mark: str) -> Upload | None:
    same = Upload.objects.filter(made_by=actor, area=area, name=name[:200], size=size, mark=mark, done=False)
    return same.last() if mark else None


def _check_room(actor: User, area: Area, size: int) -> None:
    open_ones = Upload.objects.filter(done=False)
    try:
        rules.check_unfinished(
            mine=open_ones.filter(made_by=actor).count(),
            of_area=open_ones.filter(area=area).count(),
            all_bytes=(open_ones.aggregate(sum=Sum("size"))["sum"] or 0) + size,
        )
    except rules.Unfit as verdict:
        raise Refusal(verdict.message, code=verdict.code) from verdict
    promised = open_ones.aggregate(sum=Sum(F("size") - F("received")))["sum"] or 0
    if growing.free(store.default()) - promised < size + rules.KEEP_FREE_BYTES:
        raise Unavailable(rules.DISK_FULL, code="disk_full")


def offset_of(upload: Upload) -> int:
    """How many bytes are safe: what the row says, and never more than the disk holds."""
    files = store.default()
    if upload.done:
        return upload.size
    growing_file = growing.path_of(files, upload.pk)
    if growing_file.exists():
        return min(upload.received, growing.held(growing_file))
    return upload.size if growing.held(files.incoming(upload.pk)) == upload.size else 0


@transaction.atomic
def append_piece(
    *, actor: User, upload_id: UUID, offset: int, piece: bytes, checksum: str, now: datetime
) -> Upload:  # fmt: skip
    """Add `piece`, which begins at byte `offset`. Of two that come at once the later finds itself at a wrong offset.

    Raises NotFound, Denied, WrongOffset, Garbled, Invalid (`checksum`, `piece_size`), Unavailable (`disk_full`); then
    nothing was added.
    """
    upload = access.upload_for(actor, upload_id, now, lock=True)
    here = offset_of(upload)
    if offset != here:
        raise WrongOffset(here)
    if not piece:
        return upload
    _check_piece(upload, here, piece, checksum)
    with receiving.disk_may_be_full():
        growing.append(growing.path_of(store.default(), upload.pk), here, piece)
    upload.received, upload.touched_at = here + len(piece), now
    upload.save(update_fields=["received", "touched_at"])
    return upload


def _check_piece(upload: Upload, here: int, piece: bytes, checksum: str) -> None:
    try:
        if not checksums.matches(checksum, piece):
            raise Garbled
    except ValueError as error:
        raise Invalid(ODD, code="checksum") from error
    if len(piece) > rules.MAX_PIECE_BYTES or here + len(piece) > upload.size:
        raise Invalid(ODD, code="piece_size")


@transaction.atomic
def finish_upload(*, actor: User, upload_id: UUID, now: datetime) -> Sound:
    """Make the whole file a waiting sound and queue its reading in; again, after a lost answer, the same sound.

    Raises NotFound, Denied, WrongOffset when something is missing.
    """
    upload = access.upload_for(actor, upload_id, now, lock=True)
    here = offset_of(upload)
    if here != upload.size:
        raise WrongOffset(here)
    known = receiving.sent_before(actor, upload.pk)
    if known is None and upload.done:
        raise NotFound  # cancelled meanwhile
    files = store.default()
    if known is None:
        growing.hand_over(growing.path_of(files, upload.pk), files.incoming(upload.pk))
        title, size = Path(upload.name).stem, upload.size
        known = rows.new(upload.pk, actor, upload.area, now, origin=upload.origin, title=title, size=size)
    Upload.objects.filter(pk=upload.pk).update(done=True, received=upload.size)
    return known


@transaction.atomic
def drop_upload(*, actor: User, upload_id: UUID, now: datetime) -> None:
    """Give up a file that is half here; of a whole one only the sound can be cancelled. Raises NotFound, Denied."""
    upload = access.upload_for(actor, upload_id, now, lock=True)
    if not upload.done:
        _forget(upload)


def forget_old(now: datetime) -> int:
    """Drop what nobody has continued for a day; returns how many."""
    with transaction.atomic():
        old = list(Upload.objects.select_for_update(skip_locked=True).filter(touched_at__lt=now - EXPIRES))
        for upload in old:
            _forget(upload)
    return len(old)


def _forget(upload: Upload) -> None:
    identifier, done, files = upload.pk, upload.done, store.default()
    upload.delete()

    def clear() -> None:
        growing.path_of(files, identifier).unlink(missing_ok=True)
        if not done:
            files.forget_incoming(identifier)

    transaction.on_commit(clear)
