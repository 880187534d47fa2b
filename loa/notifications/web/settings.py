"""Cài đặt thông báo: of what letters come, and when none do; the last letters and what became of them."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.notifications import actions
from loa.notifications.models import Preference
from loa.notifications.queries.boxes import newest_letters
from loa.notifications.rules import Kind, Urgency
from loa.notifications.rules.kinds import kinds_for
from loa.people import access as people
from loa.people import rules as roles
from loa.people.actions import accounts
from loa.people.models import User

_WHEN = {
    Urgency.URGENT: "Khẩn: gửi ngay, kể cả trong giờ yên tĩnh.",
    Urgency.SOON: "Gửi trong ít phút, ngoài giờ yên tĩnh.",
    Urgency.CALM: "Gửi gộp một thư mỗi ngày, khi hết giờ yên tĩnh.",
}


_CLOCKS = ("%H:%M", "%Hh%M", "%Hh")


class PreferenceForm(forms.Form):
    """How somebody wants to be written to."""

    address = forms.EmailField(label="Thư điện tử của tôi", required=False, max_length=254)
    letters = forms.BooleanField(label="Gửi thư điện tử cho tôi", required=False)
    quiet_from = forms.TimeField(label="Yên tĩnh từ", widget=forms.TimeInput(format="%H:%M"), input_formats=_CLOCKS)
    quiet_until = forms.TimeField(label="Đến", widget=forms.TimeInput(format="%H:%M"), input_formats=_CLOCKS)
    wanted = forms.MultipleChoiceField(label="Gửi thư về", widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *args: object, kinds: list[Kind], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [(kind.code, f"{kind.label}. {_WHEN[kind.urgency]}") for kind in kinds]
        self.fields["wanted"].choices = choices  # type: ignore[attr-defined]


def own_kinds(user: User, now: datetime) -> list[Kind]:
    """What this person may ever be told of."""
    held = {name for grant in people.grants_of(user, now) for name in roles.CAPABILITIES.get(grant.role, ())}
    return kinds_for(frozenset(held))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The form and the last letters; a POST keeps the form."""
    user, now = people.signed_in(request), clock.now()
    kinds = own_kinds(user, now)
    kept = Preference.objects.filter(user=user).first() or Preference(user=user)
    form = PreferenceForm(request.POST or None, kinds=kinds, initial=_initial(user, kept, kinds))
    if request.method == "POST" and form.is_valid():
        try:
            _keep(user, kept, form, kinds, now)
        except Invalid as refused:
            form.add_error("address" if refused.code.startswith("email") else None, refused.message)
        else:
            messages.success(request, "Đã lưu cách nhận thư.")
            return redirect("notifications:settings")
    context = {"form": form, "letters": newest_letters(user), "address": user.email}
    return render(request, "notifications/settings.html", context, status=422 if form.is_bound else 200)


def _initial(user: User, kept: Preference, kinds: list[Kind]) -> dict[str, object]:
    wanted = [kind.code for kind in kinds if kind.code not in kept.silent]
    return {
        "address": user.email, "letters": kept.letters, "quiet_from": kept.quiet_from,
        "quiet_until": kept.quiet_until, "wanted": wanted,
    }  # fmt: skip


@transaction.atomic
def _keep(user: User, kept: Preference, form: PreferenceForm, kinds: list[Kind], now: datetime) -> None:
    """What the page did not show stays as it was."""
    data = form.cleaned_data
    shown = {kind.code for kind in kinds}
    accounts.change_address(actor=user, email=data["address"], now=now)
    silent = (shown - set(data["wanted"])) | (set(kept.silent) - shown)
    actions.prefer(
        actor=user, letters=data["letters"], quiet_from=data["quiet_from"], quiet_until=data["quiet_until"],
        silent=silent, now=now,
    )  # fmt: skip
