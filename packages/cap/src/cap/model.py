"""An alert of OASIS CAP 1.2: the names are those of the standard, in the order in which it writes them.

Texts that are not there are "". Instants are aware. `extra` holds elements of other namespaces as XML, so that what is
read and written again still says everything it said.
"""

from datetime import datetime
from typing import Literal

import msgspec

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"

Status = Literal["Actual", "Exercise", "System", "Test", "Draft"]
MsgType = Literal["Alert", "Update", "Cancel", "Ack", "Error"]
Scope = Literal["Public", "Restricted", "Private"]
Category = Literal[
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"
]
ResponseType = Literal["Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"]
Urgency = Literal["Immediate", "Expected", "Future", "Past", "Unknown"]
Severity = Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
Certainty = Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"]

DEFAULT_LANGUAGE = "en-US"  # what CAP means where no language stands


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """How every part is kept and said in JSON: the names of CAP, what is empty left out."""


class Pair(Part, frozen=True, kw_only=True):
    """A value of a named list: parameter, eventCode, geocode."""

    value_name: str
    value: str


class Reference(Part, frozen=True, kw_only=True):
    """An earlier message: the three things that name any message."""

    sender: str
    identifier: str
    sent: datetime


class Point(Part, frozen=True, kw_only=True):
    """WGS 84, degrees."""

    latitude: float
    longitude: float


class Circle(Part, frozen=True, kw_only=True):
    """`radius` in kilometres, as in CAP."""

    centre: Point
    radius: float


class Resource(Part, frozen=True, kw_only=True):
    """A file: by address (`uri`) or inside (`deref_uri`, base64). `size` bytes, `digest` SHA-1 as CAP wants it."""

    resource_desc: str
    mime_type: str
    size: int | None = None
    uri: str = ""
    deref_uri: str = ""
    digest: str = ""
    extra: tuple[str, ...] = ()


class Area(Part, frozen=True, kw_only=True):
    """Where: what is named by any of these. A polygon is a ring, the last point equal to the first. Feet above sea."""

    area_desc: str
    polygon: tuple[tuple[Point, ...], ...] = ()
    circle: tuple[Circle, ...] = ()
    geocode: tuple[Pair, ...] = ()
    altitude: float | None = None
    ceiling: float | None = None
    extra: tuple[str, ...] = ()


class Info(Part, frozen=True, kw_only=True):
    """What, how bad, and what to do, in one language and for these areas."""

    language: str = DEFAULT_LANGUAGE
    category: tuple[Category, ...]
    event: str
    response_type: tuple[ResponseType, ...] = ()
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    audience: str = ""
    event_code: tuple[Pair, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameter: tuple[Pair, ...] = ()
    resource: tuple[Resource, ...] = ()
    area: tuple[Area, ...] = ()
    extra: tuple[str, ...] = ()


class Alert(Part, frozen=True, kw_only=True):
    """One message. `sender`, `identifier` and `sent` together name it."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MsgType
    source: str = ""
    scope: Scope
    restriction: str = ""
    addresses: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    note: str = ""
    references: tuple[Reference, ...] = ()
    incidents: tuple[str, ...] = ()
    info: tuple[Info, ...] = ()
    extra: tuple[str, ...] = ()

    @property
    def name(self) -> Reference:
        """What others refer to it by."""
        return Reference(sender=self.sender, identifier=self.identifier, sent=self.sent)
