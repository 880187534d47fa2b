"""Writes of bulletins. Every one checks the door and the rules, does one thing and is recorded."""

from loa.bulletins.actions.categories import MAY_ADD, add_category, load_categories
from loa.bulletins.actions.deciding import approve, return_
from loa.bulletins.actions.ending import revoke, withdraw
from loa.bulletins.actions.hearing import record_listening, record_opening
from loa.bulletins.actions.writing import create_draft, recall, save_version, submit

__all__ = [
    "MAY_ADD",
    "add_category",
    "approve",
    "create_draft",
    "load_categories",
    "recall",
    "record_listening",
    "record_opening",
    "return_",
    "revoke",
    "save_version",
    "submit",
    "withdraw",
]
