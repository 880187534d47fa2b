"""Soạn bản tin: one page from words to loudspeakers. Every button is a plain form post, scripts only help."""

import uuid
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loa.broadcasts.actions.composing import open_wish
from loa.broadcasts.changes.keeping import Preview
from loa.broadcasts.changes.kinds.bulletins import HandIn
from loa.broadcasts.models import Schedule
from loa.broadcasts.models import State as AirState
from loa.broadcasts.web.changing import keep_here
from loa.broadcasts.web.compose import building, further, parts, saving, showing, spots, voicing
from loa.broadcasts.web.compose.desk import Desk
from loa.broadcasts.web.compose.forms import OTHER, ComposeForm
from loa.broadcasts.web.compose.wish import Said, Wish, kept, said_in, wish_of
from loa.bulletins import queries as bulletin_queries
from loa.bulletins.access import bulletin_for
from loa.bulletins.models import Bulletin, State
from loa.bulletins.rules import CHANGED_ELSEWHERE, WHY_NOT
from loa.kernel import clock
from loa.kernel.errors import Invalid, LoaError, NotFound, Refusal
from loa.kernel.rehearsal import rehearsal
from loa.media import actions as media
from loa.media.models import SoundState
from loa.people import access as people
from loa.ui.web.keep import taken

WRITE = "bulletin.write"
ASIDE = ("mend", "library")
NOT_SHOWN = (
    "Giờ phát thực tế của lần gửi này chưa được xem, hoặc đã khác lúc xem. Giờ mới ghi ở mục Phát lúc nào. "
    "Hãy xem rồi bấm Gửi duyệt lần nữa."
)
OTHER_TIMES = (
    "Bản tin đang chờ duyệt với giờ phát hoặc nơi phát khác, nên lần gửi này chưa được nhận. "
    "Hãy mở bản tin, bấm Rút lại để sửa, đổi giờ hoặc nơi phát rồi gửi lại."
)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new bulletin of the person's own area, or `?don-vi=`."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, WRITE, area, now)
    desk = Desk(user, area, now)
    if request.method == "POST":
        return _take(request, desk, None)
    return showing.page(request, desk, None, ComposeForm(desk=desk, initial=_blank(desk)), Said())


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, bulletin: UUID) -> HttpResponse:
    """A draft, or one that was returned or approved and is written anew."""
    now, user = clock.now(), people.signed_in(request)
    row = bulletin_for(user, bulletin, now, WRITE)
    if row.state == State.WITHDRAWN or (row.state == State.SUBMITTED and not _wants_time(row)):
        return redirect("broadcasts:bulletin", row.pk)
    desk = Desk(user, row.area, now)
    if request.method == "POST":
        return _take(request, desk, row)
    version = bulletin_queries.newest(row)
    form = ComposeForm(desk=desk, initial=_blank(desk) | kept(version, open_wish(row.pk), desk, row.revision))
    return showing.page(request, desk, row, form, said_in(version))


@login_required
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The parts that follow from what is entered, without keeping anything."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, WRITE, area, now)
    desk = Desk(user, area, now)
    form = ComposeForm(request.POST, desk=desk)
    form.is_valid()
    known = _known(form.cleaned_data.get("client_id"), desk)
    wish = showing.wish_for(form.cleaned_data, _said(request.POST), known, desk)
    outlook = showing.outlook_of(wish, known, desk, wrong=form.wrong_times())
    # While somebody types into the list of words it is left alone, unless the words themselves changed.
    same = request.POST.getlist("word") == [word.written for word in outlook.words]
    look = showing.shown_air(request, wish, known, desk, refused=outlook.air.refused)
    context = {"desk": desk, "outlook": outlook, "same_words": same, "form": form, "look": look}
    return render(request, "broadcasts/compose/preview.html", context)


@login_required
@require_POST
def always(request: HttpRequest) -> HttpResponse:
    """Field `always`: the word that is from now on read everywhere in the place as `say` beside it says.

    Answers as `preview` does; without script with the whole page. Nothing of the bulletin is kept.
    """
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, WRITE, area, now)
    desk = Desk(user, area, now)
    form = ComposeForm(request.POST, desk=desk)
    form.is_valid()
    known, said = _known(form.cleaned_data.get("client_id"), desk), _said(request.POST)
    written = request.POST.get("always", "")
    error: LoaError | None = None
    try:
        media.put_word(actor=user, area=desk.air, written=written, spoken=said.words.get(written, ""), now=now)
        said, desk = said.without(written), Desk(user, area, now)  # reads with the new word
    except LoaError as refused:
        error = refused
    if request.headers.get("HX-Request") != "true":
        return showing.page(request, desk, known, form, said, error=error, taught="" if error else written)
    wish = wish_of(form.cleaned_data, said, desk)
    outlook = showing.outlook_of(wish, known, desk, wrong=form.wrong_times())
    look = showing.shown_air(request, wish, known, desk, refused=outlook.air.refused)
    context = {
        "desk": desk, "outlook": outlook, "same_words": False, "form": form, "taught": written, "refused": error,
        "look": look,
    }  # fmt: skip
    return render(request, "broadcasts/compose/preview.html", context)


