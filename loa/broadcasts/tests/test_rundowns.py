"""The afternoon session of Quy Mông, half an hour from 17:00: what comes after what, what yields, what goes on."""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from airtime.spans import Span
from hypothesis import given
from hypothesis import strategies as st

from loa.broadcasts.rules import reruns
from loa.broadcasts.rules.rundowns import Fate, Kind, Laid, Over, Part, Piece, Sitting, Under, Why, lay, run
from loa.kernel.clock import LOCAL

OPENS = datetime(2026, 8, 20, 17, 0, tzinfo=LOCAL)
HOUR = timedelta(hours=1)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def piece(name: str, length: float, **more: Any) -> Piece:
    facts: dict[str, Any] = {"earliest": OPENS, "latest": OPENS + HOUR, "slack": HOUR} | more
    return Piece(id=name, title=name, duration=minutes(length), **facts)


def part(kind: Kind, planned: float, *pieces: Piece, **more: Any) -> Part:
    return Part(id=more.pop("id", kind.value), kind=kind, minutes=minutes(planned), pieces=pieces, **more)


def sitting(*parts: Part, opens: datetime = OPENS, length: float = 30, **more: Any) -> Sitting:
    return Sitting(id=f"{opens:%d %H:%M}", span=Span(opens, opens + minutes(length)), parts=parts, **more)


def times(laid: Laid) -> dict[str, str]:
    return {one.piece: f"{one.start:%H:%M:%S}" for one in laid.placed}


def afternoon(*bulletins: Piece, over: Over = Over.PUSH, under: Under = Under.EARLY, music: float = 5) -> Sitting:
    return sitting(
        part(Kind.FIXED, 1, piece("Nhạc hiệu", 1), id="opening"),
        part(Kind.BULLETINS, 20, *bulletins, over=over, under=under),
        part(Kind.FILLING, music, piece("Nhạc", music), id="music"),
        part(Kind.FIXED, 4, piece("Kết", 1), id="closing"),
    )


def test_parts_come_one_after_the_other_and_priority_comes_first() -> None:
    laid = lay(afternoon(piece("Họp thôn", 3, order=(1, "")), piece("Bão số 5", 2, priority=True, order=(2, ""))))
    assert times(laid) == {
        "Nhạc hiệu": "17:00:00", "Bão số 5": "17:01:00", "Họp thôn": "17:03:00", "Nhạc": "17:06:00", "Kết": "17:11:00",
    }  # fmt: skip
    assert laid.moved == ()


def test_early_fill_or_wait_when_there_is_little_to_say() -> None:
    said = piece("Họp thôn", 3)
    assert times(lay(afternoon(said, under=Under.EARLY)))["Nhạc"] == "17:04:00"
    filled = lay(afternoon(said, under=Under.FILL, music=20))
    assert (times(filled)["Nhạc"], times(filled)["Kết"]) == ("17:04:00", "17:24:00")
    waits = lay(afternoon(said, under=Under.WAIT))
    assert (times(waits)["Nhạc"], times(waits)["Kết"]) == ("17:21:00", "17:26:00")


def test_too_much_cuts_the_music_and_the_closing_keeps_its_place() -> None:
    laid = lay(afternoon(piece("Thông báo dài", 25), over=Over.CUT))
    music = next(one for one in laid.placed if one.piece == "Nhạc") if "Nhạc" in times(laid) else None
    assert music is None
    assert [(row.title, row.fate, row.by) for row in laid.moved] == [("Nhạc", Fate.CUT, "Thông báo dài")]
    assert times(laid)["Kết"] == "17:26:00"
    shorter = lay(afternoon(piece("Thông báo", 22), over=Over.CUT))
    music = next(one for one in shorter.placed if one.piece == "Nhạc")
    assert (f"{music.start:%H:%M}", music.duration) == ("17:23", minutes(3))


def test_too_much_pushes_what_follows_inside_the_session() -> None:
    laid = lay(afternoon(piece("Thông báo", 22), over=Over.PUSH))
    assert (times(laid)["Nhạc"], times(laid)["Kết"]) == ("17:23:00", "17:28:00")
    assert laid.moved == ()


def test_pushed_over_the_end_the_last_bulletin_has_no_room() -> None:
    laid = lay(afternoon(piece("Một", 20, order=(1, "")), piece("Hai", 5, order=(2, ""))))
    assert "Hai" not in times(laid)
    assert [(row.title, row.fate, row.why, row.by) for row in laid.moved] == [("Hai", Fate.LEFT, Why.FULL, "Một")]
    assert reruns.in_words(laid.moved[0]).startswith("“Hai” không phát: buổi này hết giờ")


def test_next_keeps_the_part_to_its_minutes_and_a_shorter_one_takes_the_room() -> None:
    laid = lay(
        afternoon(piece("Một", 15, order=(1, "")), piece("Hai", 8, order=(2, "")), piece("Ba", 4, order=(3, "")),
                  over=Over.NEXT)
    )  # fmt: skip
    assert [name for name in ("Một", "Hai", "Ba") if name in times(laid)] == ["Một", "Ba"]
    assert times(laid)["Kết"] == "17:25:00"


