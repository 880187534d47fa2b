"""What a province or the centre sends down to communes, and what becomes of it in each."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from loa.areas.models import Area
from loa.broadcasts.models.schedules import Schedule
from loa.broadcasts.rules import deliveries
from loa.bulletins.models import Approval, Bulletin, Version
from loa.kernel.ids import new_id


class Sending(models.Model):
    """A bulletin of `area` for the sessions of communes below it, from `first_day` to `last_day`.

    `target` is a list of paths, [] = every commune of the area. Once sent, `approval` is the permit on which each
    commune airs it: revoked, nothing of it sounds any more. How urgent it is, its version says.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    bulletin = models.ForeignKey(Bulletin, models.PROTECT, related_name="sendings")
    area = models.ForeignKey(Area, models.PROTECT, related_name="sendings")
    state = models.CharField(
        max_length=8,
        choices=[(one.value, one.label) for one in deliveries.Sent],
        default=deliveries.Sent.ASKED.value,
    )
    target = models.JSONField(default=list, blank=True)
    first_day = models.DateField()
    last_day = models.DateField()
    version = models.ForeignKey(Version, models.PROTECT, null=True, blank=True, related_name="sendings")
    approval = models.ForeignKey(Approval, models.PROTECT, null=True, blank=True, related_name="sendings")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="sending_ends_after_it_starts"),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(approval__isnull=False, version__isnull=False),
                name="sending_sent_names_its_approval",
            ),
        ]
        indexes = [models.Index(fields=["area", "-made_at"], name="sending_newest")]

    def __str__(self) -> str:
        return f"{self.bulletin_id} {self.first_day}"


class Delivery(models.Model):
    """What one commune has made of it: the answer to the sender. What was heard, the proofs of `schedule` say.

    `code` and `reason` say why it is refused, or why it has found no session yet; then it may sound from `next_at` on.
    `moves`: what moved for it when it came into its session, in sentences. `ordered_at`: somebody has said what comes
    first, it or a priority item of the commune's own.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    sending = models.ForeignKey(Sending, models.PROTECT, related_name="deliveries")
    area = models.ForeignKey(Area, models.PROTECT, related_name="deliveries")
    state = models.CharField(
        max_length=9,
        choices=[(one.value, one.label) for one in deliveries.Answer],
        default=deliveries.Answer.ACCEPTED.value,
    )
    schedule = models.OneToOneField(Schedule, models.PROTECT, null=True, blank=True, related_name="delivery")
    code = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    moves = models.JSONField(default=list, blank=True)
    made_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    ordered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "area"]
        constraints = [
            models.UniqueConstraint(fields=["sending", "area"], name="delivery_once_a_commune"),
            models.CheckConstraint(
                condition=~Q(state="scheduled") | Q(schedule__isnull=False), name="delivery_scheduled_names_it"
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(reason=""), name="delivery_refused_says_why"),
        ]
        indexes = [models.Index(fields=["area", "state", "-made_at"], name="delivery_of_a_commune")]

    def __str__(self) -> str:
        return f"{self.sending_id} {self.area_id} {self.state}"
