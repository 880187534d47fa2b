"""Xem thử 5 phút: open on sample data only; one press signs in; forged messages are refused."""

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from devicelink import topics
from devicelink.freshness import Clock
from devicelink.keyring import Keyring, open_signed
from devicelink.messages import Ack, Command, Keyset, Plan
from devicelink.refusals import Refused
from django.test import Client
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from pytest_django import Settings
from signer import keys
from speaker.conversation import name_of

from loa.broadcasts.tests.conftest import settle, speaker
from loa.demo import forging, guests, transmitter
from loa.devices.models import Device, DeviceStatus
from loa.devices.rules.refusals import words
from loa.gateway import auth
from loa.kernel import clock
from loa.kernel.clock import to_ms
from tests import engine as engines
from tests.cast import Cast

ADDRESSES = ("/xem-thu/", "/xem-thu/vao/", "/xem-thu/gia-mao/", "/xem-thu/tiep-am/")


@pytest.fixture
def sample(settings: Settings) -> None:
    settings.LOA_SAMPLE_DATA = True


def test_there_is_no_such_page_outside_sample_data(client: Client, cast: Cast, settings: Settings) -> None:
    settings.LOA_SAMPLE_DATA = False
    assert client.get(ADDRESSES[0]).status_code == 404
    for address in ADDRESSES[1:]:
        assert client.post(address, {"who": "lan", "step": "soan"}).status_code == 404
    assert "_auth_user_id" not in client.session
    assert "Xem thử" not in client.get("/tai-khoan/dang-nhap/").content.decode()


