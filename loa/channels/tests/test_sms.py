"""Short messages to a real centre on loopback: Vietnamese, long ones, throttling, broken lines, receipts."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from loa.channels.actions import posting
from loa.channels.actions.sending import collect_reports, send_waiting
from loa.channels.models import Channel, Outcome
from loa.channels.rules import sms
from loa.channels.tests import smsc
from loa.channels.tests.conftest import FLOOD, flood, listed, sms_channel
from loa.channels.tests.smsc import Smsc
from loa.channels.ways import sms as way
from loa.channels.ways.line import Account
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receipts on loopback are there at once."""
    monkeypatch.setattr(way.Sms, "__init__", _quick(way.Sms.__init__))


def _quick(init: Callable[..., None]) -> Callable[..., None]:
    def made(self: object, *args: object, **more: object) -> None:
        init(self, *args, **({"linger": 0.15, "pause": lambda seconds: None} | more))

    return made


def send(channel: Channel, now: datetime) -> int:
    return send_waiting(channel_id=channel.pk, clock=lambda: now)


def states() -> Counter[str]:
    return Counter(Outcome.objects.values_list("state", flat=True))


def test_heads_of_hamlets_get_the_alert_with_all_its_marks(cast: Cast, centre: Smsc) -> None:
    channel = sms_channel(cast, centre.port)
    listed(cast, "Bàn Thị Xuân", "0912 345 678")
    listed(cast, "Triệu Văn Minh", "+84 987 654 321", cast.thon_4)
    listed(cast, "Hà Thị Mai", "0911111111", cast.tran_yen)
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 2
    assert centre.texts() == {"84912345678": FLOOD, "84987654321": FLOOD}
    assert states() == {"delivered": 2}
    assert {one.coding for one in centre.taken} == {8}
    assert {(one.sender, one.registered, one.validity) for one in centre.taken} == {
        ("LOA QUYMONG", 1, "000000020000000R")
    }
    assert centre.binds == ["loa"]
    assert centre.unbinds == 1
    assert send(channel, cast.now) == 0


