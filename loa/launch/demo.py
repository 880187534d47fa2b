"""`loa demo`: the whole product on sample data, on this machine only."""

import argparse
import os

from loa.config import env
from loa.demo import cast
from loa.launch import say, start
from loa.launch.setup import Setup, for_demo


def run(arguments: argparse.Namespace) -> int:
    """Start the demonstration and keep it running; with --say, let one notice be heard and stop again."""
    if arguments.say:
        return say.run(arguments.say)
    if arguments.province:
        os.environ["LOA_DEMO_PROVINCE"] = arguments.province
    settings = env.read({**os.environ, "LOA_MODE": "demo"})
    return start.run(settings, start.Plan(for_demo, _started))


def _started(setup: Setup, tell: start.Say) -> None:
    tell("")
    tell(f"Mở trình duyệt ở: {setup.site_url}")
    tell(f"Xem thử 5 phút: {setup.site_url}/xem-thu/")
    tell(f"Tài khoản trình diễn, mật khẩu chung: {cast.PASSWORD}")
    for person in cast.PEOPLE:
        tell(f"  {person.username:<8} {person.full_name}, {person.position}")
    tell("Dừng: Ctrl-C")
