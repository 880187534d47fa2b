"""What killed processes left."""

from datetime import datetime, timedelta

import structlog

from loa.media import queries, store
from loa.media.actions import originals, rows, uploads
from loa.media.speech import speaking

logger = structlog.get_logger(__name__)
SCRATCH_AGE = timedelta(days=1)


def tidy(*, now: datetime) -> dict[str, int]:
    """Repair what killed processes left: requeue lost jobs, delete scratch, sent files and renditions without a row.

    Originals whose time is over lose their row here, and so their file.
    """
    files, before = store.default(), now - SCRATCH_AGE
    half_sent = uploads.forget_old(now)
    dead = list(queries.stuck(now).values_list("pk", flat=True))
    for sound_id in dead:
        rows.queue(sound_id)
    scratch = files.sweep_scratch(before, queries.waiting)
    past = originals.forget_old(now)
    lost = files.delete_unreferenced(queries.referenced, before)
    spoken = speaking.default_clips().sweep(now)
    done = {
        "requeued": len(dead), "half_sent": half_sent, "scratch": scratch, "originals": past, "unreferenced": len(lost),
        "spoken": spoken,
    }  # fmt: skip
    logger.info("media.tidied", **done)
    return done
