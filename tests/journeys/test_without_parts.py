"""Parts of the platform die in the middle. The last of the journeys in their order: it kills what others lean on."""

import json
import os
import re
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from loa.launch import postgres, processes
from tests.journeys.evening import Evening, approved, proved, submit
from tests.journeys.running import HOME_PATH, NOTICE, Browser, Stack, in_seconds, now_ms, until, wait_for_clock
from tests.journeys.world import HOME

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]

LONG = " ".join([NOTICE] * 5)
LEAD_MS = 10_000
BACK_S = 90
SOUNDS_ON_MS = 500  # what the sound card already holds


def edge(stack: Stack, ticket: str, deed: str, **wish: object) -> dict[str, Any]:
    """What the page posts to the gateway."""
    request = urllib.request.Request(
        f"{stack.state['gateway_url']}/edge/{deed}",
        json.dumps({"audience": {"area": HOME_PATH}, **wish}).encode(),
        {"Authorization": f"Bearer {ticket}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


@contextmanager
def frozen_database(stack: Stack) -> Iterator[None]:
    """Every process of the database stops in the middle of whatever it does, callers hang; then all of them die."""
    servers = postgres.servers_of(stack.var / "pg")
    assert servers
    for pid in servers:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in servers:
            processes.send(pid, signal.SIGKILL)


def test_what_was_approved_survives_the_death_of_worker_and_gateway(stack: Stack, evening: Evening) -> None:
    rescued = evening.rescued
    for name in HOME:
        stack.check_heard(name, rescued.approved, rescued.start)
    assert {said[0] for said in proved(stack, rescued).values()} == {"played"}
    assert all(stack.pid_of(part) != pid for part, pid in evening.killed.items())


def test_stop_all_works_while_the_database_is_dead(stack: Stack, thanh: Browser, evening: Evening) -> None:
    stack.spoken("Thông báo dài", LONG)
    start = max(in_seconds(max(LEAD_MS, 2 * evening.pace)), evening.rescued.end + 2_000)
    approved(stack, thanh, submit(stack, "Thông báo dài", LONG, start), "Thông báo dài", start)
    ticket = re.search(r'<meta name="loa-ticket" content="([^"]+)"', thanh.get("/hom-nay/"))
    assert ticket is not None
    wait_for_clock(start + 1_500)

    with frozen_database(stack):
        posted = now_ms()
        answer = edge(stack, ticket[1], "stop", until=posted + 600_000, reason="Đọc nhầm")
        assert answer["devices"] == len(HOME)
        for name in HOME:
            until(f"{name} is held", lambda name=name: stack.status(name)["held_until"])
            print(f"{name}: says {now_ms() - posted} ms later that it is held")
        held = now_ms()
        for name in HOME:
            assert stack.heard(name, start + 500, posted).any(), f"{name} did not sound before"
            assert stack.silent(name, held + SOUNDS_ON_MS, held + SOUNDS_ON_MS + 1_500), f"{name} went on"
        edge(stack, ticket[1], "resume")
        for name in HOME:
            until(f"{name} is free", lambda name=name: not stack.status(name)["held_until"])

    query = "select verb, actor_name from audit_entry where verb in ('devices.held', 'devices.released') order by id"
    until("both are in the record", lambda: len(stack.rows(query)) == 2, BACK_S)
    by = "Nguyễn Văn Thành"
    assert stack.rows(query) == [("devices.held", by), ("devices.released", by)]


def test_afterwards_everything_is_well_again_and_the_record_is_whole(stack: Stack) -> None:
    until("the platform is well again", stack.healthy, BACK_S)
    stack.until_audit_is_clean()
