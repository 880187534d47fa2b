"""Rules of the air: who may narrow them does so at once; what goes beyond waits for a second person's passkey.

The signer does not believe any of this: it checks the second person's key again whenever it signs (docs/adr/0021).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from uuid import UUID, uuid4

import msgspec
from airtime.hours import Window
from devicelink.jws import decode64
from devicelink.messages import HoursWindow
from devicelink.refusals import Refused
from devicelink.widening import MAX_DAYS, Assertion, Confirmed, Widening, normal
from django.db import transaction
from django.db.models import Max, Q
from fido2.webauthn import AuthenticatorData

from loa.areas import actions as areas
from loa.areas import hours
from loa.areas.hours import Reach, WindowText
from loa.areas.models import Area, OperatingRules
from loa.audit.actions import record
from loa.kernel.clock import local
from loa.kernel.errors import Denied, Invalid, Refusal
from loa.people import access, rules
from loa.people.models import RulesProposal, User


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants from `starts` to `ends` (last day; None = until something else is set).

    `terms`: all that the rules say besides hours; None = as it is.
    """

    windows: list[WindowText]
    document: str
    starts: date
    ends: date | None = None
    terms: areas.Terms | None = None


def weigh(area: Area, wish: Wish, ceiling: tuple[Window, ...], now: datetime) -> Reach:
    """What this needs. Raises Invalid for dates, Refusal("wider_than_parent") naming the rule above."""
    if wish.starts < local(now).date():
        raise Invalid("Ngày bắt đầu đã qua. Hãy chọn từ hôm nay trở đi.")
    reach = areas.weigh_rules(
        area=area,
        starts=wish.starts,
        ends=wish.ends,
        document=wish.document,
        windows=wish.windows,
        ceiling=ceiling,
        volumes=(wish.terms or {}).get("volumes", ()),
    )
    if reach.wider and wish.terms is not None:
        raise Refusal(
            f"Khung giờ này vượt {hours.spoken(reach.limit)} nên cần người thứ hai xác nhận bằng khóa đăng nhập. "
            "Hãy đề nghị khung giờ trước, ở trang Giờ được phép phát; các mức khác ghi ở đây sau.",
            code="needs_second_person",
        )
    if reach.wider and wish.ends is None:
        raise Invalid("Khung giờ rộng hơn mức thường phải có ngày kết thúc, dài nhất một năm.")
    if reach.wider and wish.ends is not None and (wish.ends - wish.starts).days > MAX_DAYS:
        raise Invalid("Khung giờ rộng hơn mức thường dài nhất một năm; hết hạn có thể đề nghị lại.")
    return reach


@transaction.atomic
def set_or_propose(
    *, actor: User, area: Area, wish: Wish, ceiling: tuple[Window, ...], now: datetime
) -> OperatingRules | RulesProposal:
    """Rules inside what holds anyway are set; wider ones become a proposal. NotFound, Denied, Invalid, Refusal."""
    access.require(actor, "rules.write", area, now)
    if weigh(area, wish, ceiling, now).wider:
        return _propose(actor, area, wish, wish.ends or wish.starts, now)
    return _set(actor, area, wish, ceiling, now, None)


def _propose(actor: User, area: Area, wish: Wish, ends: date, now: datetime) -> RulesProposal:
    row = RulesProposal.objects.create(
        id=uuid4(),
        area=area,
        author=actor,
        made_at=now,
        starts=wish.starts,
        ends=ends,
        document=wish.document.strip(),
        windows=wish.windows,
    )
    _record(actor, "rules.proposed", row, now)
    return row


def _set(
    actor: User,
    area: Area,
    wish: Wish,
    ceiling: tuple[Window, ...],
    now: datetime,
    confirmed: Mapping[str, object] | None,
    facts: Mapping[str, object] | None = None,
) -> OperatingRules:
    row = areas.set_operating_rules(
        area=area,
        starts=wish.starts,
        ends=wish.ends,
        document=wish.document,
        windows=wish.windows,
        ceiling=ceiling,
        confirmed=confirmed,
        **(_kept_limits(area, wish.starts) if wish.terms is None else wish.terms),
    )
    told = {"document": row.document, "starts": row.starts, "ends": row.ends, "windows": row.windows, **(facts or {})}
    record(actor=actor, verb="rules.set", object=("rules", row.pk), area=area.path, facts=told, now=now)
    return row


def _kept_limits(area: Area, on: date) -> areas.Terms:
    """Everything else stays as it is: this changes hours."""
    row = OperatingRules.objects.filter(Q(ends=None) | Q(ends__gte=on), area=area, starts__lte=on).last()
    return cast(areas.Terms, {name: getattr(row, name) for name in areas.TERMS} if row else {})