def test_a_long_message_is_joined_again_on_the_telephone(cast: Cast, centre: Smsc) -> None:
    channel = sms_channel(cast, centre.port)
    listed(cast, "Bàn Thị Xuân", "0912345678")
    text = " ".join(f"Đoạn {n}: mực nước sông Thao lên nhanh, trên báo động ba." for n in range(1, 6))
    posting.post(notice=flood(cast, text=text), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 1
    assert centre.texts() == {"84912345678": text}
    assert len(centre.taken) == len({one.body[5] for one in centre.taken}) == 5
    assert states() == {"delivered": 1}


def test_plain_words_go_in_the_default_alphabet() -> None:
    written = sms.write("Lu quet. Di len cao ngay!", "a")
    assert (written.coding, written.parts) == (0, (b"Lu quet. Di len cao ngay!",))
    assert sms.write("Lũ", "a").coding == 8
    assert [len(sms.write("x" * count, "a").parts) for count in (160, 161, 306, 307)] == [1, 2, 2, 3]
    assert [len(sms.write("ũ" * count, "a").parts) for count in (70, 71, 134, 135)] == [1, 2, 2, 3]


def test_no_character_is_cut_through_and_the_number_stays_on_a_second_try() -> None:
    text = "ũ" * 66 + "🌊" + "ũ" * 30
    parts = sms.write(text, "key").parts
    assert "".join(part[6:].decode("utf-16-be") for part in parts) == text
    assert sms.write(text, "key").parts == parts
    with pytest.raises(sms.TooLong):
        sms.write("ũ" * 67 * 7, "key")


def test_a_centre_that_throttles_gets_everything_later(cast: Cast, centre: Smsc) -> None:
    channel = sms_channel(cast, centre.port)
    for n in range(5):
        listed(cast, f"Người {n}", f"091234567{n}")
    centre.says.extend([smsc.OK, smsc.THROTTLED, smsc.THROTTLED, smsc.OK, smsc.THROTTLED])
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 5
    assert len(centre.texts()) == 5
    assert states() == {"delivered": 5}


def test_a_centre_that_only_throttles_is_tried_again_after_a_pause(cast: Cast, centre: Smsc) -> None:
    channel = sms_channel(cast, centre.port)
    listed(cast, "Bàn Thị Xuân", "0912345678")
    centre.says.extend([smsc.THROTTLED] * (way.MOST_THROTTLES + 1))
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 0
    row = Outcome.objects.get()
    assert (row.state, row.code, row.next_at > cast.now) == ("waiting", "throttled", True)
    channel.refresh_from_db()
    assert channel.fault == "throttled"
    assert send(channel, row.next_at) == 1
    channel.refresh_from_db()
    assert channel.fault == ""


def test_a_line_that_breaks_loses_nobody(cast: Cast, centre: Smsc) -> None:
    channel = sms_channel(cast, centre.port)
    for n in range(6):
        listed(cast, f"Người {n}", f"091234567{n}")
    centre.says.extend([smsc.OK, smsc.OK, smsc.HANG_UP])
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    send(channel, cast.now)
    assert states()["waiting"] >= 3
    later = cast.now + timedelta(minutes=1)
    send(channel, later)
    assert states()["waiting"] == 0
    assert len(centre.texts()) == 6
    assert centre.binds == ["loa", "loa"]


def test_a_centre_that_says_nothing_is_asked_and_given_up(
    cast: Cast, centre: Smsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loa.channels.actions.opening._account", _hasty)
    channel = sms_channel(cast, centre.port)
    listed(cast, "Bàn Thị Xuân", "0912345678")
    centre.says.append(smsc.SILENT)
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    began = time.monotonic()
    assert send(channel, cast.now) == 0
    assert time.monotonic() - began < 30
    assert centre.asked_us >= 1
    assert Outcome.objects.get().code == "silent"


def _hasty(options: dict[str, str], password: str) -> Account:
    return Account("127.0.0.1", int(options["port"]), "loa", password, local=True, seconds=0.2)


def test_the_centre_asks_whether_we_are_there(cast: Cast, centre: Smsc) -> None:
    channel = sms_channel(cast, centre.port)
    listed(cast, "Bàn Thị Xuân", "0912345678")
    centre.asks = True
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 1
    assert centre.answered >= 2  # the question, the receipt


def test_one_bad_number_stops_nobody(cast: Cast, centre: Smsc) -> None:
    channel = sms_channel(cast, centre.port)
    for n in range(3):
        listed(cast, f"Người {n}", f"091234567{n}")
    centre.says.extend([smsc.BAD_NUMBER])
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 2
    assert states() == {"delivered": 2, "failed": 1}
    assert Outcome.objects.get(state="failed").code == "number"


def test_receipts_that_come_later_are_fetched(cast: Cast, centre: Smsc) -> None:
    channel = sms_channel(cast, centre.port)
    listed(cast, "Bàn Thị Xuân", "0912345678")
    centre.later, centre.decimal = True, True
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    send(channel, cast.now)
    assert states() == {"sent": 1}
    later = cast.now + timedelta(minutes=1)
    parts = len(centre.taken)
    assert collect_reports(channel_id=channel.pk, clock=lambda: later) == parts
    assert states() == {"delivered": 1}


@pytest.mark.parametrize(("report", "state"), [("UNDELIV", "failed"), ("EXPIRED", "failed"), ("ACCEPTD", "sent")])
def test_what_a_receipt_says_is_kept(cast: Cast, centre: Smsc, report: str, state: str) -> None:
    channel = sms_channel(cast, centre.port)
    listed(cast, "Bàn Thị Xuân", "0912345678")
    centre.reports = report
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    send(channel, cast.now)
    assert states() == {state: 1}


def test_a_wrong_password_is_the_fault_of_the_channel(cast: Cast, centre: Smsc) -> None:
    channel = sms_channel(cast, centre.port)
    centre.password = "other"
    listed(cast, "Bàn Thị Xuân", "0912345678")
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 0
    channel.refresh_from_db()
    assert channel.fault == "credentials"
    assert Outcome.objects.get().state == "waiting"
    centre.password = "secret"
    assert send(channel, cast.now + timedelta(minutes=1)) == 1


def test_our_own_network_is_not_spoken_to_unless_the_operator_says_so(cast: Cast, centre: Smsc, settings) -> None:  # type: ignore[no-untyped-def]
    settings.LOA_CHANNELS_LOCAL = ()
    channel = sms_channel(cast, centre.port)
    listed(cast, "Bàn Thị Xuân", "0912345678")
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 0
    channel.refresh_from_db()
    assert channel.fault == "forbidden"
    assert centre.binds == []
