"""Rows as they were and as they became, so that a change can be taken back and is not if somebody has touched it since.

An image is JSON: table -> primary key -> column -> value as Django's serialisers write it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import apps
from django.core import serializers
from django.db import transaction
from django.db.models import Model, QuerySet

Image = dict[str, dict[str, dict[str, Any]]]


def take(rows: Sequence["QuerySet[Any]"]) -> Image:
    """All columns of these rows, by model and key; relations of several are left out (name their own table instead)."""
    found: Image = {}
    for query in rows:
        for row in query:
            found.setdefault(row._meta.label, {})[str(row.pk)] = _columns(row)
    return found


def _columns(row: Model) -> dict[str, Any]:
    fields: dict[str, Any] = serializers.serialize("python", [row])[0]["fields"]
    several = {field.name for field in row._meta.many_to_many}
    stored = {field.name for field in row._meta.concrete_fields if not field.generated}
    return {name: _plain(value) for name, value in fields.items() if name in stored and name not in several}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)


def changed(before: Image, after: Image) -> tuple[Image, Image]:
    """Only the rows, and of those only the columns, that differ; a row that is not there is missing."""
    was: Image = {}
    becomes: Image = {}
    for label in before.keys() | after.keys():
        for pk in before.get(label, {}).keys() | after.get(label, {}).keys():
            old, new = before.get(label, {}).get(pk), after.get(label, {}).get(pk)
            if old == new:
                continue
            both = old is not None and new is not None
            names = {name for name in old if old[name] != new[name]} if both else None  # type: ignore[union-attr,index]
            if old is not None:
                was.setdefault(label, {})[pk] = {k: v for k, v in old.items() if names is None or k in names}
            if new is not None:
                becomes.setdefault(label, {})[pk] = {k: v for k, v in new.items() if names is None or k in names}
    return was, becomes


def digest(image: Image) -> str:
    """The same for equal images."""
    return hashlib.sha256(json.dumps(image, sort_keys=True, default=str).encode()).hexdigest()[:32]


@transaction.atomic
def put_back(before: Image, after: Image) -> None:
    """Rows as they were: what was made goes, what is gone comes again, what differs is set back."""
    for label, rows in after.items():
        made = [pk for pk in rows if pk not in before.get(label, {})]
        if made:
            _model(label)._default_manager.filter(pk__in=made).delete()
    for label, rows in before.items():
        for pk, columns in rows.items():
            if pk in after.get(label, {}):
                _set(label, pk, columns)
            else:
                _insert(label, pk, columns)


def _model(label: str) -> Any:
    return apps.get_model(label)


def _set(label: str, pk: str, columns: Mapping[str, Any]) -> None:
    model = _model(label)
    known = model._default_manager.get(pk=pk)
    restored = _object(label, pk, {**_columns(known), **columns})
    restored.save(update_fields=list(columns), force_update=True)


def _insert(label: str, pk: str, columns: Mapping[str, Any]) -> None:
    _object(label, pk, columns).save(force_insert=True)


def _object(label: str, pk: str, columns: Mapping[str, Any]) -> Any:
    data = [{"model": label.lower(), "pk": pk, "fields": dict(columns)}]
    return next(iter(serializers.deserialize("python", data))).object