def widening(row: RulesProposal, confirmer: User) -> Widening:
    """What the key of this person signs."""
    windows = tuple(
        HoursWindow(weekdays=window.weekdays, start=window.start, end=window.end)
        for window in hours.parse_windows(row.windows)
    )
    return Widening(
        rule=str(row.pk),
        area=row.area.path,
        windows=normal(windows),
        document=row.document,
        from_day=row.starts.isoformat(),
        to_day=row.ends.isoformat(),
        author=str(row.author_id),
        confirmer=str(confirmer.pk),
    )


def require_second(actor: User, row: RulesProposal, now: datetime) -> None:
    """Somebody else who may write rules there, and does not stand in for the author. NotFound, Denied, Refusal."""
    grant = access.require(actor, "rules.write", row.area, now, apart_from=(row.author_id,))
    if rules.same_person(row.author_id, actor.pk, grant.on_behalf_of):
        raise Denied("Đề nghị của mình, hoặc của người mình thay, phải do người khác xác nhận.")
    if row.state != RulesProposal.State.WAITING:
        raise Refusal("Đề nghị này đã được xử lý rồi. Hãy tải lại trang.", code="already_decided")


@transaction.atomic
def confirm(
    *,
    actor: User,
    proposal_id: UUID,
    assertion: Assertion,
    ceiling: tuple[Window, ...],
    now: datetime,
    judge: Callable[[Confirmed], None],
) -> OperatingRules:
    """The second person says yes with a passkey; the rules hold from their first day. `judge` is `signer.judge`.

    Raises NotFound, Denied, Refusal (also the signer's, code "signer_<reason>"), Unavailable.
    """
    row = _locked(proposal_id)
    require_second(actor, row, now)
    if row.ends < local(now).date():
        raise Refusal("Đề nghị này đã quá ngày. Hãy ghi đề nghị mới.", code="over")
    counter = _counter(assertion)
    confirmed = Confirmed(widening=widening(row, actor), assertion=assertion)
    judge(confirmed)
    row.state, row.decided_by, row.decided_at = RulesProposal.State.CONFIRMED, actor, now
    row.credential, row.counter = assertion.credential, counter
    row.save(update_fields=["state", "decided_by", "decided_at", "credential", "counter"])
    _record(actor, "rules.confirmed", row, now)
    wish = Wish(row.windows, row.document, row.starts, row.ends)
    facts = {"author": row.author_id, "confirmer": actor.pk, "proposal": str(row.pk)}
    return _set(actor, row.area, wish, ceiling, now, msgspec.to_builtins(confirmed), facts)


def _locked(proposal_id: UUID) -> RulesProposal:
    rows = RulesProposal.objects.select_for_update(of=("self",)).select_related("area", "author")
    row = rows.filter(pk=proposal_id).first()
    if row is None:
        raise Refusal("Đề nghị này không còn.", code="already_decided")
    return row


def _counter(assertion: Assertion) -> int:
    """Keys that count must count on: an equal or smaller number means that somebody has a copy."""
    try:
        counter = AuthenticatorData(decode64(assertion.authenticator_data)).counter
    except (Refused, ValueError) as error:
        raise Invalid("Không đọc được trả lời của khóa. Hãy thử lại.") from error
    known = RulesProposal.objects.filter(credential=assertion.credential).aggregate(most=Max("counter"))["most"]
    if counter and known is not None and counter <= known:
        raise Refusal(
            "Khóa này đếm lùi: có thể đã bị sao chép. Hãy báo người quản lý máy ký và dùng khóa khác.",
            code="key_counts_back",
        )
    return counter


@transaction.atomic
def withdraw(*, actor: User, proposal_id: UUID, now: datetime) -> RulesProposal:
    """The author takes it back, or the second person does not agree. NotFound, Denied, Refusal."""
    row = _locked(proposal_id)
    access.require(actor, "rules.write", row.area, now)
    if row.state != RulesProposal.State.WAITING:
        raise Refusal("Đề nghị này đã được xử lý rồi. Hãy tải lại trang.", code="already_decided")
    row.state, row.decided_by, row.decided_at = RulesProposal.State.WITHDRAWN, actor, now
    row.save(update_fields=["state", "decided_by", "decided_at"])
    _record(actor, "rules.withdrawn", row, now)
    return row


@transaction.atomic
def drop(*, actor: User, row: OperatingRules, now: datetime) -> None:
    """Rules that have not begun never do. NotFound, Denied, Refusal."""
    access.require(actor, "rules.write", row.area, now)
    facts = {"document": row.document, "starts": row.starts, "ends": row.ends, "windows": row.windows}
    number = row.pk
    areas.drop_coming_rules(row=row, on=local(now).date())
    record(actor=actor, verb="rules.dropped", object=("rules", number), area=row.area.path, facts=facts, now=now)


def _record(actor: User, verb: str, row: RulesProposal, now: datetime) -> None:
    facts = {"document": row.document, "starts": row.starts, "ends": row.ends, "windows": row.windows}
    record(actor=actor, verb=verb, object=("rules_proposal", str(row.pk)), area=row.area.path, facts=facts, now=now)
