"""A made-up province on a busy week, straight into the tables: for measurements only."""

import hashlib
import uuid
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import msgspec
from devicelink import permits
from devicelink.jws import encode64
from devicelink.messages import Audience, Hours, HoursWindow
from devicelink.permits import Permit, PermitTimes

from loa.areas import rules as area_rules
from loa.areas.models import Area
from loa.areas.rules import Kind, Level
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import sources
from loa.broadcasts.rules import targets, times
from loa.broadcasts.rules.targets import Target
from loa.bulletins.models import Approval, Bulletin, Verdict, Version
from loa.devices.models import Device, DeviceGroup, PlanSet
from loa.devices.rules import papers
from loa.kernel.clock import local, now, to_ms
from loa.media.models import Origin, Sound, SoundState
from loa.people.models import Role, RoleGrant, User

HOURS = Hours(windows=(HoursWindow(weekdays=(1, 2, 3, 4, 5, 6, 7), start=300, end=1260),))
# What a commune sounds: the frame of the day, and notices of this week (title, hours, days, which loudspeakers).
FRAME = (
    ("Nhạc hiệu", ("05:00", "17:00")),
    ("Quốc ca", ("05:01",)),
    ("Mở đầu", ("05:05", "17:05")),
    ("Kết", ("05:55",)),
)
NOTICES = 12
PROVINCE_ITEMS = 4


def build(communes: int, groups: int, devices: int) -> None:
    """`communes` communes with `groups` groups and `devices` loudspeakers each."""
    Builder(groups, devices).build(communes)


