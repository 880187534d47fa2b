"""A fleet of some hundred loudspeakers to which things happen: what the field then says of each, second by second.

It knows nothing of how causes are found. What happens to a loudspeaker is a list of `Turn`s: from an instant on, these
facts are so. The hardware differs as it does outside: not every board feels its power go, not every pole has a battery,
a lost line is noticed by the engine at once or by the missing heartbeat only, and somebody forgot to note an operator.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from loa.devices.rules.condition import Cause
from loa.devices.rules.patient import Patient

START = datetime(2026, 8, 20, 9, 0, tzinfo=UTC)
PROVINCE = "vn.15"
OPERATORS = ("Viettel", "VinaPhone", "MobiFone")
SHARES = (50, 30, 20)
COMMUNES, DEVICES, HAMLETS = 12, 25, 4
FELT, BATTERY, UNNOTED = 0.55, 0.25, 0.03
EARS = (60, 20, 20)
ENDINGS = ("Read Error", "Stale Connection", "Client Closed")


@dataclass(frozen=True, slots=True)
class Turn:
    """From `at` on these facts of the patient are so; `fault` is the truth, "" = nothing is wrong."""

    at: datetime
    facts: dict[str, object]
    fault: str = ""


@dataclass(slots=True)
class Speaker:
    """One loudspeaker with what nobody at the platform knows of it: its true operator, what its hardware can.

    `ear`: what it listens to itself with, "microphone", "line" (behind the amplifier) or "" (nothing).
    """

    patient: Patient
    operator: str
    felt: bool
    battery: bool
    ear: str = ""
    turns: list[Turn] = field(default_factory=list)

    def at(self, moment: datetime) -> tuple[Patient, str]:
        """What the platform sees, and the truth."""
        seen, fault = self.patient, ""
        for turn in sorted(self.turns, key=lambda turn: turn.at):
            if turn.at <= moment:
                seen, fault = replace(seen, **turn.facts), turn.fault  # type: ignore[arg-type]
        return seen, fault


class Fleet:
    """Everybody, and what can happen to them."""

    def __init__(self, seed: int, *, communes: int = COMMUNES, operators: tuple[str, ...] = OPERATORS) -> None:
        self.chance = Random(seed)
        self._ears = Random(f"ears {seed}")  # of its own: who has an ear changes nothing in the other stories
        self.speakers = [
            self._speaker(f"{PROVINCE}.{commune:05}", number, operators)
            for commune in range(communes)
            for number in range(DEVICES)
        ]
        self.of: dict[str, list[Speaker]] = defaultdict(list)
        for one in self.speakers:
            self.of[one.patient.commune].append(one)

    def _speaker(self, commune: str, number: int, operators: tuple[str, ...]) -> Speaker:
        chance = self.chance
        operator = chance.choices(operators, SHARES[: len(operators)])[0]
        patient = Patient(
            device=f"{commune}-{number}",
            commune=commune,
            hamlet=f"{commune}.h{number % HAMLETS}",
            operator="" if chance.random() < UNNOTED else operator,
            there=True,
            since=START - timedelta(hours=chance.uniform(1, 200)),
            used_mb=chance.randint(100, 2800),
            monthly_mb=3000,
            clock_bound=chance.randint(1, 40),
            uptime=86_400_000,
            storage_free=chance.randint(210, 4000) << 20,
        )
        ear = self._ears.choices(("microphone", "line", ""), EARS)[0]
        return Speaker(patient, operator, felt=chance.random() < FELT, battery=chance.random() < BATTERY, ear=ear)

    def lose(self, one: Speaker, at: datetime, fault: str, *, ending: str = "", back: datetime | None = None) -> None:
        """Its line breaks at `at`; the platform notices later."""
        noticed = at + timedelta(seconds=self.chance.uniform(20, 35) if ending else self.chance.uniform(20, 150))
        word = ending or self.chance.choice(ENDINGS)
        gone = {"there": False, "since": noticed, "cause": Cause.SILENT_LINK, "ending": word}
        one.turns.append(Turn(noticed, gone, fault))
        if back is not None:
            self.return_(one, max(back, noticed + timedelta(seconds=5)))

    def return_(self, one: Speaker, at: datetime) -> None:
        """It is back, as if nothing had been."""
        one.turns.append(Turn(at, {"there": True, "since": at, "cause": Cause.CONNECTED, "on_backup": False}))

    def cut_power(self, struck: list[Speaker], at: datetime, fault: str) -> None:
        """No mains: some say so, some go on by battery until it is flat, some are simply gone."""
        for one in struck:
            if one.battery:
                self._by_battery(one, at, fault)
            elif one.felt:
                told = at + timedelta(seconds=self.chance.uniform(0, 3))
                gone = {"there": False, "since": told, "cause": Cause.POWER_LOST, "ending": "Client Closed"}
                one.turns.append(Turn(told, gone, fault))
            else:
                self.lose(one, at, fault)

    def _by_battery(self, one: Speaker, at: datetime, fault: str) -> None:
        one.turns.append(Turn(at + timedelta(seconds=self.chance.uniform(1, 36)), {"on_backup": True}, fault))
        if self.chance.random() < 0.3:
            self.lose(one, at + timedelta(minutes=self.chance.uniform(3, 25)), fault)

    def change(self, one: Speaker, at: datetime, fault: str, **facts: object) -> None:
        """Its heartbeats say something else from now on."""
        one.turns.append(Turn(at, facts, fault))

    def some(self, share: float, among: list[Speaker] | None = None) -> list[Speaker]:
        """A random part of those to whom nothing has happened yet."""
        free = [one for one in among or self.speakers if not one.turns]
        return [one for one in free if self.chance.random() < share]
