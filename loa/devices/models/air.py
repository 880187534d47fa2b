"""What holds for one cluster alone: rules stricter than those of its area, and being muted for a while."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from loa.devices.models.device import Device


class ClusterRules(models.Model):
    """When and how loud one cluster may sound, by which document, from `starts` to `ends` (last day; null = open).

    `windows` and `volumes` are written as in `areas.OperatingRules`; empty windows say nothing: those of the area hold.
    They only narrow what the area allows. Of two that hold the one that began later counts.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="rules")
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)
    document = models.CharField(max_length=200)
    windows = models.JSONField(default=list, blank=True)
    volumes = models.JSONField(default=list, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["device_id", "starts", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends=None) | Q(ends__gte=F("starts")), name="devices_cluster_rules_end_after_start"
            ),
            models.UniqueConstraint(
                fields=["device", "starts"], condition=Q(ends=None), name="devices_cluster_rules_one_open_start"
            ),
        ]

    def __str__(self) -> str:
        return self.document


class Mute(models.Model):
    """A cluster keeps quiet from `starts` to `until`, save for emergencies; `lifted_at` ends it earlier."""

    class Reason(models.TextChoices):
        FUNERAL = "funeral", "Đám tang"
        EXAM = "exam", "Kỳ thi"
        HOSPITAL = "hospital", "Bệnh viện, người ốm nặng"
        WORKS = "works", "Sửa chữa gần loa"
        OTHER = "other", "Lý do khác"

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="mutes")
    starts = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=10, choices=Reason.choices)
    words = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["device_id", "starts", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__gt=F("starts")), name="devices_mute_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None) | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="devices_mute_lifted_by_somebody",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["until"], condition=Q(lifted_at=None), name="devices_mute_open")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.starts:%d/%m/%Y %H:%M}"
