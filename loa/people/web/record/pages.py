"""Nhật ký hệ thống: who did what, for approvers and administrators of a place; and how far the record is sealed."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loa.audit import queries as audit
from loa.audit.models import Entry
from loa.audit.words import GROUPS
from loa.kernel import clock
from loa.people import access
from loa.people.web.record import wish as wishes
from loa.people.web.record.lines import Line, lines
from loa.people.web.record.wish import Wish

ROWS = 30  # on a phone every row is a card
ROWS_A_FETCH = 1000
MOST_ROWS = 200_000  # a sheet of Excel holds a million; who needs more asks day by day
HEAD = ("Số mục", "Lúc", "Ai", "Việc", "Về", "Ở đâu", "Chi tiết", "Mã việc", "Loại", "Mã")
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@login_required
@require_safe
def record(request: HttpRequest) -> HttpResponse:
    """The record of `?don-vi=` by `?nguoi=`, `?viec=`, `?ngay=`, newest first, below the number `?truoc=`."""
    user, now = access.signed_in(request), clock.now()
    wish = wishes.read(user, request.GET, now)
    found, older = audit.page(wishes.entries(wish), wish.before, ROWS)
    context = {
        "wish": wish,
        "lines": lines(found, manages=access.may(user, "people.manage", wish.area, now)),
        "older": wish.query(truoc=older) if older else "",
        "newest": wish.query(truoc="") if wish.before else "",
        "export": wish.query(truoc=""),
        "groups": [(key, words) for key, (words, _) in GROUPS.items()],
        "standing": audit.standing(),
    }
    return render(request, "people/record/record.html", context)


@login_required
@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The same entries as a table for Excel: UTF-8 with its mark, read in pieces."""
    user, now = access.signed_in(request), clock.now()
    wish = wishes.read(user, request.GET, now)
    answer = StreamingHttpResponse(_csv(wish), content_type="text/csv; charset=utf-8")
    name = f"nhat-ky-{wish.area.code}-{clock.local(now):%Y%m%d-%H%M}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """Called by the writer of the csv module."""
        return text


def _csv(wish: Wish) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(HEAD)
    before, left = None, MOST_ROWS
    while left > 0:
        found, before = audit.page(wishes.entries(wish), before, min(ROWS_A_FETCH, left))
        yield "".join(writer.writerow(row) for row in _rows(found))
        left -= len(found)
        if before is None:
            return


def _rows(found: list[Entry]) -> Iterator[list[str]]:
    for line in lines(found, manages=False):
        yield [harmless(cell) for cell in _cells(line)]


def _cells(line: Line) -> list[str]:
    entry = line.entry
    at = f"{clock.local(entry.at):%d/%m/%Y %H:%M:%S}"
    told = [line.who, line.did, line.about, line.place, line.details]
    return [str(entry.pk), at, *told, entry.verb, entry.object_kind, entry.object_id]


def harmless(cell: str) -> str:
    """The cell as text: a program of tables would calculate what begins like a formula."""
    return "'" + cell if cell.lstrip(" \u00a0\u200b\ufeff").startswith(_ACTIVE) or cell.startswith(_ACTIVE) else cell
