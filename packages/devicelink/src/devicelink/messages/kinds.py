"""Which message is of which kind, and who signs it."""

from devicelink.messages.alerts import Alert, Cancel
from devicelink.messages.base import Message, Role
from devicelink.messages.live import Session, SessionEnd
from devicelink.messages.plans import Plan
from devicelink.messages.releases import Manifest
from devicelink.messages.states import Hold, Keyset, Placement, Volume
from devicelink.messages.telling import Changed, Command, Receipt, Time, Welcome
from devicelink.messages.upward import Ack, Beat, Bye, EnrolRequest, Heard, Hello, LogUpload, ProofUpload, SelfTest

ROLE_OF: dict[type[Message], Role | None] = {
    Keyset: None,  # the root
    Placement: Role.PLACEMENT,
    Plan: Role.PLAN,
    Volume: Role.COMMAND,
    Manifest: Role.FIRMWARE,
    Command: Role.COMMAND,
    Alert: Role.ALERT,
    Cancel: Role.ALERT,
    Session: Role.LIVE,
    SessionEnd: Role.LIVE,
    Hold: Role.STOP,
    Time: Role.TIME,
    Welcome: Role.TIME,
    Changed: Role.TIME,
    Receipt: Role.TIME,
}
DOWNWARD: dict[str, type[Message]] = {kind.typ: kind for kind in ROLE_OF}
UPWARD: dict[str, type[Message]] = {
    kind.typ: kind for kind in (Hello, Beat, Bye, Ack, Heard, ProofUpload, SelfTest, EnrolRequest, LogUpload)
}
STATES: tuple[type[Message], ...] = (Keyset, Placement, Plan, Volume, Hold, Manifest)
EVENTS: tuple[type[Message], ...] = (Command, Changed, Alert, Cancel, Session, SessionEnd)
ANSWERS: tuple[type[Message], ...] = (Time, Welcome, Receipt)
