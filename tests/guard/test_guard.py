"""Hà Thị Mai, officer of the neighbour commune, walks every address of the platform. For her there is no Quy Mông.

Routes are found by themselves: a page that is added is walked from that day on.
"""

import time
from http import HTTPStatus

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client

from loa.areas.queries import within
from loa.audit.models import Entry
from loa.people.models import User
from tests.cast import Cast
from tests.guard import alarms, live, poles, sent_down, ways_out  # noqa: F401 - they register what stands in addresses
from tests.guard.routes import METHODS, Route, address, parameters, routes
from tests.guard.samples import OPEN, SAME_FOR_ALL, maker_of

ROUTES = routes()
OBJECTS = [route for route in ROUTES if route.variables and route.name not in OPEN]
PLAIN = [route for route in ROUTES if not route.variables]
# Refused before anything is looked for: the method does not exist there.
NO_METHOD = HTTPStatus.METHOD_NOT_ALLOWED
MARKS = ("Quy Mông", "Hoàng Thị Lan", "Nhà văn hóa thôn 5")


def signed_in(user: User) -> Client:
    """A browser of this user who has just confirmed the password, so that no page hides behind asking for it again."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def ask(client: Client, method: str, path: str, data: dict[str, object] | None = None) -> HttpResponseBase:
    """One request; forms are sent as browsers send them."""
    response: HttpResponseBase = getattr(client, method)(path, data or {})
    return response


def path_of(route: Route, cast: Cast) -> str:
    values = {}
    for variable in route.variables:
        maker = maker_of(variable, route.name)
        assert maker is not None, missing(route, variable)
        values[variable] = maker(cast)
    return address(route, values)


def missing(route: Route, variable: str) -> str:
    return f"{route.name} ({route.pattern}): register an object of Quy Mông for {variable!r} in tests/guard/samples.py"


def left_a_trace(cast: Cast) -> bool:
    """Mai has done something in Quy Mông that went into the record."""
    return Entry.objects.filter(within(cast.quy_mong.path, "area"), actor_id=cast.mai.pk).exists()


def told(response: HttpResponseBase) -> str:
    """The whole body."""
    if isinstance(response, StreamingHttpResponse):
        return response.getvalue().decode()
    return response.content.decode() if isinstance(response, HttpResponse) else ""


@pytest.mark.parametrize("route", OBJECTS, ids=str)
def test_every_name_in_an_address_has_an_object(route: Route) -> None:
    for variable in route.variables:
        assert maker_of(variable, route.name), missing(route, variable)


@pytest.mark.parametrize("route", OBJECTS, ids=str)
def test_mai_finds_nothing_of_quy_mong(route: Route, cast: Cast) -> None:
    path, client = path_of(route, cast), signed_in(cast.mai)
    answers = {method: ask(client, method, path) for method in METHODS}
    statuses = {method: answer.status_code for method, answer in answers.items()}
    assert set(statuses.values()) <= {HTTPStatus.NOT_FOUND, NO_METHOD}, statuses
    assert HTTPStatus.NOT_FOUND in statuses.values(), statuses
    assert not left_a_trace(cast)
    assert not any(mark in told(answer) for answer in answers.values() for mark in MARKS)


@pytest.mark.parametrize("route", OBJECTS, ids=str)
def test_somebody_of_quy_mong_does_find_it(route: Route, cast: Cast) -> None:
    """Else the sample is not what the page looks for, and Mai's 404 proves nothing."""
    path = path_of(route, cast)
    insiders = (cast.lan, cast.thanh, cast.son, cast.bao, cast.minh_anh, cast.xuan)
    statuses = [ask(signed_in(user), method, path).status_code for user in insiders for method in ("get", "post")]
    assert any(status not in (HTTPStatus.NOT_FOUND, NO_METHOD) for status in statuses), statuses
    assert not any(status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != 503 for status in statuses), statuses


@pytest.mark.parametrize("route", OBJECTS, ids=str)
def test_a_visitor_who_is_not_signed_in_finds_nothing_either(route: Route, cast: Cast) -> None:
    path, client = path_of(route, cast), Client(raise_request_exception=False)
    for method in METHODS:
        answer = ask(client, method, path)
        assert answer.status_code in (302, 401, 403, 404, 405), f"{method} {answer.status_code}"
        assert not any(mark in told(answer) for mark in MARKS)


@pytest.mark.parametrize("route", PLAIN, ids=str)
def test_no_list_and_no_form_lets_mai_into_quy_mong(route: Route, cast: Cast) -> None:
    """Every parameter that any page reads names Quy Mông, in the query and in the form."""
    client, path = signed_in(cast.mai), address(route, {})
    for value in (cast.quy_mong.path, cast.quy_mong.code, str(cast.quy_mong.pk), cast.thon_5.path):
        data: dict[str, object] = dict.fromkeys(parameters(), value)
        for method in ("get", "post"):
            answer = ask(client, method, path, data)
            assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR or answer.status_code == 503, method
            assert route.name in SAME_FOR_ALL or not any(mark in told(answer) for mark in MARKS), f"{method} {path}"
            client = client if "_auth_user_id" in client.session else signed_in(cast.mai)
    assert not left_a_trace(cast)


def test_the_walk_sees_pages_and_parameters() -> None:
    """The walk itself works: it finds what is known to be there."""
    assert {"people:person", "people:end_session", "mfa_edit_webauthn"} <= {route.name for route in OBJECTS}
    assert "don-vi" in parameters()


def test_what_is_open_exists_and_says_why() -> None:
    names = {route.name for route in ROUTES}
    assert all(name in names and len(reason) > 20 for name, reason in (OPEN | SAME_FOR_ALL).items())
