"""The passkeys of a person, as they registered them: what the signer's host puts into its list of confirmers."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from devicelink.jws import encode64
from devicelink.keyring import fingerprint
from django.core.exceptions import ValidationError
from fido2 import cbor

from loa.people.models import User


@dataclass(frozen=True, slots=True)
class Passkey:
    """`credential` and `public` (COSE, CBOR) base64url; `fingerprint` is what two people read to each other."""

    name: str
    credential: str
    public: str
    fingerprint: str


def of(user: User) -> list[Passkey]:
    """Every passkey of this account, oldest first; one that cannot be read is left out."""
    rows = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN).order_by("pk")
    return [found for row in rows if (found := _read(row)) is not None]


def _read(row: Authenticator) -> Passkey | None:
    try:
        key = row.wrap()
        data = key.authenticator_data.credential_data
    except (KeyError, TypeError, ValueError, ValidationError):
        return None
    if data is None:
        return None
    public = cbor.encode(data.public_key)
    return Passkey(key.name, encode64(data.credential_id), encode64(public), fingerprint(public))
