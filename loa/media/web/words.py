"""Từ điển đọc: how the people of an area say what is written, its own words first, then those it inherits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from loa.areas.models import Area
from loa.areas.rules import fold
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.media import actions, own_words, queries
from loa.media.access import KEEP_WORDS, word_for
from loa.media.models import LexiconEntry
from loa.media.reading.lexicon import national
from loa.media.voices import registry
from loa.people import access as people

ROWS = 20


class WordForm(forms.Form):
    """What is too long or holds signs is said by the rules, not by the browser alone."""

    written = forms.CharField(
        label="Viết là",
        required=False,
        help_text="Đúng như trong bản tin, ví dụ: HTX. Ghi toàn chữ thường thì viết hoa cũng đọc như vậy.",
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
    spoken = forms.CharField(
        label="Đọc là",
        required=False,
        help_text="Ghi bằng chữ, đúng như khi nói, ví dụ: hợp tác xã.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, fixed: bool, **kwargs: Any) -> None:
        """`fixed`: one word is to be read otherwise; another written form would be another word."""
        super().__init__(*args, **kwargs)
        if fixed:
            self.fields["written"].widget.attrs["readonly"] = True


@dataclass(frozen=True, slots=True)
class Inherited:
    """A word that another unit, or the national list, gives; `replaced`: the area itself says it otherwise."""

    written: str
    spoken: str
    source: str
    sure: bool
    replaced: bool


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def words(request: HttpRequest) -> HttpResponse:
    """The lists of `?don-vi=`, looked through for `?tim=`; `?sua=` is a written form to be read otherwise here."""
    user, now = people.signed_in(request), clock.now()
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    looked_for = request.GET.get("tim", "").strip()[: own_words.MOST_SPOKEN]
    asked = request.GET.get("sua", "")[: own_words.MOST_WRITTEN]
    posted = request.POST if request.method == "POST" else None
    form = WordForm(posted, initial=_as_read(asked, area), fixed=bool(asked))
    if posted is not None:
        people.require(user, KEEP_WORDS, area, now)
        if form.is_valid() and _put(request, form, area):
            return redirect(_address(area, looked_for))
    context = {
        **_lists(area, looked_for),
        "area": area,
        "place": area.full_name[:1].lower() + area.full_name[1:],
        "may_write": area.level in own_words.KEEPERS and people.may(user, KEEP_WORDS, area, now),
        "form": form,
        "asked": asked,
        "back": _address(area, looked_for),
        "voices": registry.choices(),
    }
    partly = request.headers.get("HX-Request") == "true"
    template = "media/words_found.html" if partly else "media/words.html"
    answer = render(request, template, context, status=422 if form.errors else 200)
    if partly:
        answer["HX-Replace-Url"] = _address(area, looked_for)
    answer["Vary"] = "HX-Request"
    return answer


@login_required
@require_POST
def drop(request: HttpRequest, word: int) -> HttpResponse:
    """The word is read as the units above read it again."""
    user, now = people.signed_in(request), clock.now()
    entry = word_for(user, word, now)
    actions.drop_word(actor=user, entry_id=entry.pk, now=now)
    messages.success(request, f"Đã xóa cách đọc riêng của “{entry.written}”.")
    return redirect(_address(entry.area, request.GET.get("tim", "")))


def _put(request: HttpRequest, form: WordForm, area: Area) -> bool:
    user, data = people.signed_in(request), form.cleaned_data
    try:
        entry = actions.put_word(
            actor=user, area=area, written=data["written"], spoken=data["spoken"], now=clock.now()
        )  # fmt: skip
    except Invalid as error:
        field = error.code.partition("_")[0]
        form.add_error(field if field in form.fields else None, error.message)
        return False
    messages.success(request, f"Từ nay “{entry.written}” đọc là “{entry.spoken}”. Tiếng đã tạo từ trước không đổi.")
    return True


def _as_read(written: str, area: Area) -> dict[str, str]:
    """A written form with how it is read here now."""
    known = queries.lexicon_for(area).entries.get(written)
    return {"written": written, "spoken": known.spoken if known else ""}


def _lists(area: Area, looked_for: str) -> dict[str, object]:
    own = list(queries.words_of(area))
    fits = [entry for entry in own if _fits(looked_for, entry.written, entry.spoken)]
    inherited = [*_inherited(area, own, looked_for)]
    return {
        "looked_for": looked_for,
        "own": fits,
        "own_total": len(own),
        "inherited": inherited[:ROWS],
        "more": max(len(inherited) - ROWS, 0),
    }


def _inherited(area: Area, own: Iterable[LexiconEntry], looked_for: str) -> Iterator[Inherited]:
    """Of the units above, the nearest first, then of the national list; what is laid over is shown as such."""
    covered = {entry.written for entry in own}
    for entry in queries.words_above(area):
        if _fits(looked_for, entry.written, entry.spoken):
            yield Inherited(entry.written, entry.spoken, entry.area.full_name, True, entry.written in covered)
        covered.add(entry.written)
    for written, known in sorted(national().entries.items(), key=lambda item: fold(item[0])):
        if _fits(looked_for, written, known.spoken):
            yield Inherited(written, known.spoken, "Danh sách chung", known.sure, written in covered)


def _fits(looked_for: str, *texts: str) -> bool:
    return not looked_for or any(fold(looked_for) in fold(text) for text in texts)


def _address(area: Area, looked_for: str) -> str:
    query = {"don-vi": area.path, **({"tim": looked_for} if looked_for else {})}
    return f"{reverse('media:words')}?{urlencode(query)}"
