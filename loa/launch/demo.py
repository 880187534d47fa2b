"""`loa demo`: the whole product on sample data, on this machine only."""

import argparse
import os

from loa.config import env
from loa.demo import cast
from loa.launch import start
from loa.launch.setup import Setup, for_demo


def run(arguments: argparse.Namespace) -> int:
    """Start the demonstration and keep it running."""
    if arguments.province:
        os.environ["LOA_DEMO_PROVINCE"] = arguments.province
    settings = env.read({**os.environ, "LOA_MODE": "demo"})
    return start.run(settings, start.Plan(for_demo, _started))


def _started(setup: Setup, say: start.Say) -> None:
    say("")
    say(f"Mở trình duyệt ở: {setup.site_url}")
    say(f"Tài khoản trình diễn, mật khẩu chung: {cast.PASSWORD}")
    for person in cast.PEOPLE:
        say(f"  {person.username:<8} {person.full_name}, {person.position}")
    say("Dừng: Ctrl-C")
