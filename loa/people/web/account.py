"""The own account: who I am here, my sessions, coming in by a link."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loa.kernel import clock
from loa.kernel.errors import Invalid, NotFound
from loa.people import access, passkeys, queries
from loa.people.actions import accounts, sign_out
from loa.people.web.forms import ComeInForm
from loa.people.web.machines import in_words

VOUCHING = ("rules.write", "alert.author", "alert.confirm")  # what somebody does with a passkey that the signer knows


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Name, roles and where to change what."""
    user, now = access.signed_in(request), clock.now()
    grants = access.live_grants(now).filter(user=user).select_related("area", "on_behalf_of").order_by("area", "role")
    context = {
        "grants": grants,
        "second_factor": queries.has_second_factor(user),
        "passkeys": passkeys.of(user),
        "confirms": any(access.areas_with(user, one, now) for one in VOUCHING),
        "delegates": bool(access.areas_with(user, "people.delegate", now)),
        "manages": bool(access.areas_with(user, "people.manage", now)),
    }
    return render(request, "people/account.html", context)


@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Every place where this account is signed in."""
    rows = UserSession.objects.purge_and_list(access.signed_in(request))
    newest_first = sorted(rows, key=lambda row: row.last_seen_at, reverse=True)
    shown = [{"row": row, "machine": in_words(row.user_agent)} for row in newest_first]
    return render(request, "people/sessions.html", {"sessions": shown})


@login_required
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign out one of my sessions, or with 0 all others."""
    now, mine = clock.now(), UserSession.objects.filter(user=access.signed_in(request))
    chosen = mine.exclude(session_key=request.session.session_key) if session_id == 0 else mine.filter(pk=session_id)
    rows = list(chosen)
    if not rows and session_id:
        raise NotFound
    for row in rows:
        sign_out.end(row=row, now=now)
    messages.success(request, f"Đã đăng xuất {len(rows)} nơi khác.")
    return redirect("people:sessions")


@never_cache
@require_http_methods(["GET", "POST"])
def invited(request: HttpRequest, secret: str) -> HttpResponse:
    """The page behind an invitation: looking uses nothing up, the password does."""
    now = clock.now()
    invitation = accounts.invitation(secret, now)
    form = ComeInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.come_in(secret=secret, password=form.cleaned_data["password"], now=now)
        except Invalid as error:
            form.add_error("password", error.message)
        else:
            messages.success(request, "Đã đặt mật khẩu. Mời anh/chị đăng nhập.")
            return redirect("account_login")
    status = 422 if form.is_bound else 200
    return render(request, "people/invited.html", {"form": form, "person": invitation.user}, status=status)
