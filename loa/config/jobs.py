"""The task app: which queues are worked on side by side, and jobs that keep the queues themselves in order.

A queue is one line of people: a job behind four slow ones waits for them (measured: a periodic tick stood 48 s behind
1,000 jobs). So ticks and speech have lanes of their own, in one process, which is loaded once.
"""

from dataclasses import dataclass

from django.db import transaction
from procrastinate import App, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from loa.broadcasts.models import PlanState
from loa.devices.actions import place
from loa.devices.models import Device
from loa.kernel.clock import now

MOST_ATTEMPTS = 5
PLACED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Lane:
    """Queues that share `concurrency` places."""

    name: str
    queues: tuple[str, ...]
    concurrency: int


LANES = (
    Lane("default", ("default", "builtin"), 4),
    Lane("periodic", ("periodic",), 2),
    Lane("speech", ("speech", "media"), 2),
    Lane("channels", ("channels",), 4),
)


def unserved(known: App) -> list[str]:
    """Names of tasks whose queue no lane takes: they would wait for ever."""
    served = {queue for lane in LANES for queue in lane.queues}
    return sorted(name for name, task in known.tasks.items() if task.queue not in served)


@app.periodic(cron="* * * * *")
@app.task(queue="periodic", queueing_lock="config.take_up_stalled")
async def take_up_stalled(timestamp: int) -> int:
    """Jobs whose worker was killed start again; one that killed its worker five times is given up. Returns how many."""
    stalled = list(await app.job_manager.get_stalled_jobs())
    for job in stalled:
        if job.attempts < MOST_ATTEMPTS:
            await app.job_manager.retry_job(job)
        else:
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)
    return len(stalled)


@app.periodic(cron="17 2 * * *")
@app.task(queue="periodic", queueing_lock="config.tidy_jobs")
async def tidy_jobs(timestamp: int) -> None:
    """Failed jobs are kept for 30 days, done ones are deleted at once by the worker."""
    await app.job_manager.delete_old_jobs(
        nb_hours=30 * 24, include_failed=True, include_cancelled=True, include_aborted=True
    )


@app.task(queue="default", queueing_lock="config.issue_anew", retry=RetryStrategy(max_attempts=40, wait=15))
def issue_anew() -> int:
    """After a restore devices may hold newer states than the database: sign all of them again, with higher revisions.

    Revisions grow with the clock, so the new ones win over everything signed before the loss. Returns how many devices.
    """
    moment = now()
    rows = Device.objects.filter(state=Device.State.PLACED).select_related("area", "hamlet").prefetch_related("groups")
    devices = list(rows.order_by("pk"))
    for first in range(0, len(devices), PLACED_AT_ONCE):
        place(devices[first : first + PLACED_AT_ONCE], now=moment)
    with transaction.atomic():
        PlanState.objects.update(content="", touched_at=moment)  # no plan counts as said already
    return len(devices)
