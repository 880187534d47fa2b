"""A loudspeaker that hears through its real conversation whatever a hostile network brings it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import speaker_village as village
from devicelink import jws
from devicelink.golden import world
from devicelink.messages import Alert, Cancel, Key, Message
from speaker.agent import Agent, Parts
from speaker.config import Config
from speaker.disk import RealDisk
from speaker.faults import SimulatedTicks
from speaker.feeder import Feeder
from speaker.sinks.null import NullSink
from speaker.sinks.pump import Pump
from speaker.store import Store
from speaker_alerts import alert, cancel
from speaker_platform import now_ms
from speaker_village import DAY, MINUTE, YEAR, signed


def both(now: int, **changes: Any) -> tuple[Alert, Cancel]:
    return alert(now, "al-x", **changes), cancel(now, "al-x", **changes)


def keys(now: int) -> Message:
    full = village.keyset(now)
    spans = (("alert-over", -DAY, "vn"), ("alert-early", 2 * YEAR, "vn"), ("alert-neighbour", YEAR, world.NEIGHBOUR))
    extra = tuple(
        Key(
            kid=name, public=jws.encode64(village.public(name)), role="alert", scope=scope,  # type: ignore[arg-type]
            valid_from=now + YEAR if name == "alert-early" else now - YEAR, valid_to=now + ends,
        )
        for name, ends, scope in spans
    )  # fmt: skip
    return village.keyset(now, keys=(*full.keys, *extra))


def agent_in(folder: Path, *, place: bool = True, keyset: bool = True, time: bool = True) -> Agent:
    """In its place, with the time, not connected: what is heard goes through its real conversation."""
    now = now_ms()
    store = Store(RealDisk(), folder)
    store.identify(device=village.DEVICE.encode(), seed=b"7" * 32, root=village.ROOT.encode())
    store.close()
    parts = Parts(RealDisk(), SimulatedTicks(), NullSink(Pump()), Feeder(threaded=False), ThreadPoolExecutor(1))
    agent = Agent(Config(folder=folder, gateway_url="http://127.0.0.1:1", engine_url="mqtt://127.0.0.1:1"), parts)
    ticks = agent.clock.ticks_ns()
    agent.clock.answered(now, asked_ns=ticks, received_ns=ticks)
    if keyset:
        agent.papers.take(signed(keys(now - MINUTE)), type(keys(now)))
    if place and keyset:
        placement = village.placement(now - MINUTE)
        agent.papers.take(signed(placement), type(placement))
    if not time:
        agent.clock._anchor = None
    return agent


def close(agent: Agent) -> None:
    agent.close()
    agent._parts.pool.shutdown()


def hear(agent: Agent, payload: str | bytes) -> dict[str, int]:
    """What was refused by this, by code."""
    before = dict(agent.conversation.refusals)
    agent.conversation.hear(payload.encode() if isinstance(payload, str) else payload)
    after = agent.conversation.refusals
    return {code: count - before.get(code, 0) for code, count in after.items() if count != before.get(code, 0)}


def is_quiet(agent: Agent) -> bool:
    return agent.player.horn.cry is None and not agent.alerts.active and not agent.alerts.playing


def acks(agent: Agent) -> list[tuple[str, str]]:
    return [(said.of, said.code) for said in agent.outbox._said if said.typ == "ack"]  # type: ignore[attr-defined]
