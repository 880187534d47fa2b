"""Background work for devices. Never on the way of an emergency or a stop."""

import logging

from procrastinate.contrib.django import app

from loa.devices import actions
from loa.devices.actions import renewing
from loa.kernel.clock import now
from loa.kernel.errors import Unavailable

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queue="periodic", queueing_lock="devices.refresh_places", lock="devices.refresh_places", pass_context=False)
def refresh_places(timestamp: int) -> int:
    """Give new placements where the allowed hours of an area have changed since."""
    return actions.refresh_places(now=now())


@app.periodic(cron="* * * * *")
@app.task(queue="periodic", queueing_lock="devices.sign_anew", lock="devices.refresh_places", pass_context=False)
def sign_anew(timestamp: int) -> int:
    """Sign again what a key signed that is no longer in use; without the signer the next minute tries again."""
    try:
        return renewing.sign_anew(now=now())
    except Unavailable as error:
        log.warning("papers wait for the signer: %s", error)
        return 0


@app.periodic(cron="* * * * *")
@app.task(queue="periodic", queueing_lock="devices.incidents", lock="devices.incidents", pass_context=False)
def update_incidents(timestamp: int) -> int:
    """Why loudspeakers are silent, and who is silent for the same cause."""
    return actions.update_incidents(now=now())


@app.periodic(cron="40 2 * * *")
@app.task(queue="periodic", queueing_lock="devices.selftests", lock="devices.selftests", pass_context=False)
def forget_selftests(timestamp: int) -> int:
    """Self-tests of the year before last."""
    return actions.forget_selftests(now=now())


@app.periodic(cron="* * * * *")
@app.task(queue="periodic", queueing_lock="devices.tickets", lock="devices.tickets", pass_context=False)
def close_proven_tickets(timestamp: int) -> int:
    """Repairs whose loudspeakers have sounded since."""
    return actions.close_proven(now=now())


@app.periodic(cron="* * * * *")
@app.task(queue="periodic", queueing_lock="devices.rollouts", lock="devices.rollouts", pass_context=False)
def move_rollouts(timestamp: int) -> int:
    """Releases go on ring by ring, or halt; without the signer the next minute tries again."""
    try:
        return actions.move_rollouts(now=now())
    except Unavailable as error:
        log.warning("rollouts wait for the signer: %s", error)
        return 0


@app.periodic(cron="17 * * * *")
@app.task(queue="periodic", queueing_lock="devices.logs", lock="devices.logs", pass_context=False)
def forget_logs(timestamp: int) -> int:
    """What loudspeakers wrote of themselves is kept for seven days."""
    return actions.forget_logs(now=now())
