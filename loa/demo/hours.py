"""All-day hours for the neighbour commune, got as lawfully as anybody gets them: proposed, then confirmed by a second
person's key. The key is software of this demonstration; the signer takes it with demonstration keys only.
"""

from datetime import date, datetime, timedelta

import msgspec
from devicelink import keyfiles
from devicelink.jws import encode64
from devicelink.keyfiles import KeyFolder
from devicelink.widening import Confirmed
from django.conf import settings
from signer import authenticator, confirmers
from signer.assertions import Judge
from signer.authenticator import Passkey
from signer.confirmers import Confirmer, Known

from loa.areas.hours import DEFAULT_WINDOWS, WindowText
from loa.areas.models import Area, OperatingRules
from loa.demo.places import Places
from loa.kernel.clock import local, to_ms
from loa.kernel.errors import Unavailable
from loa.people.actions import hours
from loa.people.models import RulesProposal, User

KEY_FILE = "demo-confirmer.key"
RP_ID, ORIGIN = "localhost", "http://localhost"
ALL_DAY: list[WindowText] = [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "24:00"}]
DOCUMENT = "Quy chế mẫu cho trình diễn, mở cả ngày"
LIFE = timedelta(days=360)
RENEW = timedelta(days=30)


def prepare(places: Places, people: dict[str, User], now: datetime) -> None:
    """The neighbour may sound at any hour, or nobody could show the product in the evening; may be called again."""
    today = local(now).date()
    if not _holds(places.neighbour, today):
        _open(places.neighbour, people["hung"], people["bao"], today, now)


def _holds(area: Area, today: date) -> bool:
    rows = OperatingRules.objects.filter(area=area, starts__lte=today, ends__gte=today + RENEW)
    return rows.exclude(confirmed=None).exists()


def _open(area: Area, author: User, second: User, today: date, now: datetime) -> None:
    folder = settings.ENV.signer_keys
    if not keyfiles.is_demo(KeyFolder(folder).keyset):
        raise Unavailable("Dữ liệu mẫu chỉ dựng được với khóa trình diễn.")
    key = _key()
    _known(key, second, now)
    wish = hours.Wish(ALL_DAY, DOCUMENT, today, today + LIFE)
    row = hours.set_or_propose(actor=author, area=area, wish=wish, ceiling=DEFAULT_WINDOWS, now=now)
    if isinstance(row, RulesProposal):
        key.counter = int(now.timestamp())  # the file keeps no count; a key that counts back is taken for a copy
        assertion = key.confirm(hours.widening(row, second), rp_id=RP_ID, origin=ORIGIN).assertion
        hours.confirm(
            actor=second, proposal_id=row.pk, assertion=assertion, ceiling=DEFAULT_WINDOWS, now=now, judge=_Judge(now)
        )


def _key() -> Passkey:
    path = settings.ENV.var / "keys" / KEY_FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        keyfiles.write_new(path, authenticator.make().save().encode())
    return authenticator.load(path.read_text())


def _known(key: Passkey, person: User, now: datetime) -> None:
    """What an operator does with `loa keys confirmers add` after comparing the fingerprint."""
    folder = settings.ENV.signer_keys
    site = confirmers.read_site(folder)
    if not site.rp_id:
        confirmers.write_site(folder, msgspec.structs.replace(site, rp_id=RP_ID))
    credential, moment = encode64(key.credential), to_ms(now)
    if not any(one.credential == credential and one.may(moment) for one in confirmers.read(folder)):
        confirmers.add(
            folder,
            Confirmer(
                user=str(person.pk),
                name=person.full_name,
                scope="vn",
                credential=credential,
                public=key.public,
                valid_from=moment - 1,
                valid_to=moment + confirmers.LIFE_MS,
                demo=True,
            ),
        )


class _Judge:
    """The signer's own judgement, asked here because the signer itself starts later; it judges again when it signs."""

    def __init__(self, now: datetime) -> None:
        folder = settings.ENV.signer_keys
        known = Known(confirmers.read_site(folder), confirmers.read(folder))
        self._judge = Judge(known=known, accepted=(), demo=True, note=lambda rule, by: None)
        self._now = to_ms(now)

    def __call__(self, confirmed: Confirmed) -> None:
        self._judge.accept(confirmed, self._now)
