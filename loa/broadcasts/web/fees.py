"""Mức nhuận bút, thù lao: what is paid for which work, by which document, from which day on."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from loa.areas.models import Area
from loa.broadcasts import actions
from loa.broadcasts.access import APPROVE
from loa.broadcasts.actions.fees import MOST_DONG
from loa.broadcasts.models import FeeRate
from loa.broadcasts.queries import books
from loa.broadcasts.rules.books import UNIT_WORDS, WORK_WORDS
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people
from loa.ui.fields import Day


class Dong(forms.Field):
    """An amount as people write it: 50.000, 50 000, 50000đ."""

    widget = forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off", "maxlength": 20})

    def to_python(self, value: object) -> int | None:
        """The number; ValidationError for anything else."""
        text = str(value or "").strip().lower().removesuffix("đồng").removesuffix("đ")
        plain = "".join(text.replace(".", "").split())
        if not plain:
            return None
        if not (plain.isascii() and plain.isdecimal()) or len(plain) > len(str(MOST_DONG)):
            raise forms.ValidationError("Hãy ghi số tiền bằng đồng, ví dụ 50.000.")
        return int(plain)


class FeeForm(forms.Form):
    """One rate."""

    work = forms.ChoiceField(label="Công việc", choices=[(key.value, name) for key, name in WORK_WORDS.items()])
    dong = Dong(label="Mức chi (đồng)", help_text="Ví dụ 50.000. Ghi 0 nếu không chi.")
    unit = forms.ChoiceField(label="Tính theo", choices=[(key.value, name) for key, name in UNIT_WORDS.items()])
    starts = Day(label="Áp dụng từ ngày")
    document = forms.CharField(label="Theo văn bản", max_length=200, help_text="Ví dụ Quyết định 27/2026/QĐ-UBND.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """What holds, and for those who may a form for a new rate."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, APPROVE if request.method == "POST" else "view", area, now)
    form = FeeForm(request.POST or None, initial={"starts": clock.local(now).date()})
    if request.method != "POST":
        return _page(request, area, form)
    if not form.is_valid():
        return _page(request, area, form, status=422)
    try:
        rate = actions.set_fee(actor=user, area=area, now=now, **form.cleaned_data)
    except Invalid as error:
        form.add_error(None, error.message)
        return _page(request, area, form, status=422)
    messages.success(request, f"Đã lưu. Mức này tính cho tin, bài phát từ ngày {rate.starts:%d/%m/%Y}.")
    return redirect(f"{reverse('broadcasts:fees')}?don-vi={area.path}")


def _page(request: HttpRequest, area: Area, form: FeeForm, status: int = 200) -> HttpResponse:
    now = clock.now()
    today = clock.local(now).date()
    context = {
        "area": area,
        "form": form,
        "rates": [(WORK_WORDS[rate.work], UNIT_WORDS[rate.unit], rate) for rate in books.rates(area, today, today)],
        "coming": FeeRate.objects.filter(area=area, starts__gt=today).order_by("starts"),
        "may": people.may(people.signed_in(request), APPROVE, area, now),
    }
    return render(request, "broadcasts/fees.html", context, status=status)
