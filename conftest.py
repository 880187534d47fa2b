"""What every test may use: the cast, and a database whose record may be emptied between tests."""

import pytest

pytest_plugins = ["tests.cast"]

# Their tests wait for clocks and for other processes nine tenths of their time. Spread over all workers they would let
# all of them wait at once; by one worker each, beside those that compute, they cost next to nothing.
WAITING = {"packages/speaker/": "speaker", "loa/gateway/": "gateway"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what shares one stack on one worker, and what only waits; xdist begins with the largest groups.

    pytest-xdist 3.8 writes the group where pytest 9.2 no longer reads it, so `xdist_group` had no effect.
    """
    if not config.getoption("loadgroup", False):
        return
    for item in items:
        group = _group(item)
        if group and "@" not in item.nodeid:
            item._id = type(item._id).parse(f"{item.nodeid}@{group}")  # type: ignore[attr-defined]


def _group(item: pytest.Item) -> str:
    """What one worker runs from beginning to end; empty: any worker may take this test."""
    if marked := item.get_closest_marker("xdist_group"):
        return str(marked.args[0])
    return next((group for folder, group in WAITING.items() if item.nodeid.startswith(folder)), "")


@pytest.fixture(scope="session", autouse=True)
def account_keys(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Accounts of tests are sealed with keys that are thrown away, never with those of an installation."""
    from django.conf import settings

    settings.LOA_ACCOUNT_KEYS = tmp_path_factory.mktemp("keys") / "accounts"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> None:
    """Transactional tests empty all tables by TRUNCATE, which the record refuses; its tests undo this.

    What the migrations had put there is put there again, whatever test the same worker takes next.
    """
    from django.apps import apps
    from django.db import connection
    from django.db.models.signals import post_migrate

    post_migrate.connect(_filled_again, sender=apps.get_app_config("bulletins"))
    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("alter table audit_entry disable trigger audit_entry_not_emptied")
        cursor.execute("alter table audit_seal disable trigger audit_seal_not_emptied")


def _filled_again(**_: object) -> None:
    from loa.bulletins.actions import load_categories

    load_categories()
