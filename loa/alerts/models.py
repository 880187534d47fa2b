"""Alerts: what people prepare, what the gateway tells of each, what loudspeakers report, who is on duty, drills."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from loa.areas.models import Area
from loa.kernel.ids import new_id


class Status(models.TextChoices):
    """As in CAP 1.2: who may hear it as what."""

    ACTUAL = "actual", "Thực"
    EXERCISE = "exercise", "Diễn tập"
    TEST = "test", "Kiểm tra"


class Draft(models.Model):
    """An alert that somebody prepares; the author's passkey makes a wish of it (`wishes.Wish.draft` names it).

    `content` is a `devicelink.messages.Alert` as JSON: `issued` 0, `expires` how long it lives (ms). `said` is the list
    of `wishes.Said` that goes with it, `form` what was typed, so that it can be mended. `drill` is set for the alert of
    a drill. `alert` is the id of the alert it became.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=Status.choices)
    event = models.CharField(max_length=32)
    headline = models.CharField(max_length=200)
    content = models.JSONField()
    said = models.JSONField(default=list)
    form = models.JSONField(default=dict)
    source = models.CharField(max_length=64, blank=True)
    drill = models.ForeignKey("Drill", models.SET_NULL, null=True, blank=True, related_name="drafts")
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.headline


class DraftVoice(models.Model):
    """The voice of one text of a draft: a `sound` of the library, and the same small enough for the air (`compact`).

    A machine's voice is taken only when somebody has heard it.
    """

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="voices")
    target = models.CharField(max_length=32)
    language = models.CharField(max_length=8, default="vi")
    sound = models.ForeignKey("media.Sound", models.PROTECT, related_name="+")
    compact = models.ForeignKey("media.Compact", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draft", "target", "language"], name="alerts_voice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.target} {self.language}"


class AlertRecord(models.Model):
    """An alert, or what ends one, as the gateway's journal tells it; the journal is the truth until this is copied.

    `id` is that of the message. `kind` is alert, update, cancel or end. `alert` is the alert that a cancel ends.
    `state` as in `wishes.State`: the newest step's. `content` is the message that people vouched for, `said` its words.
    `issued`, `expires` are set once it was sent. `ended_at`: when a cancel or an end of it was sent.
    """

    class Kind(models.TextChoices):
        ALERT = "alert", "Cảnh báo"
        UPDATE = "update", "Cập nhật"
        CANCEL = "cancel", "Hủy cảnh báo"
        END = "end", "Kết thúc cảnh báo"

    class State(models.TextChoices):
        WAITING = "waiting", "Chờ người xác nhận"
        SENT = "sent", "Đã phát"
        DECLINED = "declined", "Người xác nhận không đồng ý"
        LAPSED = "lapsed", "Quá giờ, không ai xác nhận"
        REFUSED = "refused", "Bộ phận ký từ chối"

    id = models.CharField(primary_key=True, max_length=64)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.ALERT)
    status = models.CharField(max_length=8, choices=Status.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    event = models.CharField(max_length=32, blank=True)
    risk = models.PositiveSmallIntegerField(default=0)
    severity = models.CharField(max_length=10, blank=True)
    headline = models.CharField(max_length=200, blank=True)
    content = models.JSONField()
    said = models.JSONField(default=list)
    alert = models.CharField(max_length=64, blank=True, db_index=True)
    draft = models.ForeignKey(Draft, models.SET_NULL, null=True, blank=True, related_name="alerts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    author_name = models.CharField(max_length=150, blank=True)
    confirmer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmer_name = models.CharField(max_length=150, blank=True)
    alone = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    issued = models.DateTimeField(null=True, blank=True)
    expires = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    step_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True)
    code = models.CharField(max_length=40, blank=True)
    expected = models.PositiveIntegerField(default=0)
    jws = models.TextField(blank=True)

    class Meta:
        ordering = ["-asked_at"]
        indexes = [
            models.Index(fields=["area", "-asked_at"], name="alerts_area_newest"),
            models.Index(fields=["expires"], condition=Q(state="sent"), name="alerts_sent_until"),
        ]

    def __str__(self) -> str:
        return self.headline or self.id


class AlertStep(models.Model):
    """One line of the gateway's journal, once: what happened to an alert, by whom."""

    entry = models.CharField(max_length=64, unique=True)
    record = models.ForeignKey(AlertRecord, models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=AlertRecord.State.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=150, blank=True)
    code = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.record_id} {self.state}"


class Receipt(models.Model):
    """What one loudspeaker reported of one alert (or cancel): unsigned, so only reported; proofs are in the play log.

    `state` is the last `Heard.state`, "" = nothing but the
    acknowledgement. `refused` is the code with which it refused the alert.
    """

    record = models.ForeignKey(AlertRecord, models.CASCADE, related_name="receipts")
    device = models.CharField(max_length=64)
    received_at = models.DateTimeField(null=True, blank=True)
    sounding_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, blank=True)
    state_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    refused = models.CharField(max_length=40, blank=True)
    round = models.PositiveIntegerField(default=0)
    target = models.CharField(max_length=64, blank=True)
    late = models.BooleanField(default=False)
    missing = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "device"], name="alerts_receipt_once")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.device} {self.state}"


class PlaceNote(models.Model):
    """What somebody did where an alert was not heard: "đã báo bằng loa tay lúc 14:20"."""

    record = models.ForeignKey(AlertRecord, models.CASCADE, related_name="notes")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    device = models.CharField(max_length=64, blank=True)
    text = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.text


class Duty(models.Model):
    """Trực ban: who answers for alerts in `area` from `starts` to `ends`; `grant` is the dated role of it."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    grant = models.ForeignKey("people.RoleGrant", models.PROTECT, related_name="+")
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts", "pk"]
        constraints = [models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="alerts_duty_ends_later")]

    def __str__(self) -> str:
        return f"{self.area_id} {self.person_id} {self.starts}"


class BreakGlass(models.Model):
    """Whether one person alone may send an Actual alert in this area: the newest row of the nearest area holds.

    Where nobody has answered it is refused, and the page of the area asks for an answer until there is one.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    allowed = models.BooleanField()
    document = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.area_id} {self.allowed}"


class Drill(models.Model):
    """A drill on the calendar of `area`: an exercise or a test on `day` at `minute` of the local day.

    `record` is the alert that was sent for it. `every` months it comes again, 0 = once. `followed` are the communes
    (paths) in which somebody has found out why they were silent.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.TEST)
    event = models.CharField(max_length=32)
    day = models.DateField()
    minute = models.PositiveSmallIntegerField()
    every = models.PositiveSmallIntegerField(default=0)
    record = models.OneToOneField(AlertRecord, models.SET_NULL, null=True, blank=True, related_name="drill")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True, blank=True)
    followed = ArrayField(models.CharField(max_length=120), default=list, blank=True)

    class Meta:
        ordering = ["day", "minute", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(status="actual"), name="alerts_drill_is_not_actual"),
            models.CheckConstraint(condition=Q(minute__lt=1440), name="alerts_drill_in_the_day"),
        ]

    def __str__(self) -> str:
        return self.title


class OwnTemplate(models.Model):
    """A text with blanks that an area has added to the national ones; for the area and all below."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    event = models.CharField(max_length=32)
    name = models.CharField(max_length=80)
    language = models.CharField(max_length=8, default="vi")
    text = models.CharField(max_length=600)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["event", "name"]

    def __str__(self) -> str:
        return self.name
