"""Quy Mông on air: eight loudspeakers in three groups, sounds, approved schedules, a signer inside the process."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from devicelink import jws, permits
from devicelink.jws import encode64
from devicelink.limits import PROTOCOL_VERSION
from devicelink.messages import Audience, Plan
from devicelink.permits import Permit
from devicelink.refusals import Reason
from devicelink.signing import Job, Signed, SignerUnavailable
from nacl.bindings import crypto_sign_seed_keypair

from loa.areas.models import Area
from loa.areas.queries import hours_for
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import sources
from loa.broadcasts.rules import targets, times
from loa.bulletins.models import Approval, Bulletin, Verdict, Version, VersionLanguage
from loa.bulletins.queries import files_of
from loa.devices.actions.placing import plan_set_of, wire_hours
from loa.devices.models import Device, DeviceGroup, SignedDocument
from loa.kernel.clock import LOCAL, local, to_ms
from loa.media.models import Origin, Sound, SoundState
from loa.people.models import User
from tests.cast import Cast


def at(cast: Cast, hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """An hour of the cast's day, local."""
    day = local(cast.now).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LOCAL)


def seed_of(device: str) -> bytes:
    return hashlib.sha256(device.encode()).digest()


@dataclass(slots=True)
class TestSigner:
    """Signs everything, like the real one when nothing is wrong; `refuse` names plan sets it will not sign."""

    __test__ = False
    refuse: set[str] = field(default_factory=set)
    away: bool = False
    signed: list[Plan] = field(default_factory=list)

    def sign_all(self, jobs: Iterable[Job]) -> Iterator[Signed]:
        for job in jobs:
            if self.away:
                raise SignerUnavailable("not started")
            plan = msgspec.json.decode(job.payload, type=Plan)
            if plan.audience.plan_set in self.refuse:
                yield Signed(code=Reason.NOT_APPROVED, detail="no")
                continue
            self.signed.append(plan)
            yield Signed(
                jws=jws.sign(bytes(job.payload), typ=job.typ, kid="plan-1", version=PROTOCOL_VERSION, seed=b"s" * 32)
            )


@pytest.fixture
def signer() -> TestSigner:
    return TestSigner()


@dataclass(slots=True)
class Station:
    """The loudspeakers of Quy Mông by number, and the groups by name."""

    cast: Cast
    speakers: dict[int, Device]
    groups: dict[str, DeviceGroup]

    def plan(self, number: int) -> Plan:
        """The newest plan of the loudspeaker, as it reads it."""
        subject = f"plan_set/{self.speakers[number].plan_set_id}"
        newest = SignedDocument.objects.filter(typ="plan", subject=subject).order_by("-revision").first()
        assert newest is not None, f"no plan for {number}"
        return msgspec.json.decode(jws.parse(newest.jws).payload, type=Plan)

    def titles(self, number: int) -> list[str]:
        """What this loudspeaker would sound, in order."""
        mine = self.speakers[number].pk
        return [airing.title for airing in self.plan(number).airings if not airing.only or mine in airing.only]


GROUPS = {"Trung tâm": (1, 2, 3), "Ven sông": (4, 5, 6), "Thôn 4, thôn 5": (7, 8)}


def speaker(cast: Cast, area: Area, number: int, hamlet: Area | None = None) -> Device:
    name = f"spk-{area.code}-{number}"
    public, _ = crypto_sign_seed_keypair(seed_of(name))
    return Device.objects.create(
        pk=name, area=area, hamlet=hamlet, number=number, name=f"Cụm {number:02}", public_key=encode64(public),
        state=Device.State.PLACED, made_at=cast.now,
    )  # fmt: skip


def settle(devices: Iterable[Device], now: datetime) -> None:
    """Give every device the plan set that belongs to its place, as a placement would."""
    for device in devices:
        hours = wire_hours(hours_for(device.hamlet or device.area, local(now).date()), now)
        device.plan_set = plan_set_of(device, hours, now)
        device.save()


