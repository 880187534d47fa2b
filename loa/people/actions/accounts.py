"""Accounts: inviting, coming in by a link, closing and opening."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from loa.areas.models import Area
from loa.audit.actions import record
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from loa.people import access, rules
from loa.people.actions import roles, sign_out
from loa.people.models import Invitation, Role, RolePolicy, User


@dataclass(frozen=True, slots=True)
class Link:
    """An invitation that has just been made. `secret` is known only here: the database keeps its SHA-256."""

    user: User
    secret: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """What is typed in about a person."""

    username: str
    full_name: str
    position: str = ""
    phone: str = ""
    email: str = ""


@transaction.atomic
def invite(
    *, actor: User, person: Person, role: Role, area: Area, starts: datetime, ends: datetime | None, now: datetime
) -> Link:
    """A new account with a first role, and the link with which its owner sets a password."""
    access.require(actor, "people.manage", area, now)
    user = _create(person)
    record(actor=actor, verb="account.invited", object=("user", user.pk), area=area.path, facts=_facts(user), now=now)
    roles.grant(actor=actor, user=user, role=role, area=area, starts=starts, ends=ends, now=now)
    return _new_link(user, actor, now, rules.INVITATION_LIFE)


@transaction.atomic
def open_account(*, actor: User | None, person: Person, password: str | None, now: datetime) -> User:
    """An account without a role, by the system itself (demonstration, import). No password: it waits for a link."""
    user = _create(person)
    if password is not None:
        user.set_password(password)
        user.save(update_fields=["password"])
    record(actor=actor, verb="account.opened", object=("user", user.pk), facts=_facts(user), now=now)
    return user


def _create(person: Person) -> User:
    username, name = person.username.strip().lower(), " ".join(person.full_name.split())
    if not username or not name:
        raise Invalid("Hãy ghi tên đăng nhập và họ tên.")
    phone = rules.normal_phone(person.phone)
    if person.phone and not phone:
        raise Invalid("Số điện thoại không đúng; hãy ghi như 0912345678.")
    _check_email(person.email)
    _check_free(username, person.email, phone)
    user = User(username=username, full_name=name, position=person.position.strip(), phone=phone, email=person.email)
    user.set_unusable_password()
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from error
    user.save()
    return user


def _check_email(email: str) -> None:
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise Invalid("Thư điện tử không đúng dạng.") from error


@transaction.atomic
def change_address(*, actor: User, email: str, now: datetime) -> User:
    """Where letters to this person go from now on; "" = nowhere. Raises Invalid."""
    email = email.strip()
    _check_email(email)
    if email and User.objects.filter(email__iexact=email).exclude(pk=actor.pk).exists():
        raise Invalid("Thư điện tử này đã dùng cho tài khoản khác.", code="email_taken")
    if email != actor.email:
        actor.email = email
        actor.save(update_fields=["email"])
        record(actor=actor, verb="account.address_changed", object=("user", actor.pk), facts=_facts(actor), now=now)
    return actor


def _check_free(username: str, email: str, phone: str) -> None:
    taken = Q(username__iexact=username)
    if email:
        taken |= Q(email__iexact=email)
    if phone:
        taken |= Q(phone=phone)
    if User.objects.filter(taken).exists():
        raise Refusal("Đã có tài khoản dùng tên đăng nhập, số điện thoại hoặc thư điện tử này.", code="account_exists")


def _facts(user: User) -> dict[str, object]:
    return {"username": user.username, "full_name": user.full_name, "position": user.position}


def _new_link(user: User, actor: User | None, now: datetime, life: timedelta) -> Link:
    """Only the newest link of an account works."""
    _end_links(user, now)
    secret = secrets.token_urlsafe(32)
    Invitation.objects.create(user=user, digest=_digest(secret), expires=now + life, made_by=actor)
    return Link(user, secret, now + life)


def _end_links(user: User, now: datetime) -> None:
    Invitation.objects.filter(user=user, used_at=None, expires__gt=now).update(expires=now)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def renew_link(*, actor: User, user: User, now: datetime) -> Link:
    """A new link for somebody who lost the old one or forgot the password; the password stays until it is used."""
    access.account_for(actor, user.pk, now)
    access.require_whole(actor, user, now)
    record(actor=actor, verb="account.link_renewed", object=("user", user.pk), facts=_facts(user), now=now)
    return _new_link(user, actor, now, rules.INVITATION_LIFE)


def invitation(secret: str, now: datetime) -> Invitation:
    """The invitation that this secret opens now. Raises NotFound for an unknown, used or expired one alike."""
    found = Invitation.objects.filter(digest=_digest(secret), used_at=None, expires__gt=now, user__is_active=True)
    row = found.select_related("user", "made_by").first()
    if row is None or not _maker_still_may(row, now):
        raise NotFound("Liên kết không dùng được: đã dùng rồi hoặc quá hạn. Hãy xin quản trị một liên kết mới.")
    return row


def _maker_still_may(row: Invitation, now: datetime) -> bool:
    """Whoever made the link could make it today: their account is open, and no role was given beyond their areas."""
    if row.made_by is None:
        return True
    try:
        access.require_whole(row.made_by, row.user, now)
    except Denied:
        return False
    return True


@transaction.atomic
def come_in(*, secret: str, password: str, now: datetime) -> User:
    """Use the link: set the password, once. Raises NotFound, Invalid."""
    row = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation(secret, now).pk)
    if row.used_at is not None:
        raise NotFound("Liên kết này đã được dùng.")
    try:
        validate_password(password, row.user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from error
    row.user.set_password(password)
    row.user.save(update_fields=["password"])
    sign_out.everywhere(user=row.user, now=now)
    row.used_at = now
    row.save(update_fields=["used_at"])
    record(actor=row.user, verb="account.came_in", object=("user", row.user.pk), now=now)
    return row.user


@transaction.atomic
def close(*, actor: User, user: User, now: datetime) -> User:
    """The account can no longer sign in and holds no role; nothing of it is deleted.

    Its sessions, its links and what its deputies hold end for good: they do not come back when the account is opened
    again.
    """
    access.account_for(actor, user.pk, now)
    access.require_whole(actor, user, now)
    if actor.pk == user.pk:
        raise Refusal("Anh/chị không tự đóng tài khoản của mình được. Hãy nhờ một quản trị khác.", code="own_account")
    user.is_active = False
    user.save(update_fields=["is_active"])
    _end_links(user, now)
    sign_out.of_all_places(user=user, now=now)
    sign_out.with_less_authority(user=user, now=now)
    roles.end_lent(actor=actor, user=user, now=now)
    record(actor=actor, verb="account.closed", object=("user", user.pk), facts=_facts(user), now=now)
    return user


@transaction.atomic
def reopen(*, actor: User, user: User, now: datetime) -> User:
    """The account can sign in again, with the roles that still run."""
    access.account_for(actor, user.pk, now)
    access.require_whole(actor, user, now)
    user.is_active = True
    user.save(update_fields=["is_active"])
    record(actor=actor, verb="account.reopened", object=("user", user.pk), facts=_facts(user), now=now)
    return user


@transaction.atomic
def drop_second_factors(*, actor: User, user: User, now: datetime) -> None:
    """For somebody who lost telephone and recovery codes: the password alone opens the account until they set up anew.

    They are signed out everywhere. Raises NotFound, Denied, Refusal when there is nothing to drop, or for oneself.
    """
    access.account_for(actor, user.pk, now)
    access.require_whole(actor, user, now)
    if actor.pk == user.pk:
        raise Refusal("Hãy đổi cách xác nhận của chính mình ở trang Tài khoản.", code="own_account")
    if not _drop_second_factors(actor, user, now):
        raise Refusal(f"{user.full_name} chưa bật xác nhận hai bước.", code="no_second_factor")


def _drop_second_factors(actor: User | None, user: User, now: datetime) -> int:
    """How many there were: apps, passkeys, sheets of recovery codes."""
    rows = Authenticator.objects.filter(user_id=user.pk)
    kinds = sorted(rows.values_list("type", flat=True))
    if kinds:
        rows.delete()
        sign_out.of_all_places(user=user, now=now)
        sign_out.everywhere(user=user, now=now)
        facts = _facts(user) | {"kinds": kinds}
        record(actor=actor, verb="account.second_factors_dropped", object=("user", user.pk), facts=facts, now=now)
    return len(kinds)


@transaction.atomic
def let_in(*, username: str, now: datetime) -> Link:
    """From the server's own console, when no administrator can help: no second factor any more, and a new link.

    Raises NotFound for an unknown or closed account.
    """
    user = User.objects.filter(username=username.strip().lower(), is_active=True).first()
    if user is None:
        raise NotFound(f"Không có tài khoản nào đang mở tên {username!r}.")
    _drop_second_factors(None, user, now)
    record(actor=None, verb="account.link_renewed", object=("user", user.pk), facts=_facts(user), now=now)
    return _new_link(user, None, now, rules.FIRST_ADMIN_LIFE)


@transaction.atomic
def make_first_administrator(*, person: Person, country: Area, now: datetime) -> Link:
    """The first administrator of an installation and the link to come in; again as long as nobody has come in.

    Turns on the second factor for administrators. Raises Refusal("administrator_exists").
    """
    held = access.live_grants(now).filter(role=Role.ADMINISTRATOR, area=country)
    administrators = User.objects.filter(grants__in=held, is_active=True)
    if any(user.has_usable_password() for user in administrators.distinct()):
        raise Refusal(
            "Đã có quản trị. Hãy đăng nhập, hoặc nhờ quản trị ấy mời thêm người.", code="administrator_exists"
        )
    waiting = administrators.filter(username=person.username.strip().lower()).first()
    if waiting is None:
        waiting = _create(person)
        roles.write_grant(
            actor=None, user=waiting, role=Role.ADMINISTRATOR, area=country, starts=now, ends=None, now=now
        )
    RolePolicy.objects.update_or_create(role=Role.ADMINISTRATOR, defaults={"second_factor": True})
    record(actor=None, verb="account.first_administrator", object=("user", waiting.pk), facts=_facts(waiting), now=now)
    return _new_link(waiting, None, now, rules.FIRST_ADMIN_LIFE)
