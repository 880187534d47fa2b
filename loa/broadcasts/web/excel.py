"""A table of a page as an Excel file."""

from datetime import datetime

from django.http import HttpResponse

from loa.kernel.clock import local
from loa.ui.prints.sheet import Sheet
from loa.ui.prints.workbook import workbook

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def excel(sheet: Sheet, name: str, now: datetime) -> HttpResponse:
    """To be kept under `name` with the day."""
    answer = HttpResponse(workbook(sheet), content_type=EXCEL)
    answer["Content-Disposition"] = f'attachment; filename="{name}-{local(now):%Y-%m-%d}.xlsx"'
    answer["Cache-Control"] = "private, no-store"
    return answer
