"""Which signed papers carry another key than those in use."""

from collections.abc import Collection

from devicelink import jws
from devicelink.limits import PROTOCOL_VERSION
from django.db.models import Q

from loa.devices.models import SignedDocument


def signed_by_others(typ: str, kids: Collection[str]) -> set[str]:
    """Subjects whose valid state of this type none of the keys `kids` signed: a device forgets it with its key."""
    newest = SignedDocument.objects.filter(typ=typ).order_by("subject", "-revision").distinct("subject").values("pk")
    by_one_of_these = Q(pk__in=[])
    for kid in kids:
        by_one_of_these |= Q(jws__startswith=f"{jws.head(typ=typ, kid=kid, version=PROTOCOL_VERSION)}.")
    rows = SignedDocument.objects.filter(pk__in=newest, withdrawn=False).exclude(by_one_of_these)
    return set(rows.values_list("subject", flat=True))
