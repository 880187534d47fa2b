"""Why they are silent: an operator, a power cut, the platform; and that the simulated fleet is judged rightly."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from loa.devices.rules import incidents
from loa.devices.rules.condition import Cause
from loa.devices.rules.diagnosis import Fault, Finding, Known, Outage, diagnose
from loa.devices.rules.incidents import Standing
from loa.devices.rules.operators import operator_of
from loa.devices.rules.patient import Patient
from loa.devices.tests.scenarios.judged import FAULTS, judged_all

NOW = datetime(2026, 8, 20, 9, 50, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NETWORK = Finding(Fault.NETWORK, "vn.15", "Viettel")


def pole(commune: int, number: int, operator: str = "Viettel", **facts: object) -> Patient:
    """One of a village, well unless `facts` say otherwise."""
    one = Patient(
        device=f"{commune}-{number}",
        commune=f"vn.15.{commune:05}",
        hamlet=f"vn.15.{commune:05}.h{number % 3}",
        operator=operator,
        there=True,
        since=NOW - timedelta(days=3),
        clock_bound=20,
        uptime=86_400_000,
    )
    return replace(one, **facts)  # type: ignore[arg-type]


def lost(one: Patient, minutes: float) -> Patient:
    """It fell silent so long ago."""
    return replace(one, there=False, since=NOW - minutes * MINUTE, cause=Cause.SILENT_LINK, ending="Read Error")


def villages(count: int = 4) -> list[Patient]:
    """Villages of twelve poles; each second pole has a Viettel card, the others MobiFone's."""
    cards = ("Viettel", "MobiFone")
    return [pole(commune, number, cards[number % 2]) for commune in range(count) for number in range(12)]


def test_an_operator_that_fails_is_one_cause_for_all_of_its_cards() -> None:
    fleet = [lost(one, 6) if one.operator == "Viettel" else one for one in villages()]
    found = diagnose(fleet, NOW)
    assert len(found) == 24
    assert set(found.values()) == {NETWORK}


def test_a_late_one_joins_and_one_without_a_noted_operator_goes_with_its_neighbours() -> None:
    fleet = [lost(one, 12) if one.operator == "Viettel" else one for one in villages()]
    known = {one.device: Known(NETWORK, NOW - 8 * MINUTE) for one in fleet if not one.there}
    late, unnoted = lost(pole(9, 1), 4), lost(pole(1, 40, ""), 12)
    found = diagnose([*fleet, late, unnoted], NOW, known=known)
    assert found[late.device] == found[unnoted.device] == NETWORK


def test_lost_a_moment_ago_is_not_judged_yet() -> None:
    fleet = [lost(one, 1) if one.operator == "Viettel" else one for one in villages()]
    assert diagnose(fleet, NOW) == {}


def test_a_village_without_light_is_known_by_its_goodbyes_and_batteries() -> None:
    fleet = villages()
    told = replace(fleet[0], there=False, since=NOW - 7 * MINUTE, cause=Cause.POWER_LOST)
    battery = replace(fleet[3], on_backup=True)
    mute = lost(fleet[6], 6)
    other_hamlet = lost(fleet[4], 6)
    found = diagnose([told, battery, mute, other_hamlet, *fleet[7:]], NOW)
    assert {found[one.device].fault for one in (told, battery, mute)} == {Fault.POWER}
    assert found[other_hamlet.device].fault == Fault.LINE


def test_all_silent_at_once_is_the_platform() -> None:
    found = diagnose([lost(one, 6) for one in villages()], NOW)
    assert set(found.values()) == {Finding(Fault.PLATFORM, "vn")}
    restarted = [replace(lost(one, 6), ending="gateway started") for one in villages(1)]
    assert {finding.fault for finding in diagnose(restarted, NOW).values()} == {Fault.PLATFORM}


