"""Who may speak live, and what was spoken."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from loa.areas.models import Area
from loa.kernel.ids import new_id
from loa.media.models import Sound


class LivePermit(models.Model):
    """`person` may speak live in `area` and what is below it; given by somebody else, until it is taken back.

    From minute `opens` to minute `closes` of the local day, on `weekdays` (1 = Monday), `minutes` at once and
    `day_minutes` a day, between `starts` and `ends`. `once`: a single yes, asked for on the spot; what nobody answered
    within five minutes of `asked_at` is over. The signer reads all of this by itself (view `signer_live_permits`).
    """

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", "Chờ trả lời"
        APPROVED = "approved", "Đã cho phép"
        REFUSED = "refused", "Không cho phép"

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="live_permits")
    area = models.ForeignKey(Area, models.PROTECT, related_name="live_permits")
    once = models.BooleanField(default=False)
    weekdays = ArrayField(models.PositiveSmallIntegerField())
    opens = models.PositiveSmallIntegerField()
    closes = models.PositiveSmallIntegerField()
    minutes = models.PositiveSmallIntegerField()
    day_minutes = models.PositiveSmallIntegerField()
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="live_permit_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens"), closes__lte=24 * 60), name="live_permit_closes_after_it_opens"
            ),
            models.CheckConstraint(
                condition=Q(minutes__range=(1, 240), day_minutes__gte=F("minutes")), name="live_permit_has_minutes"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="live_permit_approved_names_who",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | (~Q(decided_by=F("person")) & ~Q(decided_by=F("asked_by"))),
                name="live_permit_by_two_people",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "ends"], name="live_permit_of_a_person"),
            models.Index(fields=["area", "-asked_at"], name="live_permit_of_an_area"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.area_id} {self.state}"


class LiveSession(models.Model):
    """One voice on the air, as the gateway wrote it down; `id` is that of its certificate.

    `targets`: names of what was chosen. It rested on `permit`, or on the alert with the id `alert`. `spoken_ms` is how
    much was captured, `reason` how it ended. `expected` loudspeakers were there when it began, `sounding` of them
    *reported* that they sounded it; what they prove stands in the play log's proofs.
    """

    id = models.UUIDField(primary_key=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="live_sessions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="live_sessions")
    permit = models.ForeignKey(LivePermit, models.PROTECT, null=True, blank=True, related_name="sessions")
    alert = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=200, blank=True)
    targets = ArrayField(models.CharField(max_length=120), default=list)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    spoken_ms = models.PositiveIntegerField()
    reason = models.CharField(max_length=20)
    expected = models.PositiveIntegerField(default=0)
    sounding = models.PositiveIntegerField(default=0)
    sound = models.ForeignKey(Sound, models.SET_NULL, null=True, blank=True, related_name="live_sessions")

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ended_at__gte=F("started_at")), name="live_session_ends_after_it_starts")
        ]
        indexes = [
            models.Index(fields=["area", "-started_at"], name="live_session_of_an_area"),
            models.Index(fields=["permit", "-started_at"], name="live_session_of_a_permit"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.started_at:%d/%m/%Y %H:%M}"
