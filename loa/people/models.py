"""Accounts, the roles they hold in areas, and the links with which they come in."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from loa.areas.models import Area
from loa.people import rules


class Role(models.TextChoices):
    """Roles of the grassroots information system. What each may do: `people.rules.CAPABILITIES`."""

    OFFICER = rules.OFFICER, "Cán bộ truyền thanh"
    APPROVER = rules.APPROVER, "Người duyệt"
    TECHNICIAN = rules.TECHNICIAN, "Kỹ thuật viên"
    PROVINCE_EDITOR = rules.PROVINCE_EDITOR, "Biên tập viên tỉnh"
    CENTRAL_EDITOR = rules.CENTRAL_EDITOR, "Biên tập viên trung ương"
    VIEWER = rules.VIEWER, "Người xem"
    ADMINISTRATOR = rules.ADMINISTRATOR, "Quản trị"
    ANNOUNCER = rules.ANNOUNCER, "Người phát thanh thôn"
    DUTY = rules.DUTY, "Trực ban"


class User(AbstractUser):
    """A person's account. `phone` is national ("0912345678") or empty; e-mail may be empty, offices share computers."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField("Họ và tên", max_length=120)
    position = models.CharField("Chức vụ", max_length=120, blank=True)
    phone = models.CharField("Số điện thoại", max_length=16, blank=True)

    REQUIRED_FIELDS = ["full_name"]

    # What a program that acts for this person may do, if it is one (`access.user_of_token`); None for the person.
    narrowed: rules.Narrowed | None = None

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["phone"], condition=~Q(phone=""), name="user_phone_once"),
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="user_email_once"),
            models.UniqueConstraint(Lower("username"), name="user_username_once_any_case"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name


class ApiToken(models.Model):
    """With this secret a program acts for `user`, in `area` and below, with `capabilities` and never more than the user
    may. Only the SHA-256 of the secret is kept; it holds until `expires` or until it is revoked.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    capabilities = models.JSONField()
    made_at = models.DateTimeField()
    expires = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.name


class RoleGrant(models.Model):
    """`user` holds `role` in `area` and everything below it, from `starts` to before `ends` (null = until taken back).

    `on_behalf_of` is set for a deputy (ủy quyền) and for a stand-in officer: the person whose place is taken.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    role = models.CharField(max_length=24, choices=Role.choices)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    starts = models.DateTimeField()
    ends = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    on_behalf_of = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="deputies")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["area", "role", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends=None) | Q(ends__gte=F("starts")), name="grant_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.area_id} {self.user_id}"


class RolePolicy(models.Model):
    """What an installation asks of everybody who holds a role."""

    role = models.CharField(max_length=24, choices=Role.choices, unique=True)
    second_factor = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.role


class Invitation(models.Model):
    """A single-use link with which its person sets a password. Only the SHA-256 of the secret is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.user_id} {self.expires}"


class SignOut(models.Model):
    """What `user` was given to carry (tickets for the gateway) before `at` is void.

    With a `session` (rules.session_mark): what this session was given, whenever. The gateway follows this table.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    session = models.CharField(max_length=24, blank=True, default="")
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.user_id} {self.session} {self.at}"


class RulesProposal(models.Model):
    """Wider hours that wait for a second person's key, or did. The id stands in what that person's key signs.

    `ends` is the last day; `windows` as in `areas.OperatingRules`. `counter` is what the key said when it confirmed.
    """

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", "Chờ người thứ hai"
        CONFIRMED = "confirmed", "Đã xác nhận"
        WITHDRAWN = "withdrawn", "Đã rút"

    id = models.UUIDField(primary_key=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    starts = models.DateField()
    ends = models.DateField()
    document = models.CharField(max_length=200)
    windows = models.JSONField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    credential = models.CharField(max_length=400, blank=True)
    counter = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="rules_proposal_ends_after_it_starts"),
            models.CheckConstraint(
                condition=~Q(decided_by=F("author"), state="confirmed"), name="rules_proposal_by_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} ({self.area_id})"
