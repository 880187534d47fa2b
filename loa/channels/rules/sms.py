"""Short messages: how Vietnamese is written in them, how long ones are cut, what a receipt says. Pure.

With its marks Vietnamese needs UCS-2: 70 characters a message, 67 in each part of a longer one. Text that is all plain
goes in the default alphabet: 160, or 153 a part.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_PARTS = 6
PLAIN, UCS2 = 0x00, 0x08  # data_coding
# Characters that have the same number in ASCII and in the default alphabet of GSM 03.38.
_SAME = re.compile(r"[\n\r !\"#%&'()*+,\-./0-9:;<=>?A-Za-z]*")
_WHOLE = {PLAIN: 160, UCS2: 70}
_PART = {PLAIN: 153, UCS2: 67}
_RECEIPT = re.compile(r"\b(id|stat|err):\s*(\S+)", re.IGNORECASE)
_DELIVERED = "DELIVRD"
_LOST = frozenset({"EXPIRED", "DELETED", "UNDELIV", "REJECTD"})


class TooLong(ValueError):
    """More than `MOST_PARTS` parts."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it is submitted: each of `parts` with its header, if there are several. `coding` is data_coding."""

    coding: int
    parts: tuple[bytes, ...]

    @property
    def has_headers(self) -> bool:
        """Whether the parts begin with a user data header."""
        return len(self.parts) > 1


@dataclass(frozen=True, slots=True)
class Said:
    """What a receipt says. `delivered` None: nothing final yet."""

    receipt: str
    delivered: bool | None
    code: str


def write(text: str, key: str) -> Written:
    """The parts of a text. `key` gives their common number, so that a second try joins with the first on the phone.

    Raises TooLong.
    """
    coding = PLAIN if _SAME.fullmatch(text) else UCS2
    units = text.encode("ascii") if coding == PLAIN else text.encode("utf-16-be")
    width = 1 if coding == PLAIN else 2
    if len(units) <= _WHOLE[coding] * width:
        return Written(coding, (units,))
    cut = list(_cut(units, _PART[coding] * width, coding))
    if len(cut) > MOST_PARTS:
        raise TooLong(f"{len(cut)} parts")
    number = hashlib.sha256(key.encode()).digest()[0]
    head = bytes((5, 0, 3, number, len(cut)))
    return Written(coding, tuple(head + bytes((index,)) + part for index, part in enumerate(cut, 1)))


def _cut(units: bytes, size: int, coding: int) -> Sequence[bytes]:
    """Pieces of at most `size` bytes; a character of two units is not cut through."""
    pieces, start = [], 0
    while start < len(units):
        end = min(start + size, len(units))
        if coding == UCS2 and end < len(units) and 0xD8 <= units[end - 2] < 0xDC:
            end -= 2
        pieces.append(units[start:end])
        start = end
    return pieces


def read_receipt(text: bytes, receipted_id: bytes = b"", state: int | None = None) -> Said | None:
    """What a receipt (deliver_sm) says, by its fields or else by its text; None if it says nothing of a message."""
    found = {name.lower(): value for name, value in _RECEIPT.findall(text.decode("latin-1"))}
    identifier = receipted_id.rstrip(b"\0").decode("latin-1") or found.get("id", "")
    word = found.get("stat", "").upper() or _STATES.get(state or 0, "")
    if not identifier:
        return None
    delivered = True if word == _DELIVERED else False if word in _LOST else None
    return Said(identifier, delivered, "ok" if delivered else f"{word.lower() or 'unknown'}_{found.get('err', '0')}")


_STATES = {2: _DELIVERED, 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 8: "REJECTD"}


def same(identifier: str) -> tuple[str, ...]:
    """Ways in which centres write one id: some answer in hexadecimal and report in decimal, or the other way round."""
    forms = [identifier]
    if identifier.isdecimal() and identifier.isascii():
        forms += [f"{int(identifier):x}", f"{int(identifier):X}", str(int(identifier))]
    if re.fullmatch(r"[0-9A-Fa-f]{1,16}", identifier):
        forms.append(str(int(identifier, 16)))
    return tuple(dict.fromkeys(forms))


def international(phone: str) -> str:
    """ "0912345678" as centres want it: "84912345678"."""
    return "84" + phone[1:] if phone.startswith("0") else phone.removeprefix("+")
