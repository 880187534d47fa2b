"""What people are told: one notification for one cause, who was told of it and when, the letters that went out."""

from datetime import time

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from loa.areas.models import Area
from loa.kernel.ids import new_id
from loa.notifications.rules import Urgency

_URGENCIES = [(one.value, one.value) for one in Urgency]


class Notification(models.Model):
    """Something that needs, or needed, a person. `kind` is a code of `rules.KINDS`, `key` names the cause.

    `title`, `more` and `rows` are of all of it; whoever looks after one place reads what `Told` says. `step` of its
    kind's steps was reached at `stepped_at`. It closes by itself when its cause is gone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=160)
    area = models.ForeignKey(Area, models.PROTECT, related_name="notifications")
    urgency = models.CharField(max_length=8, choices=_URGENCIES)
    title = models.CharField(max_length=300)
    more = models.CharField(max_length=600, blank=True)
    rows = models.PositiveIntegerField(default=1)
    since = models.DateTimeField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    stepped_at = models.DateTimeField()

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], condition=Q(closed_at=None), name="notification_once"),
        ]
        indexes = [models.Index(fields=["closed_at"], name="notification_closed")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Letter(models.Model):
    """One e-mail: written with the notifications it tells of, sent afterwards, tried again for a while.

    `id` is in its Message-ID, which stays the same however often it is tried: who gets it twice can tell. `claimed_at`:
    somebody is sending it. `fault` is what the last try met.
    """

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", "chờ gửi"
        SENT = "sent", "đã gửi"
        GIVEN_UP = "given_up", "không gửi được"
        DROPPED = "dropped", "không cần gửi nữa"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="letters")
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    urgent = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-made_at"]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="notification_letter_waiting"),
            models.Index(fields=["user", "-made_at"], name="notification_letter_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.subject}"


class Told(models.Model):
    """One person is told of one notification, at one of its steps: `place` is the path of what they are shown of it.

    `title`, `more` and `rows` are of that place; `most` is how many rows it ever had there, and `most_title` what was
    said then. `letter_at`: when they may be written to, null if not at all; `letter` the one that did. `taken_at`: they
    said that they see to it. `left_at`: it concerns them no more, or is over; then `over_at` is when they may be told
    that it is, `over_letter` the one that did.
    """

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="told")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="told")
    step = models.PositiveSmallIntegerField(default=0)
    place = models.CharField(max_length=120, db_collation="C")
    title = models.CharField(max_length=300)
    more = models.CharField(max_length=600, blank=True)
    rows = models.PositiveIntegerField(default=1)
    most = models.PositiveIntegerField(default=0)
    most_title = models.CharField(max_length=300, blank=True)
    link = models.CharField(max_length=300)
    told_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    letter_at = models.DateTimeField(null=True, blank=True)
    letter = models.ForeignKey(Letter, models.SET_NULL, null=True, blank=True, related_name="items")
    left_at = models.DateTimeField(null=True, blank=True)
    over_at = models.DateTimeField(null=True, blank=True)
    over_letter = models.ForeignKey(Letter, models.SET_NULL, null=True, blank=True, related_name="overs")

    class Meta:
        ordering = ["step", "told_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["notification", "user"], name="notification_told_once")]
        indexes = [
            models.Index(fields=["user"], condition=Q(left_at=None, seen_at=None), name="notification_unseen"),
            models.Index(fields=["letter_at"], condition=Q(left_at=None, letter=None), name="notification_to_write"),
            models.Index(fields=["over_at"], condition=Q(over_at__isnull=False), name="notification_to_end"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.notification_id}"

    @property
    def headline(self) -> str:
        """What it is, or once it is over what it was: what emptied bit by bit was not one loudspeaker."""
        return (self.most_title or self.title) if self.left_at else self.title


class Preference(models.Model):
    """How one person wants to be written to; who has no row gets letters, and none between 21:00 and 05:00.

    `silent` are kinds of which no letter is wanted; the page shows them all the same.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="letter_preference"
    )
    letters = models.BooleanField(default=True)
    quiet_from = models.TimeField(default=time(21))
    quiet_until = models.TimeField(default=time(5))
    silent = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} {self.letters}"


class Look(models.Model):
    """When the needs of one source were last read, and what kept them from being read since; `fault` "" = nothing."""

    source = models.CharField(max_length=24, primary_key=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.source} {self.at}"
