"""Sổ sách, báo cáo: the papers of a station as PDF and for Excel."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.broadcasts.queries import books, duties
from loa.broadcasts.rules import sheets
from loa.broadcasts.rules.books import fees
from loa.broadcasts.rules.duties import MOST_DAYS, DayState
from loa.broadcasts.web.excel import EXCEL
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people
from loa.people.models import User
from loa.ui.fields import Day
from loa.ui.format import short_day
from loa.ui.prints.pdf import pdf
from loa.ui.prints.sheet import Sheet
from loa.ui.prints.workbook import workbook

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Paper:
    """One kind of paper: what it is called, what it is for, how it is made from area, first and last day."""

    name: str
    hint: str
    file: str
    make: Callable[[Area, sheets.Office, date, date, datetime], Sheet]


def _logbook(area: Area, office: sheets.Office, first: date, last: date, now: datetime) -> Sheet:
    return sheets.logbook(office, books.lines(area, first, last, now), first, last)


def _report(area: Area, office: sheets.Office, first: date, last: date, now: datetime) -> Sheet:
    return sheets.report(office, books.sums(area, first, last, now), first, last, _owed(area, first, last, now))


def _owed(area: Area, first: date, last: date, now: datetime) -> list[sheets.Owed]:
    """The obligations whose days, as they were asked for, lie at least partly in the period."""
    rows = duties.rows(area, now, since=first - timedelta(days=MOST_DAYS), until=last)
    return [_owed_row(row) for row in rows if row.obligation.last_day >= first]


def _owed_row(row: duties.Row) -> sheets.Owed:
    owed = row.obligation
    asked = f"{owed.days} ngày liên tiếp, mỗi ngày {owed.times_a_day} lần, từ {short_day(owed.first_day)}"
    proved = ", ".join(short_day(one.on) for one in row.judged.days if one.state is DayState.PROVED)
    missing = ", ".join(f"{one.number:02}" for one in sorted(row.missing, key=lambda one: one.number))
    return sheets.Owed(row.version.title, asked, row.word, proved or "Chưa có", f"Cụm {missing}" if missing else "")


def _fees(area: Area, office: sheets.Office, first: date, last: date, now: datetime) -> Sheet:
    found = books.lines(area, first, last, now)
    owed = fees(found, books.rates(area, first, last), books.aired_before(found, first))
    return sheets.fees(office, owed, first, last)


def _week(area: Area, office: sheets.Office, first: date, last: date, now: datetime) -> Sheet:
    monday = last - timedelta(days=last.weekday())
    return sheets.week(office, books.slots(area, monday, now), monday, monday + WEEK - timedelta(days=1))


PAPERS = {
    "nhat-ky": Paper(
        "Sổ nhật ký phát thanh",
        "Từng lượt phát: giờ, nội dung, nguồn, thời lượng, người biên tập, đọc, duyệt, phát.",
        "so-nhat-ky",
        _logbook,
    ),
    "lich": Paper(
        "Lịch phát tuần", "Các mục đã duyệt trong tuần có ngày cuối, để dán bảng tin.", "lich-phat-tuan", _week
    ),
    "bao-cao": Paper(
        "Báo cáo tháng, quý",
        "Số lượt, thời lượng theo nguồn, chuyên mục, ngôn ngữ, nội dung phải công khai, tính theo bằng chứng của loa.",
        "bao-cao-truyen-thanh",
        _report,
    ),
    "thu-lao": Paper(
        "Bảng kê nhuận bút, thù lao",
        "Theo người và công việc, chỉ tính tin, bài của xã đã được loa phát; theo mức chi đã đặt.",
        "bang-ke-thu-lao",
        _fees,
    ),
}


class PeriodForm(forms.Form):
    """Which paper of which days."""

    loai = forms.ChoiceField(
        choices=[(key, paper.name) for key, paper in PAPERS.items()],
        error_messages={"invalid_choice": "Hãy chọn một loại giấy tờ trong danh sách.", "required": "Hãy chọn."},
    )
    tu = Day(label="Từ ngày")
    den = Day(label="Đến ngày", required=False)
    dang = forms.ChoiceField(choices=[("pdf", "PDF"), ("xlsx", "Excel")], required=False)


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """`?loai=`, `?tu=`, `?den=` (as 20/8/2026), `?dang=pdf|xlsx`; without a kind the page on which they are chosen."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, "view", area, now)
    if area.level < Level.COMMUNE:
        return redirect("devices:list")
    today = clock.local(now).date()
    if "loai" not in request.GET:
        return _page(request, area, PeriodForm(initial={"loai": "nhat-ky", "tu": today.replace(day=1), "den": today}))
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return _page(request, area, form, status=422)
    chosen = form.cleaned_data
    try:
        return _file(area, office_of(area, user, today), chosen, now)
    except Invalid as error:
        form.add_error(None, error.message)
        return _page(request, area, form, status=422)


def office_of(area: Area, user: User, today: date) -> sheets.Office:
    """The heading of a paper of this unit."""
    unit = area.parent if area.level == Level.HAMLET and area.parent else area
    above = f"UBND {unit.parent.full_name}".upper() if unit.parent and unit.parent.level else ""
    return sheets.Office(above, f"UBND {unit.full_name}".upper(), unit.name, user.full_name, today)


def _file(area: Area, office: sheets.Office, chosen: dict[str, object], now: datetime) -> HttpResponse:
    paper, first = PAPERS[str(chosen["loai"])], chosen["tu"]
    last = chosen["den"] or first
    if not isinstance(first, date) or not isinstance(last, date):
        raise Invalid("Hãy ghi ngày.", code="period")
    sheet = paper.make(area, office, first, last, now)
    excel = chosen["dang"] == "xlsx"
    name = f"{paper.file}-{last if paper.make is _week else first:%Y-%m-%d}.{'xlsx' if excel else 'pdf'}"
    answer = HttpResponse(
        workbook(sheet) if excel else pdf(sheet, now), content_type=EXCEL if excel else "application/pdf"
    )
    answer["Content-Disposition"] = f'{"attachment" if excel else "inline"}; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _page(request: HttpRequest, area: Area, form: PeriodForm, status: int = 200) -> HttpResponse:
    context = {"area": area, "form": form, "papers": PAPERS.items(), "chosen": form["loai"].value()}
    return render(request, "broadcasts/books.html", context, status=status)
