"""The service that speaks, running in a process of its own while a module is tested."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class Running:
    """Where it is reached and what it was asked."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        """Its base."""
        return f"http://127.0.0.1:{self.port}"

    def asked(self, path: str = "") -> list[dict[str, Any]]:
        """The requests so far (for one path)."""
        log = self.folder / "requests.jsonl"
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [line for line in lines if line["path"].startswith(path)]


@pytest.fixture(scope="module")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service for this file."""
    folder = tmp_path_factory.mktemp("service")
    program = [sys.executable, "-m", "loa.media.tests.speaking_service", str(folder)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield Running(int(server.stdout.readline()), folder)
        server.kill()
