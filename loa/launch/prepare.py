"""Tables, keys and first data of an installation. Runs as a process of its own, and only when something changed."""

import io
import os
import sys
from pathlib import Path

import django
import psycopg
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from loa.config import env
from loa.config.env import Env
from loa.kernel.clock import now
from loa.launch import keys
from loa.launch.care import dump
from loa.launch.child import REFUSED
from loa.launch.folders import Folders, write_secret
from loa.launch.prepared import FIRST_LINK, RESTORED, SETTLED, remember, wanted

SIGNER_ROLE = "loa_signer"
SIGNER_VIEWS = (
    "signer_permits",
    "signer_devices",
    "signer_area_hours",
    "signer_extensions",
    "signer_rollouts",
    "signer_live_permits",
)


def allow_signer(database_url: str) -> bool:
    """Give the signer's role its views, read-only; False when this server does not let us make roles."""
    role = sql.Identifier(SIGNER_ROLE)
    with psycopg.connect(database_url) as direct:
        try:
            if not direct.execute("select 1 from pg_roles where rolname = %s", [SIGNER_ROLE]).fetchone():
                direct.execute(sql.SQL("create role {} login").format(role))
            direct.execute(sql.SQL("alter role {} set default_transaction_read_only = on").format(role))
            for view in SIGNER_VIEWS:
                direct.execute(sql.SQL("grant select on {} to {}").format(sql.Identifier(view), role))
        except psycopg.errors.InsufficientPrivilege:
            direct.rollback()
            return False
    return True


def main() -> int:
    """Everything, in order; each piece may be done again without harm. 2 and one line for what was refused."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    settings = env.read()
    folders = Folders(settings.var)
    keys.make_missing(settings, folders)
    django.setup()
    try:
        _tables(settings)
        allow_signer(settings.database)
        _first_data(settings, folders)
    except CommandError as error:
        print(error, file=sys.stderr)
        return REFUSED
    remember(settings.database, wanted(settings, settings.mode, now()), sample=settings.sample_data)
    return 0


def _refuse_later_tables(url: str) -> None:
    """A later version may keep what this one would spoil. Raises CommandError; the tables stay as they are."""
    unknown = dump.unknown_migrations(url)
    if unknown:
        raise CommandError(
            f"Dữ liệu này do bản Loa khác tạo ra: bản này không biết bước {unknown[0][0]} {unknown[0][1]}. Chưa có gì "
            "thay đổi. Hãy cài lại bản Loa đã tạo ra nó; nếu chỉ là bản trình diễn, đặt LOA_VAR là một thư mục mới."
        )


def _tables(settings: Env) -> None:
    _refuse_later_tables(settings.database)
    call_command("migrate", interactive=False, verbosity=1)
    with connection.cursor() as cursor:
        cursor.execute("analyze")  # the first bulk of jobs on tables without statistics was eight times slower
    if settings.mode == "up":
        call_command("collectstatic", interactive=False, verbosity=0)


def _first_data(settings: Env, folders: Folders) -> None:
    call_command("areas", "import")
    call_command("blocks")
    if settings.mode == "demo":
        call_command("demo", "build", "--province", settings.demo_province, "--fleet", str(folders.fleet))
        (folders.fleet / SETTLED).unlink(missing_ok=True)
    if settings.mode == "up":
        _invite_first_administrator(folders)
    _after_restore(folders.var / RESTORED)


def _after_restore(mark: Path) -> None:
    """Only now do the tables fit this version: say in the record what `loa restore` did, and sign all states anew."""
    if not mark.exists():
        return
    from loa.config.jobs import issue_anew  # asks for the applications, which `main` has loaded by now

    call_command("audit", "restored", mark.read_text().strip())
    issue_anew.defer()
    mark.unlink()


def _invite_first_administrator(folders: Folders) -> None:
    """Keep the one-time link where the supervisor takes it from to show it; not in a log."""
    out = io.StringIO()
    try:
        call_command("people", "first-admin", stdout=out)
    except CommandError:  # there is one already
        return
    link = folders.run / FIRST_LINK
    link.unlink(missing_ok=True)
    write_secret(link, out.getvalue())


if __name__ == "__main__":
    sys.exit(main())
