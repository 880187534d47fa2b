"""What the field says: the newest state of each device, when and why it changed, sums by the hour; no raw beats."""

from typing import ClassVar

from django.db import models

from loa.devices.models.device import Device


class DeviceStatus(models.Model):
    """The newest state, one row a device, overwritten in place by the gateway.

    Only the primary key is indexed, so an update touches the heap page alone (HOT); migration 0002 leaves room in each
    page for it. Units: `uptime`, `clock_offset`, `clock_bound` milliseconds (`clock_bound` -1 = no valid time),
    `storage_free` bytes, `signal` dBm, `plan` the revision that it holds. `threat_at`: when it last refused a message
    that nobody of ours can have sent. `trouble`: its own code of what keeps it from sounding, "" = nothing. `ending`:
    the engine's word for how its last connection ended. `used_mb`: of its SIM this month, -1 = not known.
    `fault`: what the diagnosis found (rules.diagnosis.Fault), written by it alone. `release_revision`,
    `release_step`: what it says of the newest release that it was told of (devicelink.updates.Step).
    `hearing`: what its self-tests tell (rules.hearing.Hearing), written with each of them.
    """

    device = models.OneToOneField(Device, on_delete=models.CASCADE, primary_key=True, related_name="status")
    state = models.CharField(max_length=12, default="never_seen")
    cause = models.CharField(max_length=20, default="never_seen")
    since = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    boot = models.CharField(max_length=64, default="")
    uptime = models.BigIntegerField(default=0)
    agent = models.CharField(max_length=80, default="")
    volume = models.SmallIntegerField(default=0)
    playing = models.CharField(max_length=80, default="")
    held = models.BooleanField(default=False)
    power = models.CharField(max_length=10, default="unknown")
    link = models.CharField(max_length=20, default="")
    signal = models.SmallIntegerField(default=0)
    storage_free = models.BigIntegerField(default=0)
    clock_offset = models.BigIntegerField(default=0)
    clock_bound = models.BigIntegerField(default=-1)
    plan = models.BigIntegerField(default=0)
    files_missing = models.IntegerField(default=0)
    proofs_waiting = models.IntegerField(default=0)
    threat_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=20, default="", db_default="")
    ending = models.CharField(max_length=40, default="", db_default="")
    used_mb = models.IntegerField(default=-1, db_default=-1)
    fault = models.CharField(max_length=20, default="", db_default="")
    release_revision = models.BigIntegerField(default=0, db_default=0)
    release_step = models.CharField(max_length=20, default="", db_default="")
    hearing = models.CharField(max_length=10, default="", db_default="")

    def __str__(self) -> str:
        return f"{self.device_id} {self.state}"


class Transition(models.Model):
    """The state of a device changed, with the cause."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="transitions")
    at = models.DateTimeField()
    state = models.CharField(max_length=12)
    cause = models.CharField(max_length=20)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["device", "-at"], name="devices_transition_newest")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.state} {self.cause}"


class Refusal(models.Model):
    """Messages that a device refused, summed by code and kind (see rules.refusals): how often, from when to when."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="refusals")
    code = models.CharField(max_length=30)
    kind = models.CharField(max_length=20)
    count = models.BigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "code", "kind"], name="devices_refusal_once_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.code} {self.kind} {self.count}"


class HourlyRollup(models.Model):
    """Sums of one hour of one device. `beats` of about 120 possible ones say how well it was reached."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="hours")
    hour = models.DateTimeField()
    beats = models.IntegerField(default=0)
    beats_on_backup = models.IntegerField(default=0)
    worst_clock_bound = models.BigIntegerField(default=0)
    least_storage = models.BigIntegerField(default=0)
    weakest_signal = models.SmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["device", "hour"], name="devices_rollup_once_an_hour")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.hour:%d/%m/%Y %H}"
