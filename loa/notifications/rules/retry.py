"""When a letter that could not be sent is tried again, and when it is given up. Pure."""

from datetime import timedelta

MOST_TRIES = 9  # about eight and a half hours after the first
CLAIM_HOLDS = timedelta(minutes=5)  # whoever holds a letter longer than that has died with it
_FIRST, _LONGEST = timedelta(minutes=2), timedelta(hours=4)


def pause(tries: int) -> timedelta | None:
    """How long to wait after so many failures; None: it is given up."""
    return None if tries >= MOST_TRIES else min(_FIRST * 2 ** (tries - 1), _LONGEST)


def is_final(code: int) -> bool:
    """An answer of 550 to 559 is about this letter and will not change; others are about the server, or for a while."""
    return 550 <= code < 560