@login_required
@require_safe
def sound(request: HttpRequest, bulletin: UUID, language: str = "") -> HttpResponse:
    """The sound of a draft, in one further language or the main one: its progress in percent, then its player."""
    now, user = clock.now(), people.signed_in(request)
    row = bulletin_for(user, bulletin, now, WRITE)
    version = bulletin_queries.newest(row)
    spot = spots.kept(version, language, Desk(user, row.area, now), request)
    if spot is None:
        raise NotFound
    response = render(request, "broadcasts/compose/sound.html", {"bulletin": row, "spot": spot})
    if spot.sound is not None and spot.sound.state in (SoundState.READY, SoundState.REFUSED):
        response["HX-Trigger"] = "sound-ready"
    return response


def _blank(desk: Desk) -> dict[str, Any]:
    first = [offer.value for offer in showing.slots(desk, None, None)][:1]
    return {"slot": first[0] if first else OTHER} | voicing.first(bulletin_queries.last_voicing(desk.user))


def _wants_time(bulletin: Bulletin) -> bool:
    """An announcer has handed it in and nobody has found a time yet."""
    return not Schedule.objects.filter(bulletin=bulletin).exclude(state=AirState.ENDED).exists()


def _known(pk: UUID | None, desk: Desk) -> Bulletin | None:
    if pk is None or not Bulletin.objects.filter(pk=pk).exists():
        return None
    return bulletin_for(desk.user, pk, desk.now, WRITE)


def _said(post: QueryDict) -> Said:
    """Fields `word` and `say`: how a person wants words read; `right` names those whose reading they found right.

    `was` is what the page proposed: a proposal that came back as it went is nobody's word, even if it is old by now.
    """
    right, were = frozenset(post.getlist("right")), post.getlist("was")
    said = dict(zip(post.getlist("word"), post.getlist("say"), strict=False))
    untouched = {word for word, was in zip(post.getlist("word"), were, strict=False) if said.get(word, "") == was}
    kept = {word: spoken for word, spoken in said.items() if spoken.strip() and word not in untouched - right}
    return Said(kept, right)


def _take(request: HttpRequest, desk: Desk, known: Bulletin | None) -> HttpResponse:
    """Field `do`: keep, sound (keep what was recorded or sent), speak (have it spoken), trim and clarify (what one
    press repairs), build (put it into a template), before (the sound that it had), cancel (what is being
    made), mend (cut it), library (take one from there), submit. With ":" and a code it is meant for the sound of that
    further language.
    """
    form = ComposeForm(request.POST, desk=desk)
    valid = form.is_valid()
    data = form.cleaned_data
    known = known or _known(data.get("client_id"), desk)
    if known is not None and known.area_id != desk.area.pk:
        raise NotFound
    if known is not None and known.state == State.SUBMITTED and not _wants_time(known):
        return _too_late(request, desk, known, form)
    made = known.pk if known else data.get("client_id") or uuid.uuid4()
    error: LoaError | None = None if valid else Invalid(_first_error(form))
    if valid:
        try:
            before = spots.ready(known)
            known = _keep(request, data, desk, known, made)
            go_to = _finish(request, data, desk, known)
            if parts.pressed(request.POST)[0] in parts.NEW_SOUND:
                go_to += spots.remembered(before, known)
            known.refresh_from_db()
            if parts.pressed(request.POST)[0] in ASIDE:
                return _to_editor(request, known)
            stay = request.POST.get("do") != "submit"
            return taken(request, go_to, stay=stay, revision=known.revision, sound=str(data.get("sound") or ""))
        except LoaError as refused:
            error = refused
            known = known or _known(made, desk)
    assert error is not None
    if "application/json" in request.headers.get("Accept", ""):
        raise error
    return _again(request, desk, known, data, error)


def _to_editor(request: HttpRequest, bulletin: Bulletin) -> HttpResponse:
    """What was written is kept; the editor and the library are pages of their own."""
    step, language = parts.pressed(request.POST)
    url = spots.address("mend", bulletin.pk, language)
    if step == "library":
        url = f"{reverse('broadcasts:library')}?ban-tin={bulletin.pk}"
    if request.headers.get("HX-Request") != "true":
        return redirect(url)
    return HttpResponse(headers={"HX-Redirect": url, "X-Loa-Taken": request.POST.get("client_id", "")})


