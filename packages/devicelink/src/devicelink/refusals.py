"""Every reason for which a device, a board, the gateway or the signer refuses a message.

The code is part of the protocol: it travels in acknowledgements and proofs and never changes its meaning.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Reason codes, in the order in which the checks run."""

    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    UNKNOWN_VERSION = "unknown_version"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_KEY = "unknown_key"
    KEY_NOT_VALID_NOW = "key_not_valid_now"
    WRONG_ROLE = "wrong_role"
    BAD_SIGNATURE = "bad_signature"
    OUTSIDE_SCOPE = "outside_scope"
    WRONG_AUDIENCE = "wrong_audience"
    NO_PLACEMENT = "no_placement"
    NO_VALID_TIME = "no_valid_time"
    WRONG_NONCE = "wrong_nonce"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    OLDER_REVISION = "older_revision"
    CONFLICTING_REVISION = "conflicting_revision"
    DUPLICATE = "duplicate"
    WRONG_HASH = "wrong_hash"
    MISSING_FILE = "missing_file"
    OUTSIDE_HOURS = "outside_hours"
    HELD = "held"
    STALE_OFFLINE = "stale_offline"
    PREEMPTED = "preempted"
    NO_ROOM = "no_room"
    CLOCK_STEPPED = "clock_stepped"
    NOT_APPROVED = "not_approved"
    LIMIT_EXCEEDED = "limit_exceeded"


class Refused(Exception):
    """A message or a request is refused; nothing of it has had an effect.

    `reason` is the code of the protocol, `detail` an English sentence for logs (never for a person's screen).
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
