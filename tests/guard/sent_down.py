"""What the province sends down to Quy Mông, for the addresses that name it; see `samples`."""

from datetime import timedelta

from loa.broadcasts.models import Delivery, Sending
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Version
from loa.bulletins.tests import stories
from loa.kernel.clock import local
from tests.cast import Cast
from tests.guard import samples
from tests.guard.samples import sample


@sample("sending")
def sending(cast: Cast) -> object:
    """What the province wants to send down; no commune sees its page."""
    return _sending(cast).pk


def _sending(cast: Cast) -> Sending:
    bulletins.load_categories()
    row = stories.submitted(cast, sound=samples.sound(cast))
    day = local(cast.now).date()
    return Sending.objects.create(
        bulletin=row, area=cast.lao_cai, first_day=day, last_day=day, made_by=cast.minh_anh, made_at=cast.now,
        version=Version.objects.get(bulletin=row),
    )  # fmt: skip


@sample("delivery")
def delivery(cast: Cast) -> object:
    """What has come of it to Quy Mông, and is the neighbour's business no more."""
    return Delivery.objects.create(sending=_sending(cast), area=cast.quy_mong, made_at=cast.now).pk


@sample("day")
def day(cast: Cast) -> str:
    """The Monday after the cast's day: its sample of a session is held on Mondays."""
    return (local(cast.now).date() + timedelta(days=4)).isoformat()
