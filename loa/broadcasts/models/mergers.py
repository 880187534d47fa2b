"""Communes that are to become one on the day of a decision."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from loa.areas.models import Area
from loa.kernel.ids import new_id


class PlannedMerger(models.Model):
    """On `day` the communes `former` (paths) become part of `area`, by `document`: see `actions.merge_communes`.

    `done_at`: it happened; `cancelled_at`: it will not. `problem` says, in words, why it could not be done so far.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    former = ArrayField(models.CharField(max_length=120, db_collation="C"))
    day = models.DateField()
    document = models.CharField(max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["day", "made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(cancelled_at=None), name="merger_is_done_or_cancelled"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancelled_by=None)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="merger_cancelled_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["day"], condition=Q(done_at=None, cancelled_at=None), name="merger_open")]

    def __str__(self) -> str:
        return f"{self.former} {self.area_id} {self.day}"

    @property
    def open(self) -> bool:
        """It is still to come."""
        return self.done_at is None and self.cancelled_at is None
