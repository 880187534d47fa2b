"""Passkeys in software for people of the demonstration. Its signer takes them, with demonstration keys only."""

from datetime import datetime

import msgspec
from devicelink import keyfiles
from devicelink.jws import encode64
from django.conf import settings
from signer import authenticator, confirmers
from signer.authenticator import Passkey
from signer.confirmers import RIGHTS, Confirmer

from loa.kernel.clock import to_ms
from loa.people.models import User

FIRST_FILE = "demo-confirmer.key"  # of bao, from before others had any
RP_ID, ORIGIN = "localhost", "http://localhost"


def key_of(username: str) -> Passkey:
    """The key of this person, made if there is none yet."""
    name = FIRST_FILE if username == "bao" else f"demo-{username}.key"
    path = settings.ENV.var / "keys" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        keyfiles.write_new(path, authenticator.make().save().encode())
    return authenticator.load(path.read_text())


def admit(key: Passkey, person: User, scope: str, now: datetime) -> None:
    """What an operator does with `loa keys confirmers add` after comparing the fingerprint; for hours and alerts."""
    folder = settings.ENV.signer_keys
    site = confirmers.read_site(folder)
    if not site.rp_id:
        confirmers.write_site(folder, msgspec.structs.replace(site, rp_id=RP_ID))
    credential, moment = encode64(key.credential), to_ms(now)
    rows = (one for one in confirmers.read(folder) if one.credential == credential and one.may(moment))
    if any(set(RIGHTS) <= set(one.rights) for one in rows):
        return
    one = Confirmer(
        user=str(person.pk),
        name=person.full_name,
        scope=scope,
        credential=credential,
        public=key.public,
        valid_from=moment - 1,
        valid_to=moment + confirmers.LIFE_MS,
        demo=True,
        rights=RIGHTS,
    )
    confirmers.add(folder, one)
