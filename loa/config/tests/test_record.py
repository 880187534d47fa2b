"""What the record calls the things of the folders above people."""

import pytest
from django.test import Client
from django.urls import reverse

from loa.audit.models import Entry
from loa.bulletins.tests import stories
from loa.config.record import names
from loa.devices.models import Device, DeviceGroup
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_bulletins_loudspeakers_and_groups_by_their_names(cast: Cast) -> None:
    stories.submitted(cast)
    bulletin = Entry.objects.get(verb="bulletin.submitted").object_id
    device = Device.objects.create(area=cast.quy_mong, number=7, name="Nhà văn hóa thôn 5", made_at=cast.now)
    group = DeviceGroup.objects.create(area=cast.quy_mong, name="Ven sông")
    found = names([("bulletin", bulletin), ("device", device.pk), ("group", group.pk)])
    assert found["device", device.pk] == "07 Nhà văn hóa thôn 5"
    assert found["group", group.pk] == "Ven sông"
    assert found["bulletin", bulletin].startswith("“")


def test_what_is_gone_or_makes_no_sense_is_left_out(cast: Cast) -> None:
    kinds = ("bulletin", "schedule", "programme", "device", "group", "sound")
    assert names([(kind, odd) for kind in kinds for odd in ("x", "1", "", "²")]) == {}


def test_the_page_shows_the_title_and_the_door(cast: Cast) -> None:
    stories.submitted(cast)
    client = Client()
    client.force_login(cast.thanh)
    shown = client.get(reverse("people:record"), {"viec": "ban-tin"}).content.decode()
    bulletin = Entry.objects.get(verb="bulletin.submitted").object_id
    assert "đã gửi duyệt bản tin" in shown
    assert f'<a href="{reverse("broadcasts:bulletin", args=[bulletin])}">bản tin “' in shown