@pytest.mark.usefixtures("sample")
def test_one_press_signs_in_as_the_right_person_and_opens_the_page(client: Client, cast: Cast) -> None:
    page = client.get("/xem-thu/").content.decode()
    assert all(f'value="{step}"' in page for step in ("soan", "duyet", "nghe", "doi-gio", "so-nhat-ky"))
    assert "/xem-thu/" in client.get("/tai-khoan/dang-nhap/").content.decode()
    answer = client.post("/xem-thu/vao/", {"step": "duyet"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/duyet/")
    assert client.session["_auth_user_id"] == str(cast.thanh.pk)
    client.post("/xem-thu/vao/", {"who": "lan"})
    assert client.session["_auth_user_id"] == str(cast.lan.pk)


@pytest.mark.usefixtures("sample")
def test_the_open_page_leads_through_all_steps_one_after_the_other(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/xem-thu/").content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    for step, person in (("soan", cast.lan), ("duyet", cast.thanh), ("nghe", cast.lan), ("so-nhat-ky", cast.lan)):
        answer = browser.post("/xem-thu/vao/", {"step": step, "csrfmiddlewaretoken": token})
        assert answer.status_code == 302, step
        assert browser.session["_auth_user_id"] == str(person.pk)
    assert browser.post("/xem-thu/gia-mao/", {"csrfmiddlewaretoken": token}).status_code == 200


@pytest.mark.usefixtures("sample")
def test_nobody_else_is_let_in_and_a_link_does_not_suffice(client: Client, cast: Cast) -> None:
    cast.son.is_active = False
    cast.son.save()
    for who in ("", "minhanh", "son", "ai-do"):
        assert client.post("/xem-thu/vao/", {"who": who}).status_code == 404
    for address in ADDRESSES[1:]:
        assert client.get(address, {"step": "soan"}).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/xem-thu/vao/", {"step": "soan"}).status_code == 403
    assert "_auth_user_id" not in client.session


PHONE = "192.168.1.23"


@pytest.fixture
def phone(sample: None, settings: Settings) -> Client:
    """A browser elsewhere in the network, while the demonstration is open to it."""
    settings.ENV = replace(settings.ENV, site_url="http://192.168.1.7:8000")
    settings.ALLOWED_HOSTS = ["192.168.1.7"]
    return Client(REMOTE_ADDR=PHONE, headers={"host": "192.168.1.7:8000"})


def test_in_the_network_nobody_comes_in_without_the_code(phone: Client, cast: Cast) -> None:
    page = phone.get("/xem-thu/")
    assert page.status_code == 403
    assert "Cần mã QR" in page.content.decode()
    assert "lan" not in {line.strip() for line in page.content.decode().split("<td>")}
    for address in ADDRESSES[1:]:
        assert phone.post(address, {"step": "soan"}).status_code == 403
    assert phone.get("/xem-thu/dien-thoai/0123456789abcdef0123/").status_code == 403
    assert "_auth_user_id" not in phone.session


def test_the_code_on_the_screen_opens_the_steps_on_the_phone(
    client: Client, phone: Client, cast: Cast, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["192.168.1.7", "testserver"]
    screen = client.get("/xem-thu/").content.decode()
    assert "qr-box" in screen
    address = f"/xem-thu/dien-thoai/{guests.code(settings.SECRET_KEY)}/"
    came = phone.get(address)
    assert (came.status_code, came.headers["Location"]) == (302, "/xem-thu/#duyet")
    page = phone.get("/xem-thu/").content.decode()
    assert "không cho dùng micro" in page
    for step, where in (("duyet", "/duyet/"), ("nghe", "/hom-nay/"), ("duyet", "/duyet/")):
        answer = phone.post("/xem-thu/vao/", {"step": step})
        assert (answer.status_code, answer.headers["Location"]) == (302, where)


@pytest.mark.usefixtures("sample")
def test_alone_on_this_machine_there_is_no_code_and_a_hint_how_to_get_one(client: Client, cast: Cast) -> None:
    page = client.get("/xem-thu/").content.decode()
    assert "qr-box" not in page
    assert "loa demo --lan" in page


@pytest.mark.usefixtures("sample")
def test_the_station_is_cut_off_for_half_a_minute_and_comes_back_by_itself(
    client: Client, cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    settings.ENV = replace(settings.ENV, var=tmp_path)
    (tmp_path / "run").mkdir()
    assert "Đài mẫu chưa sẵn sàng" in _relay(client) or "chưa dựng xong" in _relay(client)
    assert "Đài đã tắt" in _relay(client, cut="1")
    file = tmp_path / "run" / transmitter.FILE
    assert transmitter.is_off(file, time.time())
    assert not transmitter.is_off(file, time.time() + 31)
    assert not transmitter.is_off(tmp_path / "none", time.time())


def _relay(client: Client, **fields: str) -> str:
    return client.post("/xem-thu/tiep-am/", fields).content.decode()


@pytest.mark.usefixtures("sample")
def test_without_a_loudspeaker_the_forger_is_told_to_wait(client: Client, cast: Cast) -> None:
    answer = client.post("/xem-thu/gia-mao/")
    assert answer.status_code == 200
    assert "Chưa có loa mô phỏng nào đang liên lạc" in answer.content.decode()


@pytest.fixture
def device(cast: Cast, settings: Settings, tmp_path: Path) -> Iterator[Device]:
    """A loudspeaker at a real engine that judges what comes as the agent does."""
    now = clock.now()
    folders = keys.Folders(root=tmp_path / "root", signer=tmp_path / "signer", gateway=tmp_path / "keys")
    keys.init(folders, now=to_ms(now))
    row = speaker(cast, cast.quy_mong, 1)
    settle([row], now)
    DeviceStatus.objects.create(device=row, state="online", since=now, seen_at=now)
    (tmp_path / "nats").mkdir()
    with engines.running(tmp_path / "nats") as engine:
        settings.ENV = replace(
            settings.ENV, nats_url=engine.nats_url, engine_keys=engine.keys, gateway_keys=tmp_path / "keys"
        )
        keyset = forging.read_keyset(tmp_path / "keys")
        over = threading.Event()
        ready = threading.Event()
        work = threading.Thread(target=lambda: asyncio.run(_judge(row.pk, engine, keyset, ready, over)))
        work.start()
        assert ready.wait(60)
        yield row
        over.set()
        work.join(60)


async def _judge(
    device: str, engine: engines.RunningEngine, keyset: Keyset, ready: threading.Event, over: threading.Event
) -> None:
    client = Nats()
    await client.connect(engine.nats_url, nkeys_seed_str=(engine.keys / "platform.nk").read_text().strip())

    async def hear(message: Msg) -> None:
        name, code = _verdict(message.data, keyset)
        ack = Ack(device=device, of=name, code=code, at=0)
        await client.publish(auth.dotted(topics.up(device, "ack")), msgspec.json.encode(ack))

    await client.subscribe(auth.dotted(topics.down(device)), cb=hear)
    await client.flush()
    ready.set()
    while not over.is_set():
        await asyncio.sleep(0.05)
    await client.close()


def _verdict(token: bytes, keyset: Keyset) -> tuple[str, str]:
    moment = Clock(now=round(time.time() * 1000), bound=10, floor=0)
    try:
        open_signed(token, Command, Plan, keyring=Keyring.of(keyset), clock=moment)
    except Refused as refused:
        return name_of(token), str(refused.reason)
    return name_of(token), "ok"


@pytest.mark.usefixtures("sample")
def test_forged_messages_are_refused_by_the_device(client: Client, cast: Cast, device: Device) -> None:
    """That the gateway writes it down: loa/gateway/tests/test_refused.py."""
    page = client.post("/xem-thu/gia-mao/").content.decode()
    for code in ("bad_signature", "unknown_key"):
        assert code in page
        assert words(code, "").why in page
