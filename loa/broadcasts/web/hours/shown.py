"""What the page about hours shows: rules in words, proposals with what this person can do about them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from allauth.mfa.adapter import get_adapter
from devicelink.jws import encode64
from devicelink.widening import challenge
from django.db.models import Q, QuerySet

from loa.areas import queries as areas
from loa.areas.hours import parse_windows
from loa.areas.models import Area, OperatingRules
from loa.broadcasts.web.hours import words
from loa.kernel import clock
from loa.kernel.errors import Denied, NotFound, Refusal, Unavailable
from loa.people import access, passkeys, signer
from loa.people.actions import hours
from loa.people.models import RulesProposal, User
from loa.people.web.doors import address

PAST_ROWS = 20


@dataclass(frozen=True, slots=True)
class Ruled:
    """One row of rules in words; `by`: who confirmed it with a key, "" if nobody had to."""

    row: OperatingRules
    windows: str
    by: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One proposal. `why_not`: why this person cannot confirm it, "" if they can; then `keys` and `challenge` serve."""

    row: RulesProposal
    windows: str
    added: str
    taken: str
    own: bool
    why_not: str
    keys: str
    challenge: str


def everything(user: User, area: Area, now: datetime) -> dict[str, object]:
    """For the template."""
    today = clock.local(now).date()
    rows = OperatingRules.objects.filter(area=area)
    host, present = _host(), areas.hours_for(area, today)
    in_force = rows.filter(Q(ends=None) | Q(ends__gte=today), starts__lte=today).last()
    return {
        "present": present,
        "windows": words.spoken(present.windows),
        "in_force": _ruled(in_force) if in_force else None,
        "limit": areas.hours_above(area, today),
        "limit_windows": _limit_windows(area, today),
        "ceiling": words.spoken(host.ceiling) if host else "",
        "coming": [_ruled(row) for row in rows.filter(starts__gt=today)],
        "past": [_ruled(row) for row in rows.filter(ends__lt=today).order_by("-ends")[:PAST_ROWS]],
        "waiting": [_waiting(user, row, host, now) for row in _proposals(area)],
        "decided": RulesProposal.objects.filter(area=area)
        .exclude(state=RulesProposal.State.WAITING)
        .select_related("author", "decided_by")[:PAST_ROWS],
        "rp_id": get_adapter().get_public_key_credential_rp_entity()["id"],
        "devices_url": address("devices:following", area.path),
    }


def proposal_for(user: User, place: str, proposal: UUID, now: datetime) -> RulesProposal:
    """The proposal through the door of its place. NotFound, Denied."""
    area = access.area_for(user, place, now, "rules.write")
    row = _proposals(area, waiting=False).filter(pk=proposal).first()
    if row is None:
        raise NotFound
    return row


def _proposals(area: Area, *, waiting: bool = True) -> QuerySet[RulesProposal]:
    rows = RulesProposal.objects.filter(area=area).select_related("author", "area", "decided_by")
    return rows.filter(state=RulesProposal.State.WAITING) if waiting else rows


def _host() -> signer.Host | None:
    """The page is shown without the signer, too."""
    try:
        return signer.host()
    except Unavailable:
        return None


def _limit_windows(area: Area, today: date) -> str:
    above = areas.hours_above(area, today)
    return words.spoken(above.windows) if above else ""


def _ruled(row: OperatingRules) -> Ruled:
    confirmed = (row.confirmed or {}).get("widening", {}).get("confirmer", "")
    person = User.objects.filter(pk=confirmed).first() if confirmed else None
    return Ruled(row, words.spoken(parse_windows(row.windows)), person.full_name if person else "")


def _waiting(user: User, row: RulesProposal, host: signer.Host | None, now: datetime) -> Waiting:
    windows = parse_windows(row.windows)
    added, taken = words.difference(areas.hours_for(row.area, row.starts).windows, windows)
    keys = [key.credential for key in passkeys.of(user)]
    why_not = _why_not(user, row, host, keys, now)
    return Waiting(
        row=row,
        windows=words.spoken(windows),
        added=added,
        taken=taken,
        own=row.author_id == user.pk,
        why_not=why_not,
        keys=" ".join(keys),
        challenge="" if why_not else encode64(challenge(hours.widening(row, user))),
    )


def _why_not(user: User, row: RulesProposal, host: signer.Host | None, keys: list[str], now: datetime) -> str:
    if row.ends < clock.local(now).date():
        return "Đề nghị đã quá ngày. Hãy rút và ghi đề nghị mới."
    try:
        hours.require_second(user, row, now)
    except (Denied, Refusal) as error:
        return error.message
    if not keys:
        return "Anh/chị chưa có khóa đăng nhập. Hãy thêm khóa ở trang Tài khoản, rồi nhờ người quản lý máy ký ghi nhận."
    if host is None:
        return "Bộ phận ký lệnh đang tạm nghỉ nên chưa xác nhận được. Hãy tải lại trang sau một phút."
    if not host.knows(user, row.area.path):
        return "Bộ phận ký chưa ghi nhận khóa của anh/chị. Hãy đọc dấu khóa ở trang Tài khoản cho người quản lý máy ký."
    return ""