@pytest.fixture
def station(cast: Cast) -> Station:
    hamlets = {7: cast.thon_4, 8: cast.thon_5}
    speakers = {number: speaker(cast, cast.quy_mong, number, hamlets.get(number)) for number in range(1, 9)}
    groups = {}
    for name, members in GROUPS.items():
        groups[name] = DeviceGroup.objects.create(area=cast.quy_mong, name=name)
        groups[name].members.set(speakers[number] for number in members)
    settle(speakers.values(), cast.now)
    return Station(cast, speakers, groups)


@pytest.fixture
def neighbour(cast: Cast) -> Device:
    device = speaker(cast, cast.tran_yen, 1)
    settle([device], cast.now)
    return device


def sound(cast: Cast, seconds: float, area: Area | None = None) -> Sound:
    return Sound.objects.create(
        area=area or cast.quy_mong, made_by=cast.lan, made_at=cast.now, origin=Origin.RECORDED, state=SoundState.READY,
        sha256=hashlib.sha256(uuid.uuid4().bytes).hexdigest(), size=int(seconds * 4000),
        duration_ms=int(seconds * 1000),
    )  # fmt: skip


def version(
    cast: Cast, title: str, seconds: float = 52, *, author: User | None = None, area: Area | None = None, **more: Any
) -> Version:
    """A submitted version with a sound."""
    author, area = author or cast.lan, area or cast.quy_mong
    bulletin = Bulletin.objects.create(
        area=area, author=author, state="submitted", made_at=cast.now, changed_at=cast.now, submitted_at=cast.now
    )
    return Version.objects.create(
        bulletin=bulletin, number=1, author=author, made_at=cast.now, title=title, text=title, spoken=title,
        sound=sound(cast, seconds, area), content_hash=hashlib.sha256(title.encode()).hexdigest(), **more,
    )  # fmt: skip


def on_air(
    cast: Cast, title: str, *clocks: str, seconds: float = 52, author: User | None = None, **more: Any
) -> Schedule:
    """An approved schedule, written straight into the tables for what begins after the approval.

    `version_*` go to the version, `target` takes a `Target`, `further` sounds by language, the rest is the schedule's.
    """
    content = {name.removeprefix("version_"): more.pop(name) for name in list(more) if name.startswith("version_")}
    area = more.pop("area", cast.quy_mong)
    further = more.pop("further", {})
    own = version(cast, title, seconds, author=author, area=area, **content)
    for position, (code, said) in enumerate(further.items()):
        VersionLanguage.objects.create(version=own, language=code, sound=said, position=position)
    target = more.pop("target", targets.Target())
    facts = {"pattern": "daily", "first_day": local(cast.now).date(), "last_day": date(2026, 12, 31), **more}
    schedule = Schedule(
        area=area, bulletin=own.bulletin, version=own, times=list(clocks), target=targets.to_json(target),
        made_by=own.author, made_at=cast.now, submitted_at=cast.now, **facts,
    )  # fmt: skip
    schedule.approval = approval(cast, schedule, target)
    schedule.state, schedule.decided_at = State.APPROVED, cast.now
    schedule.save()
    return schedule


LEVELS = {0: "centre", 1: "province", 3: "commune", 4: "commune"}


def approval(cast: Cast, schedule: Schedule, target: targets.Target) -> Approval:
    own = schedule.version
    assert own is not None
    assert own.sound is not None
    name = uuid.uuid4()
    places = sources.places([sources.commune_or_above(schedule.area.path)])
    permit = Permit(
        approval=str(name), content=own.content_hash, area=schedule.area.path,
        targets=targets.audiences(target, schedule.area.path, places) or (Audience(area=schedule.area.path),),
        sounds=files_of(own), readings=own.readings,
        priority=own.priority, level=LEVELS[schedule.area.level],
        times=times.permit_times(sources.rule_of(schedule), cast.now), author=str(own.author_id),
        approver=str(cast.thanh.pk), decided=to_ms(cast.now),
    )  # fmt: skip
    return Approval.objects.create(
        pk=name, bulletin=own.bulletin, version=own, verdict=Verdict.APPROVED, author=own.author, approver=cast.thanh,
        decided_at=cast.now, permit=msgspec.to_builtins(permit), digest=permits.digest(permit),
    )  # fmt: skip
