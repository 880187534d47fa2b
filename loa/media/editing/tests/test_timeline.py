"""Lan cuts, joins and fades; what comes out is known to the millisecond before a sample is touched."""

import json
import math
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loa.media import rules
from loa.media.editing.edits import Cut, Edits, FadeIn, FadeOut, Gain, Join, Silence, Trim, from_json, to_json
from loa.media.editing.tests.lists import JINGLE, lists
from loa.media.editing.timeline import MOST_GAIN, SILENT, Curve, Piece, Timeline, lay

MINUTE = 60_000


def laid(*ops: object, length: int = MINUTE) -> Timeline:
    return lay(Edits(ops), length)  # type: ignore[arg-type]


def test_a_cough_is_cut_out_and_both_sides_move_together() -> None:
    line = laid(Cut(10_000, 11_500))
    assert line.pieces == (Piece(0, 0, 10_000), Piece(0, 11_500, 48_500))
    assert line.length == 58_500
    assert (line.new(9_999), line.new(10_500), line.new(11_500)) == (9_999, None, 10_000)
    assert line.old(10_000) == (0, 11_500)


def test_a_second_cut_counts_from_what_the_first_has_left() -> None:
    assert laid(Cut(10_000, 20_000), Cut(10_000, 15_000)).pieces == laid(Cut(10_000, 25_000)).pieces
    assert laid(Cut(5_000, 6_000), Cut(0, 5_000)).pieces == laid(Trim(6_000, MINUTE)).pieces


def test_a_jingle_and_a_pause_come_before_the_notice() -> None:
    line = laid(Join(0, JINGLE, 3_000), Silence(3_000, 500))
    assert [(piece.source, piece.length) for piece in line.pieces] == [(1, 3_000), (SILENT, 500), (0, MINUTE)]
    assert line.joined == (JINGLE,)
    assert line.old(3_200) == (SILENT, 200)
    assert line.old(100) == (1, 100)
    assert line.new(0) == 3_500


def test_a_pause_put_in_and_taken_out_again_leaves_the_sound_whole() -> None:
    assert laid(Silence(7_000, 900), Cut(7_000, 7_900)).pieces == (Piece(0, 0, MINUTE),)


def test_a_sentence_is_found_again_whole_shortened_or_not_at_all() -> None:
    line = laid(Cut(10_000, 20_000))
    assert line.place(2_000, 8_000) == (2_000, 8_000, True)
    assert line.place(8_000, 12_000) == (8_000, 10_000, False)
    assert line.place(12_000, 18_000) is None
    assert line.place(19_000, 26_000) == (10_000, 16_000, False)
    assert laid(Gain(0, 5_000, -6)).place(1_000, 2_000) == (1_000, 2_000, False)


