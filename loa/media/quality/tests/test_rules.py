"""What the verdict says, and what follows from it."""

import dataclasses
import re
from typing import Any

import pytest

from loa.media.quality import advice, rules
from loa.media.quality.figures import Figures
from loa.media.quality.profiles import profile, profiles

GOOD = Figures(
    duration_ms=60_000, rate_hz=44_100, sides=1, loudness_lufs=-16.0, short_term_max_lufs=-13.0,
    momentary_max_lufs=-11.0, range_lu=6.0, true_peak_dbtp=-2.0, source_lufs=-24.0, offset=0.0, cut_tops=0,
    cut_share=0.0, squared_share=0.0, uneven_db=0.0, likeness=1.0, lead_ms=200, trail_ms=300, longest_pause_ms=1200,
    quiet_share=0.1, holes=0, bandwidth_hz=None, hum_db=None, snr_db=40.0,
)  # fmt: skip
BAD: dict[str, dict[str, Any]] = {
    "quiet": {"loudness_lufs": -21.0},
    "peak": {"true_peak_dbtp": 0.2},
    "range": {"range_lu": 22.0},
    "clipped": {"cut_share": 0.03, "places": {"clipped": [(12_000, 14_000), (40_000, 41_000)]}},
    "lead": {"lead_ms": 5_000},
    "trail": {"trail_ms": 9_000},
    "pause": {"longest_pause_ms": 8_000, "places": {"pause": [(65_000, 73_000)]}},
    "offset": {"offset": 0.2},
    "side_lost": {"sides": 2, "uneven_db": 60.0},
    "sides_opposed": {"sides": 2, "likeness": -0.98},
    "narrow": {"bandwidth_hz": 3_400},
    "hum": {"hum_db": -20.0},
    "noise": {"snr_db": 9.0},
    "torn": {"holes": 7, "places": {"torn": [(1_000, 1_020)]}},
    "rate": {"rate_hz": 8_000},
}


def judged(name: str = "speech_horn", **bad: Any) -> rules.Report:
    return rules.judge(dataclasses.replace(GOOD, **bad), profile(name))


@pytest.mark.parametrize("name", profiles())
def test_a_good_sound_passes_every_profile(name: str) -> None:
    assert judged(name).verdict == rules.PASS
    assert judged(name).findings == []


@pytest.mark.parametrize("code", BAD)
def test_every_fault_is_told_in_complete_words_without_a_decibel(code: str) -> None:
    report = judged(**BAD[code])
    (finding,) = report.findings
    assert (finding.code, report.verdict) == (code, finding.level)
    assert finding.level in {rules.WARN, rules.FAIL}
    assert finding.advice.endswith(".")
    assert not re.search(r"\bdB|LUFS|LU\b|kHz|\{|None", finding.advice)
    assert finding.advice.startswith("Đã tự sửa: ") == finding.mended


def test_every_code_of_every_profile_has_words_and_a_figure_and_a_source() -> None:
    for one in profiles().values():
        assert set(one.limits) <= set(BAD)
        assert set(one.limits) <= set(advice.TEXTS)
        assert all(limit.figure in rules.FIGURES and limit.source for limit in one.limits.values())


def test_places_are_named_as_people_say_them() -> None:
    report = judged(**BAD["clipped"])
    assert "ở giây 12, giây 40: ghi quá to" in report.findings[0].advice
    assert "ở phút 1 giây 5" in judged(**BAD["pause"]).findings[0].advice
    assert advice.where([(n * 1000, n * 1000 + 5) for n in range(5)]) == " ở giây 0, giây 1, giây 2 và 2 chỗ khác"


def test_the_worst_comes_first_and_a_note_changes_no_verdict() -> None:
    report = judged(snr_db=3.0, lead_ms=1_200, holes=3)
    assert [finding.level for finding in report.findings] == ["fail", "warn", "note"]
    assert report.verdict == rules.FAIL
    assert judged(lead_ms=1_200).verdict == rules.PASS


def test_what_one_press_can_repair_says_so() -> None:
    repairs = {finding.code: finding.repair for finding in judged(lead_ms=5_000, hum_db=-20.0, holes=7).findings}
    assert repairs == {"lead": "trim", "hum": "clarify", "torn": ""}


def test_what_fails_is_not_sent_without_a_reason() -> None:
    failed, warned = judged(snr_db=3.0).plain(), judged(snr_db=18.0).plain()
    assert rules.may_submit(failed).startswith("Nền ồn")
    assert rules.may_submit(failed, "  gấp  ") != ""
    assert rules.may_submit(failed, "Lời nhân chứng, không ghi lại được.") == ""
    assert rules.may_submit(warned) == rules.may_submit({}) == ""


def test_a_relay_over_fm_asks_for_more_than_horns_do() -> None:
    assert judged(snr_db=25.0).verdict == rules.PASS
    assert judged("fm_relay", snr_db=25.0).verdict == rules.WARN
    assert judged("fm_relay", lead_ms=5_000).verdict == rules.WARN  # inherited
