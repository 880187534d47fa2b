"""Marks of lists and tables, which are seen and not said, and dashes, which are a pause."""

import re

from loa.media.reading.numbers import count, letters
from loa.media.reading.rules.base import Match, Rule, Spoken, rule


def _silent(match: Match) -> Spoken:
    return "", True


def _number(match: Match) -> Spoken:
    return " chấm ".join(count(part) for part in match["n"].split(".")) + (match["mark"] or ""), True


def _letter(match: Match) -> Spoken:
    return letters(match["l"]), True


RULES: tuple[Rule, ...] = (
    rule("list", r"^ ?(?:[-–—+*•·●○■□▪▫◆◇►▶➢➤✓✔☑✦★☆»›>o](?= )|[-–—+*•·●■▪►](?=[^\W\d_]))[ ]?", _silent, re.MULTILINE),
    rule("list", r"^ ?[-–—•●](?=\d)(?!\d{1,3}°)", _silent, re.MULTILINE),
    rule(
        "list",
        r"^(?P<n>\d{1,2}(?:\.\d{1,2}){1,3})(?:(?P<mark>[.)])(?= [^\W\d_])"
        r"|(?= [A-ZĐÀ-Ỹ]))",
        _number,
        re.MULTILINE,
    ),
    rule(
        "list",
        r"(?:^|(?<=[:;] ))(?P<n>\d{1,2})/(?= [^\W\d_])",
        lambda match: (f"{count(match['n'])},", True),
        re.MULTILINE,
    ),
    rule("list", r"^(?P<n>\d{1,2})(?P<mark>[.)])(?=[^\W\d_])", _number, re.MULTILINE),
    rule("list", r"^(?P<l>[a-eđghiklm])/(?= )", lambda match: (f"{letters(match['l'])},", True), re.MULTILINE),
    rule("list", r"^(?P<l>[bcdđghklmnpqrstvx])(?=\) )", _letter, re.MULTILINE),
)
