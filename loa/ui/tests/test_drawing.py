"""Strips, wave forms, icons: what is drawn without any style attribute."""

import zlib
from datetime import UTC, datetime, timedelta

import pytest
from django.template import TemplateSyntaxError

from loa.ui import app_icons, wave
from loa.ui.pieces import icon, icon_names
from loa.ui.timeline import Segment, strip

FIVE = datetime(2026, 8, 19, 22, tzinfo=UTC)  # 05:00 in Quy Mông
NINE = FIVE + timedelta(hours=16)


def test_a_strip_is_cut_to_its_day_and_says_where_now_is() -> None:
    segments = [
        Segment("done", FIVE - timedelta(minutes=30), FIVE + timedelta(hours=1)),
        Segment("next", FIVE + timedelta(hours=8), FIVE + timedelta(hours=8, seconds=30), "Họp thôn 2"),
        Segment("next", NINE, NINE + timedelta(hours=1)),
    ]
    drawn = strip("Ven sông", FIVE, NINE, segments, now=FIVE + timedelta(hours=12))
    assert [(bar.x, bar.width) for bar in drawn.bars] == [("0.00%", "6.25%"), ("50.00%", "0.30%")]
    assert drawn.now_x == "75.00%"
    assert [hour.label for hour in drawn.axis] == ["5h", "7h", "9h", "11h", "13h", "15h", "17h", "19h", "21h"]
    assert drawn.hour_lines[0] == "12.50%"


def test_yesterday_has_no_now() -> None:
    assert strip("Ven sông", FIVE, NINE, [], now=NINE + timedelta(hours=3)).now_x == ""


def test_an_unknown_kind_of_segment_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="loud"):
        strip("Ven sông", FIVE, NINE, [Segment("loud", FIVE, NINE)])


def test_a_wave_form_keeps_its_loudest_moment() -> None:
    assert max(wave.thinned([0] * 199 + [100])) == 100
    assert len(wave.thinned(list(range(200)))) == wave.BARS
    assert wave.path([0, 100, 250]) == "M2 22V26M6 1V47M10 1V47"
    assert wave.path([]) == ""
    assert (wave.width([5, 5, 5]), wave.width(range(200)), wave.width([])) == (12, 300, 4)


def test_only_drawn_icons_can_be_used() -> None:
    assert "icons.svg#speaker" in icon("speaker")
    assert {"speaker", "stop", "tick", "person", "offline"} <= icon_names()
    with pytest.raises(TemplateSyntaxError):
        icon("unicorn")


def test_an_application_icon_is_a_readable_picture() -> None:
    image = app_icons.draw(32)
    assert image.startswith(b"\x89PNG")
    rows = zlib.decompress(image[image.index(b"IDAT") + 4 : image.index(b"IEND") - 8])
    assert len(rows) == 32 * (1 + 32 * 4)
