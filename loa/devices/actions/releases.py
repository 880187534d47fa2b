"""Releases of the agent and their rollouts: one person proposes, another approves, the rings move by themselves."""

import sysconfig
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from devicelink import limits, updates
from devicelink.messages import Wheel
from devicelink.updates import Content
from django.db import transaction

from loa.areas.models import Area
from loa.areas.rules import is_inside
from loa.audit.actions import record
from loa.devices import wheels as store
from loa.devices.actions.documents import withdraw_document
from loa.devices.models import Release, Rollout
from loa.devices.rules.rollouts import Ring, check_plan
from loa.kernel.clock import to_ms
from loa.kernel.errors import Invalid, Refusal
from loa.people.access import require
from loa.people.models import User

PROPOSE, APPROVE = "release.propose", "release.approve"
LIFE = timedelta(days=60)
OPEN = (Rollout.State.PROPOSED, Rollout.State.RUNNING, Rollout.State.HALTED, Rollout.State.RETURNING)


@transaction.atomic
def add_release(
    *,
    version: str,
    packages: Mapping[str, bytes],
    now: datetime,
    note: str = "",
    python: Sequence[str] = (),
    machine: str = "",
) -> Release:
    """Take the wheels (file name -> bytes) of a version in. Whoever runs the server does it, so nobody is asked.

    `python`: "3.11" and so on, default that of the server. Invalid.
    """
    if not updates.VERSION.fullmatch(version):
        raise Invalid("Số phiên bản có dạng 1.2.3.", code="release_version")
    if Release.objects.filter(version=version).exists():
        raise Refusal(f"Đã có bản {version}. Mỗi bản chỉ được nhập một lần.", code="release_known")
    if not packages or not all(updates.WHEEL.fullmatch(name) for name in packages):
        raise Invalid("Thư mục chỉ được gồm các gói .whl, và có ít nhất một gói.", code="release_wheels")
    if f"loa_speaker-{version}-" not in "".join(packages):
        raise Invalid(f"Không có gói loa_speaker bản {version}.", code="release_without_agent")
    if len(packages) > limits.MAX_WHEELS or sum(map(len, packages.values())) > limits.MAX_RELEASE_BYTES:
        raise Invalid("Bản này quá lớn.", code="release_large")
    rows = [{"name": name, "sha256": store.keep(data), "size": len(data)} for name, data in sorted(packages.items())]
    release = Release.objects.create(
        version=version,
        note=note[:500],
        wheels=rows,
        python=list(python) or [sysconfig.get_python_version()],
        machine=machine,
        added_at=now,
    )
    facts: dict[str, object] = {"version": version, "packages": [row["sha256"] for row in rows]}
    record(actor=None, verb="release.added", object=("release", release.pk), facts=facts, now=now)
    return release


@transaction.atomic
def propose_rollout(
    *,
    actor: User,
    area: Area,
    release: Release,
    rings: Sequence[Ring],
    threshold: int,
    soak_hours: int,
    now: datetime,
    words: str = "",
    not_before: datetime | None = None,
) -> Rollout:
    """Ask for a release to be handed out in this area. NotFound, Denied, Invalid, Refusal `rollout_open`."""
    require(actor, PROPOSE, area, now)
    check_plan(rings, threshold, soak_hours)
    _check_free(area)
    identifier, back = uuid.uuid4(), _running_in(area)
    if back == release:
        raise Refusal(f"Bản {release.version} đã được cập nhật ở đây.", code="release_runs_already")
    begins = not_before or now
    forward = _content(identifier, release, begins, now, rollback=False)
    backward = _content(identifier, back, now, now, rollback=True)
    rollout = Rollout.objects.create(
        id=identifier,
        release=release,
        back=back,
        area=area,
        rings=[{"share": ring.share, "groups": list(ring.groups)} for ring in rings],
        threshold=threshold,
        soak_hours=soak_hours,
        words=words[:500],
        proposed_by=actor,
        proposed_at=now,
        forward=msgspec.to_builtins(forward),
        forward_digest=updates.digest(forward),
        backward=msgspec.to_builtins(backward),
        backward_digest=updates.digest(backward),
    )
    _note(actor, "rollout.proposed", rollout, now, {"version": release.version, "rings": rollout.rings})
    return rollout


def _check_free(area: Area) -> None:
    """Two rollouts never pull at one loudspeaker."""
    for other in Rollout.objects.filter(state__in=OPEN).select_related("area"):
        if is_inside(other.area.path, area.path) or is_inside(area.path, other.area.path):
            raise Refusal(
                f"Ở {other.area.full_name} đang có một đợt cập nhật chưa xong. Hãy đợi xong hoặc dừng hẳn đợt ấy.",
                code="rollout_open",
            )


def _running_in(area: Area) -> Release | None:
    """What the loudspeakers of this area were given last; None = what they were delivered with."""
    done = Rollout.objects.filter(state__in=(Rollout.State.DONE, Rollout.State.RETURNED)).select_related(
        "release", "back", "area"
    )
    for rollout in done.order_by("-ended_at"):
        if is_inside(area.path, rollout.area.path):
            return rollout.release if rollout.state == Rollout.State.DONE else rollout.back
    return None