@pytest.mark.parametrize(
    ("ops", "code"),
    [
        ([Cut(-1, 500)], "edit_outside"),
        ([Cut(50_000, 60_001)], "edit_outside"),
        ([Cut(30_000, 10_000)], "edit_outside"),
        ([Cut(0, 1_000), Cut(59_000, 59_500)], "edit_outside"),
        ([Silence(60_001, 500)], "edit_outside"),
        ([Cut(0, 10)], "edit_too_small"),
        ([Cut(0, MINUTE)], "edit_nothing_left"),
        ([Trim(0, 400)], "edit_nothing_left"),
        ([Silence(0, 61_000)], "edit_silence"),
        ([Silence(0, 50)], "edit_silence"),
        ([Join(0, JINGLE, 59 * MINUTE), Silence(0, 200)], "edit_too_long"),
        ([Join(0, JINGLE, 0)], "edit_too_long"),
        ([Gain(0, 1_000, 13)], "edit_too_loud"),
        ([Gain(0, 1_000, -25)], "edit_too_quiet"),
        ([Gain(0, 1_000, math.nan)], "edit_too_quiet"),
        ([Gain(0, 5_000, 8), Gain(4_000, 6_000, 8)], "edit_too_loud"),
        ([FadeOut(50_000, 60_000), FadeIn(55_000, 57_000)], "edit_fades_overlap"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(ops: list[object], code: str) -> None:
    with pytest.raises(rules.Unfit) as refused:
        laid(*ops)
    assert refused.value.code == code
    assert len(refused.value.message) > 30


def test_three_hours_may_be_cut_down_to_a_bulletin() -> None:
    hours = 3 * 60 * MINUTE
    assert laid(Trim(MINUTE, 3 * MINUTE), length=hours).length == 2 * MINUTE
    with pytest.raises(rules.Unfit, match="edit_too_long"):
        laid(Cut(0, MINUTE), length=hours)


def test_two_quiet_fades_may_follow_each_other() -> None:
    line = laid(FadeOut(10_000, 12_000), FadeIn(12_010, 14_000))
    (piece,) = line.pieces
    assert math.prod(curve.at(12_000) for curve in piece.curves) == 0
    assert piece.curves[0].at(12_008) == 1


@pytest.mark.parametrize(
    "data",
    [
        None, [], {"version": 2}, {"ops": 3}, {"ops": [3]}, {"ops": [{"do": "explode"}]}, {"clarity": "yes"},
        {"ops": [{"do": "cut", "from": 1.5, "to": 9}]}, {"ops": [{"do": "cut", "from": 1}]},
        {"ops": [{"do": "cut", "from": True, "to": 9}]}, {"ops": [{"do": "gain", "from": 0, "to": 9, "db": "6"}]},
        {"ops": [{"do": "join", "at": 0, "sound": "../x", "length": 9}]},
        {"ops": [{"do": "join", "at": 0, "sound": 7, "length": 9}]}, {"ops": [{"do": "cut"}] * 301},
        {"ops": [{"do": "join", "at": 0, "sound": str(JINGLE), "length": 900}] * 21},
    ],
)  # fmt: skip
def test_what_no_editor_sends_is_refused(data: object) -> None:
    with pytest.raises(rules.Unfit, match="edit_odd"):
        from_json(data)


def test_no_edits_are_no_edits() -> None:
    assert not from_json({})
    assert lay(from_json({}), MINUTE).pieces == (Piece(0, 0, MINUTE),)
    assert Edits(clarity=True)


@given(lists(MINUTE))
def test_json_keeps_every_list(edits: Edits) -> None:
    assert from_json(json.loads(json.dumps(to_json(edits)))) == edits


@given(lists(MINUTE))
def test_the_length_is_what_the_operations_say(edits: Edits) -> None:
    """Never less than nothing, and the sum of what each one gives and takes."""
    expected = MINUTE
    for op in edits.ops:
        if isinstance(op, Cut):
            expected -= op.end - op.start
        elif isinstance(op, Trim):
            expected = op.end - op.start
        elif isinstance(op, Silence | Join):
            expected += op.length
    line = lay(edits, MINUTE)
    assert line.length == expected
    assert all(piece.length > 0 for piece in line.pieces)


@given(lists(MINUTE), st.integers(0, MINUTE - 1))
def test_old_and_new_times_undo_each_other(edits: Edits, time: int) -> None:
    line = lay(edits, MINUTE)
    new = line.new(time)
    assert new is None or line.old(new) == (0, time)
    at = time % line.length
    source, old = line.old(at)
    assert source == SILENT or line.new(old, source) == at
    with pytest.raises(ValueError, match="outside"):
        line.old(line.length)


@given(lists(MINUTE, most=5))
def test_undo_is_one_operation_less_and_redo_the_same_again(edits: Edits) -> None:
    """Whatever stands before a prefix is a list in itself."""
    for count in range(len(edits.ops)):
        lay(Edits(edits.ops[:count]), MINUTE)
    assert lay(Edits(edits.ops), MINUTE) == lay(Edits(tuple(edits.ops)), MINUTE)


@given(lists(MINUTE), st.integers(0, 9_000), st.integers(30, 4_000), st.integers(30, 4_000))
def test_cut_after_cut_at_one_place_is_one_longer_cut(edits: Edits, at: int, first: int, second: int) -> None:
    total = lay(edits, MINUTE).length
    if at + first + second > total or total - first - second < rules.MIN_SOUND_MS:
        return
    twice = Edits((*edits.ops, Cut(at, at + first), Cut(at, at + second)))
    once = Edits((*edits.ops, Cut(at, at + first + second)))
    assert lay(twice, MINUTE) == lay(once, MINUTE)


@given(lists(MINUTE))
def test_neighbours_that_follow_each_other_are_one_piece(edits: Edits) -> None:
    for one, two in pairwise(lay(edits, MINUTE).pieces):
        assert not (one.source == two.source and one.end == two.start and one.curves == two.curves)


@given(lists(MINUTE))
def test_loudness_stays_within_its_limit_and_never_jumps(edits: Edits) -> None:
    for piece in lay(edits, MINUTE).pieces:
        for curve in piece.curves:
            assert all(0 <= factor <= MOST_GAIN for _, factor in curve.points)
            assert all(one[0] < two[0] for one, two in pairwise(curve.points))


def test_a_curve_holds_its_ends() -> None:
    curve = Curve(((100, 1.0), (110, 0.5), (200, 0.5), (210, 1.0)))
    assert [curve.at(time) for time in (0, 100, 105, 150, 205, 300)] == [1, 1, 0.75, 0.5, 0.75, 1]


def test_sounds_are_named_once_for_each_time_they_are_put_in() -> None:
    one, two = uuid4(), uuid4()
    line = laid(Join(0, one, 900), Join(0, two, 700), Join(1_600, one, 900))
    assert [piece.source for piece in line.pieces[:3]] == [2, 1, 3]
    assert line.joined == (one, two, one)
