"""What stands for the ways out of Quy Mông in addresses: channels, who agreed to be told, what was sent."""

from datetime import timedelta

from loa.channels.actions import keeping, lists, posting
from loa.channels.actions.keeping import Entered
from loa.channels.actions.lists import Person
from loa.channels.actions.posting import Notice
from tests.cast import Cast
from tests.guard.samples import sample


@sample("channel")
def channel(cast: Cast) -> object:
    """A way out of Quy Mông."""
    entered = Entered("Thư của xã")
    return keeping.add_channel(actor=cast.bao, area=cast.quy_mong, kind="email", entered=entered, now=cast.now)[0].pk


@sample("recipient")
def recipient(cast: Cast) -> object:
    """Somebody of Quy Mông who agreed to be told."""
    person = Person("Bàn Thị Xuân", "hamlet_head", "Ký giấy", cast.now.date(), "0912345678")
    return lists.add_recipient(actor=cast.lan, area=cast.quy_mong, person=person, now=cast.now).pk


@sample("posted")
def posted(cast: Cast) -> object:
    """What went out of Quy Mông."""
    recipient(cast)
    notice = Notice("guard", "alert", "actual", "Cảnh báo lũ", "Sơ tán", cast.now + timedelta(days=900))
    sending = posting.post(notice=notice, area=cast.quy_mong, now=cast.now)
    assert sending is not None
    return sending.pk
