"""A stolen database opens no account: what apps and printed codes come from is sealed with keys beside it."""

import re
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from loa.audit.models import Entry
from loa.kernel.errors import Unavailable
from loa.people import sealed
from loa.people.actions import sealing
from loa.people.models import User
from loa.people.tests.test_coming_in import code_of, is_in, lan, sign_in, turn_on_app  # noqa: F401 - fixture
from tests.cast import Cast


@pytest.fixture(autouse=True)
def own_keys(settings: Settings, tmp_path: Path) -> Path:
    settings.LOA_ACCOUNT_KEYS = tmp_path / "accounts"
    return tmp_path / "accounts"


def dump() -> str:
    """Every row of every table, as a thief would read it."""
    with connection.cursor() as cursor:
        cursor.execute("select quote_ident(tablename) from pg_tables where schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        rows = []
        for table in tables:
            cursor.execute(f"select t::text from {table} t")
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def test_dump_holds_nothing_that_makes_a_code(client: Client, lan: User) -> None:  # noqa: F811
    sign_in(client, "lan")
    secret = turn_on_app(client)
    codes = re.findall(r"<code>(\w+)</code>", client.get(reverse("mfa_view_recovery_codes")).content.decode())
    row = Authenticator.objects.get(user=lan, type="recovery_codes")
    seed = sealed.unseal(row.data["seed"])
    stolen = dump()
    assert "lan@quymong.example" in stolen, "the dump is one"
    assert len(codes) == 10
    assert not any(word in stolen for word in (secret, secret.lower(), seed, *codes))
    assert len(seed) == 80


def test_app_and_codes_work_as_before(client: Client, lan: User) -> None:  # noqa: F811
    sign_in(client, "lan")
    secret = turn_on_app(client)
    other = Client()
    sign_in(other, "lan")
    other.post(reverse("mfa_authenticate"), {"code": code_of(secret, 1)})
    assert is_in(other)


def test_rows_of_the_time_before_are_read_and_sealed_by_night(cast: Cast) -> None:
    totp = Authenticator.objects.create(user=cast.lan, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    old = {"migrated_codes": ["11112222", "33334444"]}
    codes = Authenticator.objects.create(user=cast.lan, type="recovery_codes", data=old)
    passkey = Authenticator.objects.create(user=cast.lan, type="webauthn", data={"name": "k", "credential": {"a": 1}})
    assert RecoveryCodes(codes).get_unused_codes() == ["11112222", "33334444"]
    assert sealing.seal_all() == 2
    assert sealing.seal_all() == 0
    for row in (totp, codes, passkey):
        row.refresh_from_db()
    assert "JBSWY3DPEHPK3PXP" not in str(totp.data)
    assert TOTP(totp).validate_code(code_of("JBSWY3DPEHPK3PXP"))
    assert RecoveryCodes(codes).get_unused_codes() == ["11112222", "33334444"]
    assert passkey.data == {"name": "k", "credential": {"a": 1}}


def test_new_key_seals_everything_and_the_old_one_still_opens_old_backups(
    cast: Cast, own_keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    totp = TOTP.activate(cast.lan, "JBSWY3DPEHPK3PXP").instance
    before, first = totp.data["secret"], sealed.newest(own_keys)
    call_command("people", "renew-key")
    assert "niêm phong lại 1 mục" in capsys.readouterr().out
    totp.refresh_from_db()
    assert sealed.newest(own_keys) != first
    assert first not in totp.data["secret"]
    assert sealed.unseal(before) == sealed.unseal(totp.data["secret"]) == "JBSWY3DPEHPK3PXP"
    (own_keys / f"{first}.secret").unlink()
    assert sealed.unseal(totp.data["secret"]) == "JBSWY3DPEHPK3PXP"
    assert Entry.objects.get(verb="account.key_renewed").facts == {"sealed": 1}


def test_without_the_key_nobody_comes_in_and_everybody_is_told_why(
    client: Client,
    lan: User,  # noqa: F811
    own_keys: Path,
) -> None:
    sign_in(client, "lan")
    secret = turn_on_app(client)
    kept = {file: file.read_text() for file in own_keys.iterdir()}
    for file in kept:
        file.unlink()
    other = Client()
    sign_in(other, "lan")
    answer = other.post(reverse("mfa_authenticate"), {"code": code_of(secret, 1)})
    assert answer.status_code == 503
    assert "thiếu hoặc sai khóa" in answer.content.decode()
    assert not is_in(other)
    for file, text in kept.items():
        file.write_text(text)
    other.post(reverse("mfa_authenticate"), {"code": code_of(secret, 1)})
    assert is_in(other), "putting the key back is enough"


@pytest.mark.django_db
def test_changed_and_moved_texts_do_not_open(own_keys: Path) -> None:
    text = sealed.seal("JBSWY3DPEHPK3PXP")
    other = sealed.make_key(own_keys)
    mark, kid, content = text.split(".")
    for bad in (
        f"{mark}.{kid}.{content[:-4]}AAAA", f"{mark}.{other}.{content}", f"{mark}.{kid}.", f"{mark}.{kid}.***",
        f"{mark}.../../x.{content}", f"{mark}.nobody.{content}", "loa1.",
    ):  # fmt: skip
        with pytest.raises(Unavailable):
            sealed.unseal(bad)
    (own_keys / f"{kid}.secret").write_text("short\n")
    with pytest.raises(Unavailable):
        sealed.unseal(text)


def test_keys_are_private_files(own_keys: Path) -> None:
    """That they travel with the other keys in the backup: loa/launch/tests/test_care.py."""
    kid = sealed.ensure_key(own_keys)
    assert sealed.ensure_key(own_keys) == kid
    file = own_keys / f"{kid}.secret"
    assert (file.stat().st_mode & 0o777, own_keys.stat().st_mode & 0o777) == (0o600, 0o700)
