"""Which files of the sounds a backup takes: everything that cannot be made again, and that once."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from loa.launch.care import backup
from loa.media.store import FileStore


def test_originals_are_taken_once_and_scratch_is_left(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "media")
    sent = tmp_path / "media" / "incoming" / "00000000-0000-4000-8000-000000000001"
    for path, content in (
        (sent, b"still waiting"), (files.root / "work" / "one" / "spool.f32", b"hours of samples"),
        (tmp_path / "one" / "a.wav", b"an original"), (tmp_path / "two" / "a.wav", b"an original"),
    ):  # fmt: skip
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    names = {files.put_copy(tmp_path / folder / "a.wav", files.root / "work") for folder in ("one", "two")}
    (name,) = names
    drawn = files.drawn(name)
    drawn.parent.mkdir(parents=True)
    drawn.write_bytes(b"heights")

    env: Any = SimpleNamespace(
        media_root=files.root, gateway_state=tmp_path / "gateway", signer_keys=tmp_path / "signer"
    )
    taken = sorted(name for name, _ in backup._files(env))
    assert taken == sorted([f"media/{name[:2]}/{name[2:]}", f"media/incoming/{sent.name}"])
