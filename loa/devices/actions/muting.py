"""Keeping one cluster quiet for a while, and rules of its own that are stricter than those of its area."""

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from loa.areas.queries import rules_for
from loa.audit.actions import record
from loa.devices import announce
from loa.devices.actions.placing import place
from loa.devices.models import ClusterRules, Device, Mute
from loa.devices.queries.air import own_rules
from loa.devices.rules.air import check_mute, check_own
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, NotFound, Refusal, Unavailable
from loa.people.access import require
from loa.people.models import User

log = logging.getLogger(__name__)

WRITE = "device.volume"


@transaction.atomic
def mute(
    *, actor: User, device: Device, until: datetime, reason: str, now: datetime, starts: datetime | None = None,
    words: str = "",
) -> Mute:  # fmt: skip
    """Nothing but emergencies sounds there from `starts` (None: now) to `until`. Raises NotFound, Denied, Invalid,
    Refusal `not_placed`."""
    require(actor, WRITE, device.area, now)
    if reason not in Mute.Reason.values:
        raise Invalid("Hãy chọn lý do tắt loa.", code="mute_reason")
    if device.state != Device.State.PLACED:
        raise Refusal(f"{device.name} chưa được ghép nối xong nên không cần tắt.", code="not_placed")
    check_mute(starts or now, until, reason, words, now)
    row = Mute.objects.create(
        device=device, starts=max(starts or now, now), until=until, reason=reason, words=words.strip()[:200], by=actor,
        made_at=now,
    )  # fmt: skip
    _note(actor, "device.muted", device, now, {"reason": reason, "starts": row.starts, "until": until, "words": words})
    _tell(device, now)
    return row


@transaction.atomic
def unmute(*, actor: User, device: Device, now: datetime) -> int:
    """One tap: it sounds again at once; what was to come is taken back too. Returns how many mutes ended.

    Raises NotFound, Denied.
    """
    require(actor, WRITE, device.area, now)
    rows = Mute.objects.select_for_update().filter(device=device, lifted_at=None, until__gt=now)
    lifted = rows.update(lifted_at=now, lifted_by=actor)
    if lifted:
        _note(actor, "device.unmuted", device, now, {"lifted": lifted})
        _tell(device, now)
    return lifted


@transaction.atomic
def set_cluster_rules(
    *,
    actor: User,
    device: Device,
    starts: date,
    document: str,
    windows: Sequence[Mapping[str, object]],
    volumes: Sequence[Mapping[str, object]],
    now: datetime,
    ends: date | None = None,
) -> ClusterRules:
    """Rules of its own from `starts`; open ones end what was open. Raises NotFound, Denied, Invalid, Refusal
    (`wider_than_parent`, `louder_than_parent`)."""
    require(actor, "rules.write", device.area, now)
    if starts < local(now).date():
        raise Invalid("Ngày bắt đầu đã qua. Hãy chọn từ hôm nay trở đi.", code="cluster_rules")
    row = ClusterRules(
        device=device, starts=starts, ends=ends, document=document.strip(), windows=list(windows),
        volumes=list(volumes), made_by=actor, made_at=now,
    )  # fmt: skip
    check_own(device.name, own_rules(row), rules_for(device.hamlet or device.area, starts))
    if ends is None:
        still_open = ClusterRules.objects.filter(device=device, ends=None)
        still_open.filter(starts__gte=starts).delete()
        still_open.update(ends=starts - timedelta(days=1))
    row.save()
    facts = {"document": row.document, "starts": starts, "ends": ends, "windows": row.windows, "volumes": row.volumes}
    _note(actor, "device.rules_set", device, now, facts)
    _tell(device, now)
    return row


@transaction.atomic
def end_cluster_rules(*, actor: User, device: Device, row: int, now: datetime) -> ClusterRules:
    """Rules of its own hold no more from tomorrow on, or never if they were to come: the area's hold.

    Raises NotFound, Denied, Refusal `rules_over`.
    """
    require(actor, "rules.write", device.area, now)
    found = ClusterRules.objects.filter(device=device, pk=row).first()
    if found is None:
        raise NotFound
    today = local(now).date()
    if found.ends is not None and found.ends <= today:
        raise Refusal("Quy định riêng này đã hết hiệu lực rồi.", code="rules_over")
    _note(actor, "device.rules_ended", device, now, {"document": found.document, "starts": found.starts})
    if found.starts > today:
        found.delete()
    else:
        found.ends = today
        found.save(update_fields=["ends"])
    _tell(device, now)
    return found


def _tell(device: Device, now: datetime) -> None:
    """At once if the signer answers; else the look of the next minute does it."""
    announce.device(device.pk)
    if device.state != Device.State.PLACED:
        return
    try:
        with transaction.atomic():
            place([device], now=now)
    except (Refusal, Unavailable) as error:
        log.warning("the placement of %s waits: %s", device.pk, error)


def _note(actor: User, verb: str, device: Device, now: datetime, facts: dict[str, object]) -> None:
    record(actor=actor, verb=verb, object=("device", device.pk), area=device.area.path, facts=facts, now=now)
