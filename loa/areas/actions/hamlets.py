"""Hamlets come, are called otherwise and end."""

import unicodedata
from datetime import date, timedelta

from django.db import transaction

from loa.areas import queries, rules
from loa.areas.models import Area, FormerName
from loa.areas.rules import Kind, Level
from loa.kernel.errors import Invalid, Refusal


@transaction.atomic
def add_hamlet(
    *, commune: Area, kind: Kind, name: str, on: date, latitude: float | None = None, longitude: float | None = None
) -> Area:
    """A new hamlet of a living commune. Raises Invalid, and Refusal("hamlet_exists") for a name that is taken."""
    name = bare_hamlet_name(kind, name)
    _check_hamlet(commune, kind, name, on)
    number = _next_hamlet_number(commune)
    return Area.objects.create(
        path=f"{commune.path}.h{number}",
        code=f"h{number}",
        kind=kind,
        level=Level.HAMLET,
        name=name,
        full_name=f"{rules.LABELS[kind]} {name}",
        parent=commune,
        latitude=latitude,
        longitude=longitude,
        valid_from=on,
        sort_key=rules.sort_key(name),
    )


def bare_hamlet_name(kind: Kind, name: str) -> str:
    """ "thôn  5" of the kind Thôn -> "5": people write the kind into the name too."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    label = rules.fold(rules.LABELS[kind]) + " "
    return name[len(label) :] if rules.fold(name).startswith(label) else name


def _check_hamlet(commune: Area, kind: Kind, name: str, on: date, itself: Area | None = None) -> None:
    if commune.level != Level.COMMUNE or (commune.valid_to and commune.valid_to < on):
        raise Invalid(f"{commune.full_name} không phải là xã, phường, đặc khu đang tồn tại nên không thêm thôn được.")
    if kind not in rules.HAMLET_KINDS:
        raise Invalid("Hãy chọn loại: thôn, bản, làng, ấp, buôn, khóm, khu phố hoặc tổ dân phố.")
    if not name or len(name) > 100:
        raise Invalid("Tên thôn cần từ 1 đến 100 ký tự.")
    if commune.valid_from and on < commune.valid_from:
        raise Invalid(f"{commune.full_name} có từ {commune.valid_from:%d/%m/%Y}. Hãy chọn một ngày từ hôm ấy.")
    namesakes = Area.objects.filter(queries.valid_on(on), parent=commune, kind=kind, name__iexact=name)
    if any(other != itself for other in namesakes):
        raise Refusal(f"{commune.full_name} đã có {rules.LABELS[kind].lower()} {name}.", code="hamlet_exists")


def _next_hamlet_number(commune: Area) -> int:
    """One more than the highest ever used: a closed hamlet's path is never given to another."""
    Area.objects.select_for_update().get(pk=commune.pk)
    used = Area.objects.filter(parent=commune, level=Level.HAMLET).values_list("code", flat=True)
    return max((int(code[1:]) for code in used if code[1:].isdigit()), default=0) + 1


@transaction.atomic
def rename_hamlet(*, hamlet: Area, kind: Kind, name: str, on: date, slip: bool = False) -> Area:
    """The hamlet is called so from `on`; its former name is kept and still finds it, unless it was a `slip` of the pen.

    Raises Invalid, and Refusal("hamlet_exists") for a name that is taken.
    """
    _check_is_hamlet(hamlet)
    name = bare_hamlet_name(kind, name)
    assert hamlet.parent is not None
    _check_hamlet(hamlet.parent, kind, name, on, itself=hamlet)
    if (kind, name) == (hamlet.kind, hamlet.name):
        raise Invalid(f"{hamlet.full_name} đang mang đúng tên này rồi.")
    if not slip:
        _keep_name(hamlet, on)
    hamlet.kind, hamlet.name = kind, name
    hamlet.full_name, hamlet.sort_key = f"{rules.LABELS[kind]} {name}", rules.sort_key(name)
    hamlet.save(update_fields=["kind", "name", "full_name", "sort_key"])
    return hamlet


def _keep_name(hamlet: Area, on: date) -> None:
    if hamlet.valid_from and on <= hamlet.valid_from:
        raise Invalid(
            f"{hamlet.full_name} có từ {hamlet.valid_from:%d/%m/%Y}, nên tên mới phải tính từ một ngày sau đó. "
            "Nếu tên cũ chỉ là gõ sai thì hãy đánh dấu ô “Tên cũ gõ sai”."
        )
    FormerName.objects.get_or_create(
        area=hamlet,
        valid_to=on - timedelta(days=1),
        defaults={"kind": hamlet.kind, "name": hamlet.name, "full_name": hamlet.full_name},
    )


def _check_is_hamlet(hamlet: Area) -> None:
    if hamlet.level != Level.HAMLET:
        raise Invalid(f"{hamlet.full_name} không phải là thôn hay tổ dân phố.")
    if hamlet.valid_to is not None:
        raise Refusal(
            f"{hamlet.full_name} đã kết thúc từ {hamlet.valid_to:%d/%m/%Y}; việc này không làm lại được.",
            code="hamlet_ended",
        )


@transaction.atomic
def end_hamlet(*, hamlet: Area, last_day: date) -> Area:
    """The hamlet exists until `last_day`; its rows and paths stay. Raises Invalid, Refusal("hamlet_ended")."""
    _check_is_hamlet(hamlet)
    if hamlet.valid_from and last_day < hamlet.valid_from:
        raise Invalid(f"{hamlet.full_name} có từ {hamlet.valid_from:%d/%m/%Y}; ngày cuối cùng không thể trước hôm ấy.")
    hamlet.valid_to = last_day
    hamlet.save(update_fields=["valid_to"])
    return hamlet
