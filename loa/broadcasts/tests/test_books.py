"""The papers of Quy Mông: what a month says, what is owed, who may take them away."""

# ruff: noqa: F811 - fixtures of the log are used by their names

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loa.broadcasts.models import Airing
from loa.broadcasts.queries import books as read
from loa.broadcasts.rules import sheets
from loa.broadcasts.rules.books import Line, Rate, Unit, Work, day_sums, fees, sums
from loa.broadcasts.tests.conftest import Station
from loa.broadcasts.tests.test_playlog import day, morning  # noqa: F401 - fixtures
from loa.kernel import clock
from loa.kernel.clock import local
from loa.kernel.errors import Invalid
from loa.ui.prints.sheet import Length
from tests.cast import Cast

AUGUST = date(2026, 8, 1)
LINE = Line(
    day=date(2026, 8, 20), time="05:00", version=1, title="Nhạc hiệu", programme="Buổi sáng", source="Của xã",
    category="Nông nghiệp", language="Việt", length_ms=60_000, editor="Hoàng Thị Lan", reader="Bàn Thị Xuân",
    approver="Nguyễn Văn Thành", operator="Hoàng Thị Lan", expected=8, proved=8,
)  # fmt: skip


def rate(work: Work, unit: Unit, dong: int, **changes: date) -> Rate:
    return Rate(work, unit, dong, changes.get("starts", date(2026, 1, 1)), changes.get("ends"), "Quyết định 27/QĐ-UBND")


def test_the_book_has_what_the_form_asks_for(cast: Cast, morning: dict[str, Airing]) -> None:
    today = local(cast.now).date()
    call, river, rain = read.lines(cast.quy_mong, today, today, cast.now)
    assert (call.time, call.title, call.source, call.length_ms) == ("05:00", "Nhạc hiệu", "Của xã", 60_000)
    assert (call.editor, call.approver, call.operator) == ("Hoàng Thị Lan", "Nguyễn Văn Thành", "Hoàng Thị Lan")
    assert (call.expected, call.proved, call.language) == (8, 6, "Việt")
    assert (river.proved, river.length_ms) == (0, 0)
    assert rain.source == "Của tỉnh"


def test_a_quarter_costs_no_more_questions_than_a_day(cast: Cast, morning: dict[str, Airing]) -> None:
    today = local(cast.now).date()
    with CaptureQueriesContext(connection) as one:
        read.lines(cast.quy_mong, today, today, cast.now)
    with CaptureQueriesContext(connection) as many:
        found = read.lines(cast.quy_mong, today - timedelta(days=91), today, cast.now)
    assert len(found) == 3
    assert len(many) == len(one)


@pytest.mark.parametrize(("first", "last"), [(0, -1), (1, 1), (-92, 0)])
def test_days_that_no_paper_can_have_are_refused(cast: Cast, first: int, last: int) -> None:
    today = local(cast.now).date()
    with pytest.raises(Invalid):
        read.lines(cast.quy_mong, today + timedelta(days=first), today + timedelta(days=last), cast.now)


def test_what_nobody_proved_lends_no_minutes() -> None:
    silent = replace(LINE, proved=0, length_ms=0)
    partly = replace(LINE, proved=3, source="Của tỉnh", length_ms=120_000)
    found = sums(day_sums([LINE, silent, partly]))
    assert (found.airings, found.length_ms, found.full, found.partly, found.silent, found.days) == (
        2,
        180_000,
        1,
        1,
        1,
        1,
    )
    assert [(row.name, row.airings, row.length_ms) for row in found.by_source] == [
        ("Của tỉnh", 1, 120_000), ("Của xã", 1, 60_000)
    ]  # fmt: skip


def test_writing_and_reading_are_paid_once_and_duty_by_the_day() -> None:
    rates = [
        rate(Work.WRITING, Unit.ITEM, 50_000),
        rate(Work.READING, Unit.MINUTE, 5_000),
        rate(Work.OPERATING, Unit.DAY, 30_000),
    ]
    again = replace(LINE, time="17:00")
    tomorrow = replace(LINE, day=LINE.day + timedelta(days=1), version=2, length_ms=61_000, reader="")
    owed = fees([LINE, again, tomorrow], rates, frozenset())
    assert [(fee.person, fee.rate.work, fee.count, fee.dong) for fee in owed] == [
        ("Bàn Thị Xuân", Work.READING, 1, 5_000),
        ("Hoàng Thị Lan", Work.WRITING, 2, 100_000),
        ("Hoàng Thị Lan", Work.OPERATING, 2, 60_000),
    ]


