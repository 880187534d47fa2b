"""What a loudspeaker wrote of itself: asked for with a reason, kept without secrets, read, forgotten."""

import gzip
import json
from datetime import timedelta

import msgspec
import pytest
from devicelink import jws
from devicelink.golden import world
from devicelink.messages import LogUpload
from devicelink.redaction import MARK
from devicelink.refusals import Reason, Refused

from loa.audit.models import Entry
from loa.devices import actions
from loa.devices.models import Device, LogRequest, OutboxMessage
from loa.devices.tests.test_commands import hang
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from tests.cast import Cast

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def village(cast: Cast) -> list[Device]:
    """Two loudspeakers of Quy Mông."""
    return [hang(cast, "Chợ"), hang(cast, "Bến đò")]


def upload(request: LogRequest, *lines: str) -> LogUpload:
    data = jws.encode64(gzip.compress("\n".join(lines).encode()))
    return LogUpload(device=request.device_id, id=str(request.pk), at=1, lines=len(lines), text=data)


def test_a_log_is_asked_for_kept_without_secrets_read_and_forgotten(cast: Cast, village: list[Device]) -> None:
    asked = actions.ask_log(actor=cast.son, device=village[0], reason="Hay mất liên lạc buổi tối", now=cast.now)
    content = json.loads(jws.parse(OutboxMessage.objects.get(pk=asked.pk).jws).payload)
    assert (content["action"], content["lines"]) == ("log", 500)
    token = world.signed(world.volume())
    actions.take_log(upload=upload(asked, "một dòng", f"token {token}"), now=cast.now)
    asked.refresh_from_db()
    assert actions.read_log(actor=cast.son, request=asked, now=cast.now) == ["một dòng", f"token {MARK}"]
    with pytest.raises(NotFound):
        actions.read_log(actor=cast.mai, request=asked, now=cast.now)
    with pytest.raises(Refused) as again:
        actions.take_log(upload=upload(asked, "anders"), now=cast.now)
    assert again.value.reason is Reason.MISSING_FILE
    assert actions.forget_logs(now=cast.now + timedelta(days=6)) == 0
    assert actions.forget_logs(now=cast.now + timedelta(days=7)) == 1
    verbs = list(Entry.objects.filter(verb__startswith="device.log").values_list("verb", flat=True))
    assert verbs == ["device.log_asked", "device.log_read"]


def test_nobody_sends_a_log_unasked_in_anothers_name_or_without_end(cast: Cast, village: list[Device]) -> None:
    asked = actions.ask_log(actor=cast.son, device=village[0], reason="Thử", now=cast.now)
    bad = [
        (upload(asked, "x"), {"device": village[1].pk}, Reason.MISSING_FILE),
        (upload(asked, "x"), {"id": "../../etc"}, Reason.MALFORMED),
        (upload(asked, "x"), {"text": "AAAA"}, Reason.MALFORMED),
        (upload(asked, "0" * 30_000_000), {}, Reason.MALFORMED),
        (upload(asked, "x"), {"text": "A" * 400_000}, Reason.TOO_LARGE),
    ]

    for message, changes, reason in bad:
        with pytest.raises(Refused) as refused:
            actions.take_log(upload=msgspec.structs.replace(message, **changes), now=cast.now)
        assert refused.value.reason is reason
    with pytest.raises(Refused):
        actions.take_log(upload=upload(asked, "zu spät"), now=cast.now + timedelta(hours=13))


def test_one_loudspeaker_is_asked_five_times_a_day_at_most_one_at_a_time(cast: Cast, village: list[Device]) -> None:
    with pytest.raises(Invalid):
        actions.ask_log(actor=cast.son, device=village[0], reason=" ", now=cast.now)
    with pytest.raises(Denied):
        actions.ask_log(actor=cast.lan, device=village[0], reason="Xem", now=cast.now)
    for number in range(5):
        at = cast.now + timedelta(minutes=number)
        asked = actions.ask_log(actor=cast.son, device=village[0], reason="Xem", now=at)
        with pytest.raises(Refusal) as refusal:
            actions.ask_log(actor=cast.son, device=village[0], reason="Xem", now=at)
        assert refusal.value.code == "log_waits"
        actions.take_log(upload=upload(asked, "x"), now=at)
    with pytest.raises(Refusal) as refusal:
        actions.ask_log(actor=cast.son, device=village[0], reason="Xem", now=cast.now + HOUR)
    assert refusal.value.code == "log_daily"
