"""What the compose page shows: everything follows from what is entered and what is kept."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from loa.broadcasts.actions.composing import open_wish
from loa.broadcasts.changes import keeping
from loa.broadcasts.models import Schedule
from loa.broadcasts.models import State as AirState
from loa.broadcasts.web.changing import shown_difference
from loa.broadcasts.web.compose import further, offers, saving, spots
from loa.broadcasts.web.compose.desk import Desk
from loa.broadcasts.web.compose.forms import OTHER, ComposeForm
from loa.broadcasts.web.compose.outlook import Outlook, look
from loa.broadcasts.web.compose.wish import Said, Wish, estimate, kept, said_in, wish_of
from loa.broadcasts.web.told import told
from loa.bulletins import queries as bulletin_queries
from loa.bulletins.models import Bulletin, State, Version
from loa.bulletins.preflight.subjects import Heard
from loa.bulletins.rules import LANGUAGES
from loa.kernel import clock
from loa.kernel.errors import LoaError, NotFound
from loa.kernel.rehearsal import rehearsal
from loa.media.access import sound_for


def page(
    request: HttpRequest,
    desk: Desk,
    bulletin: Bulletin | None,
    form: ComposeForm,
    said: Said,
    *,
    error: LoaError | None = None,
    theirs: Bulletin | None = None,
    taught: str = "",
    status: int = 200,
) -> HttpResponse:
    """The whole page, with what was entered (`form`) rather than what is kept."""
    data = (
        form.cleaned_data
        if form.is_bound
        else {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        | {"languages": form.initial.get("languages", ())}
    )
    wish = wish_for(data, said, bulletin, desk)
    schedule = open_wish(bulletin.pk) if bulletin else None
    version = bulletin_queries.newest(bulletin) if bulletin else None
    outlook = outlook_of(wish, bulletin, desk, wrong=form.wrong_times())
    context = {
        "desk": desk,
        "area": desk.area,
        "form": form,
        "bulletin": bulletin,
        "version": version,
        "locked": bulletin is not None and bulletin.state == State.SUBMITTED,
        "on_air": on_air(bulletin) if bulletin else [],
        "returned": bulletin_queries.last_return(bulletin) if bulletin else None,
        "told": told(version, desk.user) if version else [],
        "further": _rows(request, wish, version, desk),
        "languages": [(code, name) for code, name in LANGUAGES.items() if code not in _taken(wish)],
        "offers": slots(desk, wish, schedule),
        "outlook": outlook,
        "look": shown_air(request, wish, bulletin, desk, refused=outlook.air.refused),
        "error": error,
        "theirs": theirs,
        "taught": taught,
        "spot": spots.main(version, wish.draft.sound_reason, desk, request) if version else None,
        "findings": error.facts.get("findings", []) if error else [],
        "saved_at": _saved_at(bulletin, error, desk),
        "other": OTHER,
    }
    return render(request, "broadcasts/compose/page.html", context, status=status)


def wish_for(data: dict[str, Any], said: Said, bulletin: Bulletin | None, desk: Desk) -> Wish:
    """What the fields ask for; of a bulletin that was handed in only an air time is asked, its content stands."""
    if bulletin is None or bulletin.state != State.SUBMITTED:
        return wish_of(data, said, desk)
    version = bulletin_queries.newest(bulletin)
    return wish_of(data | kept(version, None, desk, bulletin.revision), said_in(version), desk)


def outlook_of(wish: Wish, bulletin: Bulletin | None, desk: Desk, *, wrong: str = "") -> Outlook:
    """What will happen if it is sent as it stands."""
    schedule = open_wish(bulletin.pk) if bulletin else None
    leave_out = schedule.pk if schedule else None
    return look(wish, _sounds(wish, bulletin, desk), desk, leave_out=leave_out, wrong=wrong)


def shown_air(
    request: HttpRequest, wish: Wish, bulletin: Bulletin | None, desk: Desk, *, refused: str
) -> dict[str, object]:
    """What will be heard otherwise once it is handed in as it stands and approved, with the token of that; {} while it
    could not be handed in."""
    if bulletin is None or refused or not desk.plans or on_air(bulletin):
        return {}
    try:
        with rehearsal():
            saving.keep_content(wish, bulletin, bulletin.pk, None, desk)
            change = saving.handed_in(bulletin, wish, desk)
            if change is not None:
                return shown_difference(keeping.preview(actor=desk.user, change=change, now=desk.now))
    except LoaError:
        pass  # the list beside the button says what is still to be mended
    return {}


def _rows(
    request: HttpRequest, wish: Wish, version: Version | None, desk: Desk
) -> list[tuple[further.Row, spots.Spot | None]]:
    """Each further language, with its sound's part of the page once the draft is kept."""
    rows = further.shown(wish.draft.languages, further.sounds(wish.draft.languages, desk), desk)
    return [(row, _spot(request, row, version, desk)) for row in rows]


def _spot(request: HttpRequest, row: further.Row, version: Version | None, desk: Desk) -> spots.Spot | None:
    if version is None or row.sound is None:
        return None
    return spots.of(version, row.further.language, row.sound, row.further.sound_reason, desk, request)


def slots(desk: Desk, wish: Wish | None, schedule: Schedule | None) -> list[offers.Offer]:
    """Those with room, and the one that is chosen already."""
    length = estimate(wish.reading.spoken if wish else "")
    leave_out = [schedule.pk] if schedule else []
    found = offers.offers(desk.air, length, desk.now, leave_out=leave_out)
    if wish is not None and wish.programme is not None and wish.when is not None:
        value = f"{wish.programme}:{wish.when.first_day.isoformat()}"
        chosen = offers.of(
            desk.air, wish.programme, wish.when.first_day, length, desk.now, schedule.pk if schedule else None
        )
        if chosen and value not in {offer.value for offer in found}:
            found.append(chosen)
    return found


def on_air(bulletin: Bulletin) -> list[Schedule]:
    """Its approved air times: they stay while its words are written anew."""
    return list(Schedule.objects.filter(bulletin=bulletin, state=AirState.APPROVED).select_related("area"))


def _sounds(wish: Wish, bulletin: Bulletin | None, desk: Desk) -> dict[UUID, Heard]:
    """The sounds of all languages, as far as this person may have them, each with how much of it they have heard."""
    version = bulletin_queries.newest(bulletin) if bulletin else None
    names = (wish.draft.sound, *(one.sound for one in wish.draft.languages))
    found: dict[UUID, Heard] = {}
    for name in filter(None, names):
        with suppress(NotFound):
            sound = sound_for(desk.user, name, desk.now)
            found[name] = Heard(sound, bulletin_queries.played_to(sound, version, desk.user.pk))
    return found


def _taken(wish: Wish) -> set[str]:
    """Languages that the bulletin has already."""
    return {wish.draft.language, *(one.language for one in wish.draft.languages)}


def _saved_at(bulletin: Bulletin | None, error: LoaError | None, desk: Desk) -> int:
    """Words kept in the browser before this are older than those on the page (Unix ms)."""
    if error is not None:
        return clock.to_ms(desk.now)
    return clock.to_ms(bulletin.changed_at) if bulletin else 0
