"""Whole notices need no edit; any text becomes words only, and every change has its place."""

import re
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from loa.media.reading.clean.text import clean
from loa.media.reading.read import Reading, read

NOTICES = yaml.safe_load((Path(__file__).parents[2] / "tests/notices.yaml").read_text(encoding="utf-8"))
MARKS = frozenset(".,;:!?…()\"“”'‘’«»„-ʼ\n ")
WRITTEN = (
    "7h30", "8h-11h30", "15/8/2026", "01/9", "6/7-15/7", "-", " - ", "–", "/", "QL1A", "0912 345 678",
    "1900 1234", "15.000đ", "kg", "m2", "%", "°C", "II", "UBND", "TH&THCS", "27/2026/QĐ-UBND", "x", "×", "+",
    "=", "(", ")", '"', "&", "thứ", "T2", "CN", "số", "ngày", "tháng", "1", "05", "12", "2026", "a)", "•", "\n",
    "…", "!", "?", "báo động", "IV", "Km12+300", "21C-123.45", "1/2", "3,5", "1.500", "2tr5", "500k", "giờ",
    "đến", "lớp 9A1", "H5N1", "½", "①", "😀", "☎", "\u200b", "<p>", "&nbsp;", "|", "~", "≥", "*", "#",
    "THÔNG BÁO", "covid-19", "TP.", "P.5", "ThS.", "24/24", "113", "gọi", "BCH", "ĐT", "họp", "xã Quy Mông",
    "đường",
)  # fmt: skip


@pytest.mark.parametrize("notice", NOTICES, ids=lambda notice: notice["code"])
def test_a_notice_needs_no_edit(notice: dict[str, str]) -> None:
    reading = read(notice["text"])
    assert reading.unsure == ()
    _check(notice["text"], reading)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    reading = read(text)
    _check(text, reading)
    assert read(text) == reading


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WRITTEN), st.sampled_from(["", " "])), max_size=9))
def test_nothing_that_people_write_leaves_a_figure_or_a_sign(pieces: list[tuple[str, str]]) -> None:
    text = "".join(word + space for word, space in pieces)
    _check(text, read(text))


@settings(deadline=None)
@given(st.lists(st.sampled_from(WRITTEN), max_size=9).map(" ".join))
def test_what_was_read_once_is_read_the_same_again(text: str) -> None:
    once = read(text).spoken
    again = read(once).spoken
    assert read(again).spoken == again
    assert not any(character.isdigit() for character in once)


def _check(text: str, reading: Reading) -> None:
    assert _words(reading.spoken) <= _words(clean(text).text, *_pieces(text, reading))
    assert [one for one in reading.spoken if not (one in MARKS or unicodedata.category(one)[0] in "LM")] == []
    at = 0
    for change in reading.changes:
        assert at <= change.start < change.end <= len(text)
        assert text[change.start : change.end] == change.written
        at = change.end


def _pieces(text: str, reading: Reading) -> Iterator[str]:
    """What is said instead of the changes, and what stands between them."""
    at = 0
    for change in reading.changes:
        yield change.spoken
        yield clean(text[at : change.start]).text
        at = change.end
    yield clean(text[at:]).text


def _words(*texts: str) -> set[str]:
    """In small letters: where two run together, a word appears that was in neither."""
    return {word.lower() for text in texts for word in re.findall(r"[^\W_]+", text)}


def test_a_text_five_times_as_long_costs_about_five_times_as_much() -> None:
    """How fast that is: bench/speech."""
    text = "\n".join(notice["text"] for notice in NOTICES)
    text = (text * (50_000 // len(text) + 1))[:50_000]
    read("một")
    short, long = (_seconds_to_read(part) for part in (text[:10_000], text))
    assert long < 15 * short, "it would be 25 times if each word were compared with each"


def _seconds_to_read(text: str) -> float:
    begun = time.process_time()
    read(text)
    return time.process_time() - begun
