"""Two people at the same moment, each in a transaction of their own: whoever comes second waits, sees, and is told."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import sources
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.conftest import TestSigner, at
from loa.broadcasts.tests.story.conftest import approved, compiled, fresh, propose, seen, submitted, write
from loa.bulletins import actions as bulletins
from loa.bulletins.access import bulletin_for
from loa.bulletins.models import Approval
from loa.bulletins.rules import Draft
from loa.kernel.clock import local
from loa.kernel.errors import LoaError
from tests.at_once import PATIENCE_S, somebody_else, until_it_waits
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other() -> Iterator[ThreadPoolExecutor]:
    """The other person's computer."""
    with somebody_else() as pool:
        yield pool


def outcome(other: ThreadPoolExecutor, first: Callable[[], object], second: Callable[[], object]) -> str:
    """`first` is done but not yet committed when `second` begins elsewhere. The code of the second's refusal, or ""."""
    with transaction.atomic():
        first()
        later = other.submit(second)
        until_it_waits(later)
    return _code(later)


def _code(later: "Future[Any]") -> str:
    try:
        later.result(PATIENCE_S)
    except LoaError as error:
        return error.code
    return ""


def test_of_two_approvers_at_once_the_second_is_told(cast: Cast, other: ThreadPoolExecutor) -> None:
    schedule = submitted(cast)
    digest = seen(cast)
    second = outcome(
        other,
        lambda: actions.approve(actor=cast.thanh, seen=digest, now=cast.now),
        lambda: actions.approve(actor=cast.phuc, seen=digest, now=cast.now),
    )
    assert second == "wrong_state"
    assert Approval.objects.get(revoked_at=None) == fresh(schedule).approval


def test_approvers_of_crossing_heaps_do_not_stand_in_each_others_way(cast: Cast, other: ThreadPoolExecutor) -> None:
    morning = When("once", local(cast.now).date() + timedelta(days=1), ("05:10",))
    rows = sorted((submitted(cast, f"Tin {n}") for n in range(2)), key=lambda row: row.bulletin_id)
    again = [propose(cast, row.bulletin, morning, schedule_id=uuid.UUID(int=n)) for n, row in enumerate(rows[::-1])]
    for row in again:
        actions.submit(actor=cast.lan, bulletin_id=row.bulletin_id, now=cast.now)
    digest = seen(cast)
    mine, yours = {row.pk: digest[row.pk] for row in rows}, {row.pk: digest[row.pk] for row in again}
    with transaction.atomic():
        bulletin_for(cast.thanh, rows[0].bulletin_id, cast.now, lock=True)
        later = other.submit(lambda: actions.approve(actor=cast.phuc, seen=yours, now=cast.now))
        until_it_waits(later)
        actions.approve(actor=cast.thanh, seen=mine, now=cast.now)
    assert _code(later) == ""
    assert {fresh(row).state for row in (*rows, *again)} == {State.APPROVED}


def take_back(cast: Cast, schedule: Schedule) -> None:
    actions.recall(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now)


def withdraw(cast: Cast, schedule: Schedule) -> None:
    actions.withdraw(actor=cast.lan, bulletin_id=schedule.bulletin_id, reason="Sai giờ", now=cast.now)


@pytest.mark.parametrize(("stop", "state"), [(take_back, State.DRAFT), (withdraw, State.ENDED)])
def test_what_is_stopped_while_it_is_being_approved(
    cast: Cast, other: ThreadPoolExecutor, stop: Callable[[Cast, Schedule], None], state: State
) -> None:
    schedule = submitted(cast)
    digest = seen(cast)
    with transaction.atomic():
        bulletin_for(cast.lan, schedule.bulletin_id, cast.now, lock=True)
        later = other.submit(lambda: actions.approve(actor=cast.thanh, seen=digest, now=cast.now))
        until_it_waits(later)
        stop(cast, schedule)
    assert _code(later) == "wrong_state"
    assert fresh(schedule).state == state
    assert not Approval.objects.exists()


