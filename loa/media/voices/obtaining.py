"""The files of a neural voice: fetched or copied, compared with their hash, and only then looked into."""

import contextlib
import errno
import hashlib
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from loa.kernel.errors import Invalid, Unavailable
from loa.media import rules
from loa.media.voices import piper, reasons
from loa.media.voices.fetch import Ask, Bounds, FetchFailed, stream

MOST_BYTES = 300 * 1024 * 1024
MOST_MEMBERS = 20_000
MOST_UNPACKED = 700 * 1024 * 1024
DOWNLOAD_SECONDS = 3600.0
CHUNK = 1024 * 1024
HASH = re.compile(r"[0-9a-f]{64}")
ARCHIVES = (".tar.bz2", ".tbz2")

Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Obtained:
    """The checked model and what its description says; `sha256` are of the files as they came."""

    model: Path
    config: piper.Config
    sha256: str
    config_sha256: str


def obtain(
    source: str, sha256: str, workspace: Path, *, config: str = "", progress: Progress = lambda _: None
) -> Obtained:
    """The voice at `source` (a path or an address) in `workspace`; its description lies beside it (".json") unless
    `config` says where.

    Raises Invalid (`voice_hash`, `voice_config`, `voice_model`, `voice_archive`, `voice_too_large`, `voice_source`),
    Unavailable (`offline`, `disk_full`).
    """
    if not HASH.fullmatch(sha256):
        raise Invalid("Mã SHA-256 phải gồm 64 chữ số thập lục phân viết thường.", code="voice_hash")
    came, model, description = (workspace / name for name in ("came", "model.onnx", "model.onnx.json"))
    _bring(source, came, MOST_BYTES, progress)
    _compare(came, sha256)
    try:
        if source.endswith(ARCHIVES):
            _unpack(came, model, description)
            came.unlink()
        else:
            came.rename(model)
            _bring(config or source + ".json", description, piper.MOST_CONFIG_BYTES, lambda _: None)
        told = piper.parse(description.read_bytes())
        piper.append_properties(model, told)
    except rules.Unfit as verdict:
        raise Invalid(verdict.message, code=verdict.code) from verdict
    return Obtained(model, told, sha256, hashlib.sha256(description.read_bytes()).hexdigest())


def _bring(source: str, target: Path, most: int, progress: Progress) -> None:
    with _full_disk_told(), target.open("wb") as out:
        if "://" in source:
            _download(source, out, most, progress)
        else:
            _copy(source, out, most, progress)


def _download(url: str, out: IO[bytes], most: int, progress: Progress) -> None:
    def take(piece: bytes) -> None:
        out.write(piece)
        progress(out.tell())

    # https only, except on this machine itself, where an operator's own test server may be.
    local = (urlsplit(url).hostname or "") in ("127.0.0.1", "localhost", "::1")
    bounds = Bounds(seconds=DOWNLOAD_SECONDS, connect_seconds=15, most_bytes=most, local=local)
    try:
        stream(Ask(url), bounds, take)
    except FetchFailed as error:
        if "too large" in str(error):
            raise _too_large(most) from error
        raise Unavailable(
            f"Không tải được {url} ({reasons.told(error)}). Máy này có ra được Internet không? Nếu không, hãy tải tệp "
            ".onnx và .onnx.json ở máy khác, chép sang đây rồi chạy lại lệnh với đường dẫn tệp.",
            code="offline",
        ) from error


def _copy(source: str, out: IO[bytes], most: int, progress: Progress) -> None:
    try:
        with Path(source).expanduser().open("rb") as file:
            while piece := file.read(CHUNK):
                out.write(piece)
                progress(out.tell())
                if out.tell() > most:
                    raise _too_large(most)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise Invalid(f"Không đọc được tệp {source}. Hãy kiểm tra lại đường dẫn.", code="voice_source") from error


def _too_large(most: int) -> Invalid:
    return Invalid(f"Tệp lớn hơn {most // 1024 // 1024} MB, quá giới hạn cho một giọng.", code="voice_too_large")


def _compare(path: Path, sha256: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        path.unlink()
        raise Invalid(
            f"Tệp không đúng với mã SHA-256 đã cho, nên đã bỏ mà không mở. Mã của tệp nhận được: {found}",
            code="voice_hash",
        )


def _unpack(archive: Path, model: Path, description: Path) -> None:
    """The model and its description out of an archive; names inside it never become names of files here."""
    try:
        with tarfile.open(archive, "r:bz2") as members:
            for member in _bounded(members):
                target = {".onnx": model, ".json": description}.get(_kind(member.name))
                content = members.extractfile(member) if target and member.isreg() else None
                if target is not None and content is not None:
                    _keep(content, target)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Invalid("Tệp nén bị hỏng hoặc không phải .tar.bz2.", code="voice_archive") from error
    if not (model.is_file() and description.is_file()):
        raise Invalid("Trong tệp nén phải có một tệp .onnx và một tệp .onnx.json.", code="voice_archive")


def _kind(name: str) -> str:
    if name.endswith(".onnx.json"):
        return ".json"
    return ".onnx" if name.endswith(".onnx") else ""


def _bounded(members: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    total = 0
    for number, member in enumerate(members):
        total += member.size
        if number > MOST_MEMBERS or total > MOST_UNPACKED:
            raise Invalid("Tệp nén chứa quá nhiều thứ, không giống một giọng đọc.", code="voice_archive")
        yield member


def _keep(content: IO[bytes], target: Path) -> None:
    if target.exists():
        raise Invalid("Trong tệp nén có nhiều hơn một giọng. Hãy tách riêng từng giọng.", code="voice_archive")
    most = MOST_BYTES if target.suffix == ".onnx" else piper.MOST_CONFIG_BYTES
    with target.open("wb") as out:
        while piece := content.read(CHUNK):
            out.write(piece)
            if out.tell() > most:
                raise _too_large(most)


@contextlib.contextmanager
def _full_disk_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Unavailable("Máy chủ đã hết chỗ chứa tệp, giọng chưa được thêm.", code="disk_full") from error
