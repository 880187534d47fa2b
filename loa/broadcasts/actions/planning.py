"""Asks for new plans. The work itself follows the commit: the signer reads only what is committed."""

from collections.abc import Iterable
from datetime import datetime

from procrastinate.contrib.django import app

from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Schedule
from loa.broadcasts.queries import sources
from loa.broadcasts.rules import targets

COMPILE_TASK = "broadcasts.compile_touched"


def plan_sets_of(schedules: Iterable[Schedule]) -> set[str]:
    """The plan sets that these schedules reach now."""
    return {
        place.id
        for schedule in schedules
        for place in sources.places_meant(schedule.area.path, targets.from_json(schedule.target))
    }


def replan(plan_sets: Iterable[str], *, now: datetime) -> None:
    """Have these plans made anew once this transaction is committed; if the job is lost, the next tick does it."""
    names = set(plan_sets)
    if names:
        compiler.touch(names, now=now)
        app.configure_task(name=COMPILE_TASK, queue="default", priority=10).defer()
