"""The part of the sample world that needs a running platform: `python -m loa.launch.samples`, started behind.

The simulated loudspeakers have come by themselves; the technician installs them, then the week is filled and signed.
"""

import os
import sys

import django
from django.core.management import call_command


def main() -> int:
    """Both steps in one process, since loading the platform takes longer than they do."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    django.setup()
    from loa.config import env
    from loa.launch.folders import Folders

    settings = env.read()
    fleet = str(Folders(settings.var).fleet)
    for step in ("settle", "week"):
        call_command("demo", step, "--province", settings.demo_province, "--fleet", fleet)
    return 0


if __name__ == "__main__":
    sys.exit(main())