def test_other_words_that_are_handed_in_while_the_old_ones_are_approved(cast: Cast, other: ThreadPoolExecutor) -> None:
    schedule = submitted(cast)
    digest = seen(cast)

    def rewrite() -> None:
        actions.recall(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now)
        own = fresh(schedule).bulletin.versions.get()
        draft = Draft(title="Ngừng cấp điện", text="Ngừng cấp điện", sound=own.sound_id, category="livelihood")
        bulletins.save_version(
            actor=cast.lan, bulletin_id=schedule.bulletin_id, draft=draft, revision=1, now=cast.now
        )  # fmt: skip
        actions.submit(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now)

    approve = lambda: actions.approve(actor=cast.thanh, seen=digest, now=cast.now)  # noqa: E731
    assert outcome(other, rewrite, approve) == "changed"
    assert fresh(schedule).state == State.SUBMITTED


def test_what_is_ended_while_it_is_being_approved_is_allowed_nowhere(cast: Cast, other: ThreadPoolExecutor) -> None:
    schedule = submitted(cast)
    digest = seen(cast)
    second = outcome(
        other,
        lambda: actions.approve(actor=cast.thanh, seen=digest, now=cast.now),
        lambda: actions.end(actor=cast.lan, schedule_id=schedule.pk, reason="Thôi phát", now=cast.now),
    )
    assert second == ""
    assert fresh(schedule).state == State.ENDED
    assert not Approval.objects.filter(revoked_at=None).exists(), "the signer would still let it sound"


def test_a_change_of_what_is_being_approved_asks_again(cast: Cast, other: ThreadPoolExecutor) -> None:
    schedule = submitted(cast)
    digest = seen(cast)
    later = When("once", local(cast.now).date(), ("18:00",))
    second = outcome(
        other,
        lambda: actions.approve(actor=cast.thanh, seen=digest, now=cast.now),
        lambda: actions.change(actor=cast.lan, schedule_id=schedule.pk, when=later, target=Target(), now=cast.now),
    )
    assert second == ""
    assert fresh(schedule).times == ["17:03"]
    assert Schedule.objects.get(replaces=schedule).state == State.SUBMITTED


def test_one_approval_is_ended_once(cast: Cast, other: ThreadPoolExecutor) -> None:
    approval = approved(cast).approval
    assert approval is not None
    end = lambda: bulletins.revoke(actor=cast.lan, approval_id=approval.pk, reason="Sai", now=cast.now)  # noqa: E731
    assert outcome(other, end, end) == "already_revoked"


def test_an_air_time_taken_out_while_a_move_is_approved_stays_out(cast: Cast, other: ThreadPoolExecutor) -> None:
    today = local(cast.now).date()
    long = approved(cast, when=When("daily", today, ("17:03",), last_day=today + timedelta(days=5)))
    first, second = (at(cast, 17, 3, days=days) for days in (1, 2))
    moved = actions.move_airing(
        actor=cast.lan, schedule_id=long.pk, start=first, to=at(cast, 18, days=1), moved_id=uuid.uuid4(), now=cast.now
    )
    digest = seen(cast)
    told = outcome(
        other,
        lambda: actions.remove_airing(actor=cast.lan, schedule_id=long.pk, start=second, now=cast.now),
        lambda: actions.approve(actor=cast.thanh, seen={moved.pk: digest[moved.pk]}, now=cast.now),
    )
    assert told == ""
    left = sources.rule_of(fresh(long)).starts(first, second + timedelta(hours=1))
    assert left == (), "both are gone from the long schedule"


def test_the_same_wish_from_two_pages_makes_one_schedule(cast: Cast, other: ThreadPoolExecutor) -> None:
    bulletin = write(cast)

    def wish() -> object:
        return actions.put_on_air(
            actor=cast.lan, bulletin_id=bulletin.pk, area=cast.quy_mong,
            when=When("once", local(cast.now).date(), ("17:03",)), target=Target(), now=cast.now,
        )  # fmt: skip

    assert outcome(other, wish, wish) == ""
    assert Schedule.objects.filter(bulletin=bulletin).count() == 1


def test_a_plan_in_the_making_and_a_change_do_not_block_each_other(
    cast: Cast, other: ThreadPoolExecutor, signer: TestSigner
) -> None:
    schedule = approved(cast)
    with transaction.atomic():
        compiled(cast, signer)
        later = other.submit(
            lambda: actions.end(actor=cast.lan, schedule_id=schedule.pk, reason="Thôi phát", now=cast.now)
        )
        until_it_waits(later)
    assert _code(later) == ""
    assert compiler.touched(), "what was planned meanwhile is planned again"
