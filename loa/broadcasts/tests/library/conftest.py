from pathlib import Path
from typing import Any

import pytest

from loa.bulletins import actions as bulletins
from loa.media import store
from tests.cast import Cast


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> store.FileStore:
    settings.MEDIA_ROOT = tmp_path / "media"
    return store.default()


@pytest.fixture(autouse=True)
def categories(cast: Cast) -> None:
    bulletins.load_categories()
