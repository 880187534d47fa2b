"""What a page asks of the gateway about alerts, and what the gateway keeps of it: shared by both, no database behind.

Instants are Unix milliseconds. The alert of a wish carries `issued` 0 and `expires` = how long it lives; the gateway
sets both when it is confirmed (`vouching.content` does not change by that).
"""

from typing import Literal

import msgspec
from devicelink.messages import Alert, Cancel
from devicelink.vouching import Word

State = Literal["waiting", "sent", "declined", "lapsed", "refused"]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What one target hears in one language, in words, for the people who read it. `target` is the id of the target."""

    target: str
    language: str
    text: str


class Wish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """POST /edge/alerts: one of `alert` and `cancel`, in the words of people, with the author's own word.

    `alone`: no second person is waited for (an exercise or a test; or an alert where the area allows break-glass, which
    the signer decides). `draft` is the id under which the web pages keep it, "" = none.
    """

    said: tuple[Said, ...]
    word: Word
    alert: Alert | None = None
    cancel: Cancel | None = None
    alone: bool = False
    draft: str = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the gateway's journal about an alert or a cancel, copied to the database afterwards.

    `id` is that of the alert or cancel. `state` after this step; `by` and `name` of who made it, `code` and `reason`
    why it was refused or declined; `jws` once it was signed; `words` all there are; `expected`: loudspeakers meant.
    """

    entry: str
    id: str
    at: int
    state: State
    area: str
    wish: Wish
    by: str = ""
    name: str = ""
    author: str = ""
    words: tuple[Word, ...] = ()
    jws: str = ""
    code: str = ""
    reason: str = ""
    expected: int = 0


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """POST /edge/alerts/<id>/confirm."""

    word: Word


class Decline(msgspec.Struct, frozen=True, kw_only=True):
    """POST /edge/alerts/<id>/decline."""

    reason: str


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one loudspeaker has reported of one alert or cancel so far; the newest takes the place of those before.

    `received`, `sounding`, `ended`: when the gateway first heard so (ms), 0 = not. `state` is that of the last `Heard`,
    "" = nothing but the acknowledgement, `at` when it came. `refused` is the code with which the device refused it.
    """

    id: str
    device: str
    received: int = 0
    sounding: int = 0
    ended: int = 0
    state: str = ""
    at: int = 0
    reason: str = ""
    refused: str = ""
    round: int = 0
    target: str = ""
    late: bool = False
    missing: int = 0