def test_what_has_no_room_goes_to_the_session_that_its_approval_names() -> None:
    morning = OPENS + timedelta(hours=12)
    late = piece("Hai", 5, order=(2, ""), spill=(morning,))
    first = afternoon(piece("Một", 20, order=(1, "")), late)
    own = piece("Sáng mai", 3, earliest=morning, latest=morning + HOUR, order=(1, ""))
    second = sitting(part(Kind.BULLETINS, 25, own), opens=morning)
    before, after = run([first, second])
    assert [(row.title, row.fate) for row in before.moved] == [("Hai", Fate.NEXT)]
    assert times(after) == {"Hai": "05:00:00", "Sáng mai": "05:05:00"}
    assert "dồn sang buổi sau" in reruns.in_words(before.moved[0])


def test_a_priority_bulletin_goes_before_what_waited() -> None:
    morning = OPENS + timedelta(hours=12)
    late = piece("Hai", 5, order=(2, ""), spill=(morning,))
    own = piece("Bão", 3, earliest=morning, latest=morning + HOUR, priority=True)
    _, after = run([afternoon(piece("Một", 20), late), sitting(part(Kind.BULLETINS, 25, own), opens=morning)])
    assert times(after) == {"Bão": "05:00:00", "Hai": "05:03:00"}


def test_a_session_that_is_not_held_sends_on_what_may_go_on() -> None:
    morning = OPENS + timedelta(hours=12)
    [laid] = run([sitting(part(Kind.BULLETINS, 25), opens=morning)], [piece("Hai", 5, spill=(morning,))])
    assert times(laid) == {"Hai": "05:00:00"}


def test_what_sounds_already_stays_and_nothing_new_begins_in_the_past() -> None:
    now = OPENS + minutes(6)
    begun = piece("Một", 8, begun=OPENS + minutes(1), order=(5, ""))
    opening = piece("Nhạc hiệu", 1, begun=OPENS)
    laid = lay(
        sitting(
            part(Kind.FIXED, 1, opening, id="opening"),
            part(Kind.BULLETINS, 20, begun, piece("Bão", 2, priority=True)), not_before=now,
        )
    )  # fmt: skip
    assert times(laid) == {"Nhạc hiệu": "17:00:00", "Một": "17:01:00", "Bão": "17:09:00"}


def test_what_has_a_time_of_its_own_is_not_spoken_over() -> None:
    relay = Span(OPENS + minutes(5), OPENS + minutes(10))
    laid = lay(sitting(part(Kind.BULLETINS, 30, piece("A", 4), piece("B", 4, order=(2, ""))), busy=(relay,)))
    assert times(laid) == {"A": "17:00:00", "B": "17:10:00"}
    assert laid.left == minutes(30 - 5 - 8)


def test_the_rules_of_the_place_allow_no_more_than_so_many_minutes() -> None:
    laid = lay(sitting(part(Kind.BULLETINS, 30, piece("A", 4), piece("B", 4, order=(2, ""))), limit=minutes(6)))
    assert [(row.title, row.why) for row in laid.moved] == [("B", Why.LIMIT)]
    assert laid.left == minutes(2)


def test_a_session_moved_beyond_what_was_approved_says_so() -> None:
    moved = OPENS + 2 * HOUR
    laid = lay(sitting(part(Kind.BULLETINS, 30, piece("A", 4)), opens=moved))
    assert [(row.title, row.why) for row in laid.moved] == [("A", Why.TIMES)]


def test_an_insert_tells_what_moves() -> None:
    before = run([afternoon(piece("Một", 20, order=(1, "")))])
    after = run([afternoon(piece("Một", 20, order=(1, "")), piece("Bão", 4, priority=True))])
    shifts = {row.piece: (row.was is not None, row.becomes is not None) for row in reruns.difference(before, after)}
    assert shifts == {"Một": (True, False), "Bão": (False, True), "Nhạc": (True, True), "Kết": (True, True)}


@given(
    st.lists(st.tuples(st.integers(1, 600), st.booleans()), max_size=12),
    st.sampled_from(Over), st.sampled_from(Under), st.integers(0, 25),
)  # fmt: skip
@pytest.mark.filterwarnings("error")
def test_nothing_overlaps_nothing_leaves_the_session_nothing_is_lost(
    said: list[tuple[int, bool]], over: Over, under: Under, music: int
) -> None:
    pieces = [piece(f"{n}", s / 60, priority=p, order=(n, "")) for n, (s, p) in enumerate(said)]
    held = afternoon(*pieces, over=over, under=under, music=music + 1)
    laid = lay(held)
    ordered = sorted(laid.placed, key=lambda one: one.start)
    assert all(one.end <= other.start for one, other in itertools.pairwise(ordered))
    assert all(held.span.start <= one.start and one.end <= held.span.end for one in ordered)
    told = {one.piece for one in laid.placed} | {row.piece for row in laid.moved}
    assert told == {one.id for item in held.parts for one in item.pieces}
    assert "Kết" in times(laid)
