"""`loa restore`: from a backup to a folder that `loa up` can run. Nothing half-made stays when it fails."""

import getpass
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from loa.config import env as settings
from loa.kernel import clock
from loa.launch import parts, postgres, prepared
from loa.launch.care import archive, box, dump
from loa.launch.care.backup import JOURNAL
from loa.launch.child import Step
from loa.launch.folders import Folders
from loa.launch.setup import for_demo
from loa.launch.supervisor import Supervisor

DRAFT = "restoring"


class NotEmpty(Exception):
    """There is something already; the message is Vietnamese."""


class TooNew(Exception):
    """The backup was made by a later version of Loa; the message is Vietnamese."""


def is_free(folder: Path) -> bool:
    """Whether a restore may make this folder."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def read(
    file: Path, *, var: Path, passphrase: str, now: datetime, environ: Mapping[str, str] = os.environ
) -> archive.Manifest:
    """Rebuild an installation in `var`. With DATABASE_URL its database, which must be empty, takes the data.

    The heads of the record come back with it. That it was restored, when and by whom, is said in them and in the record
    by the next start: only then do the tables fit the version that writes.

    Raises NotEmpty, TooNew, archive.Damaged, box.WrongPassphrase, dump.DumpFailed, postgres.Unusable.
    """
    if not is_free(var):
        raise NotEmpty(f"Thư mục {var} không trống. Hãy chọn thư mục mới (--var), không ghi đè lên dữ liệu đang có.")
    given = environ.get("DATABASE_URL", "")
    if given and not dump.is_empty(given):
        raise NotEmpty("Cơ sở dữ liệu trong DATABASE_URL không trống. Hãy tạo một cơ sở dữ liệu mới.")
    manifest = archive.verify(file)
    secrets = box.unseal(_member(file, archive.KEYS), passphrase)
    draft = var.with_name(var.name + ".new")
    _clear(draft)
    try:
        _lay_out(file, draft, secrets, manifest)
        (draft / prepared.RESTORED).write_text(note(manifest, now) + "\n")
        with _server(given, draft) as url:
            dump.load(url, draft / archive.DATABASE)
            _check_age(url, manifest)
            prepared.remember(url, "", sample=manifest.mode == "demo")
        (draft / archive.DATABASE).unlink()
        (draft / DRAFT).unlink()
        if var.exists():
            var.rmdir()
        draft.rename(var)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return manifest


def _clear(draft: Path) -> None:
    """Take away what a restore that was broken off has left, and nothing else. Raises NotEmpty."""
    if not is_free(draft) and not (draft / DRAFT).exists():
        raise NotEmpty(
            f"{draft} đã có mà không phải do một lần dựng lại để dở. Hãy đổi tên hoặc xóa nó rồi chạy lại lệnh này."
        )
    shutil.rmtree(draft, ignore_errors=True)


def note(manifest: archive.Manifest, now: datetime) -> str:
    """What the record says of this restore."""
    made, done = (f"{clock.local(at):%H:%M %d/%m/%Y}" for at in (clock.from_ms(manifest.created), now))
    return (
        f"loa restore lúc {done}, tài khoản {getpass.getuser()} trên máy {platform.node()}, "
        f"từ bản sao lưu lúc {made} (bản Loa {manifest.version})"
    )


def _check_age(url: str, manifest: archive.Manifest) -> None:
    """Tables that only a later version knows would be taken for ours. A database that was given stays as it is now."""
    unknown = dump.unknown_migrations(url)
    if unknown:
        raise TooNew(
            f"Bản sao lưu này do bản Loa mới hơn tạo ra (bản {manifest.version}, có {unknown[0][0]} {unknown[0][1]}). "
            "Hãy cài bản Loa đó hoặc mới hơn rồi dựng lại. Nếu đã cho DATABASE_URL thì hãy xóa cơ sở dữ liệu ấy trước."
        )


def _member(file: Path, wanted: str) -> bytes:
    for name, source in archive.members(file):
        if name == wanted:
            return source.read()
    raise archive.Damaged(f"{file} không có {wanted}.")


def _lay_out(file: Path, draft: Path, secrets: bytes, manifest: archive.Manifest) -> None:
    draft.mkdir(parents=True)
    (draft / DRAFT).touch()
    draft.chmod(0o755)  # the database may have to run as nobody
    box.unpack(secrets, draft / "keys")
    for name, source in archive.members(file):
        target = _place(draft, name)
        if target is not None:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with target.open("wb") as out:
                shutil.copyfileobj(source, out)
    Folders(draft).make()
    (draft / "mode").write_text(manifest.mode + "\n")


def _place(draft: Path, name: str) -> Path | None:
    """Where a member goes; None for those that are handled elsewhere."""
    if name in (archive.MANIFEST, archive.KEYS):
        return None
    first, _, rest = name.partition("/")
    if first == "journal":
        return draft / "keys" / JOURNAL / rest
    return draft / name


@contextmanager
def _server(given: str, draft: Path) -> Iterator[str]:
    """A database to fill: the given one, or an embedded server in the draft that stops again afterwards."""
    if given:
        yield given
        return
    folders = Folders(draft)
    supervisor = Supervisor(folders, _silent)
    made = for_demo(settings.read({"LOA_VAR": str(draft), "LOA_MODE": "demo"}), folders)
    try:
        supervisor.start([Step(children=lambda: (parts.database(made, made.environ()),))])
        prepared.make_database(postgres.url(folders.sockets, "postgres"), "loa")
        yield made.database_url
    finally:
        supervisor.stop()
        shutil.rmtree(folders.run, ignore_errors=True)


_silent: Callable[[str], None] = lambda line: None  # noqa: E731
