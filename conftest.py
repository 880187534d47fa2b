"""What every test may use: the cast, and a database whose record may be emptied between tests."""

import pytest

pytest_plugins = ["tests.cast"]


@pytest.fixture(scope="session", autouse=True)
def account_keys(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Accounts of tests are sealed with keys that are thrown away, never with those of an installation."""
    from django.conf import settings

    settings.LOA_ACCOUNT_KEYS = tmp_path_factory.mktemp("keys") / "accounts"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> None:
    """Transactional tests empty all tables by TRUNCATE, which the record refuses; its tests undo this."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("alter table audit_entry disable trigger audit_entry_not_emptied")
        cursor.execute("alter table audit_seal disable trigger audit_seal_not_emptied")
