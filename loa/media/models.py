"""Sounds, the voices that speak them, how words are read, what people have heard.

The file of a sound is named by its hash and lies in `loa.media.store`; the row says what it is.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from loa.areas.models import Area, Folded
from loa.kernel.ids import new_id


class Origin(models.TextChoices):
    """Where the sound comes from."""

    RECORDED = "recorded", "Thu trên trình duyệt"
    UPLOADED = "uploaded", "Tải tệp lên"
    SYNTHESISED = "synthesised", "Giọng đọc máy"
    EDITED = "edited", "Cắt ghép từ tiếng khác"
    BUILT = "built", "Dựng theo mẫu"


class SoundState(models.TextChoices):
    """How far it is. A cancelled or rolled-back sound has no row at all."""

    WAITING = "waiting", "Chờ xử lý"
    WORKING = "working", "Đang xử lý"
    READY = "ready", "Nghe được"
    REFUSED = "refused", "Không dùng được"


class Block(models.TextChoices):
    """What part of a programme a sound of the library is made for; most are for none."""

    JINGLE = "jingle", "Nhạc hiệu"
    OPENING = "opening", "Mở đầu"
    CLOSING = "closing", "Kết"
    STATION_CALL = "station_call", "Xướng tên đài"
    GONG = "gong", "Tiếng chuông"
    BED = "bed", "Nhạc nền"
    PROMPT = "prompt", "Mẩu câu ghép"
    AGAIN = "again", "Câu “Xin nhắc lại”"
    SIREN = "siren", "Tín hiệu khẩn cấp"


class Sound(models.Model):
    """One sound: for a ready one `sha256`, `size` (bytes) and `duration_ms` describe its Ogg/Opus file for good.

    `wave` is 200 heights 0-100, `refusal` a code of `media.rules.MESSAGES`. The file as it was sent waits at
    `store.incoming(id)` until the sound is ready or refused; then it is kept as `original` (its SHA-256) until
    `original_until`, so that an edit starts from it and never from what was encoded already.

    Spoken: `voice` "<voice>/<dialect>", `speed` and `pauses` factors of the normal ones, `spoken` the text as it was
    read, `sentences` where each one lies: {"key": SHA-256 of what makes it sound so, "text", "start_ms", "end_ms"}.
    Edited or built: `edits` is the list of `media.editing.edits` or the recipe of `media.blocks`, `made_from` the sound
    it starts from. `quality` is the report of `media.quality` under the limits of `profile`.
    Library: `transcript` what is said in a recording, `block` its use, `shared` whether other units may use it under
    `licence` (a key of `media.sharing.LICENCES`), `source` where it came from, `fold` what is searched. `kept_until` is
    the local day until which somebody wants it kept beyond the rules of `media.retention`; `removed_at` is when its
    time was over: the row stays, its file goes with the next tidying.
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
    pauses = models.FloatField(default=1.0)
    spoken = models.TextField(blank=True)
    sentences = models.JSONField(default=list, blank=True)
    language = models.CharField(max_length=8, default="vi")

    original = models.CharField(max_length=64, blank=True, db_index=True)
    original_until = models.DateField(null=True, blank=True)
    made_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="made")
    edits = models.JSONField(default=dict, blank=True)
    profile = models.CharField(max_length=16, default="speech_horn")
    quality = models.JSONField(default=dict, blank=True)

    transcript = models.TextField(blank=True)
    block = models.CharField(max_length=12, choices=Block.choices, blank=True)
    shared = models.BooleanField(default=False)
    licence = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=200, blank=True)
    kept_until = models.DateField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    fold = models.GeneratedField(
        expression=Folded(
            Concat(
                F("title"),
                Value(" "),
                F("transcript"),
                Value(" "),
                F("spoken"),
                Value(" "),
                F("source"),
                output_field=models.TextField(),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(sha256__regex="^[0-9a-f]{64}$", duration_ms__gt=0, size__gt=0),
                name="sound_ready_has_a_file",
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(refusal=""), name="sound_refused_says_why"),
        ]
        indexes = [
            models.Index(fields=["area", "-made_at"], name="sound_area_newest"),
            models.Index(fields=["-made_at"], condition=Q(shared=True), name="sound_shared_newest"),
            models.Index(fields=["block", "-made_at"], condition=~Q(block=""), name="sound_block_newest"),
            models.Index(fields=["language", "-made_at"], condition=~Q(language="vi"), name="sound_language_newest"),
        ]

    def __str__(self) -> str:
        return self.title or str(self.id)

    @property
    def is_machine_voice(self) -> bool:
        """Whether a machine speaks in it, also after it was cut: a person has to hear it before it airs."""
        return self.origin == Origin.SYNTHESISED or bool(self.voice)


class Compact(models.Model):
    """A finished sound once more, so small that it travels as one message: `sha256` of its Ogg/Opus file, bytes, ms."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    source = models.ForeignKey(Sound, models.PROTECT, related_name="compacts")
    size = models.PositiveIntegerField()
    duration_ms = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256


class BlockChoice(models.Model):
    """Which sound an area and those below it use as this part of a programme, where somebody has chosen one."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="+")
    block = models.CharField(max_length=12, choices=Block.choices)
    sound = models.ForeignKey(Sound, models.CASCADE, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "block"], name="block_chosen_once")]

    def __str__(self) -> str:
        return f"{self.area_id} {self.block}"


