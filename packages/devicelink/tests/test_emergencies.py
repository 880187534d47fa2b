"""An alert at the loudspeaker of hamlet 5: accepted once, stopped before it began, meant for it or not."""

from typing import Any

import msgspec
import pytest
from devicelink import emergencies, freshness, geometry, vouching
from devicelink.freshness import MemoryLedger
from devicelink.golden import world
from devicelink.golden.alarms import AROUND, ELSEWHERE
from devicelink.keyring import Verifier
from devicelink.messages import Alert, Audience, Cancel, Circle, Message, Point, Polygon, Session, SessionEnd, Where
from devicelink.refusals import Reason, Refused
from hypothesis import given
from hypothesis import strategies as st

LATITUDES, LONGITUDES = st.floats(8.0, 24.0), st.floats(102.0, 110.0)
POINTS = st.builds(Point, latitude=LATITUDES, longitude=LONGITUDES)


@pytest.fixture
def speaker() -> Verifier:
    return Verifier(
        root=world.ROOT,
        device=world.DEVICE,
        ledger=MemoryLedger(),
        keyring=world.keyring(),
        placement=world.placement(),
    )


def heard(speaker: Verifier, message: Message) -> str:
    try:
        speaker.verify(world.signed(message), Alert, Cancel, Session, SessionEnd, clock=world.CLOCK)
    except Refused as refused:
        return refused.reason
    return "ok"


def test_a_cancel_that_overtakes_its_alert_kills_it(speaker: Verifier) -> None:
    assert heard(speaker, world.cancel()) == "ok"
    assert heard(speaker, world.alert()) == Reason.DUPLICATE
    assert heard(speaker, world.alert(id="al-0002")) == "ok"


def test_a_cancel_of_an_alert_that_sounds_is_taken_once(speaker: Verifier) -> None:
    assert heard(speaker, world.alert()) == "ok"
    assert heard(speaker, world.cancel()) == "ok"
    assert heard(speaker, world.cancel()) == Reason.DUPLICATE
    assert heard(speaker, world.cancel(id="ca-0002", kind="cancel")) == "ok"


def test_a_refused_cancel_kills_nothing(speaker: Verifier) -> None:
    assert heard(speaker, world.cancel(audience=Audience(area=world.NEIGHBOUR))) == Reason.WRONG_AUDIENCE
    assert heard(speaker, world.cancel(expires=world.NOW + world.DAY + 1)) == Reason.LIMIT_EXCEEDED
    assert heard(speaker, world.alert()) == "ok"


def test_an_update_kills_what_it_replaces(speaker: Verifier) -> None:
    update = world.alert(id="al-0002", kind="update", references=("al-0001", "al-0000"))
    assert heard(speaker, update) == "ok"
    assert heard(speaker, world.alert()) == Reason.DUPLICATE


def test_the_end_of_a_session_that_overtakes_it(speaker: Verifier) -> None:
    assert heard(speaker, world.session_end()) == "ok"
    assert heard(speaker, world.session()) == Reason.DUPLICATE


def test_what_was_stopped_is_remembered_for_longer_than_it_could_live() -> None:
    cancel = world.cancel(expires=world.NOW + 1)
    kept = freshness.remembered(cancel)
    assert list(kept) == ["alert:al-0001", "cancel:ca-0001"]
    longest = world.alert(issued=world.NOW + world.MINUTE, expires=world.NOW + world.MINUTE + world.DAY)
    assert kept["alert:al-0001"] >= freshness.kept_until(longest)


def test_the_first_text_that_means_the_device_is_its_own() -> None:
    far, near, all_ = (
        world.target(id=name, where=where)
        for name, where in (
            ("far", Where(polygons=(ELSEWHERE,))),
            ("near", Where(polygons=(AROUND,))),
            ("all", Where()),
        )
    )
    own = emergencies.own_target(world.alert(targets=(far, near, all_)), world.placement())
    assert own is not None
    assert own.id == "near"
    blind = emergencies.own_target(world.alert(targets=(far, near, all_)), world.placement(latitude=None))
    assert blind is not None
    assert blind.id == "all"
    assert emergencies.own_target(world.alert(targets=(far,)), world.placement()) is None


def test_a_cancel_concerns_the_whole_audience() -> None:
    far = world.target(where=Where(polygons=(ELSEWHERE,)))
    cancel = world.cancel(targets=(far,))
    assert emergencies.concerns(cancel, world.placement())
    assert emergencies.own_target(cancel, world.placement()) is None
    assert emergencies.ended_by(cancel) == ("al-0001",)


@given(POINTS, POINTS)
def test_distance_is_the_same_both_ways(one: Point, other: Point) -> None:
    there, back = geometry.distance(one, other), geometry.distance(other, one)
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there < 2_100_000
    assert geometry.in_circle(one, Circle(centre=other, radius=int(there) + 1))


@given(POINTS, st.floats(0.001, 0.5), st.floats(0.001, 0.5))
def test_a_box_holds_its_middle_and_nothing_beyond_its_corners(middle: Point, up: float, right: float) -> None:
    corners = [(-up, -right), (-up, right), (up, right), (up, -right), (-up, -right)]
    box = Polygon(
        ring=tuple(
            Point(latitude=middle.latitude + north, longitude=middle.longitude + east) for north, east in corners
        )
    )
    assert geometry.in_polygon(middle, box)
    for north, east in corners:
        outside = Point(latitude=middle.latitude + 1.01 * north, longitude=middle.longitude + 1.01 * east)
        assert not geometry.in_polygon(outside, box)


@given(st.lists(st.builds(Point, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180)), max_size=12), POINTS)
def test_a_wild_ring_never_raises(points: list[Point], here: Point) -> None:
    geometry.in_polygon(here, Polygon(ring=tuple(points)))


def test_what_is_vouched_for_does_not_change_with_the_instant_of_issue() -> None:
    draft = world.alert(issued=0, expires=2 * world.HOUR)
    assert vouching.content(draft) == vouching.content(world.alert())


OTHER_VALUES: dict[str, Any] = {
    "audience": Audience(area="vn.15"),
    "id": "al-9",
    "kind": "update",
    "references": ("al-0",),
    "status": "exercise",
    "event": "bao",
    "severity": "minor",
    "urgency": "past",
    "certainty": "unlikely",
    "risk": 5,
    "level": "centre",
    "siren": "",
    "repeat": 0,
    "keep": 1,
    "headline": "Khác",
    "issuer": "Khác",
    "source": "Khác",
    "targets": (),
    "expires": world.NOW + 1,
}


def test_every_field_is_vouched_for() -> None:
    assert OTHER_VALUES.keys() | {"issued"} == set(Alert.__struct_fields__)
    content = vouching.content(world.alert())
    for name, value in OTHER_VALUES.items():
        assert vouching.content(msgspec.structs.replace(world.alert(), **{name: value})) != content, name


def test_a_challenge_is_of_one_person_part_and_instant() -> None:
    alert = world.alert()
    words = {
        vouching.challenge(alert, part="author", user="11", at=1),
        vouching.challenge(alert, part="confirmer", user="11", at=1),
        vouching.challenge(alert, part="author", user="12", at=1),
        vouching.challenge(alert, part="author", user="11", at=2),
        vouching.challenge(world.cancel(), part="author", user="11", at=1),
    }
    assert len(words) == 5
