"""What stands for alerts of Quy Mông in addresses; see `samples`."""

from datetime import timedelta

from loa.alerts import content
from loa.alerts.actions import drafting, drills, duty
from loa.alerts.tests.test_duty import plan
from loa.alerts.tests.test_records import sent
from tests.cast import Cast
from tests.guard.samples import sample


@sample("draft", route="alerts:")
def draft(cast: Cast) -> object:
    """What Lan prepares."""
    words = content.Words(content.GENERAL, {"vi": "Nước lên."})
    wanted = content.Wanted(status="exercise", event="lu", risk=0, areas=(cast.quy_mong.path,), general=words)
    return drafting.draft_alert(actor=cast.lan, area=cast.quy_mong, wanted=wanted, now=cast.now).pk


@sample("alert", route="alerts:")
def alert(cast: Cast) -> object:
    """What was sent to the commune."""
    return sent(cast).pk


@sample("drill", route="alerts:")
def drill(cast: Cast) -> object:
    """A test on its calendar."""
    return drills.set_drill(actor=cast.lan, area=cast.quy_mong, plan=plan(), now=cast.now).pk


@sample("duty", route="alerts:")
def watch(cast: Cast) -> object:
    """Lan's watch."""
    ends = cast.now + timedelta(hours=12)
    row = duty.set_duty(actor=cast.thanh, person=cast.lan, area=cast.quy_mong, starts=cast.now, ends=ends, now=cast.now)
    return row.pk


@sample("kind", route="alerts:end")
def ending(cast: Cast) -> str:
    """It is over."""
    return "end"


@sample("kind", route="alerts:report")
def paper(cast: Cast) -> str:
    """The form of the report."""
    return "xlsx"
