"""What happens: one great thing at 16:10, among the small ones of every day. The truth is kept beside it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from speaker.selftest.verdict import EarKind

from loa.devices.rules.condition import Cause
from loa.devices.rules.diagnosis import Fault
from loa.devices.tests.scenarios.fleet import OPERATORS, START, Fleet, Speaker
from loa.devices.tests.scenarios.selves import trouble

STRIKES = START + timedelta(minutes=10)
Story = Callable[[Fleet], None]


def noise(fleet: Fleet) -> None:
    """Every day: a card that hangs, a clock without battery, a full memory, SIMs that ended, lines that break for
    no known reason, and lines that only flicker.
    """
    chance = fleet.chance

    def some_time() -> timedelta:
        return timedelta(minutes=chance.uniform(-25, 3))

    for one in fleet.some(0.01):
        fleet.lose(one, STRIKES + some_time(), Fault.LINE)
    for one in fleet.some(0.01):
        fleet.change(one, STRIKES + some_time(), Fault.SOUND, trouble=chance.choice(["no_card", "unheard"]))
    for one in fleet.some(0.01):
        fleet.change(one, STRIKES + some_time(), Fault.CLOCK, clock_bound=chance.choice([-1, 61_000, 500_000]))
    for one in fleet.some(0.01):
        fleet.change(one, STRIKES + some_time(), Fault.STORAGE, storage_free=chance.randint(1, 199) << 20)
    for one in fleet.some(0.01):
        _end_sim(fleet, one)
    for one in fleet.some(0.004):
        _switch_off(fleet, one)
    for one in fleet.some(0.01):
        at = STRIKES + some_time()
        fleet.lose(one, at, "", back=at + timedelta(seconds=chance.uniform(60, 220)))
    for one in fleet.some(0.01):  # started a moment ago: it is still asking for the time
        fleet.change(one, STRIKES + timedelta(minutes=8), "", clock_bound=-1, uptime=20_000)


def _break_sound(fleet: Fleet, at: datetime, shares: dict[str, float]) -> None:
    """Of those that can listen to themselves; what a dead ear or a storm leaves open is nobody's fault."""
    truth = {"amplifier": Fault.SOUND, "horn": Fault.SOUND}
    for kind, share in shares.items():
        for one in fleet.some(share, [one for one in fleet.speakers if one.ear]):
            ear: EarKind = "line" if one.ear == "line" else "microphone"
            if (kind, ear) != ("horn", "line"):  # the wire to the horn lies behind it
                fleet.change(one, at, truth.get(kind, ""), trouble=trouble(kind, ear, fleet.chance))


def _end_sim(fleet: Fleet, one: Speaker) -> None:
    at = STRIKES + timedelta(minutes=fleet.chance.uniform(-600, 0))
    if fleet.chance.random() < 0.5:
        fleet.change(one, START - timedelta(hours=15), "", used_mb=3000 + fleet.chance.randint(0, 40))
        fleet.lose(one, at, Fault.SIM)
    else:
        gone = {"there": False, "since": at, "cause": Cause.SIM_EXPIRED, "sim_expires": START.date()}
        fleet.change(one, at, Fault.SIM, **gone)


def _switch_off(fleet: Fleet, one: Speaker) -> None:
    gone = {"there": False, "since": STRIKES, "cause": Cause.CLEAN_STOP}
    fleet.change(one, STRIKES, Fault.SWITCHED_OFF, **gone)


def quiet_day(fleet: Fleet) -> None:
    """Nothing but the small things."""


def cut_of_a_commune(fleet: Fleet) -> None:
    """The power line of a whole commune."""
    fleet.cut_power(fleet.some(1, fleet.of[_commune(fleet)]), STRIKES, Fault.POWER)


def cut_of_hamlets(fleet: Fleet) -> None:
    """A transformer: one hamlet here, one there; the rest of both communes has light."""
    for commune in fleet.chance.sample(sorted(fleet.of), 2):
        hamlet = fleet.chance.choice(fleet.of[commune]).patient.hamlet
        struck = [one for one in fleet.some(1, fleet.of[commune]) if one.patient.hamlet == hamlet]
        fleet.cut_power(struck, STRIKES, Fault.POWER)


def storm(fleet: Fleet) -> None:
    """Power goes in a third of the communes, one after another within a quarter of an hour."""
    for commune in fleet.chance.sample(sorted(fleet.of), len(fleet.of) // 3):
        at = STRIKES + timedelta(minutes=fleet.chance.uniform(-8, 4))
        fleet.cut_power(fleet.some(1, fleet.of[commune]), at, Fault.POWER)


def operator_away(fleet: Fleet) -> None:
    """One operator in the whole province; a few of its cards hang on, a few go late."""
    _take_operator(fleet, fleet.some(0.96))


def towers_away(fleet: Fleet) -> None:
    """One operator in two communes only: a cut fibre."""
    communes = fleet.chance.sample(sorted(fleet.of), 2)
    _take_operator(fleet, [one for commune in communes for one in fleet.some(1, fleet.of[commune])])


def _take_operator(fleet: Fleet, among: list[Speaker]) -> None:
    name = fleet.chance.choice(OPERATORS)
    for one in among:
        if one.operator == name:
            late = fleet.chance.random() < 0.05
            fleet.lose(one, STRIKES + timedelta(minutes=fleet.chance.uniform(3, 8) if late else 0), Fault.NETWORK)


def gateway_restarts(fleet: Fleet) -> None:
    """The platform was started anew, and most have not found back yet."""
    for one in fleet.some(0.9):
        fleet.lose(one, STRIKES, Fault.PLATFORM, ending="gateway started")


def platform_cut_off(fleet: Fleet) -> None:
    """The line of the server room: everybody falls silent for the platform, the engine knows no reason."""
    for one in fleet.some(0.98):
        fleet.lose(one, STRIKES, Fault.PLATFORM)


def operator_and_cut(fleet: Fleet) -> None:
    """Two things at once: an operator, and the power of one commune."""
    fleet.cut_power(fleet.some(1, fleet.of[_commune(fleet)]), STRIKES - timedelta(minutes=1), Fault.POWER)
    operator_away(fleet)


def sims_end(fleet: Fleet) -> None:
    """A whole order of SIM cards ended tonight; others used up their data."""
    for one in fleet.some(0.15):
        _end_sim(fleet, one)


def amplifiers_stolen(fleet: Fleet) -> None:
    """One night in one commune, and horns, ears and a storm elsewhere; all others have listened and are well."""
    taken = [one for one in fleet.some(0.8, fleet.of[_commune(fleet)]) if one.ear]
    for one in taken:
        ear: EarKind = "line" if one.ear == "line" else "microphone"
        fleet.change(one, STRIKES, Fault.SOUND, trouble=trouble("amplifier", ear, fleet.chance))
    _break_sound(fleet, STRIKES, {"horn": 0.04, "ear": 0.06, "storm": 0.1, "well": 0.5})


def _commune(fleet: Fleet) -> str:
    return fleet.chance.choice(sorted(fleet.of))


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        quiet_day,
        cut_of_a_commune,
        cut_of_hamlets,
        storm,
        operator_away,
        towers_away,
        gateway_restarts,
        platform_cut_off,
        operator_and_cut,
        sims_end,
        amplifiers_stolen,
    )
}
