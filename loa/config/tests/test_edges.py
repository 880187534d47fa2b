"""What every answer of the web carries, whoever asks."""

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from procrastinate.contrib.django import app

from loa.config import jobs
from loa.config.refusals import Refusals
from loa.kernel.errors import Refusal
from tests.cast import Cast


def test_the_health_page_says_nothing_but_that_it_is_well(client: Client, db: None) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_no_page_runs_a_script_or_a_style_from_elsewhere(client: Client, db: None) -> None:
    policy = client.get("/healthz").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "style-src 'self';" in policy + ";"
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_attempts_are_counted_by_address_and_never_by_account() -> None:
    assert settings.AXES_LOCKOUT_PARAMETERS == ["ip_address"]
    limits = settings.ACCOUNT_RATE_LIMITS
    assert all("/key" not in limit for name, limit in limits.items() if name != "second_factor")


def test_a_refusal_of_the_domains_becomes_a_page(rf: RequestFactory) -> None:
    middleware = Refusals(lambda request: pytest.fail("not called"))
    answer = middleware.process_exception(rf.get("/"), Refusal("Xã Quy Mông không phát sau 21:00."))
    assert answer is not None
    assert answer.status_code == 409
    assert "không phát sau 21:00" in answer.content.decode()
    assert middleware.process_exception(rf.get("/"), ValueError()) is None


def test_a_character_that_no_text_can_hold_is_refused_in_words(client: Client, cast: Cast) -> None:
    """It comes with what somebody pastes; fields that are read by hand meet it only in the database."""
    client.force_login(cast.son)
    answer = client.get("/thiet-bi/nhieu-cum/", {"don-vi": cast.quy_mong.path, "tim": "chợ\0"})
    assert (answer.status_code, "ký tự máy không đọc được" in answer.content.decode()) == (422, True)


def test_every_task_has_a_queue_that_somebody_works_on() -> None:
    assert jobs.unserved(app) == []


def test_a_periodic_task_never_stands_behind_speech() -> None:
    lanes = {queue: lane.name for lane in jobs.LANES for queue in lane.queues}
    ticks = [task.task for task in app.periodic_registry.periodic_tasks.values()]
    assert ticks
    assert {lanes[task.queue] for task in ticks} <= {"periodic", "default"}
