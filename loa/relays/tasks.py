"""Background work of relays."""

from uuid import UUID

from django.conf import settings
from procrastinate.contrib.django import app

from loa.kernel.clock import now
from loa.relays import actions
from loa.relays.models import SourceTest


@app.task(name=actions.TRY_TASK, queue="media", pass_context=False)
def listen(test: str) -> None:
    """Ten seconds of one stream; what came of it stands beside the question."""
    from loa.relays import listening  # numpy: what starts with the platform does without it

    row = SourceTest.objects.filter(pk=UUID(test), done_at=None).first()
    if row is not None:
        code, figures = listening.listen(row.url, settings.LOA_RELAY_LOCAL)
        actions.note_try(test_id=row.pk, code=code, figures=figures, now=now())
