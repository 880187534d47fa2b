"""`loa say`: without any data for the stopgap voice; it says who spoke and how the text was read."""

import os
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from loa.media.models import InstalledVoice
from loa.media.voices import template


def say(tmp_path: Path, *words: str, text: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL" and "LOA" not in name}
    environment |= {"LOA_VAR": str(tmp_path / "var"), **more}
    return subprocess.run(
        [sys.executable, "-m", "loa.launch", "say", *words],
        env=environment, input=text, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_a_text_becomes_a_file_without_any_data(tmp_path: Path) -> None:
    target = tmp_path / "a.wav"
    done = say(
        tmp_path, "--voice", "espeak", "--dialect", "nam", "--pauses", "2", "-", str(target), text="Họp lúc 7h30. Hết."
    )
    assert done.returncode == 0, done.stderr
    assert "Đọc là: Họp lúc bảy giờ ba mươi. Hết." in done.stdout
    assert "Giọng: espeak/vi-vn-x-south" in done.stdout
    with wave.open(str(target)) as file:
        assert file.getnframes() / file.getframerate() > 2
    assert not (tmp_path / "var").exists()


def test_an_ogg_is_what_loudspeakers_would_get(tmp_path: Path) -> None:
    done = say(tmp_path, "Kính mời bà con.", str(tmp_path / "a.ogg"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.ogg").read_bytes().startswith(b"OggS")


@pytest.mark.django_db(transaction=True)
def test_an_installed_voice_speaks_and_who_took_over_is_named(tmp_path: Path, settings: Any) -> None:
    row = InstalledVoice(id="hong", kind="service", name="Hỏng", licence="x", added_at="2026-08-01T00:00:00Z")
    row.dialects, row.options = {"bac": "miền Bắc"}, template.openai("http://127.0.0.1:9", "m", "") | {"local": True}
    row.save()
    database = connection.get_connection_params()
    address = f"postgresql://{database['user']}@/{database['dbname']}?host={quote(database['host'], safe='')}"
    target = tmp_path / "a.wav"
    for words in (("--voice", "hong"), ()):
        done = say(tmp_path, *words, "Kính mời bà con.", str(target), DATABASE_URL=address, LOA_MODE="test")
        assert done.returncode == 0, done.stderr
        assert "Giọng: espeak/vi" in done.stdout
        assert "Giọng hong/bac không trả lời ở 1/1 câu." in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--voice", "espeak/tlh", "Một.", "a.wav"), "Không có giọng đọc này"),
        (("--voice", "espeak", "--speed", "9", "Một.", "a.wav"), "Tốc độ"),
        (("--voice", "espeak", "...", "a.wav"), "Chưa có chữ"),
        (("--voice", "vais1000", "Một.", "a.wav"), "--voice espeak"),
        (("--voice", "espeak", "Một.", "no/such/folder/a.wav"), "Không ghi được"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    done = say(tmp_path, *words[:-1], str(tmp_path / words[-1]))
    assert done.returncode == 1
    assert told in done.stderr
    assert not list(tmp_path.glob("*.wav"))
