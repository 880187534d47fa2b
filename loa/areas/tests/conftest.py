"""The units of the whole country: imported once for a file of tests, in a transaction that is rolled back."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import transaction

from loa.areas import actions, sources
from loa.areas.sources import Published


@pytest.fixture(scope="module")
def data() -> Published:
    """What is published."""
    return sources.published()


@pytest.fixture(scope="module")
def _country(data: Published, django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        actions.import_units(data=data, now=datetime(2026, 11, 22, 1, 0, tzinfo=UTC))
        yield
        transaction.set_rollback(True)


@pytest.fixture
def country(_country: None, db: None) -> None:
    """34 provinces and everything before them."""
