"""Exchanging the key under which the secrets of accounts are sealed."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from loa.audit.actions import record
from loa.people import sealed

_SECRETS = ("secret", "seed")
_LISTS = ("migrated_codes",)


@transaction.atomic
def renew_key(*, now: datetime) -> int:
    """Make a new key and seal everything with it; how many accounts' secrets that were.

    The file of the old key may be deleted once no backup is needed any more that was made before.
    """
    kid = sealed.make_key(sealed.folder())
    count = seal_all()
    record(actor=None, verb="account.key_renewed", object=("account_key", kid), facts={"sealed": count}, now=now)
    return count


@transaction.atomic
def seal_all() -> int:
    """Seal with the newest key whatever is not; how many rows changed. Unavailable without an old key.

    Folders above people keep secrets, too: settings.LOA_SEALED_ELSEWHERE names what seals theirs.
    """
    changed: int = sum(import_string(name)() for name in settings.LOA_SEALED_ELSEWHERE)
    for row in Authenticator.objects.select_for_update().order_by("pk"):
        fresh = _sealed(row.data)
        if fresh != row.data:
            row.data = fresh
            row.save(update_fields=["data"])
            changed += 1
    return changed


def _sealed(data: dict[str, object]) -> dict[str, object]:
    fresh = dict(data)
    for name in _SECRETS:
        if isinstance(value := data.get(name), str):
            fresh[name] = _anew(value)
    for name in _LISTS:
        if isinstance(values := data.get(name), list):
            fresh[name] = [_anew(str(value)) for value in values]
    return fresh


def _anew(value: str) -> str:
    return value if sealed.is_current(value) else sealed.seal(sealed.unseal(value))
