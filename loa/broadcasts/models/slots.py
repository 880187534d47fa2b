"""The week of a station: its sessions, what stands in them, what is otherwise on single days."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from loa.areas.models import Area
from loa.broadcasts.rules import rundowns
from loa.bulletins.models import Bulletin
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
