"""Self-tests: asked of a loudspeaker, kept when it answers, forgotten after 400 days."""

import uuid
from datetime import datetime, timedelta

from devicelink import messages, selftests
from devicelink.contents import SELF_TEST
from devicelink.jws import decode64
from devicelink.refusals import Reason, Refused
from django.db import transaction

from loa.audit.actions import record
from loa.devices import announce
from loa.devices.actions.commands import check_placed, send_event
from loa.devices.models import Device, DeviceStatus, OutboxMessage, SelfTest
from loa.devices.queries.hearing import judged
from loa.devices.rules import hearing as rules
from loa.kernel.clock import from_ms, to_ms
from loa.people.access import require
from loa.people.models import User

ORDER_LIFE = timedelta(minutes=2)  # nobody waits longer, and nothing is to whistle when nobody stands there any more
_AHEAD = timedelta(minutes=10)


@transaction.atomic
def ask_selftest(*, actor: User, device: Device, now: datetime) -> OutboxMessage:
    """Have this one loudspeaker sound its probe and listen. NotFound, Denied, Refusal (`not_placed`)."""
    require(actor, "device.care", device.area, now)
    check_placed(device)
    order = messages.Command(
        audience=messages.Audience(device=device.pk),
        id=str(uuid.uuid4()),
        issued=to_ms(now),
        expires=to_ms(now + ORDER_LIFE),
        action=SELF_TEST,
    )
    row = send_event(order, area=device.area.path, now=now)
    path = device.area.path
    record(actor=actor, verb="device.selftest_asked", object=("device", device.pk), area=path, facts={}, now=now)
    return row


@transaction.atomic
def store_selftest(*, device: str, report: messages.SelfTest, now: datetime) -> None:
    """Check and keep what a device says that it heard; sent again it is kept once. Refused."""
    owner = Device.objects.select_for_update(no_key=True, of=("self",)).select_related("area").get(pk=device)
    selftests.check(report, device=device, public=decode64(owner.public_key))
    if report.at > to_ms(now + _AHEAD):
        raise Refused(Reason.NOT_YET_VALID, "a test of tomorrow")
    row, new = SelfTest.objects.get_or_create(
        device=owner, boot=report.boot, at=from_ms(report.at), defaults=_facts(report) | {"stored_at": now}
    )
    if not new:
        return
    found = judged(owner).hearing
    known = DeviceStatus.objects.filter(pk=device).exclude(hearing=found)
    known.update(hearing=found)
    announce.event("device.heard", owner.area.path, {"id": owner.pk, "verdict": row.verdict})


def forget_selftests(*, now: datetime) -> int:
    """Drop what is older than anybody asks for. How many."""
    return SelfTest.objects.filter(at__lt=now - rules.KEPT).delete()[0]


def _facts(report: messages.SelfTest) -> dict[str, object]:
    return {
        "verdict": report.verdict,
        "reason": report.reason[:30],
        "ear": report.ear,
        "level": report.level / 100 if report.verdict == "heard" else None,
        "noise": report.noise / 100,
        "score": report.score / 1000,
        "bar": report.bar / 1000,
        "harmonics": report.harmonics / 1000,
        "delay_ms": max(-10_000, min(10_000, report.delay)),
        "volume": max(0, min(100, report.volume)),
        "asked": bool(report.command),
    }
