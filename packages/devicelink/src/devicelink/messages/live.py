"""A person speaks live: the certificate of the session. The sound itself is signed batches (`batches`)."""

from typing import ClassVar

from devicelink.messages.base import Audience, Message
from devicelink.messages.where import Where


class Session(Message, frozen=True, kw_only=True):
    """Event, role `live`: from `start` to at most `end` (ms) who holds the key `public` may speak here.

    `id` is 32 lower-case hex digits, `public` an Ed25519 key (base64url) whose private half exists only in the memory
    of the gateway. `where` narrows the audience. A sample captured at T sounds at T + `buffer` ms, on all devices
    alike. `chime`: seconds-long signal before the voice. `alert`: id of an alert that is active on the device and lets
    this session sound beyond the allowed hours; "" = it obeys them.
    `level` as in a plan; `speaker` (a name) and `title` are for records.
    """

    typ: ClassVar[str] = "session"
    audience: Audience
    id: str
    issued: int
    expires: int
    start: int
    end: int
    public: str
    where: Where = Where()
    buffer: int = 1_000
    chime: bool = True
    alert: str = ""
    level: str = "commune"
    speaker: str = ""
    title: str = ""


class SessionEnd(Message, frozen=True, kw_only=True):
    """Event, role `live`: the session `session` is over now; what was captured after `at` (ms) does not sound."""

    typ: ClassVar[str] = "session-end"
    audience: Audience
    id: str
    issued: int
    expires: int
    session: str
    at: int
    reason: str = ""
