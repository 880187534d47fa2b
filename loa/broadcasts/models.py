"""What is sent when, where and by whose leave; the airings of the next days; the proofs of what sounded."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from loa.areas.models import Area
from loa.broadcasts.rules import rundowns, states
from loa.bulletins.models import Approval, Bulletin, Version
from loa.devices.models import Device, PlanSet
from loa.kernel.ids import new_id


class Programme(models.Model):
    """A named slot of an area's week ("Buổi sáng"): local `starts`, `minutes` long, on ISO `weekdays` (1 = Monday).

    With a season it is held from `season_from` to `season_to` of each year ("MM-DD", both included, also over New Year;
    lunar months and days if `season_lunar`), else all year.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    area = models.ForeignKey(Area, models.PROTECT, related_name="programmes")
    name = models.CharField(max_length=80)
    starts = models.TimeField()
    minutes = models.PositiveSmallIntegerField()
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list)
    season_from = models.CharField(max_length=5, blank=True)
    season_to = models.CharField(max_length=5, blank=True)
    season_lunar = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["area_id", "starts", "name"]
        constraints = [
            models.UniqueConstraint(fields=["area", "name"], condition=Q(closed_at=None), name="programme_name_once"),
            models.CheckConstraint(condition=Q(minutes__gte=1, minutes__lte=1440), name="programme_has_minutes"),
            models.CheckConstraint(
                condition=Q(season_from="") ^ ~Q(season_to=""), name="programme_season_has_both_ends"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RundownItem(models.Model):
    """One part of a programme, in its place: see `rules.rundowns`. `minutes` are what it is planned to take.

    `bulletin` is what sounds in a fixed or a filling part (station call, anthem, music): approved like any other. The
    part `bulletins` is where the bulletins of the session come, priority first.
    """

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=[(one.value, one.label) for one in rundowns.Kind])
    title = models.CharField(max_length=80)
    bulletin = models.ForeignKey(Bulletin, models.PROTECT, null=True, blank=True, related_name="rundown_items")
    minutes = models.PositiveSmallIntegerField()
    over_run = models.CharField(max_length=8, choices=[(one.value, one.label) for one in rundowns.Over])
    under_run = models.CharField(max_length=8, choices=[(one.value, one.label) for one in rundowns.Under])

    class Meta:
        ordering = ["programme", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "position"], name="rundown_position_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(condition=Q(minutes__gte=1, minutes__lte=240), name="rundown_item_has_minutes"),
            models.CheckConstraint(
                condition=~Q(kind="bulletins", bulletin__isnull=False), name="rundown_many_are_not_one"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SessionChange(models.Model):
    """One session of one local day is not held, begins at another time, or has more or fewer minutes."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="changes")
    day = models.DateField()
    dropped = models.BooleanField(default=False)
    starts = models.TimeField(null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["day", "programme"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "day"], name="session_changed_once"),
            models.CheckConstraint(
                condition=Q(dropped=True) | Q(starts__isnull=False) | Q(minutes__isnull=False),
                name="session_change_says_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.day}"


class State(models.TextChoices):
    """Where a schedule is on its way."""

    DRAFT = states.DRAFT, "Bản nháp"
    SUBMITTED = states.SUBMITTED, "Chờ duyệt"
    APPROVED = states.APPROVED, "Đã duyệt"
    RETURNED = states.RETURNED, "Trả lại"
    ENDED = states.ENDED, "Đã thôi phát"


class Schedule(models.Model):
    """One approved version of a bulletin, when and where it sounds.

    The days and times are those of `airtime.recurrence.Recurrence`: `times` are local "HH:MM" or "HH:MM:SS", `gap_s` is
    between starts. `dropped` are single instants taken out later (Unix ms). `target` is the JSON of
    `rules.targets.Target`; empty = all of `area`. `slack_s`: how much later it may start if something displaces it.
    `filling` items (music, recorded relays) may be cut and joined midway. `recurring_part` marks what belongs to the
    day's frame (station call, anthem, opening): approved once until `last_day`. `replaces` is ended when this one is
    approved. `moved_at` (Unix ms) is the single instant of `replaces` that this one takes the place of.
    `floating`: `times` is the start of its session, and the rundown says when in the session it sounds, up to `slack_s`
    later; `spill` are starts of sessions (Unix ms) into which it may go where its own has no room.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    area = models.ForeignKey(Area, models.PROTECT, related_name="schedules")
    bulletin = models.ForeignKey(Bulletin, models.PROTECT, related_name="schedules")
    version = models.ForeignKey(Version, models.PROTECT, null=True, blank=True, related_name="schedules")
    approval = models.ForeignKey(Approval, models.PROTECT, null=True, blank=True, related_name="schedules")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, blank=True, related_name="schedules")
    position = models.PositiveSmallIntegerField(default=0)
    recurring_part = models.BooleanField(default=False)
    filling = models.BooleanField(default=False)

    pattern = models.CharField(max_length=10)
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    times = ArrayField(models.CharField(max_length=8))
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    repeats = models.PositiveSmallIntegerField(default=0)
    gap_s = models.PositiveIntegerField(default=0)
    except_days = ArrayField(models.DateField(), default=list, blank=True)
    lunar_days = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    lunar_months = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    lunar_leap = models.BooleanField(default=False)
    except_holidays = models.BooleanField(default=False)
    dropped = ArrayField(models.BigIntegerField(), default=list, blank=True)
    floating = models.BooleanField(default=False)
    spill = ArrayField(models.BigIntegerField(), default=list, blank=True)
    slack_s = models.PositiveIntegerField(default=0)
    offline_for = models.PositiveSmallIntegerField(default=168)
    target = models.JSONField(default=dict, blank=True)

    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replacements")
    moved_at = models.BigIntegerField(null=True, blank=True)
    return_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["area_id", "first_day", "position", "made_at"]
        constraints = [
            models.CheckConstraint(condition=Q(repeats=0) | Q(gap_s__gt=0), name="schedule_repeats_have_a_gap"),
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")), name="schedule_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=~Q(state=states.APPROVED) | Q(approval__isnull=False, version__isnull=False),
                name="schedule_approved_names_its_approval",
            ),
        ]
        indexes = [
            models.Index(fields=["area", "state"], name="schedule_area_state"),
            models.Index(fields=["submitted_at"], condition=Q(state=states.SUBMITTED), name="schedule_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.bulletin_id} {self.first_day}"


class Obligation(models.Model):
    """A bulletin has to be made public by loudspeaker on `days` consecutive days from `first_day`, `times_a_day` times
    each (`basis` says by which rule). `ended_at`: it was taken back, and `end_reason` says why; see `rules.duties`.
    """

    bulletin = models.OneToOneField(Bulletin, models.PROTECT, related_name="obligation")
    area = models.ForeignKey(Area, models.PROTECT, related_name="obligations")
    first_day = models.DateField()
    days = models.PositiveSmallIntegerField()
    times_a_day = models.PositiveSmallIntegerField()
    basis = models.CharField(max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["area", "first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(days__gte=1, days__lte=30, times_a_day__gte=1, times_a_day__lte=6),
                name="obligation_is_of_this_world",
            )
        ]
        indexes = [models.Index(fields=["area", "first_day"], name="obligation_area_day")]

    def __str__(self) -> str:
        return f"{self.bulletin_id} {self.first_day}"


class CalendarFeed(models.Model):
    """A private address where a calendar program reads the week of `area`, or one programme, as its maker may see it.
    Only the SHA-256 of the address is kept (`key`); revoked, there is nothing at it.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    key = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=80)
    area = models.ForeignKey(Area, models.CASCADE, related_name="+")
    programme = models.ForeignKey(Programme, models.CASCADE, null=True, blank=True, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at"]

    def __str__(self) -> str:
        return self.name


class Airing(models.Model):
    """One dated item of the plans. `id` is made from schedule and start, so compiling anew gives the same one.

    `latest` is the last instant at which it may start. `dropped_at` is set when it is in no plan any more.
    """

    id = models.CharField(primary_key=True, max_length=40)
    schedule = models.ForeignKey(Schedule, models.PROTECT, related_name="airings")
    # Thousands are written at once; the schedule already stands for the approval's existence.
    approval = models.ForeignKey(Approval, models.PROTECT, related_name="+", db_constraint=False)
    title = models.CharField(max_length=200)
    start = models.DateTimeField()
    latest = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    priority = models.CharField(max_length=8)
    level = models.CharField(max_length=8)
    position = models.PositiveSmallIntegerField(default=0)
    filling = models.BooleanField(default=False)
    issued_at = models.DateTimeField()
    offline_for = models.PositiveSmallIntegerField(default=168)
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["start", "position", "id"]
        indexes = [models.Index(fields=["schedule", "start"], name="airing_schedule_start")]

    def __str__(self) -> str:
        return f"{self.title} {self.start:%d/%m/%Y %H:%M}"

    @property
    def end(self) -> datetime:
        """When it is over if nothing displaces it."""
        return self.start + timedelta(milliseconds=self.duration_ms)


class PlanDay(models.Model):
    """One local day of the plan of a plan set, as last compiled; past days stay as they were.

    `airings` is a list of {"id": airing, "at": start in Unix ms, "only": [device ids] if not all of the set are meant}.
    """

    plan_set = models.ForeignKey(PlanSet, models.CASCADE, related_name="plan_days")
    day = models.DateField()
    airings = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan_set", "day"], name="plan_day_once")]
        indexes = [models.Index(fields=["day"], name="plan_day_day")]

    def __str__(self) -> str:
        return f"{self.plan_set_id} {self.day}"


class PlanState(models.Model):
    """What was last compiled for a plan set.

    `day` is the first local day of the plan, `content` the digest of what it says, `members` of who hears it.
    `touched_at` is set when something it depends on changed; `refused` says why no newer plan could be made, `left`
    which airings are not in it: {schedule, title, start (ms), reason}.
    """

    plan_set = models.OneToOneField(PlanSet, models.CASCADE, primary_key=True, related_name="plan_state")
    day = models.DateField(null=True, blank=True)
    content = models.CharField(max_length=64, blank=True)
    members = models.CharField(max_length=64, blank=True)
    revision = models.BigIntegerField(default=0)
    airings = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    compiled_at = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField(null=True, blank=True)
    refused = models.CharField(max_length=40, blank=True)
    refused_detail = models.CharField(max_length=500, blank=True)
    left = models.JSONField(default=list, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["touched_at"], condition=Q(touched_at__isnull=False), name="plan_state_touched")
        ]

    def __str__(self) -> str:
        return f"{self.plan_set_id} {self.revision}"


class ProofChain(models.Model):
    """The last row held of the chain of one boot of a device; `missing` counts rows lost in gaps."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="+")
    boot = models.CharField(max_length=80)
    count = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)
    head = models.JSONField()
    missing = models.PositiveBigIntegerField(default=0)
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "boot"], name="proof_chain_once_a_boot")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.boot}"


