"""At a computer that several people use, nothing stays of the one before."""

from pathlib import Path

import pytest
from django.test import Client

from loa.bulletins.tests import stories
from loa.media import store
from tests.cast import Cast


@pytest.fixture
def lan(cast: Cast, client: Client) -> Client:
    """The browser in which Lan is signed in."""
    client.force_login(cast.lan)
    return client


def test_pages_are_not_kept_and_what_says_otherwise_is(lan: Client) -> None:
    assert lan.get("/tai-khoan/").headers["Cache-Control"] == "private, no-store"
    assert lan.get("/sw.js").headers["Cache-Control"] == "no-cache"


def test_a_sound_is_asked_for_each_time_and_refused_after_signing_out(
    cast: Cast, lan: Client, tmp_path: Path, settings: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    row = stories.sound_of(cast, size=4)
    path = store.path_of(row.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"OggS")
    address = f"/am-thanh/{row.pk}.ogg"
    heard = lan.get(address)
    assert heard.headers["Cache-Control"] == "private, no-cache"
    known = {"If-None-Match": heard.headers["ETag"]}
    assert lan.get(address, headers=known).status_code == 304
    lan.logout()
    assert lan.get(address, headers=known).status_code == 302
