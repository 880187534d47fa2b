"""Numbers of the clusters of a commune: each once among those that stand."""

from django.db.models import Max, QuerySet

from loa.areas.models import Area
from loa.devices.models import Device
from loa.kernel.errors import Invalid


def free_number(area: Area, kind: str, *, rather: int | None = None) -> int:
    """`rather` if no other device of the kind bears it there, else the one after the highest."""
    standing = _standing(area, kind)
    if rather and not standing.filter(number=rather).exists():
        return rather
    return (standing.aggregate(most=Max("number"))["most"] or 0) + 1


def hold_numbers(area: Area) -> None:
    """Until the transaction ends nobody else gives out numbers in this commune: of two who want the same number at the
    same moment the second is told, as if it had come later.
    """
    Area.objects.select_for_update(no_key=True).get(pk=area.pk)


def require_free(number: int, area: Area, kind: str) -> None:
    """Raises Invalid `number_taken`."""
    if _standing(area, kind).filter(number=number).exists():
        raise Invalid(f"Số {number:02d} đã dùng cho một cụm loa khác của {area.full_name}.", code="number_taken")


def _standing(area: Area, kind: str) -> QuerySet[Device]:
    kinds = Device.SOUNDING if kind in Device.SOUNDING else (kind,)
    return Device.objects.filter(area=area, kind__in=kinds).exclude(state=Device.State.RETIRED)
