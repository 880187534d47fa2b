"""The rules of the air at the loudspeaker of thôn 5: quieter by the hour, silent for a funeral, awake on giao thừa.

NOW is 06:00.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import speaker_village as village
from devicelink.golden import world
from devicelink.golden.world import NOW
from devicelink.messages import Hours, HoursExtension, VolumeCap
from hypothesis import given, settings
from hypothesis import strategies as st
from speaker import decide
from speaker.decide import Loudness
from speaker_pole import Pole, Stretch, begins_at
from speaker_village import DAY, HOUR, MINUTE, SECOND, Sound, airing

NOTICE = Sound("lịch cắt điện", 4)
MUSIC = Sound("nhạc hiệu", 60)
MIDNIGHT = NOW + 18 * HOUR
DAYTIME = village.DAYTIME.windows


@pytest.fixture
def pole(tmp_path: Path) -> Pole:
    made = Pole(tmp_path, NOW)
    made.keep(NOTICE, MUSIC)
    return made


def level(stretch: Stretch, sound: Sound, at: float, began: float) -> float:
    """How loud 10 ms of `sound`, which began at `began`, were at the true instant `at`: 1.0 = as it was recorded."""
    first, place = round((at - stretch.start) * 48), round((at - began) * 48)
    heard, whole = (pcm.astype(float) for pcm in (stretch.pcm[first : first + 480], sound.pcm[place : place + 480]))
    return float(np.sqrt((heard**2).mean() / (whole**2).mean()))


def quiet(start: int, end: int, **changes: Any) -> Hours:
    """Daytime, and nothing from `start` to `end`."""
    return Hours(windows=DAYTIME, closures=(HoursExtension(start=start, end=end),), **changes)


def test_it_grows_quieter_in_the_very_minute_and_without_a_click(pole: Pole) -> None:
    """In the middle of what sounds, though nobody says anything to the loudspeaker."""
    edge, start = NOW + HOUR, NOW + HOUR - 20 * SECOND
    caps = (VolumeCap(start=420, end=421, most=50),)
    item = village.plan(NOW, (airing("relay", start, MUSIC),), (MUSIC,))
    pole.obey(item, village.placement(NOW, volumes=caps))
    pole.run(edge + 2 * MINUTE)
    [stretch] = pole.heard
    assert pole.said() == [("relay", "played", "")]
    assert level(stretch, MUSIC, edge - 25, start) == pytest.approx(1.0, abs=0.25)
    assert level(stretch, MUSIC, edge + 15, start) == pytest.approx(0.25, abs=0.08)
    before, after = (level(stretch, MUSIC, edge + off, start) for off in (-5_000, 5_000))
    assert after / before == pytest.approx(0.25, abs=0.05)


def test_it_is_as_loud_as_before_when_the_quiet_hours_are_over(pole: Pole) -> None:
    edge, start = NOW + HOUR, NOW + HOUR - 30 * SECOND
    caps = (VolumeCap(start=0, end=420, most=50), VolumeCap(start=300, end=400, most=10))
    pole.obey(village.plan(NOW, (airing("a", start, MUSIC),), (MUSIC,)), village.placement(NOW, volumes=caps))
    pole.run(edge + MINUTE)
    [stretch] = pole.heard
    assert level(stretch, MUSIC, edge - 1_000, start) == pytest.approx(0.25, abs=0.05)
    assert level(stretch, MUSIC, edge + 1_000, start) == pytest.approx(1.0, abs=0.3)


def test_a_cluster_that_is_muted_falls_silent_within_a_second(pole: Pole) -> None:
    """A funeral passes below the pole of thôn 5; the officer mutes it from the telephone."""
    start = NOW + MINUTE
    plan = village.plan(NOW, (airing("a", start, MUSIC), airing("b", start + HOUR, NOTICE)), (MUSIC, NOTICE))
    pole.obey(plan)
    pole.run(start + 20 * SECOND)
    muted = pole.true()
    pole.obey(plan, village.placement(NOW, revision=NOW + 1, hours=quiet(muted, muted + 3 * HOUR)))
    pole.run(start + 3 * HOUR)
    [stretch] = pole.heard
    assert stretch.end <= muted + SECOND
    assert pole.said() == [("a", "cut", "outside_hours"), ("b", "skipped", "outside_hours")]


def test_a_mute_ends_by_itself_and_can_be_lifted_earlier(pole: Pole) -> None:
    items = [airing(f"a{hour}", NOW + hour * HOUR, NOTICE) for hour in (1, 2, 3, 5)]
    plan = village.plan(NOW, tuple(items), (NOTICE,))
    pole.obey(plan, village.placement(NOW, hours=quiet(NOW, NOW + 4 * HOUR)))
    pole.run(NOW + 2 * HOUR + MINUTE)
    pole.obey(plan, village.placement(NOW, revision=NOW + 1, hours=village.DAYTIME), since=NOW)
    pole.run(NOW + 6 * HOUR)
    assert pole.said() == [
        ("a1", "skipped", "outside_hours"),
        ("a2", "skipped", "outside_hours"),
        ("a3", "played", ""),
        ("a5", "played", ""),
    ]


def test_giao_thua_sounds_at_five_past_midnight_and_not_a_minute_longer(pole: Pole) -> None:
    extra = HoursExtension(start=MIDNIGHT, end=MIDNIGHT + 10 * MINUTE)
    items = (
        airing("before", MIDNIGHT - MINUTE, NOTICE),
        airing("greeting", MIDNIGHT + 5 * MINUTE, NOTICE),
        airing("music", MIDNIGHT + 9 * MINUTE + 30 * SECOND, MUSIC, filling=True),
        airing("late", MIDNIGHT + 9 * MINUTE + 58 * SECOND, NOTICE, rank=1),
        airing("next night", MIDNIGHT + DAY + 5 * MINUTE, NOTICE),
    )
    hours = Hours(windows=DAYTIME, extensions=(extra,))
    pole.obey(village.plan(NOW, items, (NOTICE, MUSIC)), village.placement(NOW, hours=hours))
    pole.run(MIDNIGHT + 2 * DAY)
    assert sorted(pole.said()) == [
        ("before", "skipped", "outside_hours"),
        ("greeting", "played", ""),
        ("late", "skipped", "outside_hours"),
        ("music", "cut", "outside_hours"),
        ("next night", "skipped", "outside_hours"),
    ]
    assert begins_at(pole.heard[0], NOTICE) == pytest.approx(MIDNIGHT + 5 * MINUTE, abs=1)
    assert max(stretch.end for stretch in pole.heard) <= MIDNIGHT + 10 * MINUTE + 11


def test_the_strictest_cap_that_covers_the_minute_counts() -> None:
    caps = (VolumeCap(start=0, end=360, most=30), VolumeCap(start=300, end=420, most=50))
    loud = Loudness(70, caps, 420)
    # world.NOW is 06:00 there, minute 360
    assert [loud.at(NOW + minutes * MINUTE) for minutes in (-61, -1, 0, 59, 60)] == [30, 30, 50, 50, 70]
    assert loud.most == 70  # an emergency's


def test_without_a_cap_it_is_as_loud_all_day() -> None:
    assert Loudness(60).steps(NOW, NOW + DAY) == ((NOW, 60),)
    assert decide.loudness(world.placement(max_volume=40, volumes=()), []).at(NOW) == 40


caps_of_a_day = st.lists(
    st.builds(
        lambda a, b, most: VolumeCap(start=min(a, b), end=max(a, b) + 1, most=most),
        st.integers(0, 1439),
        st.integers(0, 1439),
        st.integers(0, 100),
    ),
    max_size=4,
)


@settings(deadline=None)
@given(caps_of_a_day, st.integers(0, 2 * DAY), st.integers(0, 3 * DAY), st.sampled_from([420, 0, -300]))
def test_between_two_steps_the_volume_does_not_change(
    caps: list[VolumeCap], begin: int, length: int, offset: int
) -> None:
    loud = Loudness(80, tuple(caps), offset)
    since, until = NOW + begin, NOW + begin + length
    steps = loud.steps(since, until)
    assert steps[0] == (since, loud.at(since))
    assert list(steps) == sorted(steps, key=lambda step: step[0])
    for moment in range(since, until, 23 * MINUTE + 13):
        assert loud.at(moment) == [volume for at, volume in steps if at <= moment][-1]
