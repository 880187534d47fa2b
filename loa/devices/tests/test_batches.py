"""Sơn brings a list of new poles from Excel: every fault of every line at once, then all of them or none."""

import io
from datetime import date

import openpyxl
import pytest
from django.test import Client

from loa.devices import actions
from loa.devices.models import Device, DeviceBatch
from loa.devices.rules.batch import lines as rules
from loa.devices.rules.batch.lines import Ground, judged
from loa.devices.rules.batch.sheet import read
from loa.kernel.errors import Invalid, Refusal
from tests.cast import Cast

GROUND = Ground(
    name="Xã Quy Mông", hamlets={"5": 5, "thon 5": 5}, former={"bao dap": 9}, taken=frozenset({3}), middle=(21.6, 104.7)
)
HEAD = "Số;Tên;Thôn;Vĩ độ;Kinh độ;Nhà mạng;Hết hạn SIM;Hướng loa\r\n"
GOOD = HEAD + "1;Chợ;Thôn 5;21,6312;104,7548;viettel;25/8/2026;đông, 270\r\n;Bến đò;;;;;;\r\n"


def told(text: str) -> list[tuple[int, str]]:
    return [(line.row, error) for line in judged(read(text.encode()), GROUND).lines for error in line.errors]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_excel_writes_csv_in_many_ways(encoding: str) -> None:
    for mark in (";", ",", "\t"):
        text = GOOD.replace("21,6312;104,7548", "21.6312;104.7548").replace("đông, 270", "đông/270")
        draft = judged(read(text.replace(";", mark).encode(encoding)), GROUND)
        market, ferry = draft.lines
        assert draft.faulty == 0
        assert market.facts["position"] == (21.6312, 104.7548)
        assert (market.facts["hamlet"], market.facts["operator"], market.facts["horns"]) == (5, "Viettel", [90, 270])
        assert market.facts["sim_expires"] == date(2026, 8, 25)
        assert ferry.facts["number"] == 4


def test_a_file_says_which_kind_each_place_is_and_old_files_need_not() -> None:
    text = "Tên;Loại\nChợ;\nBến đò;Cụm loa\nTrạm cũ;Nút chuyển tiếp\nĐồi chè;nút chuyển tiếp loa có dây, FM\n"
    draft = judged(read(text.encode()), GROUND)
    assert [line.facts["kind"] for line in draft.lines] == ["speaker", "speaker", "adapter", "adapter"]
    assert [line.facts["number"] for line in draft.lines] == [4, 5, 6, 7]  # one row of numbers
    assert draft.faulty == 0
    assert [line.facts["kind"] for line in judged(read(GOOD.encode()), GROUND).lines] == ["speaker", "speaker"]
    ((row, error),) = told("Tên;Loại\nChợ;\nBến đò;bảng tin\n")
    assert (row, "Không có loại “bảng tin”" in error, "nút chuyển tiếp" in error) == (3, True, True)


