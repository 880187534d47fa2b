"""The two addresses: whose they are, what they answer, and that nothing is kept."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from loa.audit.models import Entry
from loa.bulletins.models import Bulletin
from loa.bulletins.tests.documents.makers import official, p, word
from loa.people.models import User
from tests.cast import Cast

BODY = "Nhà máy nước sạch tạm ngừng cấp nước từ 8h đến 11h30."
OLD = "ñy ban nh©n d©n x· Quy M«ng th«ng b¸o: nhµ m¸y n­íc t¹m ngõng cÊp n­íc."
NEW = "ủy ban nhân dân xã Quy Mông thông báo: nhà máy nước tạm ngừng cấp nước."


def send(user: User, data: bytes | None, place: str = "") -> HttpResponse:
    client = Client()
    client.force_login(user)
    fields = {} if data is None else {"file": SimpleUploadedFile("thong-bao.docx", data)}
    address = reverse("bulletins:read_document") + (f"?don-vi={place}" if place else "")
    return client.post(address, fields, headers={"accept": "application/json"})  # type: ignore[return-value]


def told(response: HttpResponse) -> dict[str, object]:
    found = json.loads(response.content)
    assert isinstance(found, dict)
    return found


def test_lan_gets_title_text_and_what_was_left_out(cast: Cast) -> None:
    answer = told(send(cast.lan, official([BODY])))
    assert (answer["title"], answer["text"]) == ("Thông báo về việc tạm ngừng cấp nước sinh hoạt", BODY)
    assert answer["dropped"][1] == {"what": "Số, ký hiệu", "text": "Số: 27/TB-UBND", "before": BODY}  # type: ignore[index]
    assert (answer["warnings"], answer["legacy"], answer["original"]) == ([], "", None)
    assert not Bulletin.objects.exists()
    assert not Entry.objects.exists()


def test_old_letters_come_with_what_stands_in_the_file(cast: Cast) -> None:
    answer = told(send(cast.xuan, word(p(OLD, font=".VnTime"))))
    assert (answer["text"], answer["legacy"]) == (NEW, "TCVN3 (phông .VnTime)")
    assert answer["original"] == {"title": "", "text": OLD}
    assert answer["warnings"] == ["Không thấy tên văn bản trong tệp. Hãy ghi tên bản tin."]


@pytest.mark.parametrize(("data", "code"), [(None, "empty"), (b"{\\rtf1}", "rtf"), (b"\x89PNG", "other_kind")])
def test_a_refusal_names_reason_and_way_out(cast: Cast, data: bytes | None, code: str) -> None:
    response = send(cast.lan, data)
    assert response.status_code == 422
    assert told(response)["code"] == code
    assert "Hãy" in str(told(response)["message"]) or "mở được" in str(told(response)["message"]) or code == "rtf"


def test_only_those_who_write_there_may_ask(cast: Cast) -> None:
    assert send(cast.mai, official([BODY]), cast.quy_mong.path).status_code == 404
    assert send(cast.son, official([BODY]), cast.quy_mong.path).status_code in (403, 404)
    assert Client().post(reverse("bulletins:read_document")).status_code == 302
    assert Client().post(reverse("bulletins:convert_text"), {"text": OLD}).status_code == 302


def test_pasted_text_is_converted_on_demand_only(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.lan)
    address = reverse("bulletins:convert_text")
    assert client.post(address, {"text": OLD}).json() == {"text": NEW, "legacy": "TCVN3 (phông .VnTime)"}
    assert client.post(address, {"text": NEW}).json() == {}
    assert client.post(address).json() == {}
    assert client.get(address).status_code == 405
