"""Nothing strong is missed, nothing clean is doubted: on the corpus made by code."""

from collections import Counter
from pathlib import Path

import pytest

from loa.media.quality.tests import corpus
from loa.media.quality.tests.corpus import Case

# A fault may bring another with it: what is cut to 4 kHz by its rate is narrow as well.
COMPANIONS = {"rate": {"narrow"}}


def found(case: Case, folder: Path) -> set[str]:
    """Codes of what is warned of or fails."""
    return {finding.code for finding in corpus.judged(case, folder).findings if finding.level != "note"}


@pytest.mark.parametrize("case", corpus.clean(), ids=lambda case: case.name)
def test_what_is_clean_passes_without_a_word_of_warning(case: Case, tmp_path: Path) -> None:
    assert found(case, tmp_path) == set()


STRONG = [case for case in corpus.faulty() if case.strength == "strong"]


@pytest.mark.parametrize("case", STRONG, ids=lambda case: case.name)
def test_what_is_strong_is_found_and_called_by_its_name(case: Case, tmp_path: Path) -> None:
    codes = found(case, tmp_path)
    assert case.code in codes
    assert codes - {case.code} <= COMPANIONS.get(case.code, set())


def test_what_is_medium_is_mostly_found_and_what_is_mild_at_least_told(tmp_path: Path) -> None:
    cases = [case for case in corpus.faulty() if case.strength != "strong" and case.name.endswith("voice 0")]
    told: Counter[str] = Counter()
    for case in cases:
        findings = corpus.judged(case, tmp_path).findings
        told[case.strength] += any(finding.code == case.code for finding in findings)
    number = len(cases) // 2
    assert told["medium"] == number
    assert told["mild"] >= number * 0.7


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(corpus.clean()) >= 20
    assert {case.strength for case in corpus.faulty()} == set(corpus.STRENGTHS)
