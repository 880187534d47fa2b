"""What is sent when, where and by whose leave; what is owed; who may read the calendar."""

from datetime import date, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from loa.areas.models import Area
from loa.broadcasts.models.slots import Programme
from loa.broadcasts.rules import states
from loa.bulletins.models import Approval, Bulletin, Version
from loa.kernel.ids import new_id


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

    def last_beside(self, new: "Schedule") -> date | None:
        """The last day of this one if `new` takes over on a later day: another bulletin in the same part of a rundown.
        None where it ends at once, or gives up a single air time.
        """
        day_before = new.first_day - timedelta(days=1)
        other = new.moved_at is None and new.bulletin_id != self.bulletin_id
        return day_before if other and self.first_day <= day_before else None


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

    @property
    def last_day(self) -> date:
        """The last day as it was asked for; a failed run goes on after it."""
        return self.first_day + timedelta(days=self.days - 1)


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
