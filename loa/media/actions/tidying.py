"""What killed processes left."""

from datetime import datetime, timedelta

import structlog

from loa.media import queries, store
from loa.media.actions import rows

logger = structlog.get_logger(__name__)
SCRATCH_AGE = timedelta(days=1)


def tidy(*, now: datetime) -> dict[str, int]:
    """Repair what killed processes left: requeue lost jobs, delete scratch, sent files and renditions without a row."""
    files, before = store.default(), now - SCRATCH_AGE
    dead = list(queries.stuck(now).values_list("pk", flat=True))
    for sound_id in dead:
        rows.queue(sound_id)
    scratch = files.sweep_scratch(before, queries.waiting)
    lost = files.delete_unreferenced(queries.referenced, before)
    logger.info("media.tidied", requeued=len(dead), scratch=scratch, unreferenced=len(lost))
    return {"requeued": len(dead), "scratch": scratch, "unreferenced": len(lost)}
