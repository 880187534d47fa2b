"""The key ceremony at the terminal."""

from pathlib import Path

import pytest
from devicelink import keyfiles
from signer import cli
from signer.keys import Folders
from signer.serve import now_ms


def run(folders: Folders, command: str, *arguments: str) -> int:
    places = ["--root", str(folders.root), "--signer", str(folders.signer), "--gateway", str(folders.gateway)]
    return cli.main([command, *places, *arguments])


def test_from_the_first_key_to_a_revoked_one(folders: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folders, "init", "--scope", "vn.15") == 0
    assert "Dấu khóa gốc" in capsys.readouterr().out
    folder = keyfiles.KeyFolder(folders.signer)
    assert {key.scope for key in folder.keyset.keys} == {"vn.15"}
    assert run(folders, "init") == 1
    assert "never overwritten" in capsys.readouterr().err
    assert run(folders, "rotate", "plan") == 0
    assert run(folders, "revoke", folder.kids(now_ms())["command"]) == 0
    assert run(folders, "revoke", "nobody") == 1
    assert run(folders, "renew") == 0


def test_a_short_passphrase_locks_nothing(
    folders: Folders, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(cli.PASSPHRASE_VARIABLE, "ngắn")
    assert run(folders, "init", "--lock") == 1
    assert "12 ký tự" in capsys.readouterr().err
    assert not folders.root.exists()


def test_the_record_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["journal", str(tmp_path)]) == 0
    (tmp_path / "signed-2026-01.jsonl").write_text('{"at":1,"typ":"plan","peer":"x","previous":"forged"}\n')
    assert cli.main(["journal", str(tmp_path)]) == 1
    assert "line 1" in capsys.readouterr().err
