"""Looking after the poles: what stands there, which hardware hung there, what is repaired, what came in a file."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from loa.devices.models.device import Device


class Photo(models.Model):
    """A picture of a pole or a repair, made anew from what was sent: a small JPEG without anything written inside it.

    It lies in the database: a few hundred kilobytes, seen through the same door as its device, saved with everything.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="photos")
    jpeg = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.device_id} {self.at:%d/%m/%Y}"


class Pole(models.Model):
    """What stands at the place of a device. `horns`: where each horn points, degrees clockwise from north.

    `nearest_house_m`: metres from the horns to the nearest house; null = nobody has measured.
    """

    device = models.OneToOneField(Device, on_delete=models.CASCADE, primary_key=True, related_name="pole")
    owner = models.CharField(max_length=120, blank=True, default="")
    horns = models.JSONField(default=list, blank=True)
    nearest_house_m = models.PositiveIntegerField(null=True, blank=True)
    photo = models.ForeignKey(Photo, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=300, blank=True, default="")

    def __str__(self) -> str:
        return self.device_id


class Hardware(models.Model):
    """One piece of hardware on a place, from its claim to its end: the history of a place outlives its hardware.

    `fingerprint` is that of its key; `ended`: replaced | rejected | revoked | retired, "" while it hangs there.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="hardware")
    fingerprint = models.CharField(max_length=60)
    agent = models.CharField(max_length=80, blank=True, default="")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    ended = models.CharField(max_length=12, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-since"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["device"], condition=models.Q(until=None), name="devices_one_hardware_at_once"
            )
        ]

    def __str__(self) -> str:
        return self.fingerprint


class RepairTicket(models.Model):
    """A repair of one device (phiếu sửa chữa). It closes only when the device proves that it sounds.

    `cause` is a code of rules.diagnosis.Fault, or "other". `warranty_until`: the last day on which the vendor pays.
    `proof`: what closed it, {"kind": "proof" | "selftest", "airing", "at"}.
    """

    class Hands(models.TextChoices):
        COMMUNE = "commune", "xã tự sửa"
        VENDOR = "vendor", "đơn vị cung cấp sửa"

    class State(models.TextChoices):
        OPEN = "open", "đang sửa"
        REPAIRED = "repaired", "đã sửa, chờ loa kêu"
        CLOSED = "closed", "xong"
        CANCELLED = "cancelled", "bỏ"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="tickets")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    cause = models.CharField(max_length=20)
    words = models.CharField(max_length=500, blank=True, default="")
    hands = models.CharField(max_length=10, choices=Hands.choices, default=Hands.COMMUNE)
    vendor = models.CharField(max_length=120, blank=True, default="")
    warranty_until = models.DateField(null=True, blank=True)
    due = models.DateField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    repaired_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    proof = models.JSONField(default=dict, blank=True)
    photos = models.ManyToManyField(Photo, related_name="+", blank=True)

    class Meta:
        ordering: ClassVar = ["due", "opened_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["device"],
                condition=models.Q(state__in=["open", "repaired"]),
                name="devices_one_open_ticket_a_device",
            )
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.state}"


class TicketStep(models.Model):
    """One line of a ticket's history. `what`: opened | changed | note | photo | repaired | failed | closed |
    cancelled.
    """

    ticket = models.ForeignKey(RepairTicket, on_delete=models.CASCADE, related_name="steps")
    what = models.CharField(max_length=10)
    words = models.CharField(max_length=500, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.what} {self.at:%d/%m/%Y}"


class DeviceBatch(models.Model):
    """A file of new places, as it was sent: read again when somebody confirms it, so that nothing else is taken in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    area = models.ForeignKey("areas.Area", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class SavedFilter(models.Model):
    """What one person looks for again and again in the list of devices; `wish` as in the address of the page."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    area = models.ForeignKey("areas.Area", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    wish = models.JSONField(default=dict)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "area", "name"], name="devices_filter_name_once")
        ]

    def __str__(self) -> str:
        return self.name
