"""SIM và dung lượng: which cards need money, and the list of them for whoever pays."""

import csv
import io

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loa.areas.models import Area
from loa.devices import queries
from loa.devices.queries.sims import SimRow, Sims
from loa.kernel import clock
from loa.people import access as people

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Of the area `?don-vi=`; `&tep=csv` the same as a file."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    people.require(request.user, "device.care", area, now)
    found = queries.sims(area.path, now)
    if request.GET.get("tep") == "csv":
        return _file(area, found)
    return render(request, "devices/sims.html", {"area": area, "sims": found})


def _file(area: Area, found: Sims) -> HttpResponse:
    """With a mark for Unicode and semicolons: what Excel opens rightly by itself."""
    kept = io.StringIO()
    writer = csv.writer(kept, delimiter=";")
    writer.writerow(["Đơn vị", "Số cụm", "Tên", "Nhà mạng", "Số SIM", "Hết hạn", "Đã dùng (MB)", "Gói (MB)", "Việc"])
    named = {row.device.pk: row for row in (*found.soon, *found.later, *found.data)}
    for row in named.values():
        writer.writerow([_safe(cell) for cell in _cells(row)])
    answer = HttpResponse("\ufeff" + kept.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="nap-sim-{area.code}.csv"'
    return answer


def _cells(row: SimRow) -> list[str]:
    device = row.device
    return [
        device.area.full_name,
        f"{device.number:02d}",
        device.name,
        device.sim_operator,
        f" {device.sim_number}" if device.sim_number else "",  # a space, so that Excel keeps the leading zero
        f"{device.sim_expires:%d/%m/%Y}" if device.sim_expires else "",
        str(row.use.used) if row.use else "",
        str(device.monthly_mb or ""),
        "; ".join(
            ([] if not row.ends else ["gia hạn"]) + (["mua thêm dung lượng"] if row.use and row.use.over else [])
        ),
    ]


def _safe(cell: str) -> str:
    """No cell begins as a formula: names are typed by people."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
