"""The one data folder (LOA_VAR) and what lies in it."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Folders:
    """Everything of one installation: run/ is of this start only, the rest is kept."""

    var: Path

    @property
    def run(self) -> Path:
        """Sockets, lock, state of the running start."""
        return self.var / "run"

    @property
    def logs(self) -> Path:
        """One file for each child."""
        return self.var / "log"

    @property
    def keys(self) -> Path:
        """Secrets, 0700."""
        return self.var / "keys"

    @property
    def audit(self) -> Path:
        """The heads of the record, outside the database; settings.LOA_AUDIT_HEADS."""
        return self.var / "audit"

    @property
    def audit_key(self) -> Path:
        """Signs the heads of the record; settings.LOA_AUDIT_KEY."""
        return self.keys / "audit"

    @property
    def accounts(self) -> Path:
        """Keys that seal the second factors of accounts; settings.LOA_ACCOUNT_KEYS."""
        return self.keys / "accounts"

    @property
    def database(self) -> Path:
        """Data folder of the embedded PostgreSQL."""
        return self.var / "pg"

    @property
    def sockets(self) -> Path:
        """Where the embedded PostgreSQL listens; belongs to the user it runs as."""
        return self.run / "pg"

    @property
    def engine(self) -> Path:
        """JetStream files of the embedded NATS server."""
        return self.var / "nats"

    @property
    def fleet(self) -> Path:
        """The simulated loudspeakers of the demonstration."""
        return self.var / "fleet"

    @property
    def state(self) -> Path:
        """What the running start chose: addresses, ports, process numbers."""
        return self.run / "state.json"

    @property
    def gate(self) -> Path:
        """Is there once the data are prepared; see gate.py."""
        return self.run / "prepared"

    def make(self) -> None:
        """Make them. run/ may be passed through, so that `nobody` reaches its socket folder; secrets are closed."""
        missing = [(folder, 0o755) for folder in reversed(self.var.parents) if not folder.exists()]
        for folder, mode in (
            *missing, (self.var, 0o755), (self.run, 0o711), (self.logs, 0o700), (self.keys, 0o700),
            (self.var / "media", 0o700), (self.var / "gateway", 0o700), (self.engine, 0o700),
        ):  # fmt: skip
            if not folder.exists():
                folder.mkdir()
                folder.chmod(mode)


def write_json(file: Path, content: object, *, mode: int = 0o600) -> None:
    """Replace a file as a whole, so that a reader never sees half of it."""
    fresh = file.with_name(file.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as out:
        json.dump(content, out, ensure_ascii=False, indent=1)
    fresh.replace(file)


def read_json(file: Path) -> dict[str, Any]:
    """The file's object; empty when there is none or it cannot be read."""
    try:
        content = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_secret(file: Path, content: str) -> None:
    """A new file that only its owner reads; FileExistsError when there is one."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(content)


def make_secret_key(folders: Folders) -> None:
    """The key that signs sessions, once."""
    file = folders.keys / "secret-key"
    if not file.exists():
        write_secret(file, secrets.token_urlsafe(50) + "\n")
