"""The page that shows what a change does to the air times, as a person uses it."""

import html
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol

from django.test import Client


class Answer(Protocol):
    """What the test client gives back: the response, and its JSON read."""

    status_code: int
    content: bytes

    def __getitem__(self, header: str) -> str: ...

    def json(self) -> Any: ...


def confirm(client: Client, page: str) -> Answer:
    """Press the button of a page that shows a difference."""
    fields = {name: html.unescape(value) for name, value in _HIDDEN.findall(page)}
    return client.post("/lich-phat/thay-doi/giu/", fields)


def send(client: Client, address: str, form: Mapping[str, Any], **more: Any) -> Any:
    """Hand in a page that shows its difference beside the button: what it has not shown yet, it shows first."""
    answer = client.post(address, form, **more)
    found = _TOKEN.search(answer.content.decode()) if answer.status_code == HTTPStatus.CONFLICT else None
    return client.post(address, {**form, "token": found[1]}, **more) if found else answer


_TOKEN = re.compile(r'<input type="hidden" name="token" value="([^"]+)">')
_HIDDEN = re.compile(r'<input type="hidden" name="(change|token|back)" value="([^"]*)">')
