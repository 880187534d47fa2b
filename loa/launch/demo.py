"""`loa demo`: the whole product on sample data, on this machine only."""

import argparse
import os

from loa.config import env
from loa.demo import cast, provinces
from loa.kernel.errors import Invalid
from loa.launch import say, start
from loa.launch.setup import Setup, for_demo


def run(arguments: argparse.Namespace) -> int:
    """Start the demonstration and keep it running; with --say, let one notice be heard and stop again."""
    try:
        _choose(arguments.province or os.environ.get("LOA_DEMO_PROVINCE", ""))
    except Invalid as error:
        start.complain(error.message)
        return 2
    if arguments.say:
        return say.run(arguments.say)
    settings = env.read({**os.environ, "LOA_MODE": "demo"})
    return start.run(settings, start.Plan(for_demo, _started))


def _choose(province: str) -> None:
    """For this process and its children: the code of the province that somebody named."""
    if province:
        os.environ["LOA_DEMO_PROVINCE"] = provinces.code_of(province)


def _started(setup: Setup, tell: start.Say) -> None:
    tell("")
    tell(f"Mở trình duyệt ở: {setup.site_url}")
    tell(f"Xem thử 5 phút: {setup.site_url}/xem-thu/")
    tell(f"Tài khoản trình diễn, mật khẩu chung: {cast.PASSWORD}")
    for person in cast.PEOPLE:
        tell(f"  {person.username:<8} {person.full_name}, {person.position}")
    tell("Dừng: Ctrl-C")
