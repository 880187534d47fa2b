"""The page of words says what the list says."""

from loa.media.reading import document
from loa.media.reading.names import NAMES
from loa.media.reading.rules.order import RULES


def test_the_page_is_current() -> None:
    assert document.PAGE.read_text(encoding="utf-8") == document.page(), "run: python -m loa.media.reading.document"


def test_every_rule_has_a_name_for_the_screen() -> None:
    assert {rule.name for rule in RULES} <= NAMES.keys()
