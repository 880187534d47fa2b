"""`loa backup`: one file with everything that cannot be made again."""

import importlib.metadata
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from loa.config.env import Env
from loa.launch.care import archive, box, dump
from loa.launch.folders import Folders

# The record of what was signed grows; it is no secret and stays outside the sealed part.
JOURNAL = "signer/journal"
AUDIT = "audit"
HEADS = ("heads.log", "heads.newest")


def write(
    file: Path, *, env: Env, database_url: str, passphrase: str, now_ms: int, cost: box.Cost | None = None
) -> archive.Manifest:
    """Make the backup; `file` exists afterwards only if it is complete.

    The heads of the record are read before the database, so that the chain holds all of them. The database is read in
    one instant; sounds are named by their content and never change, so those that come
    while the files are copied do no harm. Raises FileExistsError, box.WrongPassphrase, dump.DumpFailed, OSError.
    """
    if file.exists():
        raise FileExistsError(f"{file} đã có. Hãy chọn tên khác.")
    folders = Folders(env.var)
    sealed = box.seal(box.pack(_keys(folders, env), frozenset({JOURNAL})), passphrase, cost)
    fresh = file.with_name(file.name + ".new")
    try:
        with os.fdopen(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            writer = archive.Writer(out)
            for name, head in _heads(folders):
                writer.add_bytes(name, head)
            _add_database(writer, database_url, file.parent)
            writer.add_bytes(archive.KEYS, sealed)
            for name, source in _files(env):
                with suppress(FileNotFoundError):  # it was there a moment ago: a draft, or something tidied away
                    writer.add_file(name, source)
            manifest = writer.finish(version=importlib.metadata.version("loa"), created=now_ms, mode=env.mode)
            out.flush()
            os.fsync(out.fileno())
        fresh.rename(file)
    finally:
        fresh.unlink(missing_ok=True)
    return manifest


def _add_database(writer: archive.Writer, url: str, beside: Path) -> None:
    with tempfile.TemporaryDirectory(dir=beside) as folder:
        file = Path(folder) / archive.DATABASE
        dump.dump(url, file)
        writer.add_file(archive.DATABASE, file)


def _heads(folders: Folders) -> Iterator[tuple[str, bytes]]:
    """What says outside the database how far the record went; small files that may grow while they are read."""
    for file in (folders.audit / name for name in HEADS):
        if file.exists():
            yield f"{AUDIT}/{file.name}", file.read_bytes()


def _keys(folders: Folders, env: Env) -> dict[str, Path]:
    """Folders of secrets by their place below keys/; those that were set to lie elsewhere come back there, too."""
    apart = (
        ("signer", env.signer_keys), ("gateway", env.gateway_keys), ("tickets", env.ticket_keys),
        ("engine", env.engine_keys),
    )  # fmt: skip
    return {"": folders.keys} | {name: place for name, place in apart if not place.is_relative_to(folders.keys)}


def unseen(env: Env) -> list[Path]:
    """Folders of private keys that this account cannot see here: their keys are not in a backup that it makes."""
    wanted = ((env.signer_keys, "*.key"), (env.gateway_keys, "*.key"), (env.engine_keys, "*.nk"))
    return [folder for folder, name in wanted if not any(folder.glob(name))]


def _files(env: Env) -> Iterator[tuple[str, Path]]:
    """Names in the backup and their files: sounds, the gateway's own memory, the record of signatures."""
    sources = (("media", env.media_root), ("gateway", env.gateway_state), ("journal", env.signer_keys / "journal"))
    for prefix, folder in sources:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not file.is_symlink() and not _is_passing(prefix, file.relative_to(folder)):
                yield f"{prefix}/{file.relative_to(folder).as_posix()}", file


def _is_passing(prefix: str, name: Path) -> bool:
    """Drafts, tokens that were spent in the last minutes, scratch of sounds and what can be drawn from them again."""
    passing = {"gateway": ("logins",), "media": ("work", "peaks", "spoken")}
    return name.suffix == ".new" or name.parts[0] in passing.get(prefix, ())
