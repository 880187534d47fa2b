"""The data budget of the SIM card: what is still fetched when the month's megabytes run low. Pure."""

from datetime import UTC, datetime

from devicelink.messages import Airing

MEGABYTE = 1_000_000
TIGHT = 0.8  # from here on only what is needed soon
SOON_MS = 24 * 3_600_000


def month_of(now: int) -> str:
    """ "2026-11" of an instant in ms."""
    return datetime.fromtimestamp(now / 1000, UTC).strftime("%Y-%m")


def affordable(airings: tuple[Airing, ...], sha256: str, size: int, *, used: int, monthly_mb: int, now: int) -> bool:
    """May this file be fetched now? Documents and priority notices are never held back; 0 MB = unmetered."""
    if monthly_mb <= 0:
        return True
    needing = [airing for airing in airings if any(part.sha256 == sha256 for part in airing.parts)]
    if any(airing.priority == "priority" for airing in needing):
        return True
    share = (used + size) / (monthly_mb * MEGABYTE)
    if share <= TIGHT:
        return True
    return share <= 1 and any(airing.start <= now + SOON_MS for airing in needing)
