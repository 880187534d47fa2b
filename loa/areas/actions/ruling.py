"""The rules of the air: what a document says, days off, extended hours. Who may do it is decided above."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypedDict, Unpack

from airtime.hours import Window
from airtime.limits import Cap, louder
from django.db import transaction

from loa.areas import hours, queries
from loa.areas.air import parse_volumes, spoken_volumes
from loa.areas.codes import Effect, Every, Exempt, OffKind, Reason
from loa.areas.days import possible
from loa.areas.hours import AreaHours, Reach
from loa.areas.models import Area, DayOff, OperatingRules
from loa.areas.rules import inside
from loa.kernel.errors import Invalid, Refusal

MOST_SESSIONS, MOST_MINUTES, MOST_EXTENSION_DAYS = 48, 1440, 366
LATEST = 1440 + 6 * 60  # an extended night is over at six


class Terms(TypedDict, total=False):
    """What rules say besides windows; fields as in `models.OperatingRules`."""

    children_may_widen: bool
    max_sessions_per_day: int | None
    max_minutes_per_session: int | None
    max_minutes_per_day: int | None
    volumes: list[dict[str, object]]
    emergency: str
    exempts: list[str]
    extension_days: int | None
    extension_earliest: int
    extension_latest: int
    extension_reasons: list[str]
    profile: str


TERMS = tuple(Terms.__annotations__)


def check_terms(terms: Terms) -> None:
    """Raises Invalid for numbers and codes that cannot be."""
    limits = (
        (terms.get("max_sessions_per_day"), 1, MOST_SESSIONS, "Số buổi mỗi ngày"),
        (terms.get("max_minutes_per_session"), 1, MOST_MINUTES, "Số phút mỗi buổi"),
        (terms.get("max_minutes_per_day"), 1, MOST_MINUTES, "Số phút mỗi ngày"),
        (terms.get("extension_days"), 0, MOST_EXTENSION_DAYS, "Số ngày được gia hạn mỗi năm"),
    )
    for number, least, most, name in limits:
        if number is not None and not least <= number <= most:
            raise Invalid(f"{name} là một số từ {least} đến {most}.", code="terms")
    if not set(terms.get("exempts", ())) <= set(Exempt) or not set(terms.get("extension_reasons", ())) <= set(Reason):
        raise Invalid("Hãy chọn lại các trường hợp được miễn trừ và các lý do gia hạn.", code="terms")
    earliest, latest = terms.get("extension_earliest", 0), terms.get("extension_latest", 1440)
    if not 0 <= earliest < latest <= LATEST:
        raise Invalid("Khoảng giờ gia hạn phải có giờ đầu trước giờ cuối, và hết trước 06:00 hôm sau.", code="terms")


def weigh_rules(
    *,
    area: Area,
    starts: date,
    ends: date | None,
    document: str,
    windows: list[hours.WindowText],
    ceiling: tuple[Window, ...],
    volumes: Sequence[Mapping[str, object]] = (),
) -> Reach:
    """What such rules would need. Raises Invalid for windows, volumes or dates that cannot be,
    Refusal("wider_than_parent", "louder_than_parent")."""
    if not document.strip():
        raise Invalid("Hãy ghi số và ngày của văn bản ban hành quy chế.")
    if ends is not None and ends < starts:
        raise Invalid("Ngày kết thúc không được trước ngày bắt đầu.")
    reach = hours.reach(windows, queries.hours_above(area, starts), ceiling)
    if reach.forbidden is not None:
        raise _forbidden(reach.forbidden)
    _check_volumes(area, starts, parse_volumes(volumes))
    return reach


def _check_volumes(area: Area, starts: date, caps: Sequence[Cap]) -> None:
    above = queries.rules_above(area, starts)
    found = None if above is None else louder(caps, above.volumes_below)
    if above is not None and found is not None:
        cap = found[1]
        by = above.by(lambda level: cap in level.volumes)
        assert by is not None  # every cap is that of a level
        raise Refusal(
            f"{area.full_name} không được phát to hơn mức của {inside(by.ruling.set_by)} "
            f"({by.ruling.document}: {spoken_volumes([cap])}). Hãy ghi từ {cap.most}% trở xuống.",
            code="louder_than_parent",
            facts={"document": by.ruling.document, "set_by": by.ruling.set_by, "most": cap.most},
        )


@transaction.atomic
def set_operating_rules(
    *,
    area: Area,
    starts: date,
    document: str,
    windows: list[hours.WindowText],
    ends: date | None = None,
    ceiling: tuple[Window, ...] = hours.DEFAULT_WINDOWS,
    confirmed: Mapping[str, Any] | None = None,
    **terms: Unpack[Terms],
) -> OperatingRules:
    """Rules of `area` from `starts`. Open ones end what was open before; dated ones lie above it until `ends`.

    `ceiling`: hours that need no second person; `confirmed`: what the second person's key signed, judged by the caller.
    Of two that begin on one day the later written wins. Raises what `weigh_rules` does, and
    Refusal("needs_second_person") for wider unconfirmed ones.
    """
    check_terms(terms)
    reach = weigh_rules(
        area=area, starts=starts, ends=ends, document=document, windows=windows, ceiling=ceiling,
        volumes=terms.get("volumes", ()),
    )  # fmt: skip
    if reach.wider and confirmed is None:
        raise Refusal(
            f"Khung giờ này vượt {hours.spoken(reach.limit)} nên cần người thứ hai xác nhận bằng khóa đăng nhập.",
            code="needs_second_person",
        )
    if ends is None:
        _end_open_ones(area, starts)
    return OperatingRules.objects.create(
        area=area,
        starts=starts,
        ends=ends,
        document=document.strip(),
        windows=windows,
        **terms,
        confirmed=dict(confirmed) if confirmed is not None and reach.wider else None,
    )


def _end_open_ones(area: Area, starts: date) -> None:
    """What was open until the new rules; of the same day only the later decision is kept."""
    still_open = OperatingRules.objects.filter(area=area, ends=None)
    still_open.filter(starts=starts).delete()
    still_open.filter(starts__lt=starts).update(ends=starts - timedelta(days=1))


def _forbidden(above: AreaHours) -> Refusal:
    """The refusal that names the rule above."""
    return Refusal(
        f"Khung giờ rộng hơn khung của {inside(above.set_by)} ({above.document}: {hours.spoken(above)}). "
        "Hãy chọn khung giờ nằm trong khung đó, hoặc đề nghị cấp trên sửa quy chế.",
        code="wider_than_parent",
        facts={"document": above.document, "set_by": above.set_by},
    )


@transaction.atomic
def drop_coming_rules(*, row: OperatingRules, on: date) -> None:
    """Rules that have not begun on the day `on` never do. Refusal("rules_begun") for others."""
    if row.starts <= on:
        raise Refusal("Quy định này đã có hiệu lực. Hãy ghi quy định mới thay cho nó.", code="rules_begun")
    row.delete()


@transaction.atomic
def add_day_off(
    *,
    area: Area,
    kind: str,
    name: str,
    document: str,
    effect: str,
    starts: date,
    ends: date | None = None,
    sessions: int | None = None,
    every: str = "",
    month: int = 0,
    day: int = 0,
    length: int = 1,
    children_may_lift: bool = False,
) -> DayOff:
    """Days on which less sounds; fields as in `models.DayOff`. Raises Invalid, and Refusal `not_liftable` for a usual
    day where the level above does not leave it to this one."""
    row = DayOff(
        area=area, kind=kind, name=name.strip(), document=document.strip(), effect=effect, starts=starts, ends=ends,
        sessions=sessions if effect == Effect.FEWER else None, every=every, month=month if every else 0,
        day=day if every else 0, length=length if every else 1, children_may_lift=children_may_lift,
    )  # fmt: skip
    _check_day_off(row)
    _check_liftable(row)
    row.save()
    return row


def _check_day_off(row: DayOff) -> None:
    problems = {
        "Hãy đặt tên cho ngày này, ví dụ: Giỗ Tổ Hùng Vương.": not row.name,
        "Hãy ghi số và ngày của văn bản, hoặc ai quyết định.": not row.document,
        "Hãy chọn loại ngày và việc phát trong ngày đó.": row.kind not in set(OffKind) or row.effect not in set(Effect),
        "Ngày kết thúc không được trước ngày bắt đầu.": row.ends is not None and row.ends < row.starts,
        "Hãy ghi ngày cuối cùng.": not row.every and row.ends is None,
        "Hãy chọn cách lặp lại.": bool(row.every) and row.every not in set(Every),
        "Không có ngày như vậy trong lịch. Hãy chọn lại ngày và tháng.": row.every in set(Every)
        and not possible(row.every, row.month, row.day),
        "Số ngày liền nhau là từ 1 đến 31.": not 1 <= row.length <= 31,
        "Hãy ghi số buổi được phát trong ngày đó, từ 0 đến 48.": row.effect == Effect.FEWER
        and (row.sessions is None or not 0 <= row.sessions <= MOST_SESSIONS),
    }
    for message, wrong in problems.items():
        if wrong:
            raise Invalid(message, code="day_off")


def _check_liftable(row: DayOff) -> None:
    """A lower unit may be stricter; a usual day needs the leave of what it lifts."""
    if row.effect != Effect.USUAL:
        return
    found = queries.bound_above(row)
    if found is not None:
        raise Refusal(
            f"{found.set_by} không để cấp dưới phát như thường vào {found.name} ({found.document}). "
            "Hãy giữ như quy định chung, hoặc đề nghị cấp trên sửa.",
            code="not_liftable",
        )


@transaction.atomic
def end_day_off(*, row: DayOff, today: date) -> bool:
    """From tomorrow on it holds no more; one that has not begun never was: True if the row is gone."""
    if row.starts > today:
        row.delete()
        return True
    if row.ends is not None and row.ends <= today:
        raise Refusal("Quy định này đã hết hiệu lực rồi.", code="day_off_over")
    row.ends = today
    row.save(update_fields=["ends"])
    return False
