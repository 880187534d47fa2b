"""Somebody who sends slowly, or without end, keeps nobody else from the pages."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from loa.config.bodies import MOST, MOST_OF_STRANGERS, Bodies
from loa.config.readers import AT_ONCE, AT_ONCE_FROM_ONE, Readers
from loa.kernel.errors import Unavailable
from tests.cast import Cast

SIGN_IN = "/tai-khoan/dang-nhap/"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many octets of uploads reached the disk."""
    seen: list[int] = []

    def receive(self: TemporaryFileUploadHandler, raw_data: bytes, start: int) -> None:
        seen.append(len(raw_data))

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", receive)
    return seen


def a_file(size: int) -> dict[str, Any]:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n\r\n'
    return {"data": head + b"\0" * size + b"\r\n--x--\r\n", "content_type": "multipart/form-data; boundary=x"}


def test_a_stranger_cannot_fill_the_disk(client: Client, db: None, written: list[int]) -> None:
    answer = client.post(SIGN_IN, **a_file(4 * MOST_OF_STRANGERS))
    assert (answer.status_code, sum(written)) == (403, 0)
    assert "Hãy đăng nhập" in answer.content.decode()


def test_nobody_sends_more_than_the_longest_upload(cast: Cast, client: Client, written: list[int]) -> None:
    client.force_login(cast.lan)
    answer = client.post("/soan-ban-tin/", **a_file(10), headers={"content-length": str(MOST + 1)})
    assert (answer.status_code, sum(written)) == (422, 0)
    assert "200 MB" in answer.content.decode()


def test_many_slow_senders_from_one_address_leave_room_for_the_others() -> None:
    readers, held = Readers(most=3, from_one=2), []
    for _ in range(2):
        held.append(slow := readers.reading("10.0.0.1"))
        slow.__enter__()
    with pytest.raises(Unavailable), readers.reading("10.0.0.1"):
        pass
    with readers.reading("10.0.0.2"), pytest.raises(Unavailable), readers.reading("10.0.0.3"):
        pass
    for slow in held:
        slow.__exit__(None, None, None)
    with readers.reading("10.0.0.1"):
        pass


def test_the_fields_are_read_before_anything_else_and_stay_readable(rf: RequestFactory) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.POST["title"])

    assert Bodies(view)(rf.post("/", {"title": "Họp thôn 5"})).content.decode() == "Họp thôn 5"


def test_a_body_whose_sender_hangs_up_is_no_error_of_the_program(rf: RequestFactory) -> None:
    class Cut:
        def read(self, *_: object) -> bytes:
            raise OSError("gone")

        readline = read

    extra: dict[str, Any] = {"wsgi.input": Cut()}
    request = rf.post("/", {"title": "Họp thôn 5"}, **extra)
    assert Bodies(lambda _: pytest.fail("not called"))(request).status_code == 400


def test_it_stands_before_whatever_reads_the_form() -> None:
    order = settings.MIDDLEWARE
    assert order.index("loa.config.proxy.ClientAddress") < order.index("loa.config.bodies.Bodies")
    assert order.index("loa.config.bodies.Bodies") == 1 + order.index(
        "django.contrib.auth.middleware.AuthenticationMiddleware"
    )


def test_more_threads_answer_than_may_wait_for_senders() -> None:
    service = Path(__file__).parents[3] / "deploy" / "systemd" / "loa-web.service"
    threads = int(service.read_text().partition("--blocking-threads ")[2].split()[0])
    assert AT_ONCE_FROM_ONE < AT_ONCE < threads
