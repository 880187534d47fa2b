"""The loudspeaker of thôn 5 and the platform, for real over two loopback ports."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import speaker_village as village
from devicelink import topics
from devicelink.messages import Audience
from speaker.agent import Agent
from speaker.faults import Fault, SimulatedDisk, SimulatedTicks, switch
from speaker.sinks import recording
from speaker.sinks.card import CardSink
from speaker.sinks.card_clock import CardFaults
from speaker.status import read_status
from speaker_card import Library
from speaker_home import awake, config_of, enrolled, settled, told, until
from speaker_platform import Platform, now_ms, ready

NOTICE = village.Sound("lịch cắt điện", 1.5)


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        yield running


def test_a_notice_sounds_at_its_instant_and_the_proof_comes_back(platform: Platform, tmp_path: Path) -> None:
    config = enrolled(platform, tmp_path)
    ready(platform)
    faults = CardFaults(offset_s=412.7, drift_ppm=80, latency_s=0.35)

    async def story() -> int:
        async with awake(config, faults=faults) as agent:
            await settled(agent)
            start = await told(platform, agent, "a-1", NOTICE)
            await until(lambda: platform.of().proofs)
            return start

    start = asyncio.run(story())
    (proof,) = platform.of().proofs.values()
    assert (proof.airing, proof.planned, proof.outcome, proof.reason) == ("a-1", start, "played", "")
    assert abs(proof.started - start) <= 5
    assert abs(proof.rendered - NOTICE.duration) <= 20
    acks = {(ack.of.split(":")[0], ack.code, ack.detail) for ack in platform.of().acks}
    assert {("keyset", "ok", ""), ("placement", "ok", ""), ("plan", "ok", ""), ("plan", "ok", "complete")} <= acks
    (heard,) = recording.read_all(tmp_path / "out")
    late_ms, likeness = recording.find(heard, NOTICE.pcm, start * 1_000_000)
    assert abs(late_ms) <= 5
    assert likeness > 0.7


def run_story(platform: Platform, folder: Path, tell: Callable[[Agent], Awaitable[None]], **how: Any) -> None:
    async def story() -> None:
        async with awake(enrolled(platform, folder), **how) as agent:
            await tell(agent)

    asyncio.run(story())


def codes(platform: Platform, typ: str) -> list[str]:
    return [ack.code for ack in platform.of().acks if ack.of.startswith(f"{typ}:")]


def test_stop_all_reaches_the_one_that_sounds_and_the_one_that_comes_back(platform: Platform, tmp_path: Path) -> None:
    long = village.Sound("đọc báo", 60)
    ready(platform)

    async def tell(agent: Agent) -> None:
        await settled(agent)
        await told(platform, agent, "a", long)
        await until(lambda: agent.player.playing == "a")
        stopped = now_ms()
        token = village.signed(village.hold(stopped, stopped + village.HOUR))
        platform.holds = [token]
        platform.send(token, topics.area("04378"))
        await until(lambda: not agent.player.playing)
        await until(lambda: "ok" in codes(platform, "hold"))
        await until(lambda: platform.of().proofs)
        assert "Loa đang bị dừng" in agent.status().words[0]

    run_story(platform, tmp_path, tell)
    (proof,) = platform.of().proofs.values()
    assert (proof.outcome, proof.reason) == ("cut", "held")

    async def again() -> None:
        async with awake(config_of(platform, tmp_path)) as agent:
            await until(lambda: platform.of().hellos[-1].boot == agent.boot)
            assert agent.papers.held_until(agent.clock.now()) > 0

    asyncio.run(again())


def test_a_loudspeaker_that_missed_the_stop_gets_it_in_the_welcome(platform: Platform, tmp_path: Path) -> None:
    ready(platform)
    platform.holds = [village.signed(village.hold(now_ms(), now_ms() + village.HOUR))]

    async def tell(agent: Agent) -> None:
        await until(lambda: agent.papers.placement)
        agent.conversation.connected()
        await until(lambda: agent.papers.held_until(agent.clock.now()))

    run_story(platform, tmp_path, tell)


def test_a_command_is_acknowledged_again_but_obeyed_once(platform: Platform, tmp_path: Path) -> None:
    long = village.Sound("đọc báo", 60)
    ready(platform)

    async def tell(agent: Agent) -> None:
        await settled(agent)
        await told(platform, agent, "a", long)
        await until(lambda: agent.player.playing == "a")
        stop = village.signed(village.command(now_ms(), "c-1"))
        platform.send(stop)
        await until(lambda: not agent.player.playing)
        await told(platform, agent, "b", long)
        await until(lambda: agent.player.playing == "b")
        platform.send(stop)
        await until(lambda: len(codes(platform, "command")) == 2)
        assert codes(platform, "command") == ["ok", "ok"]
        platform.send(village.signed(village.command(now_ms(), "c-2", action="refresh")))
        await until(lambda: len(codes(platform, "command")) == 3)  # whatever the second word did is done
        assert agent.player.playing == "b"

    run_story(platform, tmp_path, tell)


def test_a_changed_plan_and_volume_are_fetched_at_the_hint(platform: Platform, tmp_path: Path) -> None:
    ready(platform)

    async def tell(agent: Agent) -> None:
        await until(lambda: agent.papers.plan)
        now = now_ms()
        platform.give(NOTICE)
        platform.publish("plan", village.plan(now, (village.airing("n", now + village.HOUR, NOTICE),), (NOTICE,)))
        platform.publish("volume", village.volume(now, 30))
        platform.hint("plan")
        platform.hint("volume")
        await until(lambda: agent.papers.revisions().plan == now and agent.papers.volume() == 30)
        await until(lambda: agent.media.ready(NOTICE.sha256))
        await until(lambda: agent.upkeep.beat().plan == now and platform.of().beats)
        assert agent.upkeep.beat().volume == 30

    run_story(platform, tmp_path, tell)


def test_forged_and_foreign_messages_change_nothing_and_are_answered(platform: Platform, tmp_path: Path) -> None:
    ready(platform)

    async def tell(agent: Agent) -> None:
        await until(lambda: agent.papers.plan and agent.link.connected)
        now = now_ms()
        forged = village.signed(village.hold(now, now + village.HOUR), by="stranger")
        neighbours = village.hold(now, now + village.HOUR, audience=Audience(area="vn.15.04387"))
        platform.send(forged)
        platform.send(village.signed(neighbours), topics.area("04378"))  # the topic means nothing
        platform.send("rubbish")
        platform.send(village.signed(village.command(now, "c-9", action="dance")))
        await until(lambda: "unknown_type" in codes(platform, "command"))
        assert codes(platform, "hold") == ["bad_signature"]
        assert codes(platform, "?") == ["malformed"]
        assert agent.conversation.refusals["wrong_audience"] == 1
        assert agent.papers.held_until(agent.clock.now()) == 0

    run_story(platform, tmp_path, tell)


def test_the_network_goes_and_the_plan_is_played_and_proved_later(platform: Platform, tmp_path: Path) -> None:
    ready(platform)
    platform.receipts = False

    async def tell(agent: Agent) -> None:
        await settled(agent)
        await told(platform, agent, "a", NOTICE, ahead=2_500)
        await until(lambda: agent.media.ready(NOTICE.sha256))
        agent.link.silence(on=True)
        platform.refuse_logins = True
        await until(lambda: agent.book.waiting() == 1)
        platform.refuse_logins = False
        agent.link.silence(on=False)
        await until(lambda: platform.of().proofs)
        assert agent.book.waiting() == 1  # stored there, but the receipt was lost
        platform.receipts = True
        await until(lambda: agent.book.waiting() == 0)

    run_story(platform, tmp_path, tell)
    assert [proof.outcome for proof in platform.of().proofs.values()] == ["played"]


def test_a_clock_wrong_by_hours_is_set_before_anything_is_obeyed(platform: Platform, tmp_path: Path) -> None:
    ready(platform)

    async def tell(agent: Agent) -> None:
        await until(lambda: agent.papers.plan)
        assert abs(agent.clock.now() - now_ms()) <= agent.clock.bound() + 50  # between the two readings

    run_story(platform, tmp_path, tell, ticks=SimulatedTicks(offset_ms=5 * village.HOUR, drift_ppm=300))


def test_to_whom_nobody_tells_the_time_obeys_nothing_and_says_so(platform: Platform, tmp_path: Path) -> None:
    """On its own page at once; to the platform with the first hello, which needs a token of its own time."""
    ready(platform)
    platform.tells_time = False

    async def tell(agent: Agent) -> None:
        agent.write_status()
        status = read_status(agent.config.folder)
        assert status
        assert not status.clock_valid
        assert "Loa chưa biết giờ chính xác nên chưa nhận lệnh nào từ mạng." in status.words
        assert agent.papers.plan is None
        platform.tells_time = True
        await until(lambda: agent.papers.plan and platform.of().hellos)
        assert 0 <= platform.of().hellos[0].clock_bound <= 60_000

    run_story(platform, tmp_path, tell)


def test_a_jump_of_the_clock_is_mended_by_the_next_welcome(platform: Platform, tmp_path: Path) -> None:
    ready(platform)
    ticks = SimulatedTicks()

    async def tell(agent: Agent) -> None:
        await until(lambda: agent.papers.plan and agent.link.connected)
        await switch(agent, ticks, SimulatedDisk(), Fault.CLOCK_STEP, 20 * village.MINUTE)
        assert agent.clock.now() > now_ms() + 19 * village.MINUTE
        agent.conversation.connected()
        await until(lambda: abs(agent.clock.now() - now_ms()) < 500)

    run_story(platform, tmp_path, tell, ticks=ticks)


def test_power_lost_is_reported_and_then_the_line_is_dead(platform: Platform, tmp_path: Path) -> None:
    ready(platform)
    ticks, disk = SimulatedTicks(), SimulatedDisk()

    async def tell(agent: Agent) -> None:
        await until(lambda: agent.papers.plan and agent.link.connected)  # in its commune, so no new login is due
        await switch(agent, ticks, disk, Fault.POWER_LOST, 1)
        await until(lambda: platform.of().byes and not platform.connected())
        assert platform.of().byes[-1].cause == "power_lost"
        await switch(agent, ticks, disk, Fault.POWER_LOST, 0)
        await until(platform.connected)

    run_story(platform, tmp_path, tell, ticks=ticks, disk=disk)


def test_a_disk_too_full_even_for_the_state_does_not_end_the_agent(platform: Platform, tmp_path: Path) -> None:
    ready(platform)

    async def tell(agent: Agent) -> None:
        await until(lambda: agent.papers.plan and agent.link.connected)
        genuine, full = agent.store._transaction, True

        def transaction() -> Any:
            if full:
                raise sqlite3.OperationalError("database or disk is full")
            return genuine()

        agent.store._transaction = transaction  # type: ignore[method-assign]
        now = now_ms()
        platform.publish("volume", village.volume(now, 15))
        platform.send(village.signed(village.hold(now, now + village.HOUR)))
        await until(lambda: "no_room" in codes(platform, "hold"))
        assert agent.papers.held_until(now_ms()) > now  # it is silent all the same
        hellos = len(platform.of().hellos)
        agent.conversation.connected()  # the welcome cannot be noted either, and does not break the line
        await until(lambda: len(platform.of().hellos) > hellos)
        platform.send(village.signed(village.command(now, "c-1")))
        await until(lambda: codes(platform, "command"))
        assert agent.link.connected
        full = False
        await until(lambda: agent.papers.volume() == 15)

    run_story(platform, tmp_path, tell)


def test_a_card_that_dies_in_a_notice_is_told_at_once_and_is_in_the_proof(platform: Platform, tmp_path: Path) -> None:
    long = village.Sound("đọc báo", 60)
    ready(platform)
    config = enrolled(platform, tmp_path)
    rarely = replace(config, pace=replace(config.pace, beat=600.0))
    library = Library()

    async def story() -> None:
        async with awake(rarely, sink=CardSink(library=library, dead_s=0.6)) as agent:
            await settled(agent)
            await told(platform, agent, "a-1", long)
            await until(lambda: agent.player.playing == "a-1")
            library.plugged = False
            await until(lambda: [beat.trouble for beat in platform.of().beats] == ["no_card"])
            await until(lambda: platform.of().proofs)
            assert agent.status().words[0].startswith("Loa không phát ra tiếng: cạc âm thanh không trả lời.")
            library.plugged = True
            await until(lambda: [beat.trouble for beat in platform.of().beats] == ["no_card", ""])
            assert agent.status().words[0] == "Loa đang im."

    asyncio.run(story())
    (proof,) = platform.of().proofs.values()
    assert (proof.airing, proof.outcome, proof.reason) == ("a-1", "cut", "no_card")
