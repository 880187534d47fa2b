"""Sounds. The file of a sound is named by its hash and lies in `loa.media.store`; the row says what it is."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from loa.areas.models import Area
from loa.kernel.ids import new_id


class Origin(models.TextChoices):
    """Where the sound comes from."""

    RECORDED = "recorded", "Thu trên trình duyệt"
    UPLOADED = "uploaded", "Tải tệp lên"
    SYNTHESISED = "synthesised", "Giọng đọc máy"


class SoundState(models.TextChoices):
    """How far it is. A cancelled or rolled-back sound has no row at all."""

    WAITING = "waiting", "Chờ xử lý"
    WORKING = "working", "Đang xử lý"
    READY = "ready", "Nghe được"
    REFUSED = "refused", "Không dùng được"


class Sound(models.Model):
    """One sound: for a ready one `sha256`, `size` (bytes) and `duration_ms` describe its Ogg/Opus file for good.

    `wave` is 200 heights 0-100, `voice` "<voice>/<dialect>", `spoken` the text as it was read, `refusal` a code of
    `media.rules.MESSAGES`. The file as it was sent waits at `store.incoming(id)` until the sound is ready or refused.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="sounds")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    origin = models.CharField(max_length=12, choices=Origin.choices)
    title = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=SoundState.choices, default=SoundState.WAITING)
    progress = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=24, blank=True)
    refusal_message = models.TextField(blank=True)

    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    size = models.PositiveBigIntegerField(default=0)
    duration_ms = models.PositiveIntegerField(default=0)
    loudness_lufs = models.FloatField(null=True, blank=True)
    true_peak_dbtp = models.FloatField(null=True, blank=True)
    wave = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)

    voice = models.CharField(max_length=64, blank=True)
    speed = models.FloatField(default=1.0)
    spoken = models.TextField(blank=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(sha256__regex="^[0-9a-f]{64}$", duration_ms__gt=0, size__gt=0),
                name="sound_ready_has_a_file",
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(refusal=""), name="sound_refused_says_why"),
        ]
        indexes = [models.Index(fields=["area", "-made_at"], name="sound_area_newest")]

    def __str__(self) -> str:
        return self.title or str(self.id)
