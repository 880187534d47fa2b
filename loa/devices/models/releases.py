"""Software of the loudspeakers: what there is, how it is handed out in rings; what they wrote of themselves."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from loa.devices.models.device import Device


class Release(models.Model):
    """One version of the agent, its wheels in the store (`loa.devices.wheels`). Never changed once it is here.

    `wheels`: name, sha256, size (bytes) of each; `python` versions and `machine` ("" = any) for which they are;
    `protocol`: what an agent has to speak to install it.
    """

    version = models.CharField(max_length=20, unique=True)
    note = models.CharField(max_length=500, blank=True, default="")
    wheels = models.JSONField()
    python = models.JSONField()
    machine = models.CharField(max_length=40, blank=True, default="")
    protocol = models.PositiveSmallIntegerField(default=1)
    added_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-added_at"]

    def __str__(self) -> str:
        return self.version


class Rollout(models.Model):
    """A release on its way into an area, ring after ring (rules.rollouts).

    `rings`: `share` (percent of the loudspeakers, counted from the first ring on) and `groups` (ids) of each; `ring` is
    the one that is being served. `threshold`: percent that have to run it well for `soak_hours` before the next ring.
    `back`: the release to return to, null = the delivered software. `forward`, `backward`: what was approved, in the
    form of the wire (`devicelink.updates.Content`), with their digests, which the signer compares.
    """

    class State(models.TextChoices):
        """From the proposal to the end."""

        PROPOSED = "proposed", "chờ duyệt"
        RUNNING = "running", "đang cập nhật"
        HALTED = "halted", "đang dừng"
        RETURNING = "returning", "đang quay lại bản cũ"
        DONE = "done", "đã xong"
        RETURNED = "returned", "đã quay lại bản cũ"
        REFUSED = "refused", "không được duyệt"
        WITHDRAWN = "withdrawn", "đã rút"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="rollouts")
    back = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    area = models.ForeignKey("areas.Area", on_delete=models.PROTECT, related_name="+")
    rings = models.JSONField()
    threshold = models.PositiveSmallIntegerField()
    soak_hours = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.PROPOSED)
    ring = models.PositiveSmallIntegerField(default=0)
    ring_since = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=500, blank=True, default="")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)
    forward = models.JSONField()
    forward_digest = models.CharField(max_length=64)
    backward = models.JSONField()
    backward_digest = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-proposed_at"]

    def __str__(self) -> str:
        return f"{self.release_id} {self.state}"


class RolloutMember(models.Model):
    """One loudspeaker of a rollout, from the moment it was offered the release.

    `revision`: of the order that it was sent last, 0 = it waits to be sent one again; `message`: the command that told
    it so. `stand`, `reason`: how it stands (rules.rollouts.Stand) and the code of what went wrong, as last seen.
    `failures`: every time that it failed, {"at": Unix ms, "reason": code}, the oldest first, the last ten.
    """

    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="members")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="rollouts")
    ring = models.PositiveSmallIntegerField()
    offered_at = models.DateTimeField()
    revision = models.BigIntegerField()
    message = models.UUIDField()
    stand = models.CharField(max_length=12, default="under_way")
    reason = models.CharField(max_length=20, blank=True, default="")
    failures = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rollout", "device"], name="devices_rollout_member_once")
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.stand}"


class LogRequest(models.Model):
    """Somebody asked a loudspeaker for the last lines it wrote of itself. `id` is that of the command.

    `text`: gzip of UTF-8 lines without secrets, null until it came. Kept seven days.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="log_requests")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    lines = models.PositiveSmallIntegerField()
    since = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    count = models.PositiveSmallIntegerField(default=0)
    text = models.BinaryField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-asked_at"]
        indexes: ClassVar = [models.Index(fields=["device", "-asked_at"], name="devices_log_requests_of_one")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.asked_at:%d/%m/%Y %H:%M}"
