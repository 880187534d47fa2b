"""A loudspeaker refuses what is forged; the platform hears of it, keeps sums, and tells people in their words."""

import secrets
from datetime import timedelta

import msgspec
import pytest
from devicelink import jws, topics
from devicelink.messages import Ack
from django.test import Client as Browser

from loa.audit.models import Entry
from loa.devices import actions, queries
from loa.devices.actions.refusing import RefusalSum
from loa.devices.models import Device, DeviceStatus, Refusal
from loa.devices.tests.conftest import key_folders, signer  # noqa: F401 - fixtures
from loa.gateway.refused import Refused
from loa.gateway.tests.conftest import RunningGateway, wait_until
from loa.gateway.tests.whole import Story, running, story  # noqa: F401
from loa.kernel.clock import now, to_ms
from tests.cast import Cast

MINUTE = 60_000


def ack(code: str = "bad_signature", of: str = "plan:17", device: str = "spk-1") -> Ack:
    return Ack(device=device, of=of, code=code, at=0)


def test_a_million_forgeries_cost_one_row_and_one_word_a_minute() -> None:
    told: list[tuple[str, str, str]] = []
    refused = Refused(lambda *news: told.append(news))
    for number in range(100_000):
        refused.note(ack(of=f"plan:{number}"), number)
    assert refused.take() == [RefusalSum("spk-1", "bad_signature", "plan", 100_000, 0, 99_999)]
    assert told == [("spk-1", "bad_signature", "plan")] * 2
    assert refused.take() == []


def test_words_of_a_hostile_device_do_not_reach_the_table() -> None:
    refused = Refused(lambda *news: None)
    for number in range(1_000):
        refused.note(ack(code=f"x{number}", of=f"{secrets.token_hex(30)}:{number}"), number)
    refused.note(ack(code="ok"), 0)
    refused.note(ack(code="duplicate"), 0)
    assert [(row.code, row.kind, row.count) for row in refused.take()] == [("other", "other", 1_000)]


def test_what_could_not_be_written_is_added_to_what_came_meanwhile() -> None:
    refused = Refused(lambda *news: None)
    refused.note(ack(), 5)
    taken = refused.take()
    refused.note(ack(), 9)
    refused.give_back(taken)
    assert refused.take() == [RefusalSum("spk-1", "bad_signature", "plan", 2, 5, 9)]
    refused.note(ack(), 5)
    refused.forget("spk-1")
    assert refused.take() == []


@pytest.fixture
def pole(cast: Cast) -> Device:
    row = actions.add_device(actor=None, area=cast.quy_mong, name="Nhà văn hóa thôn 5", now=cast.now)
    DeviceStatus.objects.create(device=row, state="online", cause="connected", since=cast.now, clock_bound=5)
    return row


def sums(device: Device, code: str, at: int, *, count: int = 1) -> list[RefusalSum]:
    return [RefusalSum(device.pk, code, "plan", count, at, at)]


def test_one_burst_is_one_entry_in_the_record(cast: Cast, pole: Device) -> None:
    start = to_ms(cast.now)
    for minute in range(0, 50, 10):
        actions.note_refusals(sums=sums(pole, "bad_signature", start + minute * MINUTE, count=7), now=cast.now)
    row = Refusal.objects.get()
    assert (row.count, row.last_at - row.first_at) == (35, timedelta(minutes=40))
    actions.note_refusals(sums=sums(pole, "bad_signature", start + 101 * MINUTE), now=cast.now)
    entries = Entry.objects.filter(verb="device.refused").order_by("pk")
    assert [(e.object_id, e.area, e.facts["code"], e.facts["count"]) for e in entries] == [
        (pole.pk, cast.quy_mong.path, "bad_signature", 7),
        (pole.pk, cast.quy_mong.path, "bad_signature", 1),
    ]


def test_a_forgery_to_the_whole_commune_is_one_entry(cast: Cast) -> None:
    poles = [actions.add_device(actor=None, area=cast.quy_mong, name=f"Cụm {n}", now=cast.now) for n in range(8)]
    rows = [row for pole in poles for row in sums(pole, "unknown_key", to_ms(cast.now))]
    assert actions.note_refusals(sums=rows, now=cast.now) == 8
    entry = Entry.objects.get(verb="device.refused")
    assert (entry.object_kind, entry.object_id, entry.facts["devices"]) == ("area", cast.quy_mong.path, 8)


def test_an_ordinary_mishap_is_shown_but_is_no_alarm(cast: Cast, pole: Device) -> None:
    actions.note_refusals(sums=sums(pole, "older_revision", to_ms(cast.now)), now=cast.now)
    assert not Entry.objects.filter(verb="device.refused").exists()
    assert DeviceStatus.objects.get().threat_at is None
    actions.note_refusals(sums=[RefusalSum("spk-gone", "malformed", "plan", 1, 0, 0)], now=cast.now)
    assert Refusal.objects.count() == 1


def test_the_technician_is_told_and_stays_calm_again_after_two_days(cast: Cast, pole: Device, client: Browser) -> None:
    moment = now()
    actions.note_refusals(sums=sums(pole, "bad_signature", to_ms(moment), count=3), now=moment)
    (row,) = queries.device_rows(cast.quy_mong.path, moment)
    assert (row.needs_person, row.words.word) == (True, "Có lệnh giả mạo")
    (row,) = queries.device_rows(cast.quy_mong.path, moment + timedelta(days=2))
    assert not row.needs_person
    client.force_login(cast.son)
    page = client.get(f"/thiet-bi/{pole.pk}/").content.decode()
    for words in (
        "Có lệnh giả mạo",
        "Lịch phát: Chữ ký không đúng",
        "3 lần",
        "Loa không làm theo",
        "báo người quản trị",
    ):
        assert words in page
    assert "Có lệnh giả mạo" in client.get(f"/thiet-bi/?don-vi={cast.quy_mong.path}").content.decode()


@pytest.mark.django_db(transaction=True)
def test_forged_message_is_in_the_table_and_in_the_record(story: Story) -> None:  # noqa: F811
    device = story.hang()
    device.hello()
    forged = jws.sign(b'{"id":"x"}', typ="command", kid="khoa-la", version=1, seed=b"\x01" * 32)
    story.gateway.wait_for(story.gateway.hub.engine.publish(topics.down(story.row.pk), forged))  # type: ignore[arg-type]
    while jws.parse(device.message().payload).header.kid != "khoa-la":
        """What it is told meanwhile is no forgery."""
    device.publish(
        topics.up(story.row.pk, "ack"), msgspec.json.encode(Ack(device="spk-x", of="plan:1", code="expired", at=1))
    )
    for number in range(200):
        device.say(Ack(device=story.row.pk, of=f"command:{number}", code="unknown_key", at=1))
    wait_until(lambda: Refusal.objects.filter(count=200).exists())
    assert [(row.code, row.kind) for row in Refusal.objects.all()] == [("unknown_key", "command")]
    assert Entry.objects.get(verb="device.refused").object_id == story.row.pk


def test_refusals_wait_while_the_database_is_down(gateway: RunningGateway) -> None:
    device = gateway.hang_device(f"spk-{secrets.token_hex(4)}").come()
    device.hello()
    gateway.platform.away = True
    before = gateway.platform.turned_away
    device.say(Ack(device=device.device, of="plan:1", code="bad_signature", at=1))
    wait_until(lambda: gateway.platform.turned_away > before)
    assert not gateway.platform.refusals
    gateway.platform.away = False
    wait_until(lambda: [row.device for row in gateway.platform.refusals] == [device.device])
