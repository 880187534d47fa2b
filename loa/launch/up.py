"""`loa up`: real use."""

import argparse
import os
import sys

from loa.config import env
from loa.launch import edges, prepared, start
from loa.launch.folders import Folders, make_secret_key
from loa.launch.setup import Setup, for_use


def run(arguments: argparse.Namespace) -> int:
    """Start for real use and keep running; refuses what would be unsafe."""
    folders = Folders(env.read_var())
    folders.make()
    make_secret_key(folders)
    settings = env.read({**os.environ, "LOA_MODE": "up"})
    try:
        setup = _setup(settings, folders, arguments)
        edges.check(setup, sample_accounts=False)
    except (edges.Refused, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return start.run(settings, start.Plan(lambda given, where: setup, _started))


def _setup(settings: env.Env, folders: Folders, arguments: argparse.Namespace) -> Setup:
    return for_use(
        settings,
        folders,
        listen=arguments.listen,
        site=arguments.site,
        tls_cert=arguments.tls_cert,
        tls_key=arguments.tls_key,
        behind_proxy=arguments.behind_proxy,
    )


def _started(setup: Setup, say: start.Say) -> None:
    say(f"Trang web: {setup.site_url}")
    link = setup.folders.run / prepared.FIRST_LINK
    if link.exists():
        say("Người quản trị đầu tiên mở liên kết này để đặt mật khẩu (đừng gửi cho ai khác):")
        say(link.read_text().strip())
        link.unlink()
