"""The direction of imports, and of what import-linter does not see."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, OneToOneField

from tests.architecture.tree import ROOT, code, named, parsed

# Most dependent first, as in the import contracts; a foreign key may point to the same place or further down.
ORDER = (
    "demo",
    "notifications",
    "alerts",
    "broadcasts",
    "bulletins",
    "relays channels",
    "devices media",
    "people",
    "audit",
    "areas",
)
DEPTH = {label: depth for depth, labels in enumerate(ORDER) for label in labels.split()}


def test_the_import_contracts_are_kept() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([program, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def test_foreign_keys_point_downwards() -> None:
    upwards = []
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if not isinstance(field, ForeignKey | OneToOneField | ManyToManyField):
                continue
            here, there = model._meta.app_label, field.related_model._meta.app_label  # type: ignore[union-attr]
            if here != there and here in DEPTH and there in DEPTH and DEPTH[there] <= DEPTH[here]:
                upwards.append(f"{model.__name__}.{field.name} -> {there}")
    assert upwards == []


def test_every_domain_has_its_place_in_the_order() -> None:
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("loa.")}
    assert ours - DEPTH.keys() == {"ui"}  # it has no tables


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration() -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


def test_no_business_flow_hides_in_signals_or_save() -> None:
    import ast

    hidden = []
    for path in code():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef) and node.name == "save" and "models" in named(path):
                hidden.append(f"{named(path)}:{node.lineno} save()")
            if isinstance(node, ast.ImportFrom) and node.module in ("django.db.models.signals", "django.dispatch"):
                hidden.append(f"{named(path)}:{node.lineno} {node.module}")
    assert hidden == []
