"""One notification: what it is, the way to the rows behind it, who was told when, and "I see to it"."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loa.kernel import clock
from loa.notifications import actions
from loa.notifications.models import Letter, Told
from loa.notifications.queries.boxes import everybody_told
from loa.notifications.rules import KINDS
from loa.notifications.rules.steps import TAKEN_HOLDS
from loa.people import access as people
from loa.people.models import User


@dataclass(frozen=True, slots=True)
class Shown:
    """One person who was told: `passed_on` when the ones before did not take it, `letter` what became of theirs."""

    told: Told
    passed_on: bool
    letter: str
    taken: bool


@login_required
@never_cache
@require_safe
def show(request: HttpRequest, notification: UUID) -> HttpResponse:
    """To open it is to have looked at it."""
    user, now = people.signed_in(request), clock.now()
    told = actions.mark_seen(actor=user, notification=notification, now=now)
    return render(request, "notifications/one.html", _context(user, told, now))


def _context(user: User, told: Told, now: datetime) -> dict[str, object]:
    everybody = everybody_told(told)
    first = min((one.step for one in everybody), default=0)
    shown = [Shown(one, one.step > first, _letter(one), _sees_to_it(one, now)) for one in everybody]
    return {
        "told": told,
        "row": told.notification,
        "kind": KINDS[told.notification.kind],
        "everybody": shown,
        "takers": [one.told for one in shown if one.taken],
        "mine": _sees_to_it(told, now),
        "open": told.left_at is None,
        "told_over": _told_over(told),
        "user_id": user.pk,
    }


def _sees_to_it(one: Told, now: datetime) -> bool:
    return one.left_at is None and one.taken_at is not None and now - one.taken_at < TAKEN_HOLDS


def _letter(one: Told) -> str:
    letter = one.letter
    if letter is None:
        waits = one.letter_at is not None and one.left_at is None
        return f"thư sẽ gửi lúc {_clock(one.letter_at)}" if waits and one.letter_at else "báo trên trang"
    if letter.state == Letter.State.SENT and letter.done_at:
        return f"đã gửi thư lúc {_clock(letter.done_at)}"
    return f"thư {letter.get_state_display()}"


def _told_over(one: Told) -> str:
    """What became of the letter that says so."""
    letter = one.over_letter
    if letter is not None and letter.state == Letter.State.SENT and letter.done_at:
        return f"Đã gửi thư báo xong lúc {_clock(letter.done_at)}."
    if letter is not None:
        return f"Thư báo xong: {letter.get_state_display()}."
    return f"Thư báo xong sẽ gửi lúc {_clock(one.over_at)}." if one.over_at else ""


def _clock(instant: datetime) -> str:
    return f"{clock.local(instant):%H:%M ngày %d/%m}"


@login_required
@require_POST
def take(request: HttpRequest, notification: UUID) -> HttpResponse:
    """I see to it."""
    actions.take(actor=people.signed_in(request), notification=notification, now=clock.now())
    messages.success(request, "Đã ghi anh/chị đang lo việc này. Trong 24 giờ Loa không báo tiếp cho người khác.")
    return redirect("notifications:one", notification)


@login_required
@require_POST
def let_go(request: HttpRequest, notification: UUID) -> HttpResponse:
    """Somebody else has to."""
    actions.let_go(actor=people.signed_in(request), notification=notification, now=clock.now())
    messages.success(request, "Đã ghi anh/chị không lo việc này nữa. Loa sẽ báo tiếp cho người khác khi đến giờ.")
    return redirect("notifications:one", notification)
