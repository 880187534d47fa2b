"""Ways out of the platform to phones and programs, whom they reach, and what became of each message."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from loa.areas.models import Area
from loa.channels.rules import codes, limits, words
from loa.kernel.ids import new_id

_KINDS = [(kind.value, words.KIND_LABELS[kind]) for kind in codes.Kind]
_PURPOSES = [(purpose.value, words.PURPOSE_LABELS[purpose]) for purpose in codes.Purpose]
_STATES = [(state.value, words.STATE_LABELS[state]) for state in codes.State]
_ROLES = [(role.value, codes.ROLE_LABELS[role]) for role in codes.Role]


class Channel(models.Model):
    """One way out: an SMS account, a Zalo OA, an address of a program. It serves its area and those below.

    `options` are the open settings (`rules.settings.FIELDS`); `secret` is sealed JSON of the others and is never shown.
    `fault` is what the last try met, "" when it worked. An ended one stays for the record.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="channels")
    kind = models.CharField(max_length=8, choices=_KINDS)
    name = models.CharField(max_length=80)
    options = models.JSONField(default=dict, blank=True)
    secret = models.TextField(blank=True)
    for_alerts = models.BooleanField(default=True)
    for_duty = models.BooleanField(default=True)
    per_hour = models.PositiveIntegerField(default=limits.USUAL_PER_HOUR)
    enabled = models.BooleanField(default=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    worked_at = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=40, blank=True)
    fault_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["area_id", "kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["area", "name"], condition=Q(ended_at=None), name="channel_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class Recipient(models.Model):
    """Somebody who agreed to be told: `consent` says how and when. `below`: also of what concerns only a part of the
    area. `phone` is national ("0912345678") or empty, `email` or empty, one of them is there.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="recipients")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=12, choices=_ROLES)
    phone = models.CharField(max_length=16, blank=True)
    email = models.EmailField(blank=True)
    below = models.BooleanField(default=True)
    consent = models.CharField(max_length=200)
    consent_on = models.DateField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["area_id", "name"]
        constraints = [
            models.CheckConstraint(condition=~Q(phone="") | ~Q(email=""), name="recipient_can_be_reached"),
            models.UniqueConstraint(
                fields=["area", "phone"], condition=Q(ended_at=None) & ~Q(phone=""), name="recipient_phone_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Sending(models.Model):
    """One message to many. `key` names its cause: what is posted twice under one key is one. `data` is for programs."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=160, unique=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="sendings_out")
    purpose = models.CharField(max_length=8, choices=_PURPOSES)
    status = models.CharField(max_length=8)
    title = models.CharField(max_length=200)
    text = models.TextField()
    short = models.CharField(max_length=400)
    data = models.JSONField(default=dict, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.key


class Outcome(models.Model):
    """One message to one address by one channel. `claimed_at`: somebody is sending it. `code` is "ok" or why not.

    Its id goes with the message wherever the way allows it, so that who gets it twice can tell.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sending = models.ForeignKey(Sending, models.CASCADE, related_name="outcomes")
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="outcomes")
    recipient = models.ForeignKey(Recipient, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=400)
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=_STATES, default=codes.State.WAITING)
    code = models.CharField(max_length=40, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["sending", "channel", "address"], name="outcome_once"),
        ]
        indexes = [
            models.Index(fields=["channel", "next_at"], condition=Q(state="waiting"), name="outcome_waiting"),
            models.Index(fields=["channel", "sent_at"], name="outcome_sent"),
            models.Index(fields=["address", "sent_at"], name="outcome_address"),
        ]

    def __str__(self) -> str:
        return f"{self.sending_id} {self.state}"


class Part(models.Model):
    """One part of a short message that a centre took; `receipt` is its id there. `delivered` null: not reported yet."""

    outcome = models.ForeignKey(Outcome, models.CASCADE, related_name="parts")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+")
    receipt = models.CharField(max_length=65)
    taken_at = models.DateTimeField()
    delivered = models.BooleanField(null=True)
    code = models.CharField(max_length=40, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["channel", "receipt"], name="channel_part_receipt")]

    def __str__(self) -> str:
        return self.receipt
