"""A centre for short messages on loopback, channels that lead there, people who agreed to be told."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from pytest_django import Settings

from loa.areas.models import Area
from loa.channels.actions import keeping, lists
from loa.channels.actions.keeping import Entered
from loa.channels.actions.lists import Person
from loa.channels.actions.posting import Notice
from loa.channels.models import Channel, Recipient
from loa.channels.tests import smsc
from loa.channels.tests.smsc import Smsc
from tests.cast import Cast

FLOOD = "Nước sông Hồng lên nhanh. Bà con thôn 4, thôn 5 sơ tán ngay lên nhà văn hóa."


@pytest.fixture
def centre(settings: Settings) -> Iterator[Smsc]:
    """It runs, and the operator allows it."""
    settings.LOA_CHANNELS_LOCAL = ("127.0.0.1",)
    with smsc.running() as server:
        yield server


def sms_channel(cast: Cast, at: int, **changed: str) -> Channel:
    """The account of the province."""
    options = {"host": "127.0.0.1", "port": str(at), "system_id": "loa", "sender": "LOA QUYMONG"} | changed
    entered = Entered("SMS của tỉnh", options, {"password": "secret"})
    return keeping.add_channel(actor=cast.bao, area=cast.lao_cai, kind="sms", entered=entered, now=cast.now)[0]


def listed(cast: Cast, name: str, phone: str, area: Area | None = None, **more: object) -> Recipient:
    """Somebody of Quy Mông, a head of a hamlet."""
    words = {"role": "hamlet_head", "consent": "Ký giấy đồng ý", "consent_on": date(2026, 8, 1)} | more
    person = Person(name=name, phone=phone, **words)  # type: ignore[arg-type]
    return lists.add_recipient(actor=cast.bao, area=area or cast.quy_mong, person=person, now=cast.now)


def flood(cast: Cast, key: str = "alert:lu-1", **changed: object) -> Notice:
    """What somebody above wants told."""
    words = {
        "purpose": "alert", "status": "actual", "title": "Cảnh báo lũ", "text": FLOOD,
        "expires": cast.now + timedelta(hours=2),
    } | changed  # fmt: skip
    return Notice(key=key, **words)  # type: ignore[arg-type]
