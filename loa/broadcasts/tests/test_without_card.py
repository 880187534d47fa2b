"""A loudspeaker that is there and has nothing to sound with: nobody may think that it sounds."""

import pytest
from django.test import Client

from loa.broadcasts.queries.today import today
from loa.broadcasts.tests.conftest import Station
from loa.broadcasts.web.day import reason_words
from loa.devices.models import Device, DeviceStatus
from loa.kernel import clock
from tests.cast import Cast


@pytest.fixture
def mute(cast: Cast, station: Station, monkeypatch: pytest.MonkeyPatch) -> Device:
    """All are there; the card of cluster 5 is dead."""
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    for device in station.speakers.values():
        trouble = "no_card" if device == station.speakers[5] else ""
        DeviceStatus.objects.create(
            device=device, state="online", cause="connected", since=cast.now, clock_bound=20, trouble=trouble
        )
    return station.speakers[5]


def test_the_day_counts_it_among_those_that_will_not_sound(cast: Cast, mute: Device) -> None:
    [row] = today(cast.quy_mong, cast.now).silent
    assert (row.device, row.online, row.words.word) == (mute, True, "Không phát ra tiếng")


def test_the_page_of_the_day_says_so_and_what_to_do(client: Client, cast: Cast, mute: Device) -> None:
    client.force_login(cast.lan)
    shown = client.get(f"/hom-nay/?don-vi={cast.quy_mong.path}").content.decode()
    silent = shown[shown.index("Loa sẽ không kêu") : shown.index("Các mục trong ngày")]
    assert silent.count("<li") == 1
    assert mute.name in silent
    assert "Loa không phát ra tiếng: cạc âm thanh không trả lời." in silent
    assert "đang liên lạc tốt" not in silent


def test_its_proof_reads_in_words() -> None:
    assert reason_words("no_card") == "Cạc âm thanh của loa không trả lời"
