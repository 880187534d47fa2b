"""Background work of notifications. Sending is a task of its own: a slow mail server holds nothing else up."""

from procrastinate.contrib.django import app

from loa.kernel.clock import now
from loa.notifications import actions
from loa.notifications.actions import telling


@app.periodic(cron="* * * * *")
@app.task(
    name="notifications.reconcile",
    queue="periodic",
    queueing_lock="notifications.reconcile",
    lock="notifications.reconcile",
    pass_context=False,
)
def reconcile(timestamp: int) -> int:
    """Every minute: what needs a person now. Returns how many notifications changed."""
    done = actions.reconcile(now=now())
    return done.opened + done.stepped + done.closed


@app.periodic(cron="* * * * * */20")
@app.task(
    name="notifications.send_letters",
    queue="default",
    queueing_lock="notifications.send_letters",
    lock="notifications.send_letters",
    pass_context=False,
)
def send_letters(timestamp: int) -> int:
    """Three times a minute: the letters that wait. Returns how many went out."""
    return actions.send_letters(clock=now)


@app.periodic(cron="* * * * * */5")
@app.task(
    name="notifications.tell_alerts",
    queue="periodic",
    queueing_lock="notifications.tell_alerts",
    lock="notifications.tell_alerts",
    pass_context=False,
)
def tell_alerts(timestamp: int) -> int:
    """Every five seconds: recorded alerts to telephones and programs, requests to confirmers. Returns how many."""
    moment = now()
    return telling.tell_alerts(now=moment) + telling.ask_confirmers(now=moment)


@app.periodic(cron="33 3 * * *")
@app.task(name="notifications.forget", queue="periodic", queueing_lock="notifications.forget", pass_context=False)
def forget(timestamp: int) -> int:
    """Every night."""
    return actions.forget(now=now())
