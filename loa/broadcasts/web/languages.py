"""Ngôn ngữ phát: which languages a place airs, in which order, from which day. Buttons move them, no script needed."""

from datetime import date

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from loa.areas.models import Area, AreaLanguages
from loa.areas.queries import by_path, languages_in
from loa.broadcasts.access import WRITE
from loa.broadcasts.changes.kinds.languages import SetLanguages
from loa.broadcasts.rules import words
from loa.broadcasts.web.changing import ask
from loa.bulletins.rules import LANGUAGES
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people
from loa.ui.fields import Day

STEPS = {"up": -1, "down": 1}


class StartForm(forms.Form):
    """From which day on."""

    starts = Day(label="Phát như vậy từ ngày")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Fields `lang` (in their order) and `do`: up, down, drop of one, add (`new_lang`), save, inherit. What is saved is
    first shown as the difference in air times."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, WRITE if request.method == "POST" else "view", area, now)
    today = clock.local(now).date()
    if request.method != "POST":
        kept = languages_in([area.path]).on(area.path, today) or ("vi",)
        return _page(request, area, today, StartForm(initial={"starts": today}), kept)
    form, chosen = StartForm(request.POST), moved(request.POST)
    do = request.POST.get("do", "")
    if do not in ("save", "inherit") or not form.is_valid():
        return _page(request, area, today, form, chosen, status=422 if do in ("save", "inherit") else 200)
    if do == "save" and not chosen:
        form.add_error(None, "Hãy chọn ít nhất một ngôn ngữ.")
        return _page(request, area, today, form, chosen, status=422)
    languages = chosen if do == "save" else ()
    change = SetLanguages(area=area.path, languages=languages, starts=form.cleaned_data["starts"])
    try:
        return ask(request, change, back=f"{reverse('broadcasts:languages')}?don-vi={area.path}")
    except Invalid as error:
        form.add_error(None, error.message)
        return _page(request, area, today, form, chosen, status=422)


def moved(post: QueryDict) -> tuple[str, ...]:
    """The languages as the pressed button leaves them."""
    chosen = [code for code in dict.fromkeys(post.getlist("lang")) if code in LANGUAGES]
    step, _, code = post.get("do", "").partition(":")
    if code in chosen and step in STEPS:
        to = max(chosen.index(code) + STEPS[step], 0)
        chosen.remove(code)
        chosen.insert(to, code)
    elif code in chosen and step == "drop":
        chosen.remove(code)
    new = post.get("new_lang", "")
    return (*chosen, new) if step == "add" and new in LANGUAGES and new not in chosen else tuple(chosen)


def _page(
    request: HttpRequest, area: Area, today: date, form: StartForm, chosen: tuple[str, ...], status: int = 200
) -> HttpResponse:
    row = languages_in([area.path]).row(area.path, today)
    context = {
        "area": area,
        "form": form,
        "chosen": [(code, LANGUAGES[code]) for code in chosen],
        "others": [(code, name) for code, name in LANGUAGES.items() if code not in chosen],
        "now_airs": words.languages(row.languages) if row else "",
        "set_by": by_path(row.path) if row and row.path != area.path else None,
        "own": row is not None and row.path == area.path,
        "coming": [
            (one.starts, words.languages(one.languages))
            for one in AreaLanguages.objects.filter(area=area, starts__gt=today)
        ],
        "may": people.may(people.signed_in(request), WRITE, area, clock.now()),
    }
    return render(request, "broadcasts/languages.html", context, status=status)
