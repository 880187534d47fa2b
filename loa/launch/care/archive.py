"""The file of a backup: a plain tar whose last member, manifest.json, names every other with size and SHA-256."""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database.dump"
KEYS = "keys.box"
BLOCK = 1024 * 1024


class Damaged(Exception):
    """The file is not a whole backup; the message is Vietnamese."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the backup."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself. `created` is Unix milliseconds, `mode` is demo or up."""

    format: int
    version: str
    created: int
    mode: str
    members: tuple[Member, ...]


class _Counting:
    """A reader that keeps the hash and the size of what passed."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._digest = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        block = self._source.read(size)
        self._digest.update(block)
        self.size += len(block)
        return block

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class Writer:
    """Adds members one by one; `finish` writes the manifest."""

    def __init__(self, out: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by finish
        self.members: list[Member] = []

    def add_file(self, name: str, file: Path) -> None:
        """Add a file under a name."""
        with file.open("rb") as source:
            self._add(name, source, file.stat().st_size)

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add bytes under a name."""
        self._add(name, io.BytesIO(content), len(content))

    def _add(self, name: str, source: IO[bytes], size: int) -> None:
        counting = _Counting(source)
        self._tar.addfile(_head(name, size), counting)
        self.members.append(Member(name=name, size=counting.size, sha256=counting.sha256))

    def finish(self, *, version: str, created: int, mode: str) -> Manifest:
        """Write the manifest and end the archive."""
        manifest = Manifest(format=FORMAT, version=version, created=created, mode=mode, members=tuple(self.members))
        content = msgspec.json.encode(manifest)
        self._tar.addfile(_head(MANIFEST, len(content)), io.BytesIO(content))
        self._tar.close()
        return manifest


def _head(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def verify(file: Path) -> Manifest:
    """Read the whole file and compare every member with the manifest. Raises Damaged."""
    found: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    try:
        for name, source in members(file):
            if name == MANIFEST:
                manifest = msgspec.json.decode(source.read(), type=Manifest)
            else:
                found[name] = _measure(source)
    except (OSError, tarfile.TarError, ValueError, EOFError) as error:
        raise Damaged(f"Không đọc được {file}: {error}") from error
    if manifest is None:
        raise Damaged(f"{file} không phải là tệp sao lưu của Loa, hoặc đã bị cắt mất phần cuối.")
    if manifest.format != FORMAT:
        raise Damaged(f"{file} có dạng {manifest.format}, bản Loa này đọc dạng {FORMAT}.")
    expected = {member.name: (member.size, member.sha256) for member in manifest.members}
    if found != expected:
        wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        raise Damaged(f"{file} đã hỏng, sai ở: {', '.join(wrong[:3])}. Chưa có gì thay đổi.")
    return manifest


def _measure(source: IO[bytes]) -> tuple[int, str]:
    counting = _Counting(source)
    while counting.read(BLOCK):
        pass
    return counting.size, counting.sha256


def members(file: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Names and contents in order; contents are readable only until the next step. Raises Damaged for odd names."""
    with tarfile.open(file, mode="r:") as archive:
        for info in archive:
            source = archive.extractfile(info) if info.isfile() else None
            if source is None or info.name.startswith("/") or ".." in Path(info.name).parts:
                raise Damaged(f"{file} chứa một mục lạ: {info.name!r}")
            yield info.name, source
