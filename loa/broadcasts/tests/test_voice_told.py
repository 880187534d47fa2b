"""Lan is told beside the player when another voice spoke than the one she chose."""

import uuid

import pytest
from django.test import Client

from loa.broadcasts.tests.conftest import Station
from loa.broadcasts.tests.test_compose_pages import TEXT, fields, ready
from loa.bulletins import actions as bulletins
from loa.kernel import clock
from loa.media import actions as media
from loa.media.models import Sound
from tests.cast import Cast


@pytest.mark.parametrize(("spoke", "told"), [("lan/bac", False), ("espeak/vi", True)])
def test_the_writer_is_told_who_spoke(
    client: Client, cast: Cast, station: Station, monkeypatch: pytest.MonkeyPatch, spoke: str, told: bool
) -> None:
    bulletins.load_categories()
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    client.force_login(cast.lan)
    sound = media.synthesise(actor=cast.lan, area=cast.quy_mong, text=TEXT, voice="espeak/vi", now=cast.now)
    one = {"key": "k", "text": "Một.", "start_ms": 0, "end_ms": 900, "voice": spoke}
    Sound.objects.filter(pk=sound.pk).update(voice="lan/bac", sentences=[one])
    ready(sound)
    address = client.post("/soan-ban-tin/", fields(cast, client_id=str(uuid.uuid4()))).headers["Location"]
    client.post(address, fields(cast, sound=str(sound.pk)))
    page = client.get(address).content.decode()
    assert ("Không phải giọng đã chọn" in page) is told
    assert ("đã đọc bằng giọng máy dự phòng" in page) is told
    client.force_login(cast.thanh)
    page = client.get(f"/duyet/{address.strip('/').split('/')[-1]}/").content.decode()
    assert ("đã đọc bằng giọng máy dự phòng" in page) is told, "the approver, too"
