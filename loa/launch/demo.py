"""`loa demo`: the whole product on sample data, on this machine only."""

import argparse
import os

from loa.config import env
from loa.launch import start
from loa.launch.setup import Setup, for_demo


def run(arguments: argparse.Namespace) -> int:
    """Start the demonstration and keep it running."""
    settings = env.read({**os.environ, "LOA_MODE": "demo"})
    return start.run(settings, for_demo, _started)


def _started(setup: Setup, say: start.Say) -> None:
    say("")
    say(f"  Mở trình duyệt ở: {setup.site_url}")
    say("  Dừng: Ctrl-C")
