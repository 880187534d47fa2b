"""What a page and the gateway say to each other over /edge/live.

Text is JSON with the field `t`. Binary, from the page only: eight bytes big-endian, the capture time of its first
sample in microseconds of the page's own clock, then one Opus packet (mono, 20 ms).
"""

import struct
from dataclasses import dataclass

import msgspec
from devicelink.batches import MAX_PACKET
from devicelink.limits import PACKET_MS
from devicelink.refusals import Reason, Refused

MOST_TEXT = 8_192
MOST_PLACES = 200
_STAMP = struct.Struct("!Q")
_SILK_MS, _HYBRID_MS, _CELT_MS = (10.0, 20.0, 40.0, 60.0), (10.0, 20.0), (2.5, 5.0, 10.0, 20.0)
Names = tuple[str, ...]


class TicketShown(msgspec.Struct, frozen=True, tag_field="t", tag="ticket"):
    """First of all."""

    ticket: str


class Wish(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="wish"):
    """Whom is this for, and how many of them are ready? Answered by "ready"."""

    areas: Names = ()
    groups: Names = ()
    devices: Names = ()


class Start(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="start"):
    """Put me on the air. Answered by "counting" or "refused". `alert`: the id of one that this person vouched for."""

    areas: Names = ()
    groups: Names = ()
    devices: Names = ()
    title: str = ""
    chime: bool = True
    alert: str = ""

    @property
    def wish(self) -> Wish:
        """For whom."""
        return Wish(areas=self.areas, groups=self.groups, devices=self.devices)


class Level(msgspec.Struct, frozen=True, tag_field="t", tag="level"):
    """How loud the last second was, in dB of full scale; once a second."""

    db: float


class Pong(msgspec.Struct, frozen=True, tag_field="t", tag="pong"):
    """Answer to "ping" with the number `n`: `at` is the page's clock (microseconds) when it was read."""

    n: int
    at: int


class Want(msgspec.Struct, frozen=True, tag_field="t", tag="want"):
    """May I have the microphone of this session?"""

    session: str


class Give(msgspec.Struct, frozen=True, tag_field="t", tag="give"):
    """Yes, this person (a user id) may: my session ends, theirs may begin."""

    to: int


class Stop(msgspec.Struct, frozen=True, tag_field="t", tag="stop"):
    """I am done."""


Said = TicketShown | Wish | Start | Level | Pong | Want | Give | Stop
_reader = msgspec.json.Decoder(Said)


@dataclass(frozen=True, slots=True)
class Packet:
    """20 ms of sound; `at` in microseconds, of whichever clock."""

    at: int
    opus: bytes


def read(text: str) -> Said:
    """Refused with too_large, malformed."""
    if len(text) > MOST_TEXT:
        raise Refused(Reason.TOO_LARGE, f"{len(text)} characters")
    try:
        said: Said = _reader.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise Refused(Reason.MALFORMED, str(error)[:200]) from error
    if isinstance(said, Wish | Start) and any(
        len(row) > MOST_PLACES for row in (said.areas, said.groups, said.devices)
    ):
        raise Refused(Reason.LIMIT_EXCEEDED, f"more than {MOST_PLACES} places")
    return said


def packet(data: bytes) -> Packet:
    """Refused with too_large, malformed: what is no mono Opus packet of 20 ms never reaches a loudspeaker."""
    if len(data) > _STAMP.size + MAX_PACKET:
        raise Refused(Reason.TOO_LARGE, f"{len(data)} bytes")
    if len(data) <= _STAMP.size:
        raise Refused(Reason.MALFORMED, "no packet")
    opus = data[_STAMP.size :]
    if opus[0] & 4:
        raise Refused(Reason.MALFORMED, "stereo")
    if duration(opus) != PACKET_MS:
        raise Refused(Reason.MALFORMED, f"{duration(opus)} ms of Opus")
    return Packet(_STAMP.unpack_from(data)[0], opus)


def pack(one: Packet) -> bytes:
    """Inverse of `packet`."""
    return _STAMP.pack(one.at) + one.opus


def duration(opus: bytes) -> float:
    """Milliseconds of sound in an Opus packet, by its first bytes (RFC 6716, 3.1); 0 for none."""
    setting, code = opus[0] >> 3, opus[0] & 3
    if setting < 12:
        frame = _SILK_MS[setting % 4]
    else:
        frame = _HYBRID_MS[setting % 2] if setting < 16 else _CELT_MS[setting % 4]
    if code < 3:
        return frame if code == 0 else 2 * frame
    return frame * (opus[1] & 63) if len(opus) > 1 else 0
