"""Which signed papers carry another key than the one in use."""

from devicelink import jws
from devicelink.limits import PROTOCOL_VERSION
from django.db.models.functions import Left

from loa.devices.models import SignedDocument


def signed_by_others(typ: str, kid: str) -> set[str]:
    """Subjects whose valid state of this type was not signed by the key `kid`: a device forgets it with its key."""
    newest = SignedDocument.objects.filter(typ=typ).order_by("subject", "-revision").distinct("subject").values("pk")
    head = f"{jws.head(typ=typ, kid=kid, version=PROTOCOL_VERSION)}."
    rows = SignedDocument.objects.filter(pk__in=newest, withdrawn=False).annotate(head=Left("jws", len(head)))
    return set(rows.exclude(head=head).values_list("subject", flat=True))
