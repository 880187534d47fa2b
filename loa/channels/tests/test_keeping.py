"""Who keeps channels and lists; secrets go in and never come out; the pages."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from loa.audit.models import Entry
from loa.channels import queries
from loa.channels.actions import keeping, lists, posting
from loa.channels.actions.keeping import Entered
from loa.channels.actions.lists import Person
from loa.channels.models import Channel, Outcome, Recipient
from loa.channels.rules import limits, words
from loa.channels.tests.conftest import flood, listed, sms_channel
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SMS = {"name": "SMS", "host": "smpp.example", "port": "2775", "system_id": "loa", "sender": "LOA", "per_hour": "100"}


def test_administrators_keep_channels_and_officers_keep_lists(cast: Cast) -> None:
    for person, area in ((cast.lan, cast.quy_mong), (cast.thanh, cast.quy_mong), (cast.son, cast.lao_cai)):
        with pytest.raises(Denied):
            keeping.add_channel(actor=person, area=area, kind="email", entered=Entered("Thư"), now=cast.now)
    row = listed(cast, "Bàn Thị Xuân", "0912345678")
    with pytest.raises(NotFound):
        lists.end_recipient(actor=cast.mai, recipient_id=row.pk, now=cast.now)
    lists.end_recipient(actor=cast.lan, recipient_id=row.pk, now=cast.now)
    assert queries.to_tell(cast.quy_mong) == []


def test_a_secret_is_sealed_and_follows_to_no_other_host(cast: Cast) -> None:
    channel = sms_channel(cast, 2775)
    assert "secret" not in channel.secret
    assert keeping.read_secret(channel) == {"password": "secret"}
    entered = Entered("SMS", {**channel.options, "sender": "LOA LAOCAI"})
    keeping.change_channel(actor=cast.bao, channel_id=channel.pk, entered=entered, now=cast.now)
    channel.refresh_from_db()
    assert keeping.read_secret(channel) == {"password": "secret"}
    moved = replace(entered, options={**entered.options, "host": "evil.example"})
    with pytest.raises(Invalid) as refused:
        keeping.change_channel(actor=cast.bao, channel_id=channel.pk, entered=moved, now=cast.now)
    assert refused.value.code == "password"
    told = str(list(Entry.objects.values_list("facts", flat=True)))
    assert "secret" not in told


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"host": ""}, "host"),
        ({"host": "a b"}, "host"),
        ({"port": "70000"}, "port"),
        ({"system_id": "x" * 16}, "system_id"),
        ({"sender": "Một tên có dấu"}, "sender"),
    ],
)
def test_what_cannot_be_an_account_is_not_kept(cast: Cast, change: dict[str, str], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        sms_channel(cast, 2775, **change)
    assert refused.value.code == code
    assert not Channel.objects.exists()


@pytest.mark.parametrize("url", ["ftp://x/", "https://a:b@x/", "https:///x", "https://x/ y", ""])
def test_a_webhook_leads_to_an_address_of_the_web(cast: Cast, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        keeping.add_channel(
            actor=cast.bao, area=cast.lao_cai, kind="webhook", entered=Entered("W", {"url": url}), now=cast.now
        )
    assert refused.value.code == "url"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "name"),
        ({"phone": "123"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"email": "x"}, "email"),
        ({"role": "king"}, "role"),
        ({"consent": ""}, "consent"),
    ],
)
def test_who_cannot_be_told_is_not_listed(cast: Cast, change: dict[str, str], code: str) -> None:
    day = cast.now.date()
    person = replace(Person("Xuân", "hamlet_head", "giấy", day, "0912345678"), **change)  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refused:
        lists.add_recipient(actor=cast.lan, area=cast.quy_mong, person=person, now=cast.now)
    assert refused.value.code == code


def test_nobody_is_listed_without_a_consent_of_the_past(cast: Cast) -> None:
    person = Person("Xuân", "hamlet_head", "giấy", cast.now.date() + timedelta(days=2), "0912345678")
    with pytest.raises(Invalid) as refused:
        lists.add_recipient(actor=cast.lan, area=cast.quy_mong, person=person, now=cast.now)
    assert refused.value.code == "consent_on"


def test_who_is_told_of_what(cast: Cast) -> None:
    listed(cast, "Trực tỉnh", "0911111111", cast.lao_cai)
    listed(cast, "Lãnh đạo tỉnh", "0922222222", cast.lao_cai, below=False)
    listed(cast, "Trưởng thôn 5", "0933333333", cast.thon_5)
    listed(cast, "Người Trấn Yên", "0944444444", cast.tran_yen)

    def told(area: object) -> set[str]:
        return {row.name for row in queries.to_tell(area)}  # type: ignore[arg-type]

    assert told(cast.quy_mong) == {"Trực tỉnh", "Trưởng thôn 5"}
    assert told(cast.thon_4) == {"Trực tỉnh"}
    assert told(cast.lao_cai) == {"Trực tỉnh", "Lãnh đạo tỉnh", "Trưởng thôn 5", "Người Trấn Yên"}


def test_the_nearest_account_carries_it_and_each_address_gets_it_once(cast: Cast) -> None:
    sms_channel(cast, 2775)
    options = {"host": "x.example", "port": "2775", "system_id": "a", "sender": "A"}
    entered = Entered("SMS xã", options, {"password": "p"})
    own, _ = keeping.add_channel(actor=cast.bao, area=cast.quy_mong, kind="sms", entered=entered, now=cast.now)
    listed(cast, "Xuân", "0933333333", cast.thon_5)
    listed(cast, "Xuân", "0933333333", cast.quy_mong)
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    (row,) = Outcome.objects.all()
    assert row.channel == own


@pytest.mark.parametrize(("status", "first"), [("exercise", "DIỄN TẬP"), ("test", "KIỂM TRA")])
def test_what_is_not_real_says_so_first(cast: Cast, status: str, first: str) -> None:
    sending = posting.post(notice=flood(cast, status=status), area=cast.quy_mong, now=cast.now)
    assert sending is not None
    assert sending.text.startswith(first)
    assert sending.short.startswith(first)
    assert len(words.shortened("dài " * 400)) <= words.LONGEST_SHORT


def test_trials_have_an_end(cast: Cast) -> None:
    channel = sms_channel(cast, 2775)
    for _ in range(limits.TRIALS_AN_HOUR):
        posting.try_channel(actor=cast.bao, channel_id=channel.pk, address="0912345678", now=cast.now)
    with pytest.raises(Refusal) as refused:
        posting.try_channel(actor=cast.bao, channel_id=channel.pk, address="0912345678", now=cast.now)
    assert refused.value.code == "too_many"


def test_the_pages_of_channels(client: Client, cast: Cast) -> None:
    client.force_login(cast.bao)
    assert "Chưa có kênh nào" in client.get("/kenh-bao-tin/").content.decode()
    where = {"don-vi": cast.lao_cai.path, "loai": "sms"}
    address = "/kenh-bao-tin/them/?" + "&".join(f"{name}={value}" for name, value in where.items())
    assert client.get(address).status_code == 200
    assert client.post(address, SMS).status_code == 422  # no password
    assert client.post(address, SMS | {"password": "mat-khau-that"}).status_code == 302
    channel = Channel.objects.get()
    page = client.get(f"/kenh-bao-tin/{channel.pk}/").content.decode()
    assert "smpp.example" in page
    assert "mat-khau-that" not in page
    answer = client.post(f"/kenh-bao-tin/{channel.pk}/gui-thu/", {"address": "0912345678"})
    told = client.get(answer.headers["Location"]).content.decode()
    assert "Chờ gửi" in told
    assert "KIỂM TRA HỆ THỐNG" in told
    client.post(f"/kenh-bao-tin/{channel.pk}/tam-ngung/", {"on": "0"})
    assert "tạm ngừng" in client.get("/kenh-bao-tin/?don-vi=" + cast.lao_cai.path).content.decode()
    client.post(f"/kenh-bao-tin/{channel.pk}/bo/")
    channel.refresh_from_db()
    assert (channel.ended_at is not None, channel.secret) == (True, "")
    assert Outcome.objects.get().state == "lapsed"


def test_the_secret_of_a_webhook_is_shown_once(client: Client, cast: Cast) -> None:
    client.force_login(cast.bao)
    address = f"/kenh-bao-tin/them/?don-vi={cast.lao_cai.path}&loai=webhook"
    page = client.post(address, {"name": "W", "url": "https://x.example/", "per_hour": "9"}).content.decode()
    channel = Channel.objects.get()
    secret = keeping.read_secret(channel)["secret"]
    assert secret in page
    assert secret not in client.get(f"/kenh-bao-tin/{channel.pk}/").content.decode()
    renewed = client.post(f"/kenh-bao-tin/{channel.pk}/khoa-ky/").content.decode()
    channel.refresh_from_db()
    assert keeping.read_secret(channel)["secret"] != secret
    assert keeping.read_secret(channel)["secret"] in renewed


def test_the_page_of_the_list(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    fields = {
        "name": "Bàn Thị Xuân", "role": "hamlet_head", "phone": "0912 345 678", "email": "", "below": "on",
        "consent": "Ký giấy", "consent_on": "01/08/2026",
    }  # fmt: skip
    assert client.post("/nguoi-nhan-tin/", fields | {"phone": "9"}).status_code == 422
    assert client.post("/nguoi-nhan-tin/", fields).status_code == 302
    row = Recipient.objects.get()
    assert (row.phone, row.area) == ("0912345678", cast.quy_mong)
    assert "Bàn Thị Xuân" in client.get("/nguoi-nhan-tin/").content.decode()
    assert client.post(f"/nguoi-nhan-tin/{row.pk}/", fields | {"name": "Xuân"}).status_code == 302
    client.force_login(cast.mai)
    assert client.get(f"/nguoi-nhan-tin/{row.pk}/").status_code == 404
    client.force_login(cast.thanh)
    assert client.get("/nguoi-nhan-tin/").status_code == 403
    client.force_login(cast.lan)
    client.post(f"/nguoi-nhan-tin/{row.pk}/bo/")
    assert "Chưa có ai" in client.get("/nguoi-nhan-tin/").content.decode()
