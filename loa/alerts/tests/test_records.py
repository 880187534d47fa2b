"""What the gateway tells is copied once, in whatever order it comes."""

from itertools import permutations

import pytest
from msgspec.structs import replace

from loa.alerts.actions.records import record_alert, record_heard
from loa.alerts.models import AlertRecord, AlertStep, Receipt
from loa.alerts.tests.telling import alert, cancel, entry, later
from loa.alerts.wishes import Report
from loa.audit.models import Entry as AuditEntry
from loa.kernel.clock import to_ms
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def sent(cast: Cast, identifier: str = "a1") -> AlertRecord:
    message = alert(cast.quy_mong, identifier)
    record_alert(entry=entry(message, cast.lan, "waiting", cast.now))
    record_alert(entry=entry(message, cast.lan, "sent", later(cast.now, 40), by=cast.thanh, jws="j", expected=8))
    return AlertRecord.objects.get(pk=identifier)


def test_an_alert_is_asked_for_confirmed_and_sent(cast: Cast) -> None:
    row = sent(cast)
    assert (row.state, row.author, row.confirmer, row.expected) == ("sent", cast.lan, cast.thanh, 8)
    assert row.issued == later(cast.now, 40)
    assert row.expires == later(cast.now, 3640)
    assert row.area == cast.quy_mong
    assert row.said[0]["text"] == "Nước lên."
    verbs = AuditEntry.objects.filter(object_kind="alert").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["alert.asked", "alert.sent"]


def test_copying_again_changes_nothing(cast: Cast) -> None:
    sent(cast)
    message = alert(cast.quy_mong)
    assert not record_alert(entry=entry(message, cast.lan, "waiting", cast.now))
    assert AlertStep.objects.count() == 2
    assert AlertRecord.objects.get().state == "sent"


def test_lines_may_come_in_the_wrong_order(cast: Cast) -> None:
    message = alert(cast.quy_mong)
    record_alert(entry=entry(message, cast.lan, "sent", later(cast.now, 40), by=cast.thanh, jws="j"))
    record_alert(entry=entry(message, cast.lan, "waiting", cast.now))
    assert AlertRecord.objects.get().state == "sent"


def test_declined_keeps_the_reason(cast: Cast) -> None:
    message = alert(cast.quy_mong)
    record_alert(entry=entry(message, cast.lan, "waiting", cast.now))
    record_alert(entry=entry(message, cast.lan, "declined", later(cast.now, 9), by=cast.thanh, reason="Sai địa bàn"))
    assert (AlertRecord.objects.get().state, AlertRecord.objects.get().reason) == ("declined", "Sai địa bàn")


def test_a_cancel_ends_its_alert(cast: Cast) -> None:
    row = sent(cast)
    back = cancel(alert(cast.quy_mong))
    record_alert(entry=entry(back, cast.lan, "waiting", later(cast.now, 60)))
    row.refresh_from_db()
    assert row.ended_at is None
    record_alert(entry=entry(back, cast.lan, "sent", later(cast.now, 70), by=cast.thanh, jws="j"))
    row.refresh_from_db()
    assert row.ended_at == later(cast.now, 70)
    assert AuditEntry.objects.filter(verb="alert.end_sent").exists()


def test_an_update_takes_the_place_of_what_it_names(cast: Cast) -> None:
    row = sent(cast)
    newer = alert(cast.quy_mong, "a2", kind="update", references=("a1",))
    record_alert(entry=entry(newer, cast.lan, "sent", later(cast.now, 90), by=cast.thanh, jws="j"))
    row.refresh_from_db()
    assert row.ended_at == later(cast.now, 90)


def test_alone_is_written_loudly(cast: Cast) -> None:
    message = alert(cast.quy_mong)
    record_alert(entry=entry(message, cast.lan, "sent", cast.now, jws="j", alone=True))
    row = AlertRecord.objects.get()
    assert row.alone
    assert row.confirmer is None
    assert AuditEntry.objects.get(verb="alert.sent").facts["alone"] is True


def test_what_loudspeakers_say_comes_in_any_order(cast: Cast) -> None:
    sent(cast)
    at = to_ms(cast.now)
    first = Report(id="a1", device="spk-1", received=at + 1_000, at=at + 1_000)
    second = Report(
        id="a1", device="spk-1", received=at + 1_000, sounding=at + 2_000, state="sounding", at=at + 2_000, round=1
    )
    third = replace(second, ended=at + 30_000, state="ended", at=at + 30_000)
    ends = set()
    for order in permutations((first, second, third)):
        Receipt.objects.all().delete()
        for one in order:
            record_heard([one])
        row = Receipt.objects.get()
        ends.add((row.received_at, row.sounding_at, row.ended_at, row.state))
    assert ends == {(later(cast.now, 1), later(cast.now, 2), later(cast.now, 30), "ended")}


def test_saying_it_twice_changes_nothing(cast: Cast) -> None:
    sent(cast)
    told = [Report(id="a1", device="spk-1", received=to_ms(cast.now))]
    assert (record_heard(told), record_heard(told), Receipt.objects.count()) == (1, 0, 1)


def test_a_refusal_does_not_stand_beside_a_later_yes(cast: Cast) -> None:
    sent(cast)
    at = to_ms(cast.now)
    record_heard([Report(id="a1", device="spk-1", refused="clock_not_valid")])
    assert Receipt.objects.get().refused == "clock_not_valid"
    record_heard([Report(id="a1", device="spk-1", received=at + 9_000)])
    assert (Receipt.objects.get().refused, Receipt.objects.get().received_at) == ("", later(cast.now, 9))


def test_an_alert_nobody_knows_yet_leaves_nothing(cast: Cast) -> None:
    assert record_heard([Report(id="nope", device="spk-1", received=1)]) == 0
    assert not Receipt.objects.exists()
