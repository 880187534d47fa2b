"""What people decide about a device: where it stands, what it is called, how loud it may be."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from loa.areas.models import Folded
from loa.kernel import ids


def speaker_id() -> str:
    """A new device id, safe in topics and addresses: 80 random bits."""
    return "spk-" + ids.code(16).lower()


def group_id() -> str:
    """A new group id, as it stands in placements and audiences."""
    return "grp-" + ids.code(12).lower()


def complaint_id() -> str:
    """The random id on the QR of the pole; it says nothing about the device."""
    return ids.code(10).lower()


class PlanSet(models.Model):
    """The devices that obey one plan: same commune, same groups, same allowed hours.

    `id` is derived from `signature` (see rules.plan_set_signature), so the same combination always gets the same id.
    `hours` is the wire form (devicelink Hours as JSON), with the dated spans that hold for all of them.
    """

    id = models.CharField(primary_key=True, max_length=40)
    area = models.ForeignKey("areas.Area", on_delete=models.PROTECT, related_name="plan_sets")
    signature = models.CharField(max_length=64, unique=True)
    groups = models.JSONField(default=list)
    hours = models.JSONField(default=dict)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.id


class Device(models.Model):
    """One loudspeaker cluster or board: the place on the pole, whichever hardware stands there at the moment.

    `public_key` is the Ed25519 key (base64url) of the hardware that claimed it last; empty before the first claim and
    after revocation. `volume` and `max_volume` are 0-100. `sample`: invented for the demonstration, with an invented
    status; it never holds a key, so nothing is signed for it and nobody can log in as it. `fold` is what is searched.
    `told` is the digest of what its newest placement says (rules.wire.digest).
    """

    class Kind(models.TextChoices):
        SPEAKER = "speaker", "cụm loa"
        ADAPTER = "adapter", "nút chuyển tiếp loa có dây, FM"
        BOARD = "board", "bảng tin điện tử"

    SOUNDING = (Kind.SPEAKER.value, Kind.ADAPTER.value)  # a board shows, these sound; their numbers are one row

    class State(models.TextChoices):
        WAITING = "waiting", "chờ ghép nối"
        CLAIMED = "claimed", "chờ đối chiếu mã khóa"
        PLACED = "placed", "đang dùng"
        RETIRED = "retired", "đã nghỉ"
        REVOKED = "revoked", "đã thu hồi khóa"

    id = models.CharField(primary_key=True, max_length=64, default=speaker_id)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SPEAKER)
    area = models.ForeignKey("areas.Area", on_delete=models.PROTECT, related_name="devices")
    hamlet = models.ForeignKey("areas.Area", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    former_area = models.ForeignKey("areas.Area", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    moved_from = models.ForeignKey("areas.Area", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    moved_at = models.DateTimeField(null=True, blank=True)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    public_key = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    plan_set = models.ForeignKey(PlanSet, on_delete=models.SET_NULL, null=True, blank=True, related_name="devices")
    volume = models.PositiveSmallIntegerField(default=60)
    max_volume = models.PositiveSmallIntegerField(default=80)
    break_glass = models.BooleanField(default=False)
    complaint_id = models.CharField(max_length=20, unique=True, default=complaint_id)
    sim_expires = models.DateField(null=True, blank=True)
    sim_operator = models.CharField(max_length=40, blank=True, default="")
    sim_number = models.CharField(max_length=20, blank=True, default="")
    monthly_mb = models.PositiveIntegerField(default=0)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    agent = models.CharField(max_length=80, blank=True, default="")
    made_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    placed_at = models.DateTimeField(null=True, blank=True)
    sample = models.BooleanField(default=False)
    told = models.CharField(max_length=64, blank=True, default="", db_default="")
    fold = models.GeneratedField(expression=Folded(models.F("name")), output_field=models.TextField(), db_persist=True)

    class Meta:
        ordering: ClassVar = ["area_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["area", "kind", "number"],
                condition=~models.Q(state="retired"),
                name="devices_number_once_an_area",
            ),
            models.UniqueConstraint(
                fields=["public_key"], condition=~models.Q(public_key=""), name="devices_key_of_one_device"
            ),
            models.CheckConstraint(
                condition=models.Q(volume__lte=100, max_volume__lte=100), name="devices_volume_0_100"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["claimed", "placed"]) | ~models.Q(public_key=""),
                name="devices_claimed_has_a_key",
            ),
            models.CheckConstraint(
                condition=models.Q(sample=False) | models.Q(public_key=""), name="devices_sample_has_no_key"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DeviceGroup(models.Model):
    """A named set of devices of one commune; the id is the group of audiences and placements.

    `rule` (rules.grouping.Rule as JSON) makes its members, worked out anew when devices change; null = chosen by hand.
    """

    id = models.CharField(primary_key=True, max_length=40, default=group_id)
    area = models.ForeignKey("areas.Area", on_delete=models.PROTECT, related_name="device_groups")
    name = models.CharField(max_length=120)
    members = models.ManyToManyField(Device, related_name="groups", blank=True)
    rule = models.JSONField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["area_id", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["area", "name"], name="devices_group_name_once_an_area")
        ]

    def __str__(self) -> str:
        return self.name


class ClaimCode(models.Model):
    """A code with which hardware may claim a device, once, within 7 days. Only its hash is kept."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="claim_codes")
    hash = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.device_id} {self.issued_at:%d/%m/%Y}"
