"""All messages between the platform and a device: one type, one `typ`, one documented row.

Instants are integer Unix milliseconds (UTC), durations integer milliseconds, hashes lower-case hex SHA-256, keys and
nonces unpadded base64url. Unknown fields are ignored, so that protocol N+1 may add some; a missing one is `malformed`.
Downward messages travel as a JWS (`devicelink.jws`); upward messages as plain JSON, authenticated by the connection,
except those whose docstring says that they are signed by the device.
"""

from devicelink.messages.alerts import Alert, Cancel, Target, Voice
from devicelink.messages.base import Audience, Message, Role
from devicelink.messages.kinds import ANSWERS, DOWNWARD, EVENTS, ROLE_OF, STATES, UPWARD
from devicelink.messages.live import Session, SessionEnd
from devicelink.messages.plans import Airing, Part, Plan, Relay, SoundFile
from devicelink.messages.releases import Manifest, Wheel
from devicelink.messages.states import (
    Hold,
    Hours,
    HoursExtension,
    HoursWindow,
    Key,
    Keyset,
    Placement,
    Volume,
    VolumeCap,
)
from devicelink.messages.telling import Changed, Command, Receipt, Revisions, Time, Welcome
from devicelink.messages.upward import (
    Ack,
    Beat,
    Bye,
    EnrolAnswer,
    EnrolRequest,
    Heard,
    Hello,
    LogUpload,
    Proof,
    ProofHead,
    ProofUpload,
    Relayed,
    SelfTest,
)
from devicelink.messages.where import Circle, Point, Polygon, Where

__all__ = [
    "ANSWERS",
    "DOWNWARD",
    "EVENTS",
    "ROLE_OF",
    "STATES",
    "UPWARD",
    "Ack",
    "Airing",
    "Alert",
    "Audience",
    "Beat",
    "Bye",
    "Cancel",
    "Changed",
    "Circle",
    "Command",
    "EnrolAnswer",
    "EnrolRequest",
    "Heard",
    "Hello",
    "Hold",
    "Hours",
    "HoursExtension",
    "HoursWindow",
    "Key",
    "Keyset",
    "LogUpload",
    "Manifest",
    "Message",
    "Part",
    "Placement",
    "Plan",
    "Point",
    "Polygon",
    "Proof",
    "ProofHead",
    "ProofUpload",
    "Receipt",
    "Relay",
    "Relayed",
    "Revisions",
    "Role",
    "SelfTest",
    "Session",
    "SessionEnd",
    "SoundFile",
    "Target",
    "Time",
    "Voice",
    "Volume",
    "VolumeCap",
    "Welcome",
    "Wheel",
    "Where",
]
