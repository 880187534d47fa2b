"""Background work for accounts."""

from procrastinate.contrib.django import app

from loa.people.actions import sealing


@app.periodic(cron="20 3 * * *")
@app.task(queue="periodic", queueing_lock="people.seal_secrets", pass_context=False)
def seal_secrets(timestamp: int) -> int:
    """Seal what an earlier version left open, and what a process sealed with the key before the newest."""
    return sealing.seal_all()
