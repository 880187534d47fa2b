"""Background work of media."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from loa.kernel.clock import now
from loa.media import actions


@app.task(
    name=actions.INGEST_TASK, queue="media", retry=RetryStrategy(max_attempts=3, exponential_wait=5), pass_context=False
)
def ingest(sound: str) -> None:
    """Read in or speak one sound. A refusal is a result; only faults of ours are tried again."""
    actions.ingest(sound_id=UUID(sound), now=now())


@app.periodic(cron="17 * * * *")
@app.task(name="media.tidy", queue="periodic", queueing_lock="media.tidy", pass_context=False)
def tidy(timestamp: int) -> None:
    """Hourly tidying."""
    actions.tidy(now=now())


@app.periodic(cron="37 3 * * *")
@app.task(name="media.blocks", queue="periodic", queueing_lock="media.blocks", pass_context=False)
def blocks(timestamp: int = 0) -> None:
    """The national building blocks that are missing: at set-up, and once a day for those of a newer version."""
    actions.lay_out_blocks(now=now())
