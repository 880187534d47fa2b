"""Rollouts: who belongs to which ring, how each stands, what pages show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, Q, QuerySet, When

from loa.areas.queries import within
from loa.devices.models import Ack, Device, DeviceGroup, DeviceStatus, LogRequest, Release, Rollout, RolloutMember
from loa.devices.rules.reporting import LIFE
from loa.devices.rules.rollouts import Ring, Seen, Stand, Tally, reason_in_words, ring_of
from loa.kernel.clock import from_ms

SHOWN = 200


def rings_of(rollout: Rollout) -> tuple[Ring, ...]:
    """The rings, first one first."""
    return tuple(Ring(ring["share"], tuple(ring["groups"])) for ring in rollout.rings)


def circle(rollout: Rollout) -> list[tuple[str, int]]:
    """(device, its ring) of every loudspeaker in use in the area, in a fixed order."""
    placed = Device.objects.filter(within(rollout.area.path, "area__path"), state=Device.State.PLACED, sample=False)
    groups: dict[str, set[str]] = {device: set() for device in placed.order_by("pk").values_list("pk", flat=True)}
    links = DeviceGroup.members.through.objects.filter(device_id__in=groups)
    for device, group in links.values_list("device_id", "devicegroup_id"):
        groups[device].add(str(group))
    rings, order = rings_of(rollout), str(rollout.pk)
    found = ((device, ring_of(order, device, of, rings)) for device, of in groups.items())
    return [(device, ring) for device, ring in found if ring is not None]


def seen_of(rollout: Rollout) -> Iterable[tuple[RolloutMember, Seen]]:
    """Every member with what its loudspeaker said since."""
    members = list(rollout.members.all())
    status = DeviceStatus.objects.in_bulk([member.device_id for member in members])
    acks = dict(
        Ack.objects.filter(message_id__in=[member.message for member in members]).values_list("device_id", "code")
    )
    for member in members:
        yield member, _seen(member, status.get(member.device_id), acks.get(member.device_id, ""))


def _seen(member: RolloutMember, status: DeviceStatus | None, acked: str) -> Seen:
    if status is None:
        return Seen(offered_at=member.offered_at, acked=acked)
    return Seen(
        offered_at=member.offered_at,
        revision=status.release_revision,
        step=status.release_step,
        acked=acked,
        online=status.state == "online",
        seen_at=status.seen_at,
        since=status.since,
    )


def standing_members(rollout: Rollout) -> QuerySet[RolloutMember]:
    """Members whose loudspeakers are still in use: nobody waits for one that was taken down meanwhile."""
    return rollout.members.filter(device__state=Device.State.PLACED)


def tally_of(rollout: Rollout, ring: int) -> Tally:
    """How the members up to this ring stand."""
    rows = standing_members(rollout).filter(ring__lte=ring).values("stand").annotate(count=Count("pk"))
    return Tally({Stand(row["stand"]): row["count"] for row in rows})


@dataclass(frozen=True, slots=True)
class RingRow:
    """One ring on the page: `number` from 1, `share` percent, `size` loudspeakers it holds, sums of those offered."""

    number: int
    share: int
    size: int
    done: int
    failed: int
    under_way: int
    unreached: int
    now: bool
    past: bool


@dataclass(frozen=True, slots=True)
class FailedRow:
    """A loudspeaker that did not take it, now or before: `why` it stands so now ("" = it does not any more), `now` how
    it stands, `before` when and why it failed earlier, the newest first.
    """

    device: Device
    why: str
    now: Stand
    before: tuple[tuple[datetime, str], ...]


def ring_rows(rollout: Rollout) -> list[RingRow]:
    """The rings with their progress."""
    sizes = [0] * len(rollout.rings)
    for _device, ring in circle(rollout):
        sizes[ring] += 1
    sums: dict[tuple[int, str], int] = {
        (row["ring"], row["stand"]): row["count"]
        for row in standing_members(rollout).values("ring", "stand").annotate(count=Count("pk"))
    }
    ended = rollout.state in (Rollout.State.DONE, Rollout.State.RETURNED)
    return [
        RingRow(
            number=number + 1,
            share=ring.share,
            size=sizes[number],
            done=sums.get((number, Stand.DONE), 0),
            failed=sums.get((number, Stand.FAILED), 0),
            under_way=sums.get((number, Stand.UNDER_WAY), 0),
            unreached=sums.get((number, Stand.UNREACHED), 0),
            now=number == rollout.ring and not ended and rollout.approved_at is not None,
            past=ended or number < rollout.ring,
        )
        for number, ring in enumerate(rings_of(rollout))
    ]


def failed_rows(rollout: Rollout, path: str) -> list[FailedRow]:
    """Who failed or has failed before, inside this area, at most so many; those who still do first."""
    failed = Q(stand=Stand.FAILED)
    members = rollout.members.filter(within(path, "device__area__path")).filter(failed | ~Q(failures=[]))
    first = Case(When(failed, then=0), default=1)
    rows = members.select_related("device__area").order_by(first, "device__area__sort_key", "device__number")[:SHOWN]
    return [_failed_row(member) for member in rows]


def _failed_row(member: RolloutMember) -> FailedRow:
    stand = Stand(member.stand)
    past = member.failures[:-1] if stand is Stand.FAILED else member.failures
    before = tuple((from_ms(one["at"]), reason_in_words(one["reason"])) for one in reversed(past))
    return FailedRow(member.device, reason_in_words(member.reason) if stand is Stand.FAILED else "", stand, before)


def rollouts(path: str) -> list[Rollout]:
    """Of this area, the ones above it and the ones inside, newest first."""
    rows = Rollout.objects.select_related("release", "back", "area", "proposed_by", "approved_by")
    parts = path.split(".")
    above = [".".join(parts[:end]) for end in range(1, len(parts))]
    return list((rows.filter(within(path, "area__path")) | rows.filter(area__path__in=above)).distinct()[:50])


def releases() -> list[Release]:
    """Everything that can be handed out, newest first."""
    return list(Release.objects.all())


@dataclass(frozen=True, slots=True)
class VersionRow:
    """How many loudspeakers run one version."""

    agent: str
    count: int


def versions(path: str) -> list[VersionRow]:
    """What runs now in this area, most first."""
    rows = DeviceStatus.objects.filter(
        within(path, "device__area__path"), device__state=Device.State.PLACED, device__sample=False
    ).exclude(agent="")
    counted = rows.values("agent").annotate(count=Count("pk")).order_by("-count", "agent")
    return [VersionRow(row["agent"].rpartition("/")[2], row["count"]) for row in counted]


@dataclass(frozen=True, slots=True)
class LogRow:
    """One question to a loudspeaker for its log, and what became of it in words."""

    request: LogRequest
    words: str


_NO_LOG = {
    "unknown_type": "Phần mềm trên loa quá cũ, chưa biết gửi nhật ký.",
    "limit_exceeded": "SIM của loa đã hết dung lượng tháng nên loa không gửi.",
    "no_room": "Loa đang bận trả lời lần xin trước.",
}


def log_rows(device: Device, now: datetime) -> list[LogRow]:
    """What was asked of this loudspeaker in the last days, newest first."""
    requests = list(device.log_requests.select_related("by").defer("text"))
    codes = dict(Ack.objects.filter(message_id__in=[row.pk for row in requests]).values_list("message_id", "code"))
    return [LogRow(row, _log_words(row, codes.get(row.pk, ""), now)) for row in requests]


def _log_words(row: LogRequest, code: str, now: datetime) -> str:
    if row.answered_at is not None:
        return f"Đã nhận {row.count} dòng."
    if code in _NO_LOG:
        return _NO_LOG[code]
    if now - row.asked_at > LIFE:
        return "Loa không trả lời trong 12 giờ. Có thể xin lại."
    return "Loa đang gửi." if code == "ok" else "Đang chờ loa trả lời."
