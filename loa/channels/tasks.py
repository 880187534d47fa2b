"""Background work of channels, in a lane of its own: a centre that does not answer holds nothing else up."""

from datetime import timedelta
from uuid import UUID

from procrastinate.contrib.django import app

from loa.channels import queries
from loa.channels.actions import posting, sending
from loa.kernel.clock import now

REPORTS_COME_FOR = timedelta(days=2)
COLLECT_TASK = "channels.collect"


@app.task(name=posting.SEND_TASK, queue=posting.QUEUE, pass_context=False)
def send(channel: str) -> int:
    """What waits in one channel. Returns how many went out."""
    return sending.send_waiting(channel_id=UUID(channel), clock=now)


@app.task(name=COLLECT_TASK, queue=posting.QUEUE, pass_context=False)
def collect(channel: str) -> int:
    """What the centre of one channel reports. Returns how many reports."""
    return sending.collect_reports(channel_id=UUID(channel), clock=now)


@app.periodic(cron="* * * * * */10")
@app.task(
    name="channels.sweep", queue="periodic", queueing_lock="channels.sweep", lock="channels.sweep", pass_context=False
)
def sweep(timestamp: int) -> int:
    """Every ten seconds: what is due, also what somebody died with. Returns in how many channels."""
    moment = now()
    sending.lapse(moment)
    due = queries.due_channels(moment, sending.free(moment))
    for channel in due:
        posting.wake(str(channel), once=True)
    return len(due)


@app.periodic(cron="* * * * *")
@app.task(name="channels.sweep_reports", queue="periodic", queueing_lock="channels.sweep_reports", pass_context=False)
def sweep_reports(timestamp: int) -> int:
    """Every minute: centres that have something to report. Returns how many."""
    found = queries.reporting_channels(now(), REPORTS_COME_FOR)
    for channel in found:
        posting.wake(str(channel), task=COLLECT_TASK, once=True)
    return len(found)
