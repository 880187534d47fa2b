"""Edits of the air that somebody has seen and kept."""

from django.conf import settings
from django.db import models

from loa.kernel.ids import new_id


class KeptChange(models.Model):
    """A change of the air that somebody has seen as a difference and kept; see `loa.broadcasts.changes`.

    `token` is the HMAC of what was confirmed: it keeps one change, once. `before` and `after` are the rows as far as
    they differ (`changes.images`), `left` the digest of all of them when it was kept.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    area = models.CharField(max_length=120, db_collation="C")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kept_at = models.DateTimeField()
    token = models.CharField(max_length=64, unique=True)
    change = models.JSONField()
    sentence = models.CharField(max_length=300)
    lines = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    left = models.CharField(max_length=64)
    undone_at = models.DateTimeField(null=True, blank=True)

    # What the action said of itself; only on the object that `keeping.keep` returns.
    told = ""
    # Why it cannot be taken back, "" if it can; likewise.
    final = ""

    class Meta:
        ordering = ["-kept_at"]
        indexes = [models.Index(fields=["area", "-kept_at"], name="kept_change_area")]

    def __str__(self) -> str:
        return self.sentence
