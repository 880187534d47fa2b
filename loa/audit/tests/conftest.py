"""The guards of the record as they are in an installation; for the rest of the tests the tables may be emptied."""

from collections.abc import Iterator

import pytest
from django.db import connection

from loa.audit.queries import _GUARDS


def _switch(word: str) -> None:
    with connection.cursor() as cursor:
        for guard in _GUARDS:
            cursor.execute(f"alter table {guard.rsplit('_', 2)[0]} {word} trigger {guard}")


@pytest.fixture(autouse=True)
def guards_on(request: pytest.FixtureRequest) -> Iterator[None]:
    """All on, but for the emptying after a test that really commits."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None and "db" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db" if marker and marker.kwargs.get("transaction") else "db")
    _switch("enable")
    yield
    if not connection.in_atomic_block:
        _switch("disable")
