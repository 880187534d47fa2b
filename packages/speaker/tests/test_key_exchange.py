"""Keys exchanged and taken back under a running loudspeaker: it goes on by the new one and refuses the old one."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import speaker_village as village
from devicelink import topics
from devicelink.jws import encode64
from devicelink.messages import ROLE_OF, Key, Keyset, Message, Role
from devicelink.refusals import Reason
from msgspec.structs import replace
from speaker.agent import Agent
from speaker.config import Config
from speaker_alerts import alert
from speaker_home import awake, config_of, enrolled, settled, until
from speaker_platform import Platform, now_ms, ready
from speaker_village import HOUR, Sound, airing, signed

AREA = topics.area("04378")
NOTICE = Sound("lịch cắt điện", 1)


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        yield running


def story(platform: Platform, folder: Path, tell: Callable[[Agent], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with awake(enrolled(platform, folder)) as agent:
            await settled(agent)
            await until(lambda: platform.connected())
            await tell(agent)

    ready(platform, airing("a", now_ms() + HOUR, NOTICE), sounds=(NOTICE,))
    asyncio.run(whole())


def second_key(role: Role, now: int, **changes: object) -> Key:
    kid = f"{role}-2"
    fields: dict[str, object] = {"valid_from": now - HOUR, "valid_to": now + village.YEAR, "scope": "vn"} | changes
    return Key(kid=kid, public=encode64(village.public(kid)), role=role, **fields)  # type: ignore[arg-type]


async def announce(platform: Platform, agent: Agent, keyset: Keyset) -> None:
    platform.publish("keyset", keyset)
    platform.hint("keyset")
    await until(lambda: agent.papers.revisions().keyset == keyset.revision)


def with_second(role: Role, *, without: tuple[str, ...] = (), **changes: object) -> Keyset:
    now = now_ms()
    base = village.keyset(now, without=without)
    return replace(base, keys=(*base.keys, second_key(role, now, **changes)))


async def code_of(platform: Platform, identifier: str, kid: str) -> str:
    """What the loudspeaker answers to a trial alert that this key signed."""
    platform.send(signed(alert(now_ms(), identifier, status="test"), kid), AREA)
    of = f"alert:{identifier}"
    await until(lambda: any(ack.of == of for ack in platform.of().acks))
    return next(ack.code for ack in platform.of().acks if ack.of == of)


def test_alerts_by_the_old_and_the_new_key_then_by_the_new_one_only(platform: Platform, tmp_path: Path) -> None:
    async def tell(agent: Agent) -> None:
        assert await code_of(platform, "al-1", "alert-1") == "ok"
        assert await code_of(platform, "al-2", "alert-2") == Reason.UNKNOWN_KEY
        await announce(platform, agent, with_second(Role.ALERT))
        assert await code_of(platform, "al-3", "alert-2") == "ok"
        assert await code_of(platform, "al-4", "alert-1") == "ok"
        await announce(platform, agent, with_second(Role.ALERT, without=("alert-1",)))
        assert await code_of(platform, "al-5", "alert-1") == Reason.UNKNOWN_KEY
        assert await code_of(platform, "al-6", "alert-2") == "ok"

    story(platform, tmp_path, tell)


def test_the_alert_key_of_another_province_wakes_nobody_here(platform: Platform, tmp_path: Path) -> None:
    async def tell(agent: Agent) -> None:
        await announce(platform, agent, with_second(Role.ALERT, scope="vn.79"))
        assert await code_of(platform, "al-1", "alert-2") == Reason.OUTSIDE_SCOPE
        await announce(platform, agent, with_second(Role.ALERT, scope="vn.15"))
        assert await code_of(platform, "al-2", "alert-2") == "ok"

    story(platform, tmp_path, tell)


def test_a_plan_is_taken_from_the_new_key_and_dropped_with_the_old_one(platform: Platform, tmp_path: Path) -> None:
    def offer(kid: str) -> int:
        now = now_ms()
        plan = village.plan(now, (airing("a", now + HOUR, NOTICE),), (NOTICE,))
        platform.publish("plan", plan, signed(plan, kid))
        platform.hint("plan")
        return plan.revision

    async def tell(agent: Agent) -> None:
        await until(lambda: agent.papers.plan)
        await announce(platform, agent, with_second(Role.PLAN))
        by_new = offer("plan-2")
        await until(lambda: agent.papers.revisions().plan == by_new)
        by_old = offer("plan-1")
        await until(lambda: agent.papers.revisions().plan == by_old)
        del platform.papers["plan"]  # so that nothing comes back meanwhile
        await announce(platform, agent, with_second(Role.PLAN, without=("plan-1",)))
        assert agent.papers.plan is None
        again = offer("plan-2")
        await until(lambda: agent.papers.revisions().plan == again)

    story(platform, tmp_path, tell)


def with_another_time_key(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Keyset:
    """The platform's `time` key was taken back: what it tells from now on, it signs with the next."""
    sign = village.signed

    def by_the_new_one(message: Message, kid: str | None = None, **how: Any) -> str:
        return sign(message, "time-2" if ROLE_OF[type(message)] is Role.TIME else kid, **how)

    monkeypatch.setattr(village, "signed", by_the_new_one)
    keyset = with_second(Role.TIME, without=("time-1",))
    platform.publish("keyset", keyset)
    return keyset


@pytest.mark.parametrize("away", [False, True])
def test_the_key_of_the_time_is_exchanged_although_it_signs_the_news_itself(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, away: bool
) -> None:
    """Hints and welcomes are by the new key: who knows the old one only has to ask for the keyset by itself."""

    async def tell(agent: Agent) -> None:
        keyset = with_another_time_key(platform, monkeypatch)
        if away:
            platform.cut()
        else:
            platform.hint("keyset")
        await until(lambda: agent.papers.revisions().keyset == keyset.revision)
        agent.conversation.connected()
        await until(agent.conversation._welcomed.is_set)
        assert await code_of(platform, "al-1", "alert-1") == "ok"

    story(platform, tmp_path, tell)


def test_who_was_without_power_meanwhile_gets_keyset_and_time(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back with no valid time and an old keyset, and its question for the time is answered by the new key."""

    async def nothing(agent: Agent) -> None: ...

    story(platform, tmp_path, nothing)
    keyset = with_another_time_key(platform, monkeypatch)

    async def back() -> None:
        async with awake(config_of(platform, tmp_path)) as agent:
            await until(lambda: agent.papers.revisions().keyset == keyset.revision)
            await until(lambda: agent.clock.valid() and platform.connected())
            assert await code_of(platform, "al-1", "alert-1") == "ok"

    asyncio.run(back())


def test_a_forger_makes_nobody_ask_without_end(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell(agent: Agent) -> None:
        asked = 0
        fetch = agent.fetch.document

        async def counted(kind: str, held: int) -> str | bytes | None:
            nonlocal asked
            asked += kind == "keyset"
            return await fetch(kind, held)

        monkeypatch.setattr(agent.fetch, "document", counted)
        agent.config = replace_pace(agent)
        for number in range(20):
            assert await code_of(platform, f"al-{number}", "alert-forged") == Reason.UNKNOWN_KEY
        assert asked <= 1

    story(platform, tmp_path, tell)


def replace_pace(agent: Agent) -> Config:
    """As patient as in a village."""
    return dataclasses.replace(agent.config, pace=dataclasses.replace(agent.config.pace, longest=60.0))
