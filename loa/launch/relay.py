"""Starts the process that fetches relayed streams once for all loudspeakers: `python -m loa.launch.relay`."""

import asyncio
import os


def main() -> None:
    """Until SIGTERM or SIGINT."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    import django
    from django.conf import settings

    django.setup()

    from django.db import close_old_connections

    from loa.relays.queries import served
    from loa.relays.serving.serve import serve

    def known() -> dict[str, str]:
        close_old_connections()
        return served()

    asyncio.run(serve(settings.LOA_RELAY_SOCKET, known, settings.LOA_RELAY_LOCAL))


if __name__ == "__main__":
    main()
