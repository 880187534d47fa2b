"""What holds for every story about people."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def nobody_was_here_before() -> Iterator[None]:
    """How often an address or a person tried is counted in this process: the story before does not count."""
    cache.clear()
    yield
    cache.clear()
