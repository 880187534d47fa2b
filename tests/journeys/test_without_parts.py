"""Parts of the platform die in the middle. The last of the journeys in their order: it kills what others lean on."""

import json
import os
import re
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
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
SILENT_MS = 2_000
SHORT_MS = 6_000


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


@contextmanager
def frozen_pages(stack: Stack) -> Iterator[None]:
    """The process of the pages and its workers stop in the middle; afterwards they go on."""
    pids = processes.group(os.getpgid(stack.pid_of("web")))
    for pid in pids:
        processes.send(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            processes.send(pid, signal.SIGCONT)


def test_what_was_approved_survives_the_death_of_worker_and_gateway(stack: Stack, evening: Evening) -> None:
    rescued = evening.rescued
    for name in HOME:
        stack.check_heard(name, rescued.approved, rescued.start)
    assert {said[0] for said in proved(stack, rescued).values()} == {"played"}
    assert all(stack.pid_of(part) != pid for part, pid in evening.killed.items())


def test_stop_all_silences_within_two_seconds_while_pages_and_database_are_dead(
    stack: Stack, thanh: Browser, evening: Evening
) -> None:
    stack.spoken("Thông báo dài", LONG)
    start = max(in_seconds(max(LEAD_MS, 2 * evening.pace)), evening.rescued.end + 2_000)
    approved(stack, thanh, submit(stack, "Thông báo dài", LONG, start), "Thông báo dài", start)
    ticket = re.search(r'<meta name="loa-ticket" content="([^"]+)"', thanh.get("/hom-nay/"))
    assert ticket is not None
    wait_for_clock(start + 1_500)

    with frozen_database(stack), frozen_pages(stack):
        posted = now_ms()
        answer = edge(stack, ticket[1], "stop", until=posted + 600_000, reason="Đọc nhầm")
        assert answer["devices"] == len(HOME)
        for name in HOME:
            until_held(stack, name)
            print(f"{name}: says {now_ms() - posted} ms later that it is held")
        for name in HOME:
            assert stack.heard(name, start + 500, posted).any(), f"{name} did not sound before"
            assert stack.silent(name, posted + SILENT_MS, posted + SILENT_MS + 1_500), f"{name} went on"
        edge(stack, ticket[1], "resume")
        for name in HOME:
            until_free(stack, name)
        at_the_machine(stack)
        it_resumes_by_itself(stack, ticket[1])

    query = "select verb, actor_name from audit_entry where verb in ('devices.held', 'devices.released') order by id"
    until("all are in the record", lambda: len(stack.rows(query)) == 5, BACK_S)
    said = stack.rows(query)
    held, released, by = "devices.held", "devices.released", "Nguyễn Văn Thành"
    assert [verb for verb, _ in said] == [held, released, held, released, held]
    assert [name for _, name in said[:2]] == [by, by]


def until_held(stack: Stack, name: str) -> None:
    until(f"{name} is held", lambda: stack.status(name)["held_until"])


def until_free(stack: Stack, name: str) -> None:
    until(f"{name} is free", lambda: not stack.status(name)["held_until"])


def at_the_machine(stack: Stack) -> None:
    """One line stops, one lets it sound again; neither asks pages or database."""
    told = stack.on_the_machine("stop-all", HOME_PATH, "--minutes", "10", "--reason", "Đọc nhầm")
    assert told.returncode == 0, told.stderr
    for name in HOME:
        until_held(stack, name)
    told = stack.on_the_machine("stop-all", HOME_PATH, "--resume")
    assert told.returncode == 0, told.stderr
    for name in HOME:
        until_free(stack, name)


def it_resumes_by_itself(stack: Stack, ticket: str) -> None:
    """Nobody taps anything: the stop ends at its minute."""
    end = now_ms() + SHORT_MS
    edge(stack, ticket, "stop", until=end)
    for name in HOME:
        until_held(stack, name)
    for name in HOME:
        until_free(stack, name)
        assert now_ms() >= end


def test_a_program_stops_and_resumes_by_the_api(stack: Stack, thanh: Browser) -> None:
    """With pages and database: it asks the same gateway as the page does."""
    until("the pages answer again", stack.healthy, BACK_S)
    end = datetime.now(UTC) + timedelta(minutes=10)
    held = thanh.order("/api/v1/stop", area=HOME_PATH, until=end.isoformat(), reason="Đọc nhầm")
    assert held["devices"] == len(HOME)
    for name in HOME:
        until_held(stack, name)
    assert thanh.order("/api/v1/resume", area=HOME_PATH)["until"] == 0
    for name in HOME:
        until_free(stack, name)


def test_afterwards_everything_is_well_again_and_the_record_is_whole(stack: Stack) -> None:
    until("the platform is well again", stack.healthy, BACK_S)
    stack.until_audit_is_clean()
