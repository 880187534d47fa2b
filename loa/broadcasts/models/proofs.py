"""What sounded, as loudspeakers swore to it, and what is left of it after two years."""

from django.db import models

from loa.areas.models import Area
from loa.devices.models import Device


class ProofChain(models.Model):
    """The last row held of the chain of one boot of a device; `missing` counts rows lost in gaps."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="+")
    boot = models.CharField(max_length=80)
    count = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)
    head = models.JSONField()
    missing = models.PositiveBigIntegerField(default=0)
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "boot"], name="proof_chain_once_a_boot")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.boot}"


class PlayProof(models.Model):
    """One verified row of a device's chain: see `devicelink.messages.Proof`. `airing` may name one that is gone.

    `area` is where the loudspeaker stood when it played: its hamlet, else its commune; it does not move with it.
    `relayed`: of what a relay was made, {"source": id, "ms", "cause"} each; [] for everything else.

    The table lies in a part for every local month of `planned` (`actions.months`); say the time whenever it is known.
    """

    device = models.ForeignKey(Device, models.CASCADE, related_name="+")
    boot = models.CharField(max_length=80)
    count = models.PositiveBigIntegerField()
    airing = models.CharField(max_length=80)
    planned = models.DateTimeField()
    started = models.DateTimeField()
    rendered_ms = models.PositiveBigIntegerField()
    outcome = models.CharField(max_length=8)
    reason = models.CharField(max_length=32, blank=True)
    plan = models.BigIntegerField()
    clock_bound = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    stored_at = models.DateTimeField()
    relayed = models.JSONField(default=list, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "boot", "count", "planned"], name="proof_once")]
        indexes = [
            models.Index(fields=["airing"], name="proof_airing"),
            models.Index(fields=["device", "planned"], name="proof_device_planned"),
            models.Index(fields=["area", "planned"], name="proof_area_planned"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.airing} {self.outcome}"


class PlaySum(models.Model):
    """What is left of the proofs of a local day after two years: `rules.books.DaySum`, of an area."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="play_sums")
    day = models.DateField()
    source = models.CharField(max_length=40)
    category = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=200, blank=True)
    airings = models.PositiveIntegerField()
    length_ms = models.PositiveBigIntegerField()
    full = models.PositiveIntegerField()
    partly = models.PositiveIntegerField()
    silent = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "day", "source", "category", "language"], name="play_sum_once")
        ]

    def __str__(self) -> str:
        return f"{self.area_id} {self.day} {self.source}"


class SummedMonth(models.Model):
    """The month from `first` on is summed up for this area, also if nothing sounded in it."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    first = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "first"], name="summed_month_once")]

    def __str__(self) -> str:
        return f"{self.area_id} {self.first:%m/%Y}"