class PlayProof(models.Model):
    """One verified row of a device's chain: see `devicelink.messages.Proof`. `airing` may name one that is gone."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="+")
    boot = models.CharField(max_length=80)
    count = models.PositiveBigIntegerField()
    airing = models.CharField(max_length=80)
    planned = models.DateTimeField()
    started = models.DateTimeField()
    rendered_ms = models.PositiveBigIntegerField()
    outcome = models.CharField(max_length=8)
    reason = models.CharField(max_length=32, blank=True)
    plan = models.BigIntegerField()
    clock_bound = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "boot", "count"], name="proof_once")]
        indexes = [
            models.Index(fields=["airing"], name="proof_airing"),
            models.Index(fields=["device", "planned"], name="proof_device_planned"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.airing} {self.outcome}"


class KeptChange(models.Model):
    """A change of the air that somebody has seen as a difference and kept; see `loa.broadcasts.changes`.

    `token` is the HMAC of what was confirmed: it keeps one change, once. `before` and `after` are the rows as far as
    they differ (`changes.images`), `left` the digest of all of them when it was kept.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    area = models.CharField(max_length=120, db_collation="C")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kept_at = models.DateTimeField()
    token = models.CharField(max_length=64, unique=True)
    change = models.JSONField()
    sentence = models.CharField(max_length=300)
    lines = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    left = models.CharField(max_length=64)
    undone_at = models.DateTimeField(null=True, blank=True)

    # What the action said of itself; only on the object that `keeping.keep` returns.
    told = ""

    class Meta:
        ordering = ["-kept_at"]
        indexes = [models.Index(fields=["area", "-kept_at"], name="kept_change_area")]

    def __str__(self) -> str:
        return self.sentence
