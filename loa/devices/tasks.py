"""Background work for devices. Never on the way of an emergency or a stop."""

from procrastinate.contrib.django import app

from loa.devices import actions
from loa.kernel.clock import now


@app.periodic(cron="* * * * *")
@app.task(queue="periodic", queueing_lock="devices.refresh_places", lock="devices.refresh_places", pass_context=False)
def refresh_places(timestamp: int) -> int:
    """Give new placements where the allowed hours of an area have changed since."""
    return actions.refresh_places(now=now())
