"""Why a CAP document is not taken. The codes are kept in records and shown in words; their meaning never changes."""

from enum import StrEnum


class Code(StrEnum):
    """In the order in which things are looked at: bytes, XML, form, signature, sense, trust."""

    TOO_LARGE = "too_large"
    EMPTY = "empty"
    WRONG_ENCODING = "wrong_encoding"
    HAS_DTD = "has_dtd"
    TOO_COMPLEX = "too_complex"
    NOT_XML = "not_xml"
    NOT_CAP = "not_cap"
    OLD_VERSION = "old_version"
    NOT_VALID = "not_valid"
    BAD_TIME = "bad_time"
    BAD_SHAPE = "bad_shape"
    BAD_REFERENCE = "bad_reference"
    BAD_TEXT = "bad_text"
    BAD_RESOURCE = "bad_resource"

    NOT_SIGNED = "not_signed"
    BAD_SIGNATURE_FORM = "bad_signature_form"
    WEAK_ALGORITHM = "weak_algorithm"
    UNKNOWN_CERTIFICATE = "unknown_certificate"
    CERTIFICATE_NOT_VALID_NOW = "certificate_not_valid_now"
    BAD_SIGNATURE = "bad_signature"

    BAD_IDENTIFIER = "bad_identifier"
    NO_REFERENCES = "no_references"
    SELF_REFERENCE = "self_reference"
    NO_RESTRICTION = "no_restriction"
    NO_ADDRESSES = "no_addresses"
    NO_INFO = "no_info"
    WRONG_ORDER = "wrong_order"
    SENT_IN_FUTURE = "sent_in_future"
    EXPIRED = "expired"
    NO_ALTITUDE = "no_altitude"

    NO_AREA = "no_area"
    UNKNOWN_AREA = "unknown_area"

    DUPLICATE = "duplicate"
    SOURCE_REFUSED = "source_refused"
    WRONG_SENDER = "wrong_sender"
    NOT_PUBLIC = "not_public"
    NOT_FOR_PEOPLE = "not_for_people"
    NEEDS_PERSON = "needs_person"
    EVENT_NOT_ALLOWED = "event_not_allowed"
    OUTSIDE_AREAS = "outside_areas"
    TOO_SEVERE = "too_severe"
    TOO_OFTEN = "too_often"
    LIVES_TOO_LONG = "lives_too_long"
    REFERENCE_UNKNOWN = "reference_unknown"


class Refused(Exception):
    """A document is not taken; nothing of it may be used. `detail` is English, for logs only."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail
