"""Sentences that a reader of the commune's news would say without stumbling."""

import re

from loa.media.reading.read import read
from loa.media.reading.rules.order import RULES
from loa.media.reading.tests.gold_set import Sentence, sentences

GOAL = 0.98
WORDS_ONLY = re.compile(r"[\d/%&+@#°_]")


def test_nearly_every_sentence_is_read_exactly_as_an_announcer_would() -> None:
    wrong = [sentence for sentence in sentences() if read(sentence.written).spoken not in sentence.readings]
    exact = 1 - len(wrong) / len(sentences())
    assert exact >= GOAL, f"{exact:.1%} exact; not so:\n" + "\n".join(map(_difference, wrong))


def _difference(sentence: Sentence) -> str:
    said, wanted = read(sentence.written).spoken, sentence.readings[0]
    return f"{sentence.topic}: {sentence.written!r}\n  is   {said!r}\n  not  {wanted!r}"


def test_the_set_has_hundreds_of_different_sentences_and_only_words_in_their_readings() -> None:
    assert len({sentence.written for sentence in sentences()}) == len(sentences()) >= 400
    assert not [reading for sentence in sentences() for reading in sentence.readings if WORDS_ONLY.search(reading)]


def test_plain_sentences_stay_as_they_are() -> None:
    plain = [sentence.written for sentence in sentences() if sentence.topic == "plain"]
    whole = [written for written in plain if not re.search('["()]', written)]
    assert len(whole) > 15
    assert [read(written).spoken for written in whole] == whole


def test_every_rule_has_its_say_somewhere_in_the_set() -> None:
    heard = {change.rule for sentence in sentences() for change in read(sentence.written).changes}
    assert {rule.name for rule in RULES} <= heard
