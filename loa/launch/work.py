"""The worker process: every lane of `loa.config.jobs` in one event loop. `python -m loa.launch.work`"""

import asyncio
import logging
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from procrastinate import App

    from loa.config.jobs import Lane

# procrastinate's own default of four connections would nearly be used up by the listeners of the lanes.
POOL_SIZE = 12
GRACE_S = 6.0
PULSE_S = 5.0
SEAL_S = 1.0
SWEEP_EVERY = 300  # rounds

log = logging.getLogger("loa.launch.work")


def pulse_file(var: Path) -> Path:
    """Its time of change says when the worker's loop last turned."""
    return var / "run" / "worker.pulse"


async def work(pulse: Path) -> None:
    """Work until SIGTERM or SIGINT, or until a lane ends by itself (its database is away): then all end.

    `pulse` is touched every few seconds, so that the supervisor sees that the loop turns.
    """
    from procrastinate.contrib.django import app, utils
    from procrastinate.psycopg_connector import PsycopgConnector

    from loa.config.jobs import LANES

    connector = PsycopgConnector(kwargs=utils.connector_params(), min_size=2, max_size=POOL_SIZE)
    with app.replace_connector(connector):
        async with app.open_async():
            tasks = [asyncio.create_task(_lane(app, lane)) for lane in LANES]
            tasks += [asyncio.create_task(_beat(pulse)), asyncio.create_task(_keep_sealed())]
            _end_on_signals(tasks)
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


async def _lane(app: "App", lane: "Lane") -> None:
    await app.run_worker_async(
        queues=list(lane.queues),
        name=lane.name,
        concurrency=lane.concurrency,
        delete_jobs="successful",
        install_signal_handlers=False,
        shutdown_graceful_timeout=GRACE_S,
    )


async def _beat(pulse: Path) -> None:
    while True:
        await asyncio.to_thread(pulse.touch)
        await asyncio.sleep(PULSE_S)


async def _keep_sealed() -> None:
    """The one sealer of the record, in a thread of its own: who waits for a slow job must not leave entries open."""
    loop, beat = asyncio.get_running_loop(), 0
    with ThreadPoolExecutor(1, thread_name_prefix="sealer") as thread:
        while True:
            await asyncio.sleep(SEAL_S)
            await loop.run_in_executor(thread, _seal_round, beat % SWEEP_EVERY == 0)
            beat += 1


def _seal_round(sweep: bool) -> None:
    """A round that fails is made up for by the next one; `loa audit verify` tells when none succeeds."""
    from django.db import close_old_connections

    from loa.audit import actions
    from loa.kernel import clock

    close_old_connections()
    try:
        actions.keep_sealed(sweep=sweep, now=clock.now())
    except Exception:
        log.exception("the record was not sealed")


def _end_on_signals(tasks: list[asyncio.Task[None]]) -> None:
    def end() -> None:
        for task in tasks:
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)


def main() -> int:
    """Refuses to start when a task has a queue that nobody works on."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    django.setup()
    from procrastinate.contrib.django import app

    from loa.config import env
    from loa.config.jobs import unserved

    if lost := unserved(app):
        print(f"tasks with an unknown queue: {', '.join(lost)}", file=sys.stderr)
        return 2
    asyncio.run(work(pulse_file(env.read_var())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
