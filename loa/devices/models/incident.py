"""One notice for one cause: what is wrong now, which loudspeakers it holds, what was announced beforehand."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from loa.devices.models.device import Device


class Incident(models.Model):
    """A fault with its members. `fault` is a code of rules.diagnosis.Fault; it opens and closes by itself.

    `area` is as far as the cause reaches: the province of a network's failure, the commune of everything else, the
    country if the platform itself was away. `operator` is set for a failure of a network only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    fault = models.CharField(max_length=20)
    area = models.ForeignKey("areas.Area", on_delete=models.PROTECT, related_name="incidents")
    operator = models.CharField(max_length=40, blank=True, default="")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-opened_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["fault", "area", "operator"], condition=models.Q(closed_at=None), name="devices_incident_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.fault} {self.operator} {self.area_id}"


class IncidentMember(models.Model):
    """One loudspeaker in an incident, from when to when; `left_at` is empty while it still suffers."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="members")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="incidents")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["device"], condition=models.Q(left_at=None), name="devices_in_one_incident_at_once"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["device", "-joined_at"], name="devices_incidents_of_one")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.joined_at:%d/%m/%Y}"


class PlannedOutage(models.Model):
    """A power cut or other outage that was announced: whoever falls silent in it raises no alarm.

    It concerns `devices` if any are named, else all of `area` and below. `source` is who announced it ("Điện lực Trấn
    Yên, thông báo 12").
    """

    class Kind(models.TextChoices):
        POWER = "power", "cắt điện"
        NETWORK = "network", "nhà mạng ngừng"
        WORKS = "works", "sửa chữa, bảo trì"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    area = models.ForeignKey("areas.Area", on_delete=models.PROTECT, related_name="planned_outages")
    devices = models.ManyToManyField(Device, related_name="planned_outages", blank=True)
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    reason = models.CharField(max_length=200)
    source = models.CharField(max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["starts"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(ends__gt=models.F("starts")), name="devices_outage_ends_later")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts:%d/%m/%Y}"
