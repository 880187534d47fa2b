"""Nhập hàng loạt: a file of new places is shown first with everything that is wrong in it, then taken in as a whole."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from loa.areas.rules import Level
from loa.devices import actions
from loa.devices.access import batch_for
from loa.devices.models import DeviceBatch
from loa.devices.rules.batch.columns import HEADINGS, SAMPLE
from loa.devices.rules.batch.sheet import MOST_BYTES
from loa.kernel import clock
from loa.kernel.errors import Invalid, LoaError, Refusal
from loa.people import access as people

_EXAMPLE = {
    "Số": "1", "Tên": "Nhà văn hóa thôn 3", "Thôn": "Thôn 3", "Vĩ độ": "21.6312", "Kinh độ": "104.7548",
    "Nhà mạng": "Viettel", "Số SIM": "0987654321", "Hết hạn SIM": "25/8/2027", "MB mỗi tháng": "3000",
    "Âm lượng tối đa": "80", "Hướng loa": "90, 270", "Chủ cột": "UBND xã", "Nhà gần nhất (m)": "25",
}  # fmt: skip


class BatchForm(forms.Form):
    """The file as the browser sends it."""

    file = forms.FileField(
        label="Tệp danh sách",
        help_text="Excel (.xlsx) hoặc CSV, tới 1.000 cụm loa. Dòng đầu là tên cột, mỗi dòng sau một cụm.",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,text/csv"}),
    )

    def clean_file(self) -> tuple[str, bytes]:
        """Its name and its bytes."""
        sent = self.cleaned_data["file"]
        if sent.size > MOST_BYTES:
            raise forms.ValidationError("Tệp lớn quá 2 MB.")
        return sent.name, sent.read()


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Send a file for the commune `?don-vi=`; nothing is taken in yet."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    people.require(request.user, "device.manage", area, now)
    if area.level != Level.COMMUNE:
        raise Invalid(
            "Mỗi danh sách là của một xã. Hãy mở trang Thiết bị, chọn xã, rồi bấm Nhập danh sách.", code="no_commune"
        )
    form = BatchForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        name, content = form.cleaned_data["file"]
        try:
            batch = actions.receive_batch(
                actor=people.signed_in(request), area=area, name=name, content=content, now=now
            )
            actions.read_batch(batch, now)
        except LoaError as error:
            form.add_error("file", error.message)
        else:
            return redirect("devices:batch", batch=batch.pk)
    context = {"area": area, "form": form, "headings": [names[0] for names in HEADINGS.values()]}
    return render(request, "devices/batch_new.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
def sample(request: HttpRequest) -> HttpResponse:
    """An example to fill in: what Excel opens rightly by itself, with a mark for Unicode and semicolons."""
    lines = [";".join(SAMPLE), ";".join(_EXAMPLE.get(heading, "") for heading in SAMPLE)]
    answer = HttpResponse("\ufeff" + "\r\n".join(lines) + "\r\n", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="danh-sach-loa-mau.csv"'
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, batch: UUID) -> HttpResponse:
    """What the file would do; POST with the token of exactly that does it."""
    now = clock.now()
    row = batch_for(people.signed_in(request), batch, now)
    refusal = ""
    if request.method == "POST":
        try:
            token = request.POST.get("token", "")
            made = actions.take_batch(actor=people.signed_in(request), batch=row, token=token, now=now)
        except Refusal as error:
            refusal = error.message
        else:
            messages.success(request, f"Đã nhập {len(made)} cụm loa. Giờ in mã ghép nối và tem dán cột.")
            return redirect(f"{reverse('devices:labels')}?don-vi={row.area.path}")
    return _page(request, row, refusal)


def _page(request: HttpRequest, row: DeviceBatch, refusal: str) -> HttpResponse:
    draft = actions.read_batch(row, clock.now())
    context = {
        "batch": row,
        "area": row.area,
        "draft": draft,
        "token": actions.token_of(row, draft),
        "lines": sorted(draft.lines, key=lambda line: (not line.errors, line.row)),
        "refusal": refusal,
    }
    return render(request, "devices/batch.html", context, status=409 if refusal else 200)
