"""What is done in the background: plans after a change, what a lost job left behind."""

from datetime import datetime
from types import TracebackType
from typing import Any

import pytest

from loa.broadcasts import actions, tasks
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries.approvers import approvers
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.tests.conftest import Station, TestSigner, approval, on_air, version
from loa.bulletins.models import Approval
from loa.devices import signing
from loa.kernel.clock import local
from tests.cast import Cast


class Connected(TestSigner):
    """The test's signer in the place of the client."""

    def __call__(self, _: object) -> "Connected":
        return self

    def __enter__(self) -> "Connected":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


@pytest.fixture
def worker(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Connected:
    """The tasks at the hour of the story, with the test's signer."""
    signer = Connected()
    monkeypatch.setattr(tasks, "SignerClient", signer)
    monkeypatch.setattr(tasks, "now", lambda: cast.now)
    return signer


def waiting(cast: Cast) -> Schedule:
    own = version(cast, "Tạm ngừng cấp nước")
    return Schedule.objects.create(
        area=cast.quy_mong, bulletin=own.bulletin, state=State.SUBMITTED, pattern="once",
        first_day=local(cast.now).date(), times=["17:03"], made_by=cast.lan, made_at=cast.now, submitted_at=cast.now,
    )  # fmt: skip


def test_nobody_is_asked_to_approve_their_own(cast: Cast) -> None:
    found = approvers(cast.quy_mong, cast.now, without=[cast.thanh.pk])
    assert (found.own, found.deputies) == ((), (cast.phuc,))


def test_a_change_is_planned_by_the_job_or_else_by_the_tick(cast: Cast, station: Station, worker: Connected) -> None:
    schedule = on_air(cast, "Một", "17:03")
    assert tasks.compile_touched() == 0
    assert tasks.issue_due(0) == 3
    Approval.objects.filter(schedules=schedule).update(revoked_at=cast.now)
    assert tasks.catch_up(0) == 3
    assert station.titles(1) == []
    assert tasks.catch_up(0) == tasks.issue_due(0) == 0


def test_without_the_signer_the_change_waits_and_is_not_lost(cast: Cast, station: Station, worker: Connected) -> None:
    on_air(cast, "Một", "17:03")
    worker.away = True
    assert tasks.issue_due(0) == 0
    worker.away = False
    assert tasks.issue_due(0) == 3


def test_without_a_key_for_plans_what_the_minute_brings_is_still_tried(
    cast: Cast,
    station: Station,
    worker: Connected,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    on_air(cast, "Một", "17:03")
    monkeypatch.setattr(signing, "kids", lambda: {"placement": ("placement-1",)})
    assert tasks.issue_due(0) == 3
    assert "no valid key" in caplog.text


def test_the_tick_asks_the_deputies(cast: Cast, worker: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting(cast)
    assert tasks.escalate(0) == 0
    later: Any = cast.now + actions.deciding.ESCALATE_AFTER
    assert isinstance(later, datetime)
    monkeypatch.setattr(tasks, "now", lambda: later)
    assert tasks.escalate(0) == 1


def test_an_approval_made_by_hand_still_has_to_cover_its_places(cast: Cast, station: Station) -> None:
    schedule = waiting(cast)
    schedule.version = schedule.bulletin.versions.get()
    made = approval(cast, schedule, Target(devices=(station.speakers[1].pk,)))
    assert made.permit is not None
    assert [target["device"] for target in made.permit["targets"]] == [station.speakers[1].pk]
