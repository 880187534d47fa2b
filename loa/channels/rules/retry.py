"""When a message that did not go out is tried again. Pure."""

from datetime import datetime, timedelta

CLAIM_HOLDS = timedelta(minutes=2)  # longer than any round of sending: whoever holds a row longer has died with it
ROUND = timedelta(seconds=60)  # after so long a round hands back what it has not come to
_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (10, 20, 40, 60, 120, 300, 600, 1800))


def next_try(tries: int, now: datetime, expires: datetime) -> datetime | None:
    """The next one after so many failures; None: it would come too late to be of use."""
    at = now + _PAUSES[min(max(tries, 1), len(_PAUSES)) - 1]
    return at if at < expires else None
