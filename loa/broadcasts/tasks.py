"""Background work of the air: plans after a change, every night and when something was lost."""

import logging
from collections.abc import Collection
from uuid import UUID

from devicelink.messages import Role
from devicelink.signing import SignerClient, SignerUnavailable
from django.conf import settings
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.actions import months, shelving
from loa.broadcasts.actions.planning import COMPILE_TASK
from loa.broadcasts.actions.sending import ENTER_TASK
from loa.broadcasts.changes import due
from loa.devices import signing
from loa.kernel.clock import now
from loa.kernel.errors import Unavailable

log = logging.getLogger(__name__)


def _tick(plan_sets: Collection[str]) -> int:
    """As `_compile`; without the signer the next tick tries again."""
    try:
        return _compile(plan_sets)
    except SignerUnavailable as error:
        log.warning("plans wait for the signer: %s", error)
        return 0


def _compile(plan_sets: Collection[str]) -> int:
    if not plan_sets:
        return 0
    with SignerClient(settings.ENV.signer_socket) as signer:
        return len(compiler.compile_plans(signer=signer, now=now(), plan_sets=plan_sets).published)


@app.task(
    name=COMPILE_TASK,
    queue="default",
    pass_context=False,
    retry=RetryStrategy(max_attempts=5, wait=2, retry_exceptions=[SignerUnavailable]),
)
def compile_touched() -> int:
    """Plans with a change that waits. A change that another worker has just planned is no longer there."""
    return _compile(compiler.touched())


@app.periodic(cron="* * * * * */10")
@app.task(name="broadcasts.catch_up", queue="periodic", queueing_lock="broadcasts.catch_up", pass_context=False)
def catch_up(timestamp: int) -> int:
    """Every ten seconds: what a lost job or an absent signer left behind."""
    actions.end_revoked(now=now())
    return _tick(compiler.touched())


@app.periodic(cron="* * * * *")
@app.task(name="broadcasts.issue_due", queue="periodic", queueing_lock="broadcasts.issue_due", pass_context=False)
def issue_due(timestamp: int) -> int:
    """Every minute: new plan sets, changed members, an exchanged key, and the daily issue, spread over the night."""
    try:
        kids = signing.kids().get(Role.PLAN, ())
        if not kids:
            log.error("no plan can be signed: the role has no valid key")
        else:
            compiler.key_exchanged(kids, now=now())
    except Unavailable as error:
        log.warning("the key in use is not known: %s", error)
    return _tick(compiler.due(now()))


@app.periodic(cron="* * * * *")
@app.task(name="broadcasts.escalate", queue="periodic", queueing_lock="broadcasts.escalate", pass_context=False)
def escalate(timestamp: int) -> int:
    """Submissions without an answer go to the deputies."""
    return len(actions.escalate(now=now()))


@app.task(name=ENTER_TASK, queue="default", pass_context=False)
def enter_deliveries(sending: str) -> int:
    """A priority bulletin from above enters the next session of each commune."""
    return actions.enter_due(now=now(), sending_id=UUID(sending))


@app.periodic(cron="* * * * *")
@app.task(name="broadcasts.enter_due", queue="periodic", queueing_lock="broadcasts.enter_due", pass_context=False)
def enter_due(timestamp: int) -> int:
    """Every minute: those that found no session yet, or whose job was lost."""
    return actions.enter_due(now=now())


@app.periodic(cron="* * * * *")  # a machine that was off on the day does it as soon as it is on again
@app.task(name="broadcasts.merge_due", queue="periodic", queueing_lock="broadcasts.merge_due", pass_context=False)
def merge_due(timestamp: int) -> int:
    """Every minute: communes whose merger has come."""
    return due.merge_due(now=now())


@app.periodic(cron="41 */6 * * *")  # not once a night: an office switches its machine off
@app.task(name="broadcasts.let_go", queue="periodic", queueing_lock="broadcasts.let_go", pass_context=False)
def let_go(timestamp: int) -> int:
    """Four times a day: sounds whose time is over lose their files."""
    return shelving.let_go(now=now())


@app.periodic(cron="17 */6 * * *")
@app.task(name="broadcasts.keep_months", queue="periodic", queueing_lock="broadcasts.keep_months", pass_context=False)
def keep_months(timestamp: int) -> int:
    """Four times a day: parts for the proofs of the months to come; what is two years old is summed up and goes."""
    return len(months.make_ahead(now=now())) + len(months.forget(now=now()))
