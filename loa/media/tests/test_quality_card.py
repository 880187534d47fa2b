"""What people see of the check: complete words, and figures only for those who ask."""

import dataclasses

from django.template.loader import render_to_string

from loa.media.models import Sound
from loa.media.quality.profiles import profile
from loa.media.quality.rules import judge
from loa.media.quality.tests.test_rules import GOOD


def card(sound: Sound) -> str:
    return render_to_string("media/quality_card.html", {"sound": sound})


def test_a_failed_sound_says_where_and_what_to_do_and_what_was_mended() -> None:
    figures = dataclasses.replace(GOOD, sides=2, uneven_db=60.0, cut_share=0.03, places={"clipped": [(12_000, 14_000)]})
    shown = card(Sound(quality=judge(figures, profile("speech_horn")).plain()))
    assert "Chưa dùng được" in shown
    assert "Tiếng bị vỡ ở giây 12" in shown
    assert "Đã tự sửa: kênh phải" in shown
    assert shown.index("Tiếng bị vỡ") < shown.index("Đã tự sửa")
    assert "-16,0 LUFS" in shown[shown.index("Số đo cho người kỹ thuật") :]


def test_a_good_sound_is_one_word_and_an_old_one_says_nothing() -> None:
    shown = card(Sound(quality=judge(GOOD, profile("speech_horn")).plain()))
    assert "Đạt" in shown
    assert "note" not in shown
    assert card(Sound()).strip() == ""
