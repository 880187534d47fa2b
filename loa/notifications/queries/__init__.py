"""Reads: what needs a person now, who holds which role, what one person is told."""

from loa.notifications.queries.boxes import Line, box, unseen
from loa.notifications.queries.people import held_over, preferences
from loa.notifications.queries.sources import SOURCES, Source

__all__ = ["SOURCES", "Line", "Source", "box", "held_over", "preferences", "unseen"]
