"""`loa read`: for a person at the terminal and for a program with a thousand lines."""

import io
import json
import subprocess
import sys
from argparse import Namespace

import pytest

from loa.launch import reading
from loa.media.reading.read import read


def test_a_person_sees_what_is_said_why_and_what_to_listen_to() -> None:
    told = reading.told(read("TH lúc 7h30 😀"))
    assert told.splitlines()[0] == "Tiểu học lúc bảy giờ ba mươi"
    assert all(part in told for part in ("? TH", "[từ điển]", "[giờ]", "(không đọc)", "1 chỗ máy chưa chắc"))


def test_a_person_is_told_of_an_old_font() -> None:
    assert "TCVN3" in reading.told(read("Céng hßa x· héi chñ nghÜa ViÖt Nam"))


def test_each_line_gets_its_answer_at_once_and_a_bad_line_stops_nothing() -> None:
    lines = [b'{"text": "5 kg"}', b"?", b"[1]", b'{"text": 5}', b"\xff", b"", b"[" * 99_999, b'{"text": "h\xc3\xb2a"}']
    long = json.dumps({"text": "a " * 10_001}).encode()
    answers = io.BytesIO()
    reading.stream([*lines, long], answers)
    told = [json.loads(line) for line in answers.getvalue().splitlines()]
    assert [one.get("spoken", one.get("error")) for one in told] == [
        "năm ki lô gam", "not_json", "not_an_object", "no_text", "not_utf8", "not_json", "not_json", "hòa",
        "text_too_long",
    ]  # fmt: skip
    assert told[0]["changes"] == [
        {"start": 0, "end": 4, "written": "5 kg", "spoken": "năm ki lô gam", "rule": "number", "sure": True}
    ]


def test_half_a_character_is_answered_in_valid_json() -> None:
    answers = io.BytesIO()
    reading.stream([b'{"text": "a \\ud800"}'], answers)
    assert json.loads(answers.getvalue().decode("utf-8"))["spoken"] == "a"


@pytest.mark.parametrize(
    ("words", "given", "said"), [(["read", "5 kg"], "", "năm ki lô gam"), (["read"], "3%", "ba phần trăm")]
)
def test_the_program_reads_its_words_or_its_input(words: list[str], given: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "loa.launch", *words], input=given, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[0] == said


def test_it_starts_without_the_platform() -> None:
    code = "import sys, loa.launch.reading; sys.exit('django' in sys.modules or 'sea_g2p' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_text_that_no_voice_reads_is_refused_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert reading.run(Namespace(jsonl=False, text="7h30 " * 10_000)) == 2
    told = capsys.readouterr()
    assert (told.out, "50.000 chữ cái" in told.err) == ("", True)
