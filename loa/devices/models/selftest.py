"""What loudspeakers heard of themselves."""

from typing import ClassVar

from django.db import models

from loa.devices.models.device import Device


class SelfTest(models.Model):
    """One self-test of a device, in its own signed words (devicelink SelfTest), kept for 400 days.

    `level`, `noise` decibels (level against what was sent, null = not heard), `score` and `bar` 0-1, `harmonics` their
    power against the tone, `asked`: a person asked for it.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="selftests")
    at = models.DateTimeField()
    boot = models.CharField(max_length=80)
    verdict = models.CharField(max_length=20)
    reason = models.CharField(max_length=30, blank=True, default="")
    ear = models.CharField(max_length=12, blank=True, default="")
    level = models.FloatField(null=True, blank=True)
    noise = models.FloatField(default=0)
    score = models.FloatField(default=0)
    bar = models.FloatField(default=0)
    harmonics = models.FloatField(default=0)
    delay_ms = models.IntegerField(default=0)
    volume = models.SmallIntegerField(default=0)
    asked = models.BooleanField(default=False)
    stored_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["device", "-at"], name="devices_selftest_newest")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "boot", "at"], name="devices_selftest_stored_once")
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.verdict}"
