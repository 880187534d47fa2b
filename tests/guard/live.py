"""What stands for live voices of Quy Mông in addresses: a request to speak, and an answer to it."""

from uuid import UUID, uuid4

from loa.broadcasts.actions import speaking as live
from loa.kernel import clock
from tests.cast import Cast
from tests.guard.samples import sample


@sample("permit")
def permit(cast: Cast) -> UUID:
    """A request to speak live that waits for an answer."""
    asked = live.ask_once(
        actor=cast.lan, area=cast.quy_mong, minutes=5, reason="Họp", permit_id=uuid4(), now=clock.now()
    )
    return asked.pk


@sample("do", route="broadcasts:answer_live")
def answer_live(cast: Cast) -> str:
    """To say yes."""
    return "cho-phep"
