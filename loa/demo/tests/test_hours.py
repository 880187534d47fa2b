"""The neighbour's all-day hours of the demonstration are confirmed by a second person's key, like anybody's."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from devicelink.golden import world
from devicelink.messages import Hours, HoursWindow
from devicelink.refusals import Reason, Refused
from devicelink.widening import WEEK, Confirmed
from django.conf import settings as django_settings
from msgspec import convert
from pytest_django import Settings
from signer import confirmers, keys
from signer.assertions import Judge
from signer.checks import Facts, check
from signer.confirmers import Known
from signer.hours import Rule

from loa.areas.models import OperatingRules
from loa.demo import hours, people, places
from loa.kernel.clock import now, to_ms
from loa.kernel.errors import Unavailable
from tests.cast import Cast, cast  # noqa: F401

ALL_DAY = Hours(windows=(HoursWindow(weekdays=WEEK, start=0, end=1440),))


def installation(tmp_path: Path, settings: Settings, *, demo: bool) -> Path:
    base = tmp_path / "keys"
    keys.init(keys.Folders(base / "root", base / "signer", base / "gateway"), now=to_ms(now()), demo=demo)
    settings.ENV = replace(django_settings.ENV, var=tmp_path, signer_keys=base / "signer")
    return base / "signer"


def test_all_day_hours_that_the_signer_believes(cast: Cast, tmp_path: Path, settings: Settings) -> None:  # noqa: F811
    folder = installation(tmp_path, settings, demo=True)
    moment = now()
    ground = places.prepare("15", moment)
    for _ in range(2):
        hours.prepare(ground, people.prepare(ground, moment), moment)
    row = OperatingRules.objects.exclude(confirmed=None).get()
    assert row.area == ground.neighbour
    assert row.max_minutes_per_session == 45
    confirmed = convert(row.confirmed, Confirmed)
    for demo, expected in ((True, ""), (False, Reason.UNKNOWN_KEY)):
        known = Known(confirmers.read_site(folder), confirmers.read(folder))
        judge = Judge(known=known, accepted=(), demo=demo, note=lambda rule, by: None)
        facts = Facts(
            rules={ground.neighbour.path: Rule(ALL_DAY, confirmed=confirmed)},
            confirms=lambda area, one, judge=judge: judge.check(area, one, to_ms(moment)),  # type: ignore[misc]
        )
        assert refusal(ground.neighbour.path, facts, to_ms(moment)) == expected
    assert confirmers.has_demo(folder)
    later = moment + timedelta(days=340)
    hours.prepare(ground, people.prepare(ground, later), later)
    assert OperatingRules.objects.exclude(confirmed=None).count() == 2


def refusal(path: str, facts: Facts, moment: int) -> str:
    try:
        check(world.placement(issued=moment, area=path, hours=ALL_DAY), scope="vn", facts=facts, now=moment)
    except Refused as refused:
        return refused.reason
    return ""


def test_never_with_real_keys(cast: Cast, tmp_path: Path, settings: Settings) -> None:  # noqa: F811
    installation(tmp_path, settings, demo=False)
    ground = places.prepare("15", now())
    with pytest.raises(Unavailable):
        hours.prepare(ground, people.prepare(ground, now()), now())
    assert not OperatingRules.objects.exclude(confirmed=None).exists()
