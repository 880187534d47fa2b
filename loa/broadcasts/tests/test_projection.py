"""Other hours are compared morning by morning of one form; it must come to what comparing everything at once does."""

from datetime import UTC, datetime
from random import Random

import msgspec
import pytest
from airtime.spans import merged
from devicelink.messages import Airing, Part

from loa.broadcasts.rules import differences
from loa.broadcasts.rules.differences import Difference, Listeners
from loa.broadcasts.rules.projection import Row, Rows, Stand, compare

MINUTE, DAY = 60_000, 86_400_000
FIRST = int(datetime(2026, 8, 19, 17, tzinfo=UTC).timestamp()) * 1000  # midnight in Quy Mông
SINCE, UNTIL = FIRST + 8 * 60 * MINUTE, FIRST + 14 * DAY
VEN_SONG = Listeners("vn.15.04378", "Xã Quy Mông", "Ven sông", ("spk-1",))
SOUND = (Part(sha256="a" * 64),)


def week(random: Random) -> tuple[list[Airing], dict[str, str]]:
    """Schedules of every day, or of some days, close enough together to push each other."""
    airings: list[Airing] = []
    of: dict[str, str] = {}
    for number in range(12):
        at, minutes, slack = random.randrange(4 * 60, 7 * 60), random.randrange(1, 9), random.choice((0, 0, 15, 60))
        for day in range(14):
            if number % 3 == 2 and day % 3:
                continue
            start = FIRST + day * DAY + at * MINUTE
            name = f"a-{number}-{day}"
            of[name] = f"schedule {number}"
            airings.append(
                Airing(
                    id=name, start=start, duration=minutes * MINUTE, parts=SOUND, approval="x", issued=number,
                    priority=random.choice(("normal", "priority")) if day == 0 else airings[-1].priority,
                    level="commune", latest=start + slack * MINUTE if slack else 0, title=f"Tin {number}",
                )
            )  # fmt: skip
    return airings, of


def hours(since: int, until: int, days: range) -> tuple[tuple[int, int], ...]:
    return tuple(merged((FIRST + day * DAY + since * MINUTE, FIRST + day * DAY + until * MINUTE) for day in days))


def told(rows: list[Rows]) -> Difference:
    return differences.difference([(VEN_SONG, rows)])


def one_by_one(before: Stand, after: Stand) -> list[Rows]:
    """By the words of the definition: what each airing becomes, on every day."""
    was, becomes = before.air_times(), after.air_times()
    assert [one.airing for one in was] == [one.airing for one in becomes] or len(was) == len(becomes)
    new = {one.airing: one for one in becomes}
    pairs = [
        (one, new[one.airing]) for one in was if (one.start, one.end) != (new[one.airing].start, new[one.airing].end)
    ]
    seen = [(one, other) for one, other in pairs if SINCE <= one.start < UNTIL and SINCE <= other.start < UNTIL]
    return [Rows([Row(one, other)]) for one, other in seen]


@pytest.mark.parametrize("seed", range(12))
def test_other_hours_come_to_the_same_as_comparing_every_airing(seed: int) -> None:
    random = Random(seed)
    airings, of = week(random)
    usual = hours(4 * 60, 8 * 60, range(14))
    later = (*hours(4 * 60, 8 * 60, range(2)), *hours(random.randrange(270, 400), 8 * 60, range(2, 14)))
    before, after = Stand(tuple(airings), usual, of), Stand(tuple(airings), later, of)
    found, expected = told(compare(before, after, SINCE, UNTIL)), told(one_by_one(before, after))
    assert found.lines == expected.lines
    assert (found.airings, found.before, found.after) == (expected.airings, expected.before, expected.after)
    assert not found.nothing


def test_the_same_hours_are_no_difference_and_a_morning_that_is_over_none_either() -> None:
    airings, of = week(Random(1))
    usual, shorter = hours(4 * 60, 8 * 60, range(14)), hours(6 * 60, 8 * 60, range(1))
    both = Stand(tuple(airings), usual, of)
    assert told(compare(both, Stand(tuple(airings), usual, of), SINCE, UNTIL)).nothing
    today = Stand(tuple(airings), (*shorter, *hours(4 * 60, 8 * 60, range(1, 14))), of)
    assert told(compare(both, today, SINCE, UNTIL)).nothing


def test_one_morning_that_differs_is_a_line_of_its_own() -> None:
    """All days but the fifth have the same form."""
    usual = [daily(day) for day in range(14)]
    fifth = msgspec.structs.replace(daily(4), id="a-fifth", start=daily(4).start + 3 * MINUTE, title="Tin khẩn")
    of = {one.id: one.title for one in (*usual, fifth)}
    before = Stand((*usual, fifth), hours(4 * 60, 8 * 60, range(14)), of)
    after = Stand((*usual, fifth), hours(5 * 60 + 30, 8 * 60, range(14)), of)
    found = told(compare(before, after, SINCE, UNTIL))
    assert [(line.title, line.was, line.becomes, len(line.days)) for line in found.lines] == [
        ("Tin 1", "05:00–05:02", "không phát", 13),
        ("Tin khẩn", "05:03–05:05", "không phát", 1),
    ]


def daily(day: int) -> Airing:
    start = FIRST + day * DAY + 5 * 60 * MINUTE
    return Airing(
        id=f"a-{day}", start=start, duration=2 * MINUTE, parts=SOUND, approval="x", priority="normal",
        level="commune", issued=0, title="Tin 1",
    )  # fmt: skip