def test_every_fault_of_every_line_is_told_at_once() -> None:
    faults = told(
        HEAD + "3;Chợ;Thôn 9;104,7;21,6;;32/8/2026;lên trời\r\n7;;;10,1;106,5;;;\r\n7;Bến;;;;;;\r\nx;chợ;;;;;;\r\n"
    )
    words = "\n".join(f"{row} {error}" for row, error in faults)
    for expected in (
        "2 Xã Quy Mông không có thôn, tổ dân phố “Thôn 9”.",
        "2 Vị trí này ở ngoài Việt Nam",
        "2 Ngày “32/8/2026” không đọc được",
        "2 Hướng loa “lên trời” không đọc được",
        "2 Số 03 đã dùng cho một cụm loa khác của Xã Quy Mông.",
        "3 Thiếu tên cụm loa.",
        "cách Xã Quy Mông 12",
        "4 Số 07 đã có ở dòng 3.",
        "5 Số cụm “x” không phải số",
        "5 Tên này đã có ở dòng 2",
    ):
        assert expected in words


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        ("Tên\n".encode(), "empty"),
        (b"T\x00e\x00n\x00", "not_a_table"),
        ("Tên;Thôn\nChợ;Bản\n".encode("cp1258", "ignore") + b"\xd4\xd5", "not_unicode"),
        (b"\xd0\xcf\x11\xe0rest", "old_excel"),
        (b"PK\x03\x04 no zip", "broken_excel"),
        (b"x" * (2 * 1024 * 1024 + 1), "too_big"),
        (("Tên\n" + "Chợ\n" * 1001).encode(), "too_long"),
        ("Thôn;Số\n5;1\n".encode(), "no_header"),
        ("Tên;Tên cụm loa\nChợ;Chợ\n".encode(), "column_twice"),
    ],
)
def test_what_is_no_list_is_refused_with_the_way_out(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        judged(read(content), GROUND)
    assert refused.value.code == code


def excel(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_an_excel_file_says_the_same() -> None:
    content = excel(("Tên", "Số", "Hết hạn SIM", "Ghi chú"), ("Chợ", 7, date(2026, 8, 25), "x"))
    draft = judged(read(content), GROUND)
    assert draft.ignored == ("Ghi chú",)
    assert (draft.lines[0].facts["number"], draft.lines[0].facts["sim_expires"]) == (7, date(2026, 8, 25))


def test_exactly_what_was_shown_is_taken_in(client: Client, cast: Cast) -> None:
    client.force_login(cast.son)
    sent = io.BytesIO(GOOD.encode())
    sent.name = "loa.csv"
    answer = client.post(f"/thiet-bi/nhap/?don-vi={cast.quy_mong.path}", {"file": sent})
    batch = DeviceBatch.objects.get()
    assert answer.url == f"/thiet-bi/nhap/{batch.pk}/"  # type: ignore[attr-defined]
    page = client.get(answer.url).content.decode()  # type: ignore[attr-defined]
    assert "Chợ" in page
    assert not Device.objects.exists()
    token = actions.token_of(batch, actions.read_batch(batch, cast.now))
    actions.add_device(actor=None, area=cast.quy_mong, name="Ga", number=9, now=cast.now)
    late = client.post(f"/thiet-bi/nhap/{batch.pk}/", {"token": token})
    assert late.status_code == 409
    assert Device.objects.count() == 1
    token = actions.token_of(batch, actions.read_batch(batch, cast.now))
    assert client.post(f"/thiet-bi/nhap/{batch.pk}/", {"token": token}).status_code == 302
    market = Device.objects.get(name="Chợ")
    assert (market.hamlet, market.sim_operator, market.pole.horns) == (cast.thon_5, "Viettel", [90, 270])
    with pytest.raises(Refusal, match="đã được nhập rồi"):
        actions.take_batch(actor=cast.son, batch=batch, token=token, now=cast.now)


def test_an_old_station_comes_in_as_an_adapter_node(client: Client, cast: Cast) -> None:
    content = "Tên;Loại\nTrạm cũ;nút chuyển tiếp\nChợ;\n".encode()
    batch = actions.receive_batch(actor=cast.son, area=cast.quy_mong, name="loa.csv", content=content, now=cast.now)
    client.force_login(cast.son)
    assert "Tạo nút chuyển tiếp mới" in client.get(f"/thiet-bi/nhap/{batch.pk}/").content.decode()
    token = actions.token_of(batch, actions.read_batch(batch, cast.now))
    actions.take_batch(actor=cast.son, batch=batch, token=token, now=cast.now)
    kinds = dict(Device.objects.values_list("name", "kind"))
    assert kinds == {"Trạm cũ": "adapter", "Chợ": "speaker"}
    assert set(rules._KINDS.values()) == set(Device.SOUNDING)


def test_a_file_with_a_fault_takes_in_nothing_and_strangers_do_not_see_it(client: Client, cast: Cast) -> None:
    bad = (HEAD + "1;Chợ;Thôn 77;;;;;\r\n").encode()
    batch = actions.receive_batch(actor=cast.son, area=cast.quy_mong, name="loa.csv", content=bad, now=cast.now)
    client.force_login(cast.son)
    page = client.get(f"/thiet-bi/nhap/{batch.pk}/").content.decode()
    assert "không có thôn, tổ dân phố “Thôn 77”" in page
    assert "Nhập 1 cụm loa" not in page
    with pytest.raises(Refusal, match="Còn 1 dòng sai"):
        actions.take_batch(actor=cast.son, batch=batch, token="", now=cast.now)
    client.force_login(cast.bao)
    assert client.get(f"/thiet-bi/nhap/{batch.pk}/").status_code == 404
    client.force_login(cast.lan)
    assert client.get(f"/thiet-bi/nhap/?don-vi={cast.quy_mong.path}").status_code == 403


def test_secret_codes_and_public_labels_are_two_papers(client: Client, cast: Cast) -> None:
    pole = actions.add_device(actor=None, area=cast.quy_mong, name="Chợ", now=cast.now)
    client.force_login(cast.son)
    chosen = f"/thiet-bi/tem/?don-vi={cast.quy_mong.path}"
    assert "Chợ" in client.get(chosen).content.decode()
    public = client.get(f"/thiet-bi/tem/cot/?don-vi={cast.quy_mong.path}").content.decode()
    assert pole.complaint_id in public
    secret = client.post(f"/thiet-bi/tem/ma/?don-vi={cast.quy_mong.path}", {"cum": [pole.pk]})
    assert secret["Cache-Control"].count("no-store") == 1
    assert pole.complaint_id not in secret.content.decode()
    assert pole.claim_codes.count() == 1
    told = client.get(f"/loa/{pole.complaint_id}/").content.decode()
    assert "Chợ" in told
    client.logout()
    assert client.get(f"/loa/{pole.complaint_id}/").status_code == 200
    assert client.get("/loa/0000000000/").status_code == 404