def _too_late(request: HttpRequest, desk: Desk, known: Bulletin, form: ComposeForm) -> HttpResponse:
    """It waits for approval: the same once more (a second press, a late send) is in order, other words or times not."""
    if not form.is_valid():
        raise Invalid(_first_error(form))
    wish = wish_of(form.cleaned_data, _said(request.POST), desk)
    if "text" in request.POST and not saving.is_kept(wish, known, as_read=False):
        raise Refusal(WHY_NOT[State.SUBMITTED], code="wrong_state")
    if desk.plans and not saving.waits_as_wished(known, wish):
        raise Refusal(OTHER_TIMES, code="wrong_state")
    return taken(request, reverse("broadcasts:bulletin", args=[known.pk]))


def _keep(request: HttpRequest, data: dict[str, Any], desk: Desk, known: Bulletin | None, made: UUID) -> Bulletin:
    """The sound and the words; what comes afterwards may be refused without losing them."""
    with transaction.atomic():
        step, language = parts.pressed(request.POST)
        mine = "" if language else step
        had, unwanted = data.get("sound"), saving.unwanted(data, step, language)
        data["sound"] = saving.new_sound(data, request.FILES.get("file"), desk, again=mine in parts.BACK)
        wish = wish_of(data, _said(request.POST), desk)
        data["sound"] = parts.sound_after(mine, saving.part_of(wish, data), desk)
        if mine in building.STEPS and (mine != "sound" or data["sound"] != had):
            data["sound"] = building.built(request.POST, data["sound"], desk)
        data["languages"] = further.with_sounds(data.get("languages") or (), request, desk)
        if data["sound"] != had:
            data["sound_reason"] = ""
        wish = wish_of(data, _said(request.POST), desk)
        revision = None if step == "mine" else data.get("revision")
        kept = saving.keep_content(wish, known, made, revision, desk)
        if unwanted is not None:
            parts.cancel(unwanted, desk)
        return kept


def _finish(request: HttpRequest, data: dict[str, Any], desk: Desk, bulletin: Bulletin) -> str:
    wish = wish_of(data, _said(request.POST), desk)
    stands, sends = showing.on_air(bulletin), request.POST.get("do") == "submit"
    if not stands and not sends:
        saving.keep_air(bulletin, wish, desk)
    if "category" in request.POST:
        saving.keep_duty(bulletin, data, desk)
    if not sends:
        return reverse("broadcasts:compose_one", args=[bulletin.pk])
    saving.require_fresh(bulletin, wish, desk)
    _hand_in(request, desk, bulletin, wish, None if stands else saving.handed_in(bulletin, wish, desk))
    return reverse("broadcasts:bulletin", args=[bulletin.pk])


def _hand_in(request: HttpRequest, desk: Desk, bulletin: Bulletin, wish: Wish, change: HandIn | None) -> None:
    """With the air times that the page has shown (field `token`); with others nothing is sent, and it shows those."""
    if change is None:
        saving.submit(bulletin, desk)
    elif isinstance(keep_here(request, change, now=desk.now), Preview):
        with rehearsal():
            saving.keep_air(bulletin, wish, desk)
            change.require_whole(actor=desk.user, now=desk.now)
        raise Refusal(NOT_SHOWN, code="diff_changed")


def _first_error(form: ComposeForm) -> str:
    return next(str(errors[0]) for errors in form.errors.values())


def _again(
    request: HttpRequest, desk: Desk, known: Bulletin | None, data: Mapping[str, Any], error: LoaError
) -> HttpResponse:
    """The page with everything as it was entered, and why it was not taken."""
    post = request.POST.copy()
    theirs = known if known is not None and error.code == CHANGED_ELSEWHERE else None
    if known is not None:
        post["client_id"] = str(known.pk)
    if known is not None and theirs is None:
        post["revision"] = str(known.revision)
    post["sound"] = str(data.get("sound") or "")
    post.pop("recorded", None)
    post.pop("uploaded", None)
    _take_over_language(post, data)
    form = ComposeForm(post, desk=desk)
    form.is_valid()
    status = error.status if error.status in (409, 422) else 422
    return showing.page(request, desk, known, form, _said(post), error=error, theirs=theirs, status=status)


def _take_over_language(post: QueryDict, data: Mapping[str, Any]) -> None:
    """The new language, and what was recorded or sent for one, are in the rows by now."""
    rows = data.get("languages") or ()
    post.setlist("lang", [row.language for row in rows])
    post.setlist("lang_title", [row.title for row in rows])
    post.setlist("lang_text", [row.text for row in rows])
    post.setlist("lang_sound", [str(row.sound or "") for row in rows])
    taken_over = {further.own_field(name, row.language) for row in rows for name in further.BROUGHT}
    if post.get("new_lang"):
        taken_over.add("new_lang_text")
    for name in ("new_lang", "do", *taken_over):
        post.pop(name, None)
