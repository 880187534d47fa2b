"""How often somebody may ask: a token bucket a name, bounded in memory."""

from collections import OrderedDict
from dataclasses import dataclass

from loa.kernel.errors import LoaError

MOST_NAMES = 50_000


class TooOften(LoaError):
    """Asked too often; later is fine."""

    code = "too_often"
    status = 429


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Limit:
    """`burst` at once, then `per_second` (float)."""

    def __init__(self, *, burst: int, per_second: float) -> None:
        self._burst = burst
        self._rate = per_second
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def allows(self, name: str, now: float) -> bool:
        """True, and one is used up, if `name` may at `now` (seconds, any clock that only rises)."""
        bucket = self._buckets.pop(name, None) or _Bucket(float(self._burst), now)
        bucket.tokens = min(self._burst, bucket.tokens + max(0.0, now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets[name] = bucket
        if len(self._buckets) > MOST_NAMES:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def require(self, name: str, now: float) -> None:
        """Raises TooOften."""
        if not self.allows(name, now):
            raise TooOften("Thao tác quá nhanh. Hãy đợi vài giây rồi thử lại.")