def test_one_alone_needs_somebody_who_goes_there() -> None:
    fleet = villages()
    assert diagnose([lost(fleet[0], 4), *fleet[1:]], NOW) == {}
    assert diagnose([lost(fleet[0], 6), *fleet[1:]], NOW) == {"0-0": Finding(Fault.LINE, "vn.15.00000")}


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({"trouble": "no_card"}, Fault.SOUND),
        ({"trouble": "unheard"}, Fault.SOUND),
        ({"clock_bound": -1}, Fault.CLOCK),
        ({"storage_free": 1 << 20}, Fault.STORAGE),
        ({"there": False, "cause": Cause.CLEAN_STOP}, Fault.SWITCHED_OFF),
        ({"there": False, "cause": Cause.SIM_EXPIRED}, Fault.SIM),
        ({"there": False, "cause": Cause.SILENT_LINK, "used_mb": 3001, "monthly_mb": 3000}, Fault.SIM),
        ({"there": False, "cause": Cause.SILENT_LINK, "sim_expires": NOW.date()}, Fault.SIM),
        ({"there": False, "cause": Cause.SILENT_LINK, "on_backup": True}, Fault.POWER),
    ],
)
def test_its_own_word_comes_first(facts: dict[str, object], fault: Fault) -> None:
    assert diagnose([replace(pole(1, 1), **facts)], NOW)["1-1"].fault == fault  # type: ignore[arg-type]


def test_what_was_announced_raises_no_alarm_but_what_outlasts_it_does() -> None:
    one = replace(lost(pole(1, 1), 60), cause=Cause.POWER_LOST)
    cut = Outage(NOW - 70 * MINUTE, NOW - 20 * MINUTE, ("vn.15.00001",))
    assert diagnose([one], NOW, outages=[cut])["1-1"].fault == Fault.PLANNED
    assert diagnose([one], NOW + 15 * MINUTE, outages=[cut])["1-1"].fault == Fault.POWER
    named = Outage(cut.starts, cut.ends, ("vn.15.00001",), frozenset({"1-2"}))
    assert diagnose([one], NOW, outages=[named])["1-1"].fault == Fault.POWER
    assert diagnose([replace(pole(1, 1), on_backup=True)], NOW, outages=[cut])["1-1"].fault == Fault.PLANNED


def test_an_incident_fills_empties_and_closes_after_a_rest() -> None:
    line = Finding(Fault.LINE, "vn.15.00001")
    opened = incidents.steps({"a": NETWORK, "b": NETWORK, "c": line}, [], NOW)
    assert opened.opens == {NETWORK: {"a", "b"}, line: {"c"}}
    held = Standing("7", NETWORK, frozenset({"a", "b"}))
    later = incidents.steps({"b": NETWORK, "d": NETWORK}, [held], NOW)
    assert (later.joins, later.leaves, later.closes) == ({"7": {"d"}}, {"7": {"a"}}, set())
    empty = Standing("7", NETWORK, frozenset(), emptied=NOW)
    assert not incidents.steps({}, [empty], NOW + 4 * MINUTE)
    assert incidents.steps({}, [empty], NOW + 5 * MINUTE).closes == {"7"}
    assert incidents.steps({"a": NETWORK}, [empty], NOW + 5 * MINUTE).joins == {"7": {"a"}}


def test_who_cannot_be_judged_yet_stays_and_what_was_planned_makes_no_incident() -> None:
    held = Standing("7", NETWORK, frozenset({"a"}))
    assert not incidents.steps({"b": Finding(Fault.PLANNED, "vn.15.00001")}, [held], NOW, unsure={"a"})


def test_operators_have_one_spelling() -> None:
    assert operator_of(" viettel ") == operator_of("VIETTEL") == "Viettel"
    assert operator_of("Vinaphone") == operator_of("vnpt") == "VinaPhone"
    assert operator_of("Mạng Tây Bắc") == "Mạng Tây Bắc"
    assert operator_of("") == ""


def test_simulated_faults_are_named_rightly() -> None:
    """Few fleets here; bench/diagnosis asks a hundred."""
    score = judged_all([7])
    poor = {fault for fault in FAULTS if min(score.precision(fault), score.recall(fault)) < 0.9}
    assert not poor
