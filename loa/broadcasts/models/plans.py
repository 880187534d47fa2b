"""The airings of the next days, and what each plan set was last told."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from loa.broadcasts.models.schedules import Schedule
from loa.bulletins.models import Approval
from loa.devices.models import PlanSet


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

    `day` is the first local day of the plan, `content` the digest of what it says, `members` of who hears it, `numbers`
    of the sessions and minutes it was held to ("" = no number holds).
    `touched_at` is set when something it depends on changed; `refused` says why no newer plan could be made, `left`
    which airings are not in it: {schedule, title, start (ms), reason}.
    """

    plan_set = models.OneToOneField(PlanSet, models.CASCADE, primary_key=True, related_name="plan_state")
    day = models.DateField(null=True, blank=True)
    content = models.CharField(max_length=64, blank=True)
    members = models.CharField(max_length=64, blank=True)
    numbers = models.CharField(max_length=64, blank=True)
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
