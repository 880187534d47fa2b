"""Every reason for which a device, a board, the gateway or the signer refuses a message or did not sound something.

The code is part of the protocol: it travels in acknowledgements and proofs and never changes its meaning.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Reason codes, in the order in which the checks run; then what proofs alone say. New ones come last."""

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
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    WAS_OFF = "was_off"
    NO_CARD = "no_card"
    NO_RELAY = "no_relay"


MEANING: dict[Reason, str] = {
    Reason.MALFORMED: "Not a compact JWS, not canonical base64url, not JSON, a field missing or out of its form.",
    Reason.TOO_LARGE: "Longer than a message, an upload or a token may be.",
    Reason.UNKNOWN_VERSION: "`v` is a protocol version that is not spoken here.",
    Reason.UNKNOWN_TYPE: "`typ` is not known, or not awaited on this way.",
    Reason.UNKNOWN_KEY: "`kid` is not in the keyset (or there is no keyset yet; or the keyset names another root).",
    Reason.KEY_NOT_VALID_NOW: "The key is over or not yet begun.",
    Reason.WRONG_ROLE: "This key may not sign this type; or an ordinary message claims to be an emergency.",
    Reason.BAD_SIGNATURE: "The signature does not hold.",
    Reason.OUTSIDE_SCOPE: "The key does not speak for the area of this device, or of the audience.",
    Reason.WRONG_AUDIENCE: "Meant for somebody else.",
    Reason.NO_PLACEMENT: "The device does not know yet where it belongs.",
    Reason.NO_VALID_TIME: "The device's clock may be off by more than 60 s, so that it cannot judge freshness.",
    Reason.WRONG_NONCE: "The answer to another question, or to none.",
    Reason.NOT_YET_VALID: "Issued more than 60 s in the future.",
    Reason.EXPIRED: "Its life is over; or a time that lies before the time floor.",
    Reason.OLDER_REVISION: "A newer state of this slot is held.",
    Reason.CONFLICTING_REVISION: "Another content with the same revision is held; or a chain of proofs was forked.",
    Reason.DUPLICATE: "This event was accepted before. Acknowledged again, not done again.",
    Reason.WRONG_HASH: "A file, a row or a permit does not have the hash it should have.",
    Reason.MISSING_FILE: "A sound was not on the device when it was due; over HTTP: there is no such document.",
    Reason.OUTSIDE_HOURS: "Not within the allowed hours.",
    Reason.HELD: "A hold is in force.",
    Reason.STALE_OFFLINE: "The device was away from the platform for longer than `offline_for`.",
    Reason.PREEMPTED: "Something of higher rank had the time.",
    Reason.NO_ROOM: "No gap was left until `latest`.",
    Reason.CLOCK_STEPPED: "The device's clock was set while it sounded or just before.",
    Reason.NOT_APPROVED: "No approval covers this sound, at this time, in this place.",
    Reason.LIMIT_EXCEEDED: "More, longer or more often than anybody may order.",
    Reason.STOPPED: "In a proof: a person ordered the device to end it (`command` with `stop_item`).",
    Reason.INTERRUPTED: "In a proof: the agent ended while it sounded (restart, update, loss of power).",
    Reason.WAS_OFF: "In a proof: its time passed while the agent was not running.",
    Reason.NO_CARD: "In a proof: the loudspeaker had nothing to sound with (its sound card was missing or stuck).",
    Reason.NO_RELAY: "In a proof: for a while no source of the relay gave anything (`relayed` says how long, and why).",
}


class Refused(Exception):
    """A message or a request is refused; nothing of it has had an effect.

    `reason` is the code of the protocol, `detail` an English sentence for logs (never for a person's screen).
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
