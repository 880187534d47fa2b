"""What is paid for the work behind a programme."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from loa.areas.models import Area
from loa.broadcasts.rules.books import UNIT_WORDS, WORK_WORDS, Unit, Work


class FeeRate(models.Model):
    """đồng for one `unit` of `work` in an area and what is below it, from `starts` to `ends` (last day; null = open).

    The nearest area that has a rate for the work decides alone; a newer one ends the open one before it.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="fee_rates")
    work = models.CharField(max_length=10, choices=[(one.value, WORK_WORDS[one]) for one in Work])
    unit = models.CharField(max_length=10, choices=[(one.value, UNIT_WORDS[one]) for one in Unit])
    dong = models.PositiveIntegerField()
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)
    document = models.CharField(max_length=200)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["area", "work", "starts"]
        constraints = [
            models.UniqueConstraint(fields=["area", "work", "starts"], name="fee_rate_once_a_day"),
            models.CheckConstraint(condition=Q(ends=None) | Q(ends__gte=F("starts")), name="fee_rate_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.work} {self.dong}"
