"""What becomes of the programme while the loudspeaker of thôn 5 has nothing to sound with."""

from pathlib import Path

import pytest
import speaker_village as village
from devicelink.golden.world import NOW
from speaker_pole import Pole, begins_at
from speaker_village import HOUR, MINUTE, SECOND, Sound, airing

NOTICE = Sound("lịch cắt điện", 4)
VACCINE = Sound("lịch tiêm chủng", 3)
MUSIC = Sound("nhạc hiệu", 60)


@pytest.fixture
def pole(tmp_path: Path) -> Pole:
    made = Pole(tmp_path, NOW)
    made.keep(NOTICE, VACCINE, MUSIC)
    return made


def test_a_card_gone_all_the_time_is_the_reason_and_nothing_sounds_late(pole: Pole) -> None:
    start = NOW + MINUTE
    pole.obey(village.plan(NOW, (airing("a", start, NOTICE), airing("b", start + HOUR, VACCINE)), (NOTICE, VACCINE)))
    pole.card_dies()
    pole.run(start + 10 * MINUTE)
    assert pole.said() == [("a", "skipped", "no_card")]
    pole.card_returns()
    pole.run(start + 2 * HOUR)
    assert pole.said() == [("a", "skipped", "no_card"), ("b", "played", "")]
    assert [begins_at(stretch, VACCINE) for stretch in pole.heard] == pytest.approx([start + HOUR], abs=1)


def test_a_card_that_dies_just_before_the_start_is_the_reason_too(pole: Pole) -> None:
    """The sink knows it some seconds after the instant has passed."""
    start = NOW + MINUTE
    pole.obey(village.plan(NOW, (airing("a", start, NOTICE),), (NOTICE,)))
    pole.run(start - 500)
    pole.card_dies(noticed=False)
    pole.run(start + 3_500)
    pole.card_dies()
    pole.run(start + MINUTE)
    assert pole.said() == [("a", "skipped", "no_card")]


def test_a_card_that_dies_in_the_middle_cuts_and_the_rest_is_not_sounded_later(pole: Pole) -> None:
    start = NOW + MINUTE
    pole.obey(village.plan(NOW, (airing("a", start, MUSIC), airing("b", start + HOUR, NOTICE)), (MUSIC, NOTICE)))
    pole.run(start + 20 * SECOND)
    pole.card_dies(noticed=False)
    pole.run(start + 24 * SECOND)
    pole.card_dies()
    pole.run(start + 26 * SECOND)
    assert pole.said() == [("a", "cut", "no_card")]
    assert pole.proofs()[0].rendered == pytest.approx(20_000, abs=200)
    pole.card_returns()
    pole.run(start + 2 * HOUR)
    assert pole.said()[1:] == [("b", "played", "")]


def test_music_is_joined_again_at_its_place_when_the_card_is_back(pole: Pole) -> None:
    start = NOW + MINUTE
    pole.obey(village.plan(NOW, (airing("relay", start, MUSIC, filling=True),), (MUSIC,)))
    pole.run(start + 20 * SECOND)
    pole.card_dies()
    pole.run(start + 30 * SECOND)
    pole.card_returns()
    pole.run(start + 5 * MINUTE)
    assert pole.said() == [("relay", "cut", "no_card"), ("relay", "played", "")]
    assert pole.heard[-1].start == pytest.approx(start + 31_000, abs=1_100)
    assert pole.heard[-1].end == pytest.approx(start + MINUTE, abs=50)
