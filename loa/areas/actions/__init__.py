"""Writes of areas. Who may do them is decided above: `people.places` holds the door and the record."""

from loa.areas.actions.hamlets import add_hamlet, bare_hamlet_name, end_hamlet, rename_hamlet
from loa.areas.actions.importing import Imported, import_units
from loa.areas.actions.languages import set_languages
from loa.areas.actions.ruling import (
    TERMS,
    Terms,
    add_day_off,
    drop_coming_rules,
    end_day_off,
    set_operating_rules,
    weigh_rules,
)

__all__ = [
    "TERMS",
    "Imported",
    "Terms",
    "add_day_off",
    "add_hamlet",
    "bare_hamlet_name",
    "drop_coming_rules",
    "end_day_off",
    "end_hamlet",
    "import_units",
    "rename_hamlet",
    "set_languages",
    "set_operating_rules",
    "weigh_rules",
]
