"""Writes: bring notifications up to date, send letters, and what people do with them."""

from loa.notifications.actions.forgetting import forget
from loa.notifications.actions.handling import let_go, mark_all_seen, mark_seen, prefer, take
from loa.notifications.actions.reconciling import reconcile
from loa.notifications.actions.sending import send_letters
from loa.notifications.actions.writing import write_letters

__all__ = [
    "forget",
    "let_go",
    "mark_all_seen",
    "mark_seen",
    "prefer",
    "reconcile",
    "send_letters",
    "take",
    "write_letters",
]
