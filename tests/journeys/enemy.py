"""Whoever holds the message engine, the database or one of the platform's keys, and wants the loudspeakers to sound."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import msgspec
import nats
from devicelink import jws
from devicelink.jws import decode64
from devicelink.keyfiles import load
from devicelink.limits import PROTOCOL_VERSION
from devicelink.messages import Ack, Airing, Audience, Part, Plan, Role, SoundFile
from devicelink.refusals import Reason

from tests.journeys.running import PATIENCE_S, Stack, now_ms, until
from tests.journeys.world import HOME

HOME_TOPIC = "area.04531.down"
DURATION_MS = 3_000
FAR_MS = 1_000_000  # so much newer than everything the platform will sign in this evening


@dataclass(frozen=True, slots=True)
class Known:
    """What somebody inside knows: a sound that the loudspeakers of Quy Mông hold, and their plan set and plan."""

    sha256: str
    size: int
    plan_set: str
    revision: int

    def forged(self, start: int, revision: int, **more: object) -> Plan:
        """A plan that would let the loudspeakers of Quy Mông sound at `start`."""
        facts = {"id": f"forged-{revision}", "start": start, "duration": DURATION_MS, "approval": "none"} | more
        airing = Airing(parts=(Part(sha256=self.sha256),), **facts)  # type: ignore[arg-type]
        return Plan(
            audience=Audience(plan_set=self.plan_set), revision=revision, issued=now_ms(), start=start - 3_600_000,
            end=start + 3_600_000, airings=(airing,),
            files=(SoundFile(sha256=self.sha256, size=self.size, duration=DURATION_MS),),
        )  # fmt: skip


def spy(stack: Stack, text: str, start: int) -> Known:
    """Once the loudspeakers of Quy Mông hold the sound of the notice and a plan by which it begins at `start` (ms)."""
    sha256, file = stack.file_of(stack.spoken("Họp thôn 5", text))
    for name in HOME:
        until(f"{name} holds the notice", lambda name=name: _holds(stack, name, sha256, start))
    plan_set, revision, _ = stack.plan_of(HOME[0])
    return Known(sha256, file.stat().st_size, plan_set, revision)


def _holds(stack: Stack, name: str, sha256: str, start: int) -> bool:
    _, revision, token = stack.plan_of(name)
    airings = jws.decode(jws.parse(token).payload, Plan).airings
    if all(one.start != start or sha256 not in [part.sha256 for part in one.parts] for one in airings):
        return False
    status = stack.status(name)
    return (status["plan"], status["files_missing"]) == (revision, 0)


def signed(stack: Stack, message: Plan, folder: str, role: Role, *, kid: str = "") -> str:
    """With one of the installation's own keys, whether it may or not; `kid`: it says to be another."""
    key = next(key for key in load(stack.var / "keys" / folder) if key.role is role)
    payload = msgspec.json.encode(message)
    return jws.sign(payload, typ=message.typ, kid=kid or key.kid, version=PROTOCOL_VERSION, seed=decode64(key.seed))


@dataclass(frozen=True, slots=True)
class Attempt:
    """`answer`: the code with which a loudspeaker must refuse it, "" if it says nothing (it was not meant)."""

    payload: bytes
    answer: str
    of: str