class OwnTemplate(models.Model):
    """A programme template of an area, for it and those below; `parts` as in `media/blocks/templates.yaml`.

    A closed one is offered no more; what was built after it stays, and may be built anew.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    area = models.ForeignKey(Area, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    parts = models.JSONField()
    bed = models.BooleanField(default=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at"]
        constraints = [
            models.UniqueConstraint(fields=["area", "name"], condition=Q(closed_at=None), name="template_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class Prompt(models.Model):
    """A sentence that an area says again and again; what stands in square brackets is filled in each time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    area = models.ForeignKey(Area, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    text = models.CharField(max_length=600)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at"]
        constraints = [
            models.UniqueConstraint(fields=["area", "name"], condition=Q(closed_at=None), name="prompt_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class LexiconEntry(models.Model):
    """How an area's people read one written form; a commune's entry wins over the province's and the national list."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="lexicon")
    written = models.CharField(max_length=60)
    spoken = models.CharField(max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["written"]
        constraints = [models.UniqueConstraint(fields=["area", "written"], name="lexicon_entry_once_an_area")]

    def __str__(self) -> str:
        return f"{self.written}: {self.spoken}"


class VoiceKind(models.TextChoices):
    """How a voice that was added speaks."""

    NEURAL = "neural", "Giọng nơ-ron trên máy chủ"
    SERVICE = "service", "Giọng của dịch vụ ngoài"


class InstalledVoice(models.Model):
    """A voice that was added to this installation; the fallback voice needs no row.

    `files` maps names ("model.onnx", "tokens.txt", ...) to SHA-256 in the store; `options` is what its engine needs
    (address, template of the request, time-outs); `secret` is its key, sealed. Lower `position` is offered first and
    takes over when one before it fails; `secret` is sealed (`people.sealed`). `dialects` maps ids to Vietnamese names.
    """

    id = models.SlugField(primary_key=True, max_length=40)
    kind = models.CharField(max_length=8, choices=VoiceKind.choices)
    name = models.CharField(max_length=80)
    language = models.CharField(max_length=8, default="vi")
    dialects = models.JSONField(default=dict)
    files = models.JSONField(default=dict, blank=True)
    options = models.JSONField(default=dict, blank=True)
    secret = models.TextField(blank=True)
    licence = models.CharField(max_length=120)
    source = models.CharField(max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    enabled = models.BooleanField(default=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class HeardSentence(models.Model):
    """That a person has heard one spoken sentence, known by its key (`Sound.sentences`), in whichever sound."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    heard_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="sentence_heard_once_a_person")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"


class Upload(models.Model):
    """A file on its way in pieces: `received` of its `size` bytes are safe on the disk. Its sound gets the same id.

    `mark` is what the browser made of the file's head and tail: it tells the same file when a person picks it again.
    A finished one stays until its time is over, so that a last answer that got lost can be asked for once more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    area = models.ForeignKey(Area, models.CASCADE, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    touched_at = models.DateTimeField(db_index=True)
    origin = models.CharField(max_length=12, choices=Origin.choices)
    name = models.CharField(max_length=200)
    mark = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    done = models.BooleanField(default=False)

    class Meta:
        ordering = ["made_at"]
        constraints = [
            models.CheckConstraint(condition=Q(received__lte=models.F("size")), name="upload_not_longer_than_said")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.received}/{self.size}"
