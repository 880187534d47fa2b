"""The cast with addresses, a mail server on loopback, poles that fall silent."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from loa.areas.models import Area
from loa.devices.models import Device, DeviceStatus
from loa.notifications.tests import mailbox
from loa.notifications.tests.mailbox import Mailbox
from loa.people.models import User
from tests.cast import Cast

TWO_AT_NIGHT = datetime(2026, 8, 20, 19, 0, tzinfo=UTC)  # 02:00 on Friday 21/08/2026 in Viet Nam


@pytest.fixture
def night(cast: Cast) -> Cast:
    """Two in the morning; everybody has an address."""
    for person in (cast.lan, cast.thanh, cast.phuc, cast.mai, cast.son, cast.minh_anh, cast.bao, cast.xuan):
        person.email = f"{person.username}@loa.example"
    User.objects.bulk_update(
        [cast.lan, cast.thanh, cast.phuc, cast.mai, cast.son, cast.minh_anh, cast.bao, cast.xuan], ["email"]
    )
    return replace(cast, now=TWO_AT_NIGHT)


@pytest.fixture
def post(settings: Settings) -> Iterator[Mailbox]:
    """Letters go there by SMTP."""
    with mailbox.running() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 10
        settings.DEFAULT_FROM_EMAIL = "Loa <loa@laocai.example>"
        yield server


def stand(area: Area, operator: str, count: int, now: datetime) -> list[Device]:
    """So many poles with cards of this operator, all well."""
    first = Device.objects.filter(area=area).count()
    rows = [
        Device(
            id=f"{area.code}-{operator}-{n}", area=area, number=first + n + 1, name=f"Cột {n}", made_at=now,
            public_key=f"{area.code}{operator}{n}", state=Device.State.PLACED, sim_operator=operator,
        )
        for n in range(count)
    ]  # fmt: skip
    Device.objects.bulk_create(rows)
    DeviceStatus.objects.bulk_create(
        DeviceStatus(device=row, state="online", cause="connected", since=now, clock_bound=9, uptime=10**9)
        for row in rows
    )
    return rows


def silence(devices: list[Device], at: datetime) -> None:
    """No sign of life since."""
    DeviceStatus.objects.filter(pk__in=devices).update(state="silent", cause="silent_link", since=at)


def come_back(devices: list[Device], at: datetime) -> None:
    """All well again."""
    DeviceStatus.objects.filter(pk__in=devices).update(state="online", cause="connected", since=at)
