"""`python -m loa.gateway`."""

import os

import django


def run() -> None:
    """Set up Django, then be the gateway."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    django.setup()
    from loa.gateway.app import main

    main()


if __name__ == "__main__":
    run()
