"""Nhật ký hệ thống: an approver reads who did what in their commune, and nobody reads that of another."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from loa.areas.models import Area
from loa.audit import actions as audit
from loa.audit import words
from loa.audit.tests.conftest import guards_on  # noqa: F401 - a verification finds them switched on
from loa.people.models import Role, User
from loa.people.web.record.pages import harmless
from tests.cast import NOW, Cast, give

pytestmark = pytest.mark.django_db


def of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, status: int = 200, **query: Any) -> str:
    answer = of(user).get(reverse("people:record"), query)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def did(
    actor: User | None, verb: str, area: Area | None, thing: tuple[str, object] = ("area", "x"), at: datetime = NOW,
    **facts: object,
) -> int:  # fmt: skip
    return audit.record(actor=actor, verb=verb, object=thing, area=area.path if area else None, facts=facts, now=at)


def test_thanh_reads_his_commune_and_nothing_of_the_neighbour(cast: Cast) -> None:
    did(cast.lan, "hamlet.added", cast.thon_5, ("area", cast.thon_5.path), full_name="Thôn 5")
    did(cast.mai, "hamlet.renamed", cast.tran_yen, before="Khe Bát", after="Khe Bút")
    shown = page(cast.thanh)
    assert "đã thêm thôn, tổ dân phố" in shown
    assert "tên: Thôn 5" in shown
    assert reverse("people:place", args=[cast.thon_5.path]) in shown
    assert "Khe Bút" not in shown
    assert "Khe Bút" in page(cast.bao)
    page(cast.thanh, 404, **{"don-vi": cast.tran_yen.path})


def test_who_may_not_read_it(cast: Cast) -> None:
    for user in (cast.lan, cast.mai, cast.son, cast.xuan):
        assert "dành cho người duyệt và quản trị" in page(user, 403)
    page(User.objects.create(username="la", full_name="Người lạ"), 404)
    for user in (cast.lan, cast.mai):
        assert of(user).get(reverse("people:export_record")).status_code == 403


def test_the_accounts_of_the_commune_s_people_are_told_though_they_belong_to_no_area(cast: Cast) -> None:
    did(cast.bao, "account.closed", None, ("user", cast.lan.pk))
    did(cast.bao, "account.closed", None, ("user", cast.mai.pk))
    assert "tài khoản Hoàng Thị Lan" in page(cast.thanh)
    assert "tài khoản Hà Thị Mai" not in page(cast.thanh)
    assert reverse("people:person", args=[cast.mai.pk]) in page(cast.bao)
    assert reverse("people:person", args=[cast.lan.pk]) not in page(cast.thanh), "that page is not his"


@pytest.mark.parametrize("typed", ["hoang thi lan", "Lan", "HOÀNG"])
def test_by_person(cast: Cast, typed: str) -> None:
    did(cast.lan, "week.copied", cast.quy_mong, copied=3)
    did(cast.thanh, "bulletin.approved", cast.quy_mong)
    did(None, "schedule.ended", cast.quy_mong)
    shown = page(cast.thanh, nguoi=typed)
    assert "đã chép lịch tuần trước" in shown
    assert "đã duyệt bản tin" not in shown
    system = page(cast.thanh, nguoi="he thong")
    assert "đã kết thúc lịch phát" in system
    assert "đã chép lịch" not in system


def test_by_kind_and_by_local_day(cast: Cast) -> None:
    late = NOW.replace(hour=17, minute=30)  # half past midnight of the next day in Vietnam
    did(cast.lan, "device.renamed", cast.quy_mong, ("device", "spk-1"), before="Cụm A", after="Cụm B")
    did(cast.lan, "schedule.proposed", cast.quy_mong, ("schedule", "x"), at=late)
    assert "trước: Cụm A; sau: Cụm B" in page(cast.thanh, viec="loa")
    assert "đã đề nghị lịch phát" not in page(cast.thanh, viec="loa")
    assert "đã đề nghị lịch phát" in page(cast.thanh, ngay="2026-08-21")
    assert "đã đổi tên loa" not in page(cast.thanh, ngay="2026-08-21")
    assert "Không có việc nào như vậy" in page(cast.thanh, ngay="2026-08-22")
    assert "Không có việc nào như vậy" in page(cast.thanh, ngay="22/8/2026")
    unread = page(cast.thanh, ngay="22-8")
    assert "chưa lọc theo ngày" in unread
    assert 'value="22-8"' in unread


@pytest.mark.parametrize(
    "query",
    [
        {"truoc": "-1"}, {"truoc": "x"}, {"truoc": "9" * 40}, {"truoc": "²"}, {"ngay": "2026-02-30"},
        {"ngay": "9999-12-31"}, {"viec": "' or 1=1"}, {"nguoi": "%"}, {"nguoi": "x" * 10_000}, {"nguoi": "\x00"},
    ],
)  # fmt: skip
def test_addresses_that_make_no_sense(cast: Cast, query: dict[str, Any]) -> None:
    page(cast.thanh, **query)


def test_pages_by_number_lose_nothing_while_the_record_grows(cast: Cast) -> None:
    numbers = [did(cast.lan, "bulletin.saved", cast.quy_mong, ("bulletin", "x"), number=n) for n in range(120)]
    first = page(cast.thanh)
    assert f"truoc={numbers[90]}" in first
    did(cast.lan, "bulletin.saved", cast.quy_mong, ("bulletin", "x"), number=999)
    second = page(cast.thanh, truoc=numbers[90])
    assert "số: 89" in second
    assert "số: 90<" not in second
    assert f"truoc={numbers[60]}" in second
    assert "Mới nhất" in second
    last = page(cast.thanh, truoc=numbers[30])
    assert "số: 0" in last
    assert "Cũ hơn" not in last


def test_a_page_asks_the_database_few_times(cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for user in (cast.lan, cast.thanh):
        for kind in ("user", "area", "bulletin", "device", "schedule", "grant", "group", "programme"):
            did(user, "bulletin.saved", cast.quy_mong, (kind, "1"))
    client = of(cast.thanh)
    client.get(reverse("people:record"))
    with django_assert_max_num_queries(45):
        client.get(reverse("people:record"))


def test_it_tells_how_far_it_is_sealed_and_verified(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.LOA_AUDIT_HEADS, settings.LOA_AUDIT_KEY = tmp_path / "heads.log", tmp_path / "key"
    assert "Chưa có mục nào" in page(cast.thanh)
    number = did(cast.lan, "bulletin.saved", cast.quy_mong)
    audit.keep_sealed(sweep=True, now=NOW)
    did(cast.lan, "bulletin.saved", cast.quy_mong)
    assert audit.keep_verified(now=NOW).sound
    shown = page(cast.thanh)
    assert f"đến mục số {number}" in shown
    assert "1 mục mới đang chờ" in shown
    assert "Nguyên vẹn" in shown
    assert "16:50 ngày 20/8/2026, ở mục thứ 1" in shown
    (tmp_path / "heads.log").write_text("{}\n")
    audit.write_head(now=NOW + timedelta(hours=1))
    (tmp_path / "heads.newest").unlink()
    (tmp_path / "verified.json").write_text('{"at": "2026-08-20T09:50:00+00:00", "sealed": 1, "findings": 2}')
    assert "Nhật ký có 2 điểm bất thường" in page(cast.thanh)


def test_the_table_for_excel_calculates_nothing(cast: Cast) -> None:
    villain = User.objects.create(username="v", full_name='=HYPERLINK("http://x";"Bấm")')
    give(villain, Role.OFFICER, cast.quy_mong)
    did(villain, "group.saved", cast.quy_mong, ("group", "1"), name="@SUM(1+1)")
    did(cast.mai, "group.saved", cast.tran_yen, ("group", "2"), name="Của Trấn Yên")
    answer = of(cast.thanh).get(reverse("people:export_record"))
    body = answer.getvalue().decode()
    assert body.startswith("\ufeffSố mục,Lúc")
    assert answer["Content-Disposition"].startswith('attachment; filename="nhat-ky-04531-')
    head, row = list(csv.reader(io.StringIO(body.removeprefix("\ufeff"))))
    assert row[2] == "'" + villain.full_name
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    assert (row[1], row[3], row[7]) == ("20/08/2026 16:50:00", "đã lưu nhóm loa", "group.saved")
    assert len(head) == len(row)


@pytest.mark.parametrize("cell", ["=1", " =1", "\t=1", "+1", "-1", "@x", "＝1", "\r=1", "\u00a0=1", "\ufeff=1"])
def test_cells_that_would_be_calculated(cell: str) -> None:
    assert harmless(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "Thôn 5", "a=b", "1-2", "20/08/2026"])
def test_cells_that_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell


def test_words_for_facts() -> None:
    facts = {"before": 40, "after": 60, "until": "2026-08-20T10:50:00+00:00", "on": "2026-08-20", "x": 1, "slip": True}
    assert words.explained(facts) == "trước: 40; sau: 60; từ ngày: 20/08/2026; đến: 17:50 20/08/2026"
    assert words.explained({"number": "1234-x", "reason": "", "windows": [1]}) == "số: 1234-x"
    assert words.told("future.verb") == "future.verb"
