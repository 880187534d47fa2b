"""What the platform tells devices: signed states, messages on their way, holds."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from loa.devices.models.device import Device


class SignedDocument(models.Model):
    """A signed state as devices fetch it. The highest revision of a (typ, subject) is the valid one; a few older stay.

    `subject` is "device/<id>", "plan_set/<id>" or "all" (see rules.subject_of). `withdrawn` hides it (a key claimed
    anew has no placement until the fingerprint is compared) while its revision still counts.
    """

    typ = models.CharField(max_length=20)
    subject = models.CharField(max_length=120)
    revision = models.BigIntegerField()
    jws = models.TextField()
    issued_at = models.DateTimeField()
    withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["typ", "subject", "revision"], name="devices_document_revision_once")
        ]

    def __str__(self) -> str:
        return f"{self.typ} {self.subject} {self.revision}"


class OutboxMessage(models.Model):
    """An event on its way to devices: sent again to those that have not acknowledged, until it expires.

    `of` is the name that acknowledgements use ("<typ>:<id or revision>"). `summary`, written when it is closed:
    {"expected": n, "ok": n, "refused": {code: n}, "silent": [device ids]}.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    typ = models.CharField(max_length=20)
    of = models.CharField(max_length=120, unique=True)
    topic = models.CharField(max_length=120)
    audience = models.JSONField()
    jws = models.TextField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    summary = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["issued_at"], condition=models.Q(closed_at=None), name="devices_outbox_open")
        ]

    def __str__(self) -> str:
        return self.of


class Ack(models.Model):
    """One device's answer to an open message; summed up and removed when the message is closed."""

    message = models.ForeignKey(OutboxMessage, on_delete=models.CASCADE, related_name="acks")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=30)
    detail = models.CharField(max_length=200, default="")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["message", "device"], name="devices_ack_once")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.code}"


class Hold(models.Model):
    """A stop or a release, copied from the gateway's journal (the journal is the truth until the copy is made).

    The highest revision of a subject is valid. `until` is empty for a release. `entry` is the id of the journal line,
    so that copying twice changes nothing.
    """

    entry = models.UUIDField(unique=True)
    subject = models.CharField(max_length=120)
    audience = models.JSONField()
    area = models.ForeignKey("areas.Area", on_delete=models.PROTECT, null=True, related_name="+")
    revision = models.BigIntegerField()
    until = models.DateTimeField(null=True, blank=True)
    jws = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=150, default="")
    reason = models.CharField(max_length=200, default="")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "revision"], name="devices_hold_revision_once")
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.revision}"
