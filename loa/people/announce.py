"""Tells whoever listens, when the writer's transaction commits, that authority which was given out is over."""

import json

from django.db import connection

SIGNED_OUT = "loa_signed_out"


def signed_out(user: int, session: str, at: int) -> None:
    """See models.SignOut; `at` in Unix milliseconds. Listeners that were away read the table."""
    with connection.cursor() as cursor:
        payload = json.dumps({"user": user, "session": session, "at": at})
        cursor.execute("select pg_notify(%s, %s)", [SIGNED_OUT, payload])
