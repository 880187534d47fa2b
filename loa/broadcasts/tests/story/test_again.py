"""Other content for what is on the air, and who may say yes to it: the same care as the first time."""

from datetime import timedelta
from typing import Any

import pytest

from loa.broadcasts import actions
from loa.broadcasts.models import Schedule
from loa.broadcasts.queries import asked
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.conftest import sound
from loa.broadcasts.tests.story.conftest import approved, propose, refusal, seen, submitted, write
from loa.bulletins import actions as bulletins
from loa.bulletins.rules import Draft
from loa.kernel.clock import local
from loa.people.models import Role
from tests.cast import Cast, give

LATER = timedelta(minutes=5)


@pytest.fixture
def rewritten(cast: Cast) -> Schedule:
    """A notice of this week, on the air, handed in again with other words five minutes later."""
    today = local(cast.now).date()
    schedule = approved(cast, when=When("daily", today, ("17:03",), last_day=today + timedelta(days=5)))
    draft = Draft(title="Ngừng cấp nước cả ngày", text="Cả ngày", sound=sound(cast, 50).pk, category="livelihood")
    bulletins.save_version(
        actor=cast.lan, bulletin_id=schedule.bulletin_id, draft=draft, revision=1, now=cast.now + LATER
    )
    actions.submit(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now + LATER)
    return schedule


def test_the_deputy_is_asked_again(cast: Cast, rewritten: Schedule) -> None:
    handed_in = cast.now + LATER
    assert actions.escalate(now=handed_in + timedelta(minutes=14)) == []
    assert [row.pk for row in actions.escalate(now=handed_in + timedelta(minutes=15))] == [rewritten.pk]
    assert actions.escalate(now=handed_in + timedelta(minutes=16)) == []


def test_a_third_wording_goes_to_the_deputy_as_well(cast: Cast, rewritten: Schedule) -> None:
    asked_first = cast.now + timedelta(minutes=30)
    actions.escalate(now=asked_first)
    actions.recall(actor=cast.lan, bulletin_id=rewritten.bulletin_id, now=asked_first + LATER)
    actions.submit(actor=cast.lan, bulletin_id=rewritten.bulletin_id, now=asked_first + LATER)
    assert [row.pk for row in actions.escalate(now=asked_first + timedelta(minutes=20))] == [rewritten.pk]


def test_a_viewer_makes_nobody_be_written_to(cast: Cast, rewritten: Schedule) -> None:
    give(cast.mai, Role.VIEWER, cast.quy_mong)
    again = lambda: actions.submit(actor=cast.mai, bulletin_id=rewritten.bulletin_id, now=cast.now)  # noqa: E731
    assert refusal(again).code == "denied"


def test_a_deputy_does_not_allow_the_air_times_of_the_one_they_stand_for(cast: Cast) -> None:
    bulletin = write(cast)
    give(cast.thanh, Role.OFFICER, cast.quy_mong)
    propose(cast, bulletin, actor=cast.thanh)
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    error = refusal(lambda: actions.approve(actor=cast.phuc, seen=seen(cast), now=cast.now))
    assert error.code == "own_bulletin"
    assert "Người ủy quyền" in error.message


def test_who_changes_the_air_times_of_another_does_not_approve_them(cast: Cast) -> None:
    schedule = propose(cast, write(cast))
    give(cast.thanh, Role.OFFICER, cast.quy_mong)
    other = When("once", local(cast.now).date(), ("18:30",))
    actions.change(actor=cast.thanh, schedule_id=schedule.pk, when=other, target=Target(), now=cast.now)
    actions.submit(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now)
    assert refusal(lambda: actions.approve(actor=cast.thanh, seen=seen(cast), now=cast.now)).code == "own_bulletin"


def test_what_waits_is_found_with_few_questions(cast: Cast, django_assert_num_queries: Any) -> None:
    today = local(cast.now).date()
    for number in (5, 3, 7, 0, 6, 1, 4, 2):  # in no order
        submitted(cast, f"Tin {number}", When("once", today, (f"17:1{number}",)))
    with django_assert_num_queries(9):
        assert len(asked.waiting(cast.quy_mong, cast.now)) == 8