def test_nothing_is_owed_twice_nor_for_others_work_nor_for_silence() -> None:
    rates = [rate(Work.WRITING, Unit.ITEM, 50_000)]
    assert fees([LINE], rates, frozenset({1})) == ()
    assert fees([replace(LINE, source="Của tỉnh")], rates, frozenset()) == ()
    assert fees([replace(LINE, proved=0, length_ms=0)], rates, frozenset()) == ()
    assert fees([LINE], [], frozenset()) == ()


def test_the_rate_of_the_day_counts() -> None:
    old = rate(Work.WRITING, Unit.ITEM, 40_000, ends=date(2026, 8, 20))
    new = rate(Work.WRITING, Unit.ITEM, 50_000, starts=date(2026, 8, 21))
    later = replace(LINE, day=date(2026, 8, 21), version=2)
    assert [fee.dong for fee in fees([LINE, later], [old, new], frozenset())] == [40_000, 50_000]
    assert fees([replace(LINE, day=date(2025, 12, 31))], [old, new], frozenset()) == ()


def test_what_aired_last_month_is_not_paid_again(cast: Cast, morning: dict[str, Airing]) -> None:
    today = local(cast.now).date()
    found = read.lines(cast.quy_mong, today, today, cast.now)
    proved = {line.version for line in found if line.proved}
    assert read.aired_before(found, today) == frozenset()
    assert read.aired_before(found, today + timedelta(days=1)) == proved


@pytest.mark.parametrize(
    ("first", "last", "title"),
    [
        (AUGUST, date(2026, 8, 31), "THÁNG 8/2026"),
        (date(2026, 7, 1), date(2026, 9, 30), "QUÝ 3/2026"),
        (date(2026, 10, 1), date(2026, 12, 31), "QUÝ 4/2026"),
        (date(2026, 8, 1), date(2026, 9, 30), "TRUYỀN THANH"),
    ],
)
def test_a_report_is_called_after_its_period(first: date, last: date, title: str) -> None:
    office = sheets.Office("UBND TỈNH LÀO CAI", "UBND XÃ QUY MÔNG", "Quy Mông", "Hoàng Thị Lan", last)
    report = sheets.report(office, sums(day_sums([LINE])), first, last)
    assert report.title.endswith(title)
    assert ("Tổng thời lượng đã phát (một cụm loa)", Length(60_000)) in report.tables[0].rows


def test_lan_takes_the_papers_away_and_mai_does_not(
    client: Client,
    cast: Cast,
    station: Station,
    morning: dict[str, Airing],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now.replace(microsecond=113))
    client.force_login(cast.lan)
    page = client.get("/so-nhat-ky/so-sach/").content.decode()
    assert "Báo cáo tháng, quý" in page
    asked = {"tu": "1/8/2026", "den": "20/8/2026", "don-vi": cast.quy_mong.path}
    for kind, words in (("nhat-ky", "Nhạc hiệu"), ("bao-cao", "QUÝ"), ("lich", "Từ ngày 17/8/2026 đến ngày 23/8/2026")):
        answer = client.get("/so-nhat-ky/so-sach/", {**asked, "loai": kind, "dang": "pdf"})
        assert answer["Content-Type"] == "application/pdf"
        text = "".join(one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(answer.content))
        assert "UBND XÃ QUY MÔNG" in text
        assert words in text or kind == "bao-cao"
        excel = client.get("/so-nhat-ky/so-sach/", {**asked, "loai": kind, "dang": "xlsx"})
        assert openpyxl.load_workbook(BytesIO(excel.content)).active.max_row > 5
    client.force_login(cast.mai)
    assert client.get("/so-nhat-ky/so-sach/", {**asked, "loai": "nhat-ky"}).status_code == 404


def test_nonsense_is_told_on_the_page(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    client.force_login(cast.lan)
    for asked in (
        {"loai": "x", "tu": "1/8/2026"},
        {"loai": "nhat-ky", "tu": "hôm qua"},
        {"loai": "nhat-ky", "tu": "1/9/2026"},
    ):
        assert client.get("/so-nhat-ky/so-sach/", asked).status_code == 422
