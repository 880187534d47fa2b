"""The page "Người dùng": an administrator's people, their roles from and to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from loa.areas import queries as areas
from loa.areas.models import Area
from loa.areas.rules import NOW_ROOT
from loa.kernel import clock
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from loa.people import access, queries
from loa.people.actions import accounts, roles
from loa.people.models import Role, RolePolicy, User
from loa.people.web.forms import GrantForm, InviteForm

ROWS = 200


def _managed(request: HttpRequest) -> tuple[User, Area]:
    """The administrator and the area that is looked at: `?don-vi=PATH`, else the widest that they manage."""
    user, now = access.signed_in(request), clock.now()
    paths = access.areas_with(user, "people.manage", now)
    if not paths:
        if access.grants_of(user, now):
            raise Denied("Trang này dành cho quản trị. Hãy nhờ quản trị của đơn vị nếu cần thêm người.")
        raise NotFound
    return user, access.area_for(user, request.GET.get("don-vi") or paths[0], now, "people.manage")


@login_required
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with a role in the area, and what the next lower areas are."""
    user, area = _managed(request)
    now = clock.now()
    rows = list(queries.grants_in(area.path, now)[: ROWS + 1])
    context = {
        "area": area,
        "rows": rows[:ROWS],
        "more": len(rows) > ROWS,
        "children": area.children.filter(areas.valid_on(clock.local(now).date())),
        "now": now,
        "whole_country": area.path == NOW_ROOT,
        "above": area.parent if area.parent and access.may(user, "people.manage", area.parent, now) else None,
    }
    return render(request, "people/people.html", context)


def _places(area: Area, *more: Area) -> QuerySet[Area]:
    """The area, the next lower ones and `more`: what a role can be given in from this page."""
    today = clock.local(clock.now()).date()
    return Area.objects.filter(
        areas.valid_on(today), pk__in=[area.pk, *(one.pk for one in more), *area.children.values_list("pk", flat=True)]
    )


@login_required
def invite(request: HttpRequest) -> HttpResponse:
    """A new person: name, first role; answers with the link to hand over."""
    user, area = _managed(request)
    now = clock.now()
    form = InviteForm(request.POST or None, initial={"starts": clock.local(now).date(), "place": area.path})
    form.fields["place"].queryset = _places(area)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            link = _invite(user, form)
        except (Invalid, Refusal) as error:
            form.add_error(None, error.message)
        else:
            return _show_link(request, link)
    return render(request, "people/invite.html", {"form": form, "area": area}, status=422 if form.is_bound else 200)


def _invite(user: User, form: InviteForm) -> accounts.Link:
    data = form.cleaned_data
    starts, ends = form.span()
    person = accounts.Person(data["username"], data["full_name"], data["position"], data["phone"], data["email"])
    return accounts.invite(
        actor=user,
        person=person,
        role=Role(data["role"]),
        area=data["place"],
        starts=starts,
        ends=ends,
        now=clock.now(),
    )


def _show_link(request: HttpRequest, link: accounts.Link) -> HttpResponse:
    """Shown once: the secret is not kept anywhere."""
    address = request.build_absolute_uri(reverse("people:invited", args=[link.secret]))
    return render(request, "people/link.html", {"address": address, "person": link.user, "expires": link.expires})


@login_required
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One person: roles, giving a role, a new link, closing the account."""
    now = clock.now()
    other = access.account_for(access.signed_in(request), user_id, now)
    user, area = _managed(request)
    rows = other.grants.filter(access.seen_by(user, now)).select_related("area", "on_behalf_of").order_by("-starts")
    known = [row.area for row in rows]
    place = known[0] if known else area
    form = GrantForm(request.POST or None, initial={"starts": clock.local(now).date(), "place": place.path})
    form.fields["place"].queryset = _places(area, *known)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            _grant(user, other, form)
        except (Invalid, Refusal) as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Đã giao vai trò cho {other.full_name}.")
            return redirect("people:person", user_id=other.pk)
    context = {
        "person": other,
        "form": form,
        "rows": rows,
        "now": now,
        "back": area if "don-vi" in request.GET else place,
        "second_factor": other.pk != user.pk and queries.has_second_factor(other),
    }
    return render(request, "people/person.html", context, status=422 if form.is_bound else 200)


def _grant(user: User, other: User, form: GrantForm) -> None:
    starts, ends = form.span()
    data = form.cleaned_data
    roles.grant(
        actor=user, user=other, role=Role(data["role"]), area=data["place"], starts=starts, ends=ends, now=clock.now()
    )


@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Which roles must confirm with a second factor, in the whole installation."""
    user, now = access.signed_in(request), clock.now()
    country = access.area_for(user, NOW_ROOT, now, "people.manage")
    asked = set(RolePolicy.objects.filter(second_factor=True).values_list("role", flat=True))
    if request.method == "POST":
        wanted = set(request.POST.getlist("role")) & set(Role.values)
        for role in sorted(wanted ^ asked):
            roles.require_second_factor(actor=user, role=Role(role), asked=role in wanted, country=country, now=now)
        messages.success(request, "Đã lưu. Ai chưa bật sẽ được hỏi ở trang kế tiếp họ mở.")
        return redirect("people:second_factor")
    rows = [{"value": role.value, "label": role.label, "asked": role.value in asked} for role in Role]
    return render(request, "people/second_factor.html", {"rows": rows})


@login_required
@require_POST
def take_back(request: HttpRequest, grant_id: int) -> HttpResponse:
    """A role ends now."""
    user, now = access.signed_in(request), clock.now()
    row = access.grant_for(user, grant_id, now)
    roles.take_back(actor=user, row=row, now=now)
    messages.success(request, f"{row.user.full_name} thôi vai trò {row.get_role_display().lower()} từ bây giờ.")
    return redirect("people:person", user_id=row.user_id)


@login_required
@require_POST
def renew_link(request: HttpRequest, user_id: int) -> HttpResponse:
    """A new link for a lost one or a forgotten password."""
    user, now = access.signed_in(request), clock.now()
    return _show_link(request, accounts.renew_link(actor=user, user=access.account_for(user, user_id, now), now=now))


@login_required
@require_POST
def drop_second_factors(request: HttpRequest, user_id: int) -> HttpResponse:
    """Somebody lost telephone and recovery codes."""
    user, now = access.signed_in(request), clock.now()
    other = access.account_for(user, user_id, now)
    accounts.drop_second_factors(actor=user, user=other, now=now)
    messages.success(
        request,
        f"{other.full_name} vào được bằng mật khẩu. Nếu vai trò cần xác nhận hai bước thì người ấy phải bật lại ngay.",
    )
    return redirect("people:person", user_id=other.pk)


@login_required
@require_POST
def close(request: HttpRequest, user_id: int) -> HttpResponse:
    """Close an account, or open it again with `open=1`."""
    user, now = access.signed_in(request), clock.now()
    other = access.account_for(user, user_id, now)
    if request.POST.get("open") == "1":
        accounts.reopen(actor=user, user=other, now=now)
        messages.success(request, f"Tài khoản của {other.full_name} đã mở lại.")
    else:
        accounts.close(actor=user, user=other, now=now)
        messages.success(
            request, f"Tài khoản của {other.full_name} đã đóng; không ai đăng nhập bằng tài khoản này được nữa."
        )
    return redirect("people:person", user_id=other.pk)