class Builder:
    """Collects rows and writes them in bulk."""

    def __init__(self, groups: int, devices: int) -> None:
        self.now = now() - timedelta(minutes=1)
        self.today = local(self.now).date()
        self.groups, self.devices = groups, devices
        self.author = User.objects.create(username="lan", full_name="Hoàng Thị Lan", password="!")
        self.approver = User.objects.create(username="thanh", full_name="Nguyễn Văn Thành", password="!")

    def build(self, communes: int) -> None:
        """Everything."""
        country = self.area("vn", Kind.COUNTRY, Level.CENTRE, None)
        province = self.area("vn.15", Kind.PROVINCE, Level.PROVINCE, country)
        RoleGrant.objects.create(
            user=self.approver, role=Role.APPROVER, area=province, starts=self.now - timedelta(days=1)
        )
        made = [self.area(f"vn.15.{n:05}", Kind.COMMUNE, Level.COMMUNE, province) for n in range(communes)]
        for commune in made:
            self.station(commune)
        rows = [row for commune in made for row in self.items(commune)]
        rows += [(province, f"Tin tỉnh {n}", ("18:00", "06:00"), Target(), n) for n in range(PROVINCE_ITEMS)]
        self.approve(rows)

    def area(self, path: str, kind: Kind, level: Level, parent: Area | None) -> Area:
        """A unit."""
        name = f"Đơn vị {path.rsplit('.', 1)[-1]}"
        return Area.objects.create(
            path=path, code=path.rsplit(".", 1)[-1], name=name, full_name=name, kind=kind, level=level, parent=parent,
            sort_key=area_rules.sort_key(name),
        )  # fmt: skip

    def station(self, commune: Area) -> None:
        """Groups, plan sets, loudspeakers."""
        groups = [DeviceGroup.objects.create(area=commune, name=f"Nhóm {n}") for n in range(self.groups)]
        sets = [self.plan_set(commune, group) for group in groups]
        devices = Device.objects.bulk_create(
            self.device(commune, sets[n % self.groups], n) for n in range(self.devices)
        )
        for place, group in enumerate(groups):
            group.members.add(*devices[place :: self.groups])

    def plan_set(self, commune: Area, group: DeviceGroup) -> PlanSet:
        """One for each group."""
        signature = papers.plan_set_signature(commune.path, [group.pk], HOURS)
        return PlanSet.objects.create(
            pk=papers.plan_set_id(signature), area=commune, signature=signature, groups=[group.pk],
            hours=msgspec.to_builtins(HOURS), made_at=self.now,
        )  # fmt: skip

    def device(self, commune: Area, plan_set: PlanSet, number: int) -> Device:
        """A placed loudspeaker."""
        name = f"spk-{commune.code}-{number}"
        return Device(
            pk=name, area=commune, number=number + 1, name=f"Cụm {number + 1:02}", plan_set=plan_set,
            public_key=encode64(hashlib.sha256(name.encode()).digest()), state=Device.State.PLACED, made_at=self.now,
        )  # fmt: skip

    def items(self, commune: Area) -> Iterator[tuple[Area, str, tuple[str, ...], Target, int]]:
        """What one commune sounds."""
        numbers = count()
        for title, clocks in FRAME:
            yield commune, title, clocks, Target(), next(numbers)
        groups = list(DeviceGroup.objects.filter(area=commune).values_list("pk", flat=True))
        for n in range(NOTICES):
            target = (Target(), Target(groups=(groups[n % len(groups)],)), Target(devices=(f"spk-{commune.code}-{n}",)))
            clocks = (f"05:{10 + 2 * n:02}", f"17:{10 + 2 * n:02}")
            yield commune, f"Thông báo số {n} của {commune.full_name}", clocks, target[n % 3], next(numbers)

    def approve(self, rows: list[tuple[Area, str, tuple[str, ...], Target, int]]) -> None:
        """Sounds, bulletins, versions, approvals and schedules, in bulk."""
        sounds = Sound.objects.bulk_create(self.sound(area) for area, *_ in rows)
        bulletins = Bulletin.objects.bulk_create(
            Bulletin(area=area, author=self.author, state="approved", made_at=self.now, changed_at=self.now)
            for area, *_ in rows
        )
        versions = Version.objects.bulk_create(
            self.version(bulletin, sound, row[1]) for bulletin, sound, row in zip(bulletins, sounds, rows, strict=True)
        )
        made = [self.schedule(version, *row) for version, row in zip(versions, rows, strict=True)]
        Approval.objects.bulk_create(approval for _, approval in made)
        Schedule.objects.bulk_create(schedule for schedule, _ in made)

    def sound(self, area: Area) -> Sound:
        """Forty seconds."""
        return Sound(
            area=area, made_by=self.author, made_at=self.now, origin=Origin.RECORDED, state=SoundState.READY,
            sha256=hashlib.sha256(uuid.uuid4().bytes).hexdigest(), size=160_000, duration_ms=40_000,
        )  # fmt: skip

    def version(self, bulletin: Bulletin, sound: Sound, title: str) -> Version:
        """Its only version."""
        return Version(
            bulletin=bulletin, number=1, author=self.author, made_at=self.now, submitted_at=self.now, title=title,
            text=title, spoken=title, sound=sound, content_hash=hashlib.sha256(title.encode()).hexdigest(),
        )  # fmt: skip

    def schedule(
        self, version: Version, area: Area, title: str, clocks: tuple[str, ...], target: Target, position: int
    ) -> tuple[Schedule, Approval]:
        """Daily for ten days, approved."""
        schedule = Schedule(
            area=area, bulletin=version.bulletin, version=version, state=State.APPROVED, position=position,
            pattern="daily", first_day=self.today, last_day=self.today + timedelta(days=9), times=list(clocks),
            slack_s=900, target=targets.to_json(target), made_by=self.author, made_at=self.now, decided_at=self.now,
        )  # fmt: skip
        spans = times.permit_times(sources.rule_of(schedule), self.now)
        schedule.approval = approval = self.approval(schedule, version, target, spans)
        return schedule, approval

    def approval(
        self, schedule: Schedule, version: Version, target: Target, spans: tuple[PermitTimes, ...]
    ) -> Approval:
        """By the approver."""
        name, decided = uuid.uuid4(), self.now
        named = targets.audiences(target, schedule.area.path, ())
        assert version.sound is not None
        permit = Permit(
            approval=str(name), content=version.content_hash, area=schedule.area.path,
            targets=named or (Audience(area=schedule.area.path),), sounds=(version.sound.sha256,), priority="normal",
            level="province" if schedule.area.level == Level.PROVINCE else "commune", times=spans,
            author=str(self.author.pk), approver=str(self.approver.pk), decided=to_ms(decided),
        )  # fmt: skip
        return Approval(
            pk=name, bulletin=version.bulletin, version=version, verdict=Verdict.APPROVED, author=self.author,
            approver=self.approver, decided_at=decided, permit=msgspec.to_builtins(permit),
            digest=permits.digest(permit),
        )  # fmt: skip
