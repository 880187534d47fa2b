"""The process that writes letters, or sends them, alone: `python -m loa.notifications.tests.worker write|send INSTANT`.

A story starts it to kill it. INSTANT is ISO; MAILBOX in the environment is the port of the mail server on loopback.
"""

import os
import sys
from datetime import datetime

import django
from django.conf import settings


def main(deed: str, instant: str) -> None:
    """One round of one deed."""
    django.setup()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(os.environ["MAILBOX"])
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.DEFAULT_FROM_EMAIL = "Loa <loa@laocai.example>"
    from loa.notifications import actions

    now = datetime.fromisoformat(instant)
    if deed == "write":
        actions.reconcile(now=now)
    else:
        actions.send_letters(clock=lambda: now)


if __name__ == "__main__":
    main(*sys.argv[1:])
