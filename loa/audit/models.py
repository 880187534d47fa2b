"""The record of every write, and the chain over it. Both tables only grow: the database refuses all else."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now


class Entry(models.Model):
    """One thing that somebody (or the system, `actor_id` null) did.

    No foreign keys: the record must outlive what it speaks of. `at` is the action's own time, `written` the database's.
    """

    at = models.DateTimeField()
    written = models.DateTimeField(db_default=Now())
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=160, blank=True)
    verb = models.CharField(max_length=80)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    area = models.CharField(max_length=120, blank=True, db_collation="C")
    facts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        indexes = [
            models.Index(fields=["object_kind", "object_id"], name="audit_entry_object"),
            models.Index(fields=["area", "-id"], name="audit_entry_area"),
            models.Index(fields=["actor_id", "-id"], name="audit_entry_actor"),
            models.Index(fields=["at"], name="audit_entry_at"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_kind}:{self.object_id}"


class Seal(models.Model):
    """Link `seq` of the chain: `content` is the SHA-256 of the entry, `digest` that of the link before and this one."""

    seq = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    content = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_seal"

    def __str__(self) -> str:
        return str(self.seq)
