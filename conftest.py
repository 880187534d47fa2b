"""What every test may use: the cast, and a database whose record may be emptied between tests."""

import pytest

pytest_plugins = ["tests.cast"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what shares one stack on one worker, and begin with it.

    pytest-xdist 3.8 writes the group where pytest 9.2 no longer reads it, so `xdist_group` had no effect.
    """
    if not config.getoption("loadgroup", False):
        return
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group and "@" not in item.nodeid:
            item._id = type(item._id).parse(f"{item.nodeid}@{group.args[0]}")  # type: ignore[attr-defined]


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
