"""What every process of the platform pays for when it starts."""

import subprocess
import sys

import pytest

HEAVY = ("av", "numpy", "holidays", "nats", "signer", "speaker")
CODE = """
import sys, django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
print(*sorted(set(sys.argv[1:]) & sys.modules.keys()))
"""


@pytest.mark.parametrize("first", ["", "import loa.config.jobs"])
def test_pages_and_worker_load_nothing_that_only_some_work_needs(first: str) -> None:
    program = CODE.replace("print", f"{first}\nprint", 1)
    done = subprocess.run([sys.executable, "-c", program, *HEAVY], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_no_local_variable_comes_into_the_log() -> None:
    code = """
import logging.config
from loa.config import logs
logs.configure(logs.configuration("plain", "INFO"))
def sign_in(password):
    raise ValueError("no luck")
try:
    sign_in("mat" + "-khau")
except ValueError:
    logging.getLogger("loa").exception("failed")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert "no luck" in done.stderr
    assert "mat-khau" not in done.stderr
