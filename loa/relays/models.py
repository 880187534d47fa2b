"""Where live sound is taken from (tiếp âm), in which ways a group takes it, and what a try of it showed."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from loa.areas.models import Area
from loa.devices.models import DeviceGroup
from loa.kernel.ids import new_id
from loa.media.models import Sound
from loa.relays import rules


class Fetch(models.TextChoices):
    """Who goes to the address of a stream: one process for all loudspeakers, or each of them for itself."""

    PLATFORM = rules.PLATFORM, "Máy chủ lấy một lần cho mọi loa"
    DEVICE = rules.DEVICE, "Từng loa tự lấy"


class RelaySource(models.Model):
    """One programme that can be relayed ("VOV1"), for its area and those below, with every way in which it is received.

    `url` of a stream (HTTP, Icecast, HLS) taken by `fetch`; `frequency_khz` on ultra-short wave, sent by `station`;
    `input` the name of an audio input of a station's computer: at least one of them. `kbit_s` is what a stream costs.
    After `silent_after_s` of silence (0 = never) it is taken for broken; then `fallback` sounds, over and over, or
    nothing. `permission`: by which document it may be relayed. An ended one stays for the record.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="relay_sources")
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=rules.LONGEST_ADDRESS, blank=True)
    fetch = models.CharField(max_length=8, choices=Fetch.choices, default=Fetch.PLATFORM)
    kbit_s = models.PositiveSmallIntegerField(default=rules.USUAL_KBIT_S)
    frequency_khz = models.PositiveIntegerField(null=True, blank=True)
    station = models.CharField(max_length=120, blank=True)
    input = models.CharField(max_length=40, blank=True)
    silent_after_s = models.PositiveSmallIntegerField(default=rules.USUAL_SILENCE_S)
    fallback = models.ForeignKey(Sound, models.PROTECT, null=True, blank=True, related_name="+")
    permission = models.CharField(max_length=300)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["area_id", "name"]
        constraints = [
            models.UniqueConstraint(fields=["area", "name"], condition=Q(ended_at=None), name="relay_name_once"),
            models.CheckConstraint(
                condition=~Q(url="") | Q(frequency_khz__isnull=False) | ~Q(input=""), name="relay_has_a_way"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Reception(models.Model):
    """In which ways the loudspeakers of a group take a relay, the first that works: of `rules.WAYS`.

    Groups without a row take what `rules.USUAL_WAYS` says.
    """

    group = models.OneToOneField(DeviceGroup, models.CASCADE, primary_key=True, related_name="reception")
    ways = ArrayField(models.CharField(max_length=8))
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.group_id} {self.ways}"


class SourceTest(models.Model):
    """Somebody wanted to know whether a stream can be heard: `figures` say what ten seconds of it were.

    `code` is "" while it is under way, "ok", or why nothing could be heard (`rules.TROUBLES`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source = models.ForeignKey(RelaySource, models.CASCADE, related_name="tests")
    url = models.CharField(max_length=rules.LONGEST_ADDRESS)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    code = models.CharField(max_length=24, blank=True)
    figures = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["source", "-asked_at"], name="relay_test_newest")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.code}"
