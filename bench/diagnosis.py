"""How often the cause that is told is the true one: faults put into a fleet of 300 loudspeakers with noise around them.

    {"bench": "diagnosis", "fleets": 100, "judgements": .., "power": {"precision": .., "recall": ..}, ..., "least": ..}

Eleven stories (a cut of a commune, of hamlets, a storm, an operator in a province and in two communes, a restart and a
cut line of the platform, two things at once, SIM cards that end,
stolen amplifiers among dead microphones and a storm, a quiet day), each through fleets of their own, asked
every minute and judged twice. `least` is the smallest of all figures; `ms_15000` one diagnosis of 15,000 devices, of
which those of one operator were lost at once.
"""

import json
import os
import sys
import time
from dataclasses import replace
from datetime import timedelta

FLEETS = 10  # of each story


def main() -> None:
    """Print one JSON line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    from loa.devices.tests.scenarios.judged import FAULTS, judged_all
    from loa.devices.tests.scenarios.stories import STORIES

    score = judged_all(range(1000, 1000 + FLEETS))
    told = {
        str(fault): {"precision": round(score.precision(fault), 4), "recall": round(score.recall(fault), 4)}
        for fault in FAULTS
    }
    least = min(value for both in told.values() for value in both.values())
    counted = score.right.total() + score.wrong.total()
    figures = {"fleets": FLEETS * len(STORIES), "judgements": counted, **told, "least": least}
    print(json.dumps({"bench": "diagnosis", **figures, "ms_15000": large()}))
    sys.exit(0 if least >= 0.95 else 1)


def large() -> float:
    """Milliseconds of one diagnosis of a whole province in which one operator is lost."""
    from loa.devices.rules.diagnosis import diagnose
    from loa.devices.tests.scenarios.fleet import Fleet
    from loa.devices.tests.scenarios.stories import STRIKES, operator_away

    fleet = Fleet(1, communes=600)
    operator_away(fleet)
    now = STRIKES + timedelta(minutes=10)
    patients = [replace(one.at(now)[0]) for one in fleet.speakers]
    began = time.perf_counter()
    diagnose(patients, now)
    return round(1000 * (time.perf_counter() - began), 1)


if __name__ == "__main__":
    main()
