"""Lĩnh vực bản tin: the groups of the decree, and what an area adds below them for itself and everything below it."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from loa.areas.models import Area
from loa.bulletins import actions, queries
from loa.bulletins.models import Category
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access


class CategoryForm(forms.Form):
    """A category of the area's own. The group is one of the national list."""

    group = forms.ChoiceField(label="Thuộc nhóm")
    name = forms.CharField(label="Tên lĩnh vực", max_length=200, help_text="Ví dụ: Giá quế, Lịch nước thủy lợi.")

    def __init__(self, *args: object, groups: list[Category], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["group"].choices = [(row.code, row.name) for row in groups]  # type: ignore[attr-defined]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, place: str) -> HttpResponse:
    """The list as writers of this area meet it; who may set the area's rules adds to it."""
    user, now = access.signed_in(request), clock.now()
    area = access.area_for(user, place, now)
    may_add = access.may(user, actions.MAY_ADD, area, now)
    rows = list(queries.categories_for(area))
    posted = request.POST if request.method == "POST" else None
    form = CategoryForm(posted, groups=[row for row in rows if row.area_id is None])
    if posted is not None:
        access.require(user, actions.MAY_ADD, area, now)
        if form.is_valid() and _added(request, form, area):
            return redirect("bulletins:categories", place=area.path)
    context = {"area": area, "rows": rows, "form": form, "may_add": may_add}
    return render(request, "bulletins/categories.html", context, status=422 if form.errors else 200)


def _added(request: HttpRequest, form: CategoryForm, area: Area) -> bool:
    user = access.signed_in(request)
    try:
        row = actions.add_category(actor=user, area=area, now=clock.now(), **form.cleaned_data)
    except Invalid as error:
        form.add_error(None, error.message)
        return False
    messages.success(request, f"Đã thêm lĩnh vực {row.name}.")
    return True