def _content(order: uuid.UUID, release: Release | None, begins: datetime, now: datetime, *, rollback: bool) -> Content:
    """What is approved, in the form of the wire."""
    return Content(
        order=str(order),
        release=release.version if release else "",
        wheels=msgspec.convert(release.wheels if release else [], tuple[Wheel, ...]),
        python=tuple(release.python) if release else (),
        machine=release.machine if release else "",
        protocol=release.protocol if release else 1,
        not_before=to_ms(begins),
        expires=to_ms(max(begins, now) + LIFE),
        rollback=rollback,
    )


@transaction.atomic
def approve_rollout(*, actor: User, rollout: Rollout, now: datetime) -> Rollout:
    """The second person; the first ring begins within a minute. NotFound, Denied, Refusal `same_person`."""
    row = _locked(rollout, APPROVE, actor, now, Rollout.State.PROPOSED)
    if row.proposed_by_id == actor.pk:
        raise Refusal("Người đề nghị không tự duyệt được. Hãy nhờ một quản trị viên khác.", code="same_person")
    row.state, row.approved_by, row.approved_at, row.ring_since = Rollout.State.RUNNING, actor, now, now
    row.save()
    _note(actor, "rollout.approved", row, now, {"digest": row.forward_digest, "back": row.backward_digest})
    return row


@transaction.atomic
def refuse_rollout(*, actor: User, rollout: Rollout, reason: str, now: datetime) -> Rollout:
    """It is not approved. NotFound, Denied, Invalid."""
    return _end(rollout, APPROVE, actor, now, Rollout.State.REFUSED, _given(reason), "rollout.refused")


@transaction.atomic
def withdraw_rollout(*, actor: User, rollout: Rollout, now: datetime) -> Rollout:
    """The proposal is taken back before anybody decided. NotFound, Denied."""
    return _end(rollout, PROPOSE, actor, now, Rollout.State.WITHDRAWN, "", "rollout.withdrawn")


def _end(
    rollout: Rollout, capability: str, actor: User, now: datetime, state: Rollout.State, reason: str, verb: str
) -> Rollout:
    row = _locked(rollout, capability, actor, now, Rollout.State.PROPOSED)
    row.state, row.reason, row.ended_at = state, reason, now
    row.save()
    _note(actor, verb, row, now, {"reason": reason})
    return row


@transaction.atomic
def halt_rollout(*, actor: User, rollout: Rollout, reason: str, now: datetime) -> Rollout:
    """Nobody begins any more; who is done stays so. NotFound, Denied, Invalid."""
    row = _locked(rollout, PROPOSE, actor, now, Rollout.State.RUNNING)
    halt(row, actor, _given(reason), now)
    return row


def halt(row: Rollout, actor: User | None, reason: str, now: datetime) -> None:
    """Call back what was offered and is not carried out yet. `actor` None: the threshold cannot be met any more."""
    row.state, row.reason = Rollout.State.HALTED, reason[:300]
    row.save()
    for member in row.members.exclude(stand="done"):
        withdraw_document("release", f"device/{member.device_id}")
    _note(actor, "rollout.halted", row, now, {"reason": reason, "ring": row.ring + 1})


@transaction.atomic
def resume_rollout(*, actor: User, rollout: Rollout, now: datetime) -> Rollout:
    """Go on where it was halted; who failed is offered it once more. NotFound, Denied."""
    row = _locked(rollout, APPROVE, actor, now, Rollout.State.HALTED)
    row.state, row.reason, row.ring_since = Rollout.State.RUNNING, "", now
    row.save()
    row.members.exclude(stand="done").update(revision=0, stand="under_way", reason="")
    _note(actor, "rollout.resumed", row, now, {"ring": row.ring + 1})
    return row


@transaction.atomic
def return_rollout(*, actor: User, rollout: Rollout, reason: str, now: datetime) -> Rollout:
    """Every loudspeaker that was offered it goes back to what it ran before; approved with the rollout itself."""
    row = _locked(rollout, PROPOSE, actor, now, Rollout.State.RUNNING, Rollout.State.HALTED, Rollout.State.DONE)
    if row.state == Rollout.State.DONE:
        _check_free(row.area)
    row.state, row.reason, row.ended_at, row.ring_since = Rollout.State.RETURNING, _given(reason), None, now
    row.save()
    row.members.update(revision=0, stand="under_way", reason="")
    _note(actor, "rollout.returned", row, now, {"reason": row.reason})
    return row


def _locked(rollout: Rollout, capability: str, actor: User, now: datetime, *states: Rollout.State) -> Rollout:
    row = Rollout.objects.select_for_update(of=("self",)).select_related("area", "release", "back").get(pk=rollout.pk)
    require(actor, capability, row.area, now)
    if row.state not in states:
        raise Refusal(
            f"Đợt cập nhật này {row.get_state_display()} nên không làm việc này được nữa.", code="rollout_state"
        )
    return row


def _given(reason: str) -> str:
    if not reason.strip():
        raise Invalid("Hãy ghi lý do.", code="reason")
    return reason.strip()[:300]


def _note(actor: User | None, verb: str, row: Rollout, now: datetime, facts: Mapping[str, object]) -> None:
    record(actor=actor, verb=verb, object=("rollout", row.pk), area=row.area.path, facts=facts, now=now)
