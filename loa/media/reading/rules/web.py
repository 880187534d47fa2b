"""Addresses of mail and web: the scheme and "www" are left out, signs are named, figures read one by one."""

import re

from loa.media.reading.numbers import digits, letters
from loa.media.reading.rules.base import Match, Rule, Spoken, rule

_NAMES = {
    ".": "chấm", "@": "a còng", "/": "gạch chéo", "-": "gạch ngang", "_": "gạch dưới", ":": "hai chấm",
    "?": "dấu hỏi", "=": "bằng",
    "&": "và", "#": "dấu thăng", "%": "phần trăm", "+": "cộng", "~": "dấu ngã",
}  # fmt: skip
_TOP = "vn|com|net|org|edu|gov|info|asia|app|online|site|io|me|tv|ly|gl|xyz|shop|store|mil|int|eu|uk|us|jp|cn|kr|fr|de"
_HOST = r"[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){0,6}"
_PATH = r"(?:[/?#][^\s<>\"'“”‘’()\[\]]{0,300}[\w/=])?/?"


def _address(match: Match) -> Spoken:
    text = re.sub(r"^(?:[Hh]ttps?://)?(?:[Ww]ww\.)?", "", match[0]).rstrip("/")
    named = re.sub(r"\d+", lambda row: f" {digits(row[0])} ", text.lower())
    named = re.sub(r"[^\W\d_]+", _label, named)
    named = re.sub(r"[^\w\s]|_", lambda sign: f" {_NAMES.get(sign[0], '')} ", named)
    return " ".join(named.split()), False


def _label(match: Match) -> str:
    """A part without a vowel is spelt, but for the "vn" that everybody knows."""
    part = match[0]
    return part if part == "vn" or not part.isascii() or re.search("[aeiouy]", part) else f" {letters(part)} "


RULES: tuple[Rule, ...] = (
    rule("address", r"(?i:https?://|www\.)[^\s<>\"'“”‘’()\[\]]{1,400}[\w/=]", _address),
    rule("address", rf"(?<![\w.+-])[\w.+-]{{1,64}}@{_HOST}(?![\w@])", _address),
    rule("address", rf"(?<![\w.@-]){_HOST}\.(?:{_TOP})(?![\w-]|\.\w){_PATH}", _address),
)
