"""All-day hours for the neighbour commune, got as lawfully as anybody gets them: proposed, then confirmed by a second
person's key (`passkeys`).
"""

from datetime import date, datetime, timedelta

from devicelink import keyfiles
from devicelink.keyfiles import read_keyset
from devicelink.widening import Confirmed
from django.conf import settings
from signer import confirmers
from signer.assertions import Judge
from signer.confirmers import Known

from loa.areas.hours import DEFAULT_WINDOWS, WindowText
from loa.areas.models import Area, OperatingRules
from loa.demo import passkeys
from loa.demo.places import Places
from loa.kernel.clock import local, to_ms
from loa.kernel.errors import Unavailable
from loa.people.actions import hours
from loa.people.models import RulesProposal, User

ALL_DAY: list[WindowText] = [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "24:00"}]
DOCUMENT = "Quy chế mẫu cho trình diễn, mở cả ngày"
LIFE = timedelta(days=360)
RENEW = timedelta(days=30)


def prepare(places: Places, people: dict[str, User], now: datetime) -> None:
    """The neighbour may sound at any hour, or nobody could show the product in the evening; may be called again."""
    today = local(now).date()
    if not keyfiles.is_demo(read_keyset(settings.ENV.signer_keys)):
        raise Unavailable("Dữ liệu mẫu chỉ dựng được với khóa trình diễn.")
    for name, area in (("bao", places.country), ("lan", places.home), ("thanh", places.home)):
        passkeys.admit(passkeys.key_of(name), people[name], area.path, now)
    if not _holds(places.neighbour, today):
        _open(places.neighbour, people["hung"], people["bao"], today, now)


def _holds(area: Area, today: date) -> bool:
    rows = OperatingRules.objects.filter(area=area, starts__lte=today, ends__gte=today + RENEW)
    return rows.exclude(confirmed=None).exists()


def _open(area: Area, author: User, second: User, today: date, now: datetime) -> None:
    key = passkeys.key_of(second.username)
    wish = hours.Wish(ALL_DAY, DOCUMENT, today, today + LIFE)
    row = hours.set_or_propose(actor=author, area=area, wish=wish, ceiling=DEFAULT_WINDOWS, now=now)
    if isinstance(row, RulesProposal):
        key.counter = int(now.timestamp())  # the file keeps no count; a key that counts back is taken for a copy
        assertion = key.confirm(hours.widening(row, second), rp_id=passkeys.RP_ID, origin=passkeys.ORIGIN).assertion
        hours.confirm(
            actor=second, proposal_id=row.pk, assertion=assertion, ceiling=DEFAULT_WINDOWS, now=now, judge=_Judge(now)
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
