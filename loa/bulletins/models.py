"""What is to be told: a bulletin, its versions, who approved which of them for where and when, who opened it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from loa.areas.models import Area
from loa.bulletins import rules
from loa.kernel.ids import new_id
from loa.media.models import Sound
from loa.relays.models import RelaySource


class Category(models.Model):
    """A group of the essential information (Decree 49/2024, Art. 6), or a code that an area added below one.

    A group has no parent and no area; it is never removed.
    """

    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=200)
    group = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="codes")
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    essential = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    closed = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(area=None), name="category_group_once"),
            models.UniqueConstraint(fields=["area", "code"], name="category_once_an_area"),
            models.CheckConstraint(
                condition=Q(area=None, group=None) | Q(area__isnull=False, group__isnull=False),
                name="category_of_an_area_stands_below_a_group",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class State(models.TextChoices):
    """Where the newest version is on its way; what may sound is told by the approvals, not by this."""

    DRAFT = rules.DRAFT, "Bản nháp"
    SUBMITTED = rules.SUBMITTED, "Chờ duyệt"
    APPROVED = rules.APPROVED, "Đã duyệt"
    RETURNED = rules.RETURNED, "Trả lại"
    WITHDRAWN = rules.WITHDRAWN, "Đã thu hồi"


class Priority(models.TextChoices):
    """An emergency is never a bulletin: it has its own way, its own keys and its own two persons."""

    NORMAL = "normal", "Thường"
    PRIORITY = "priority", "Ưu tiên"


class Bulletin(models.Model):
    """One thing to tell. `id` is made by the writer's browser, so that a draft written offline arrives only once.

    `revision` rises with every save, so that of two people who edit at once the second is told.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    area = models.ForeignKey(Area, models.PROTECT, related_name="bulletins")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="bulletins")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdraw_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-changed_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=rules.WITHDRAWN) | Q(withdrawn_at__isnull=False), name="bulletin_withdrawn_is_dated"
            ),
        ]
        indexes = [models.Index(fields=["area", "state", "-changed_at"], name="bulletin_area_state")]

    def __str__(self) -> str:
        return str(self.id)


class Version(models.Model):
    """The content at one time, by one `author`. Once submitted (`submitted_at`) the database refuses every change.

    `content_hash` covers all that an approver judges, the sound's SHA-256 included (`rules.content_hash`). `checks` are
    the pre-flight findings of the submission as plain data (`preflight.findings.Finding`). `said` are the words whose
    reading a person has heard and settled, `voicing` how a machine is to read it, `sound_reason` why a sound is sent
    that failed the check (`rules.Draft`). It is read `readings` times (1-3), with `link` ("Xin nhắc lại") said between.
    A relay (`relay`) sounds for `relay_minutes`; the sound is what stands in for it then, if there is one.
    """

    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    spoken = models.TextField(blank=True)
    said = models.JSONField(default=dict, blank=True)
    voicing = models.JSONField(default=dict, blank=True)
    sound_reason = models.CharField(max_length=rules.MAX_REASON, blank=True)
    sound = models.ForeignKey(Sound, models.PROTECT, null=True, blank=True, related_name="+")
    relay = models.ForeignKey(RelaySource, models.PROTECT, null=True, blank=True, related_name="versions")
    relay_minutes = models.PositiveSmallIntegerField(default=0)
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="+")
    priority = models.CharField(max_length=8, choices=Priority.choices, default=Priority.NORMAL)
    language = models.CharField(max_length=16, default="vi")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    readings = models.PositiveSmallIntegerField(default=1)
    link = models.ForeignKey(Sound, models.PROTECT, null=True, blank=True, related_name="+")
    content_hash = models.CharField(max_length=64, blank=True)
    checks = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["bulletin", "number"]
        constraints = [
            models.UniqueConstraint(fields=["bulletin", "number"], name="version_number_once"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="version_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | Q(content_hash__regex="^[0-9a-f]{64}$"),
                name="version_submitted_is_hashed",
            ),
            models.CheckConstraint(condition=Q(priority__in=["normal", "priority"]), name="version_is_no_emergency"),
            models.CheckConstraint(
                condition=Q(relay=None, relay_minutes=0) | Q(relay__isnull=False, relay_minutes__gt=0),
                name="version_relay_has_minutes",
            ),
            models.CheckConstraint(
                condition=Q(readings__gte=1, readings__lte=3), name="version_is_read_thrice_at_most"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class VersionLanguage(models.Model):
    """The same content in a further language, said after the main one where the area airs it; final with its version.

    `spoken` is what a machine says; without a sound the language does not air. `position` is the writer's order.
    `voicing` and `sound_reason` are those of its own sound, as a Version has them for the main one.
    """

    version = models.ForeignKey(Version, models.CASCADE, related_name="languages")
    language = models.CharField(max_length=16)
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    spoken = models.TextField(blank=True)
    voicing = models.JSONField(default=dict, blank=True)
    sound = models.ForeignKey(Sound, models.PROTECT, null=True, blank=True, related_name="+")
    sound_reason = models.CharField(max_length=rules.MAX_REASON, blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["version", "position"]
        constraints = [models.UniqueConstraint(fields=["version", "language"], name="version_language_once")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.language}"


class Verdict(models.TextChoices):
    """What was decided about a submitted version."""

    APPROVED = "approved", "Duyệt"
    RETURNED = "returned", "Trả lại"


class Approval(models.Model):
    """One decision. If approved, `permit` (devicelink.permits.Permit as JSON) names content, places and times.

    `heard_by` is the person who has heard every sentence that a machine speaks in it; None if none does.
    `id` is the approval id inside the permit and the plan. `revoked_at` ends it; the signer reads the view
    `signer_permits` over this table.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    bulletin = models.ForeignKey(Bulletin, models.PROTECT, related_name="approvals")
    version = models.ForeignKey(Version, models.PROTECT, related_name="approvals")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    reason = models.CharField(max_length=500, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    heard_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField()
    permit = models.JSONField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    revoke_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-decided_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(approver=F("author")), name="approval_is_by_another_person"),
            models.CheckConstraint(
                condition=Q(on_behalf_of=None) | ~Q(on_behalf_of=F("author")), name="approval_is_not_for_the_author"
            ),
            models.CheckConstraint(
                condition=Q(verdict="returned", permit=None)
                | Q(verdict="approved", permit__isnull=False, digest__regex="^[0-9a-f]{64}$"),
                name="approval_has_a_permit",
            ),
            models.CheckConstraint(condition=~Q(verdict="returned") | ~Q(reason=""), name="approval_return_says_why"),
        ]
        indexes = [models.Index(fields=["bulletin", "-decided_at"], name="approval_newest")]

    def __str__(self) -> str:
        return f"{self.verdict} {self.id}"


class Opening(models.Model):
    """Who has opened a version."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="openings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "user"], name="opening_once_a_person")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.user_id}"

    @property
    def heard_ms(self) -> int:
        """How much was played to them of all sounds that the version had together."""
        return sum(one.heard_ms for one in self.played.all())


class Played(models.Model):
    """How much (ms) of one sound of a version, whichever language it is in, was played to who has opened it."""

    opening = models.ForeignKey(Opening, models.CASCADE, related_name="played")
    sound = models.ForeignKey(Sound, models.PROTECT, related_name="+")
    heard_ms = models.PositiveIntegerField()
    heard_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["opening", "sound"], name="played_once_a_sound")]

    def __str__(self) -> str:
        return f"{self.opening_id} {self.sound_id}"
