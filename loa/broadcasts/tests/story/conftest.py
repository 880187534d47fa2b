"""Quy Mông at ten to five: its rules, its afternoon session, and how Lan and Thành do what they do."""

import uuid
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest

from loa.areas.models import OperatingRules
from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Programme, Schedule
from loa.broadcasts.queries import asked
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.conftest import Station, TestSigner, sound
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin
from loa.bulletins.rules import Draft
from loa.kernel.clock import local
from loa.kernel.errors import LoaError
from tests.cast import Cast


@pytest.fixture
def quy_mong_rules(cast: Cast) -> None:
    OperatingRules.objects.create(
        area=cast.quy_mong, starts=date(2026, 1, 1), document="Quy chế kèm theo Quyết định 12/QĐ-UBND",
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "21:00"}], max_minutes_per_session=45,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def ready(cast: Cast, station: Station, quy_mong_rules: None) -> None:
    bulletins.load_categories()


@pytest.fixture
def afternoon(cast: Cast) -> Programme:
    return actions.save_programme(
        actor=cast.lan, area=cast.quy_mong, name="Buổi chiều", starts=time(17), minutes=30, weekdays=range(1, 8),
        now=cast.now,
    )  # fmt: skip


def write(cast: Cast, title: str = "Tạm ngừng cấp nước", seconds: float = 52, **more: Any) -> Bulletin:
    own = sound(cast, seconds)
    draft = Draft(title=title, text=title, spoken=title, sound=own.pk, category="livelihood", **more)
    return bulletins.create_draft(
        actor=cast.lan, bulletin_id=uuid.uuid4(), area=cast.quy_mong, draft=draft, now=cast.now
    )


def propose(cast: Cast, bulletin: Bulletin, when: When | None = None, **more: Any) -> Schedule:
    today = local(cast.now).date()
    facts = {
        "actor": cast.lan,
        "schedule_id": uuid.uuid4(),
        "bulletin_id": bulletin.pk,
        "when": when or When("once", today, ("17:03",)),
        "target": Target(),
        "now": cast.now,
        **more,
    }
    return actions.propose(**facts)


def submitted(cast: Cast, title: str = "Tạm ngừng cấp nước", when: When | None = None, **more: Any) -> Schedule:
    schedule = propose(cast, write(cast, title), when, **more)
    actions.submit(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now)
    return fresh(schedule)


def seen(cast: Cast, **more: Any) -> dict[uuid.UUID, str]:
    return {request.schedule.pk: request.digest for request in asked.waiting(cast.quy_mong, cast.now, **more)}


def approved(cast: Cast, title: str = "Tạm ngừng cấp nước", when: When | None = None, **more: Any) -> Schedule:
    schedule = submitted(cast, title, when, **more)
    actions.approve(actor=cast.thanh, seen={schedule.pk: seen(cast)[schedule.pk]}, now=cast.now)
    return fresh(schedule)


def fresh(schedule: Schedule) -> Schedule:
    return Schedule.objects.select_related("area", "bulletin", "approval", "version").get(pk=schedule.pk)


def refusal(call: Callable[[], object]) -> LoaError:
    with pytest.raises(LoaError) as caught:
        call()
    return caught.value


def compiled(cast: Cast, signer: TestSigner, now: datetime | None = None) -> compiler.Outcome:
    return compiler.compile_plans(signer=signer, now=now or cast.now, plan_sets=compiler.touched())