def attempts(stack: Stack, known: Known, start: int) -> list[Attempt]:
    """Everything that can be published by who holds the engine, and by thieves of single keys."""
    newer = known.revision + FAR_MS
    wish, older = known.forged(start, newer), known.forged(start, known.revision - 1)
    neighbour = msgspec.structs.replace(
        known.forged(start, newer), audience=Audience(plan_set=stack.plan_set_of("tram_bom"))
    )
    kid = next(key.kid for key in load(stack.var / "keys" / "signer") if key.role is Role.PLAN)
    unsigned = jws.sign(msgspec.json.encode(wish), typ="plan", kid=kid, version=PROTOCOL_VERSION, seed=b"h" * 32)
    name = f"plan:{newer}"
    return [
        Attempt(msgspec.json.encode(wish), Reason.MALFORMED, "?:"),
        Attempt(b"\x00\xff" * 20, Reason.MALFORMED, "?:"),
        Attempt(unsigned.encode(), Reason.BAD_SIGNATURE, name),
        Attempt(signed(stack, wish, "gateway", Role.STOP).encode(), Reason.WRONG_ROLE, name),
        Attempt(signed(stack, wish, "gateway", Role.TIME, kid=kid).encode(), Reason.BAD_SIGNATURE, name),
        Attempt(signed(stack, older, "signer", Role.PLAN).encode(), Reason.OLDER_REVISION, f"plan:{older.revision}"),
        Attempt(signed(stack, neighbour, "signer", Role.PLAN).encode(), "", name),
    ]


def attack(stack: Stack, known: Known, start: int) -> dict[str, str]:
    """All at once: by the engine, by the database, by an insider with the key of plans against the one that sleeps.

    Returns "<device> <what> <code>" -> detail of every answer, once all that are expected have come.
    """
    published = attempts(stack, known, start)
    served = known.revision + 1
    wanted = {
        f"{stack.devices[name]} {of} {code}"
        for name in HOME
        for of, code in [
            *((one.of, one.answer) for one in published if one.answer),
            (f"plan:{served}", Reason.OLDER_REVISION),
        ]
    }
    return asyncio.run(_attack(stack, known, start, published, served, wanted))


async def _attack(
    stack: Stack, known: Known, start: int, published: list[Attempt], served: int, wanted: set[str]
) -> dict[str, str]:
    seed = (stack.var / "keys" / "engine" / "platform.nk").read_text().strip()
    engine = await nats.connect(stack.environ["NATS_URL"], nkeys_seed_str=seed)
    codes: dict[str, str] = {}

    async def heard(message: Any) -> None:
        ack = msgspec.json.decode(message.data, type=Ack)
        codes[f"{ack.device} {ack.of} {ack.code}"] = ack.detail

    await engine.subscribe("d.*.up.ack", cb=heard)
    await engine.flush()
    for one in published:
        for topic in (*(f"d.{stack.devices[name]}.down" for name in HOME), HOME_TOPIC, "all.down"):
            await engine.publish(topic, one.payload)
    await engine.publish(f"d.{stack.devices['hung_khanh']}.down", against_sleeper(stack, known, start))
    await engine.flush()
    await asyncio.to_thread(serve_older, stack, known, start, served)
    end = time.monotonic() + PATIENCE_S
    while not wanted <= set(codes) and time.monotonic() < end:
        await asyncio.sleep(0.05)
    await engine.close()
    assert wanted <= set(codes), (sorted(wanted - set(codes)), sorted(codes))
    return codes


def against_sleeper(stack: Stack, known: Known, start: int) -> bytes:
    """A plan of the real key, for the place that sleeps at this hour."""
    audience = Audience(plan_set=stack.plan_set_of("hung_khanh"))
    plan = msgspec.structs.replace(known.forged(start, now_ms() + FAR_MS), audience=audience)
    return signed(stack, plan, "signer", Role.PLAN).encode()


def serve_older(stack: Stack, known: Known, start: int, served: int) -> None:
    """Whoever writes the database serves an old plan under a new number; the signed number counts."""
    subject = f"plan_set/{known.plan_set}"
    old = signed(stack, known.forged(start, known.revision - 1), "signer", Role.PLAN)
    stack.rows(
        "with new as (insert into devices_signeddocument (typ, subject, revision, jws, issued_at, withdrawn)"
        " values ('plan', %s, %s, %s, now(), false) returning 1)"
        " select pg_notify('loa_changed', json_build_object('what', 'document', 'typ', 'plan', 'subject', %s::text,"
        " 'revision', %s::bigint)::text) from new", subject, served, old, subject, served,
    )  # fmt: skip
