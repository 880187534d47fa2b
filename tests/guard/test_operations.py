"""Hà Thị Mai and a program of hers walk every operation of the API. For them there is no Quy Mông."""

import json
from http import HTTPStatus

import pytest
from django.http import HttpResponse
from django.test import Client

from loa.config.api.root import api
from loa.kernel import clock
from loa.people.actions.tokens import make_token
from loa.people.models import User
from tests.cast import Cast
from tests.guard import samples, sent_down
from tests.guard.operations import OPERATIONS, Operation
from tests.guard.test_guard import MARKS, left_a_trace, signed_in


def test_every_operation_has_a_row() -> None:
    described = {
        (method, path.removeprefix("/api/v1"))
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method in methods
    }
    assert described == {(one.method, one.path) for one in OPERATIONS}


def ask(client: Client, one: Operation, cast: Cast, headers: dict[str, str] | None = None) -> HttpResponse:
    path = f"/api/v1{one.path}"
    for name, make in (("{kept}", samples.kept), ("{sending}", sent_down.sending)):
        path = path.replace(name, str(make(cast))) if name in path else path
    if one.method == "get":
        return client.get(path, one.query(cast) if one.query else {}, headers=headers)
    body = json.dumps(one.body(cast) if one.body else {})
    return client.post(path, body, content_type="application/json", headers=headers)


def program_of(user: User, area: object, cast: Cast, *may: str) -> dict[str, str]:
    _, secret = make_token(actor=user, name="Phần mềm", area=area, capabilities=may, days=9, now=clock.now())  # type: ignore[arg-type]
    return {"Authorization": f"Bearer {secret}"}


@pytest.mark.parametrize("one", OPERATIONS, ids=str)
def test_mai_and_her_program_find_nothing_of_quy_mong(one: Operation, cast: Cast) -> None:
    token = program_of(cast.mai, cast.tran_yen, cast, "schedule.write", "hold.set")
    for answer in (ask(signed_in(cast.mai), one, cast), ask(Client(), one, cast, token)):
        assert answer.status_code == one.foreign, answer.content
        assert not any(mark in answer.content.decode() for mark in MARKS)
    assert not left_a_trace(cast)


@pytest.mark.parametrize("one", OPERATIONS, ids=str)
def test_lan_does_find_it(one: Operation, cast: Cast) -> None:
    answer = ask(signed_in(cast.lan), one, cast)
    assert answer.status_code in one.found, answer.content


@pytest.mark.parametrize("one", OPERATIONS, ids=str)
def test_nobody_comes_in_unknown(one: Operation, cast: Cast) -> None:
    for headers in ({}, {"Authorization": "Bearer loa_unknown"}):
        answer = ask(Client(), one, cast, headers)
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("one", [one for one in OPERATIONS if one.method == "post"], ids=str)
def test_a_program_that_may_only_look_changes_nothing(one: Operation, cast: Cast) -> None:
    token = program_of(cast.lan, cast.quy_mong, cast, "view")
    answer = ask(Client(), one, cast, token)
    assert answer.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND), answer.content
