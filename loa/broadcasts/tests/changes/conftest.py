"""Quy Mông with its rules, and the 05:00 bulletin of the story."""

from typing import Any

import pytest

from loa.broadcasts.changes.change import Change
from loa.broadcasts.changes.keeping import Preview, preview
from loa.broadcasts.models import Schedule
from loa.broadcasts.tests.conftest import on_air
from loa.broadcasts.tests.story.conftest import afternoon, quy_mong_rules, ready  # noqa: F401 - fixtures
from loa.people.models import User
from tests.cast import Cast
from tests.changes import Answer, confirm

__all__ = ["Answer", "confirm"]


@pytest.fixture
def bulletin_at_five(cast: Cast) -> Schedule:
    """Fifty-two seconds at 05:00 every day, approved."""
    return on_air(cast, "Bản tin sáng", "05:00")


def lines(shown: Preview) -> list[str]:
    """What the page says."""
    return [str(line) for line in shown.lines]


def see(cast: Cast, change: Change, actor: User | None = None, **more: Any) -> Preview:
    """Lan looks, if nobody else does."""
    return preview(actor=actor or cast.lan, change=change, now=more.pop("now", cast.now))
