"""What is signed, held and on its way."""

from datetime import datetime

from django.db.models import Q, QuerySet

from loa.areas.queries import within
from loa.devices.models import ClaimCode, Device, Hold, OutboxMessage, SignedDocument
from loa.kernel import reading


def latest(typ: str, subject: str) -> SignedDocument | None:
    """The valid signed state, or None."""
    newest = SignedDocument.objects.filter(typ=typ, subject=subject).order_by("-revision").first()
    return None if newest is None or newest.withdrawn else newest


def holds_now(path: str, now: datetime) -> list[Hold]:
    """Stops that hold in this area, in one above it or for a part of it, as far as they are copied from the journal."""
    return list(reading.once(("holds", path), lambda: _holds_now(path, now)))


def _holds_now(path: str, now: datetime) -> list[Hold]:
    concerned = within(path, "area__path") | Q(area__path__in=_above(path))
    return list(_valid(now).filter(concerned).order_by("until"))


def all_holds(now: datetime) -> list[Hold]:
    """Every stop that holds anywhere."""
    return list(_valid(now).select_related("area").order_by("subject"))


def _valid(now: datetime) -> QuerySet[Hold]:
    newest = Hold.objects.order_by("subject", "-revision").distinct("subject").values("pk")
    return Hold.objects.filter(pk__in=newest, until__gt=now)


def _above(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def open_messages(path: str) -> list[OutboxMessage]:
    """Messages on their way to devices whose audience is inside this area, with the answers so far."""
    rows = OutboxMessage.objects.filter(closed_at=None).prefetch_related("acks").order_by("issued_at")
    return [row for row in rows if str(row.audience.get("area", path)).startswith(path)]


def open_code(device: Device, now: datetime) -> ClaimCode | None:
    """The claim code that its hardware can still be given; there is one at most."""
    return (
        device.claim_codes.filter(used_at=None, cancelled_at=None, expires_at__gt=now).order_by("-expires_at").first()
    )
