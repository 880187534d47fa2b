"""The record looks after itself: every quarter of an hour the whole chain is read again."""

import structlog
from procrastinate.contrib.django import app

from loa.audit import actions
from loa.kernel import clock

log = structlog.get_logger(__name__)


@app.periodic(cron="*/15 * * * *")
@app.task(queue="periodic", queueing_lock="audit.verify")
def verify(timestamp: int) -> bool:
    """Verify all of it; what is found goes to the log of the machine and onto the page of the record."""
    verdict = actions.keep_verified(now=clock.now())
    if not verdict.sound:
        log.error("audit.not_sound", findings=len(verdict.findings), codes=sorted({f.code for f in verdict.findings}))
    return verdict.sound
