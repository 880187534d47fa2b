"""With the real database behind it: what the gateway did and heard is found there afterwards."""

import pytest
from devicelink.messages import Ack, Heard

from loa.alerts.models import AlertRecord, Receipt
from loa.devices.tests.conftest import key_folders, signer  # noqa: F401 - fixtures
from loa.gateway.tests.alerts.desk import CONFIRMER, Desk, alert, wish, word
from loa.gateway.tests.conftest import wait_until
from loa.gateway.tests.whole import Story, running, story  # noqa: F401
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_record_and_receipts_follow(story: Story, cast: Cast) -> None:  # noqa: F811 - a fixture from a neighbour
    device, desk, flood = story.hang(), Desk(story.gateway, cast.quy_mong.path), alert(cast.quy_mong.path)
    device.hello()
    lan, thanh = cast.lan.pk, cast.thanh.pk
    asked = wish(flood, lan, word=word(flood, "author", lan))
    assert desk.ask("POST", "/edge/alerts", asked, user=lan)[1]["expected"] == 1
    assert desk.confirm(flood, user=thanh, may=CONFIRMER)[1]["state"] == "sent"
    device.document("alert")
    device.say(Ack(device=device.device, of=f"alert:{flood.id}", code="ok", at=1))
    device.say(Heard(device=device.device, of=f"alert:{flood.id}", state="sounding", at=1))
    wait_until(lambda: AlertRecord.objects.filter(pk=flood.id, state="sent").exists())
    row = AlertRecord.objects.get(pk=flood.id)
    assert (row.author_id, row.confirmer_id, row.expected) == (lan, thanh, 1)
    wait_until(lambda: Receipt.objects.filter(record=row, state="sounding").exists())
    receipt = Receipt.objects.get(record=row)
    assert (receipt.device, receipt.received_at is not None) == (device.device, True)
