"""Khóa cho phần mềm: with which programs act for me, how far they reach and until when."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loa.areas.models import Area
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access, rules
from loa.people.actions import tokens
from loa.people.models import ApiToken, User

DAYS = (("30", "30 ngày"), ("90", "3 tháng"), ("365", "1 năm"))


class TokenForm(forms.Form):
    """What a new token is for, and how far it reaches."""

    name = forms.CharField(label="Tên khóa", max_length=80, help_text="Ví dụ: Phần mềm của tỉnh.")
    area = forms.ModelChoiceField(label="Dùng cho đơn vị", queryset=Area.objects.none(), to_field_name="path")
    capabilities = forms.MultipleChoiceField(label="Được làm", widget=forms.CheckboxSelectMultiple)
    days = forms.ChoiceField(label="Dùng trong", choices=DAYS)

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        now = clock.now()
        paths = {grant.path for grant in access.grants_of(user, now)}
        self.fields["area"].queryset = Area.objects.filter(path__in=paths)  # type: ignore[attr-defined]
        held = {name for name in rules.TOKEN_CAPABILITIES if access.areas_with(user, name, now)}
        self.fields["capabilities"].choices = [  # type: ignore[attr-defined]
            (name, label) for name, label in rules.TOKEN_CAPABILITIES.items() if name in held
        ]


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """My tokens; a POST makes one and shows its secret once."""
    user = access.signed_in(request)
    form = TokenForm(request.POST if request.method == "POST" else None, user=user, initial={"capabilities": ["view"]})
    secret = ""
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            _, secret = tokens.make_token(
                actor=user, name=data["name"], area=data["area"], capabilities=data["capabilities"],
                days=int(data["days"]), now=clock.now(),
            )  # fmt: skip
            form = TokenForm(user=user, initial={"capabilities": ["view"]})
        except Invalid as error:
            form.add_error(None, error.message)
    rows = ApiToken.objects.filter(user=user).select_related("area")
    labels = rules.TOKEN_CAPABILITIES
    shown = [(row, [labels.get(name, name) for name in row.capabilities]) for row in rows]
    context = {"form": form, "tokens": shown, "secret": secret, "now": clock.now()}
    return render(request, "people/tokens.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke(request: HttpRequest, token: int) -> HttpResponse:
    """It holds no more."""
    tokens.revoke_token(actor=access.signed_in(request), token_id=token, now=clock.now())
    messages.success(request, "Đã hủy khóa. Phần mềm dùng khóa này không vào được nữa.")
    return redirect("people:tokens")
