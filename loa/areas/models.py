"""Administrative units, dated; what became of them; the rules of their air."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

from loa.areas import rules
from loa.areas.codes import Effect, Every, OffKind, Reason

KINDS = [(kind.value, rules.LABELS[kind]) for kind in rules.Kind]
LEVELS = [
    (rules.Level.CENTRE, "Trung ương"),
    (rules.Level.PROVINCE, "Tỉnh, thành phố"),
    (rules.Level.DISTRICT, "Cấp huyện (đến 30/6/2025)"),
    (rules.Level.COMMUNE, "Xã, phường, đặc khu"),
    (rules.Level.HAMLET, "Thôn, tổ dân phố"),
]


class Folded(Func):
    """`loa_fold(text)`: lower case without diacritics, immutable, so that it can be stored and indexed."""

    function = "loa_fold"
    output_field = models.TextField()


class Area(models.Model):
    """A unit between `valid_from` and `valid_to` (the last day it existed; null = still exists).

    `path` is text like `vn.15.04531` (hamlet `vn.15.04531.h5`); the units before 1/7/2025 stand below `vn63`.
    `name` is bare ("Quy Mông"), `full_name` carries the kind ("Xã Quy Mông").
    """

    code = models.CharField(max_length=16)
    kind = models.CharField(max_length=24, choices=KINDS)
    level = models.SmallIntegerField(choices=LEVELS)
    name = models.CharField(max_length=120)
    full_name = models.CharField(max_length=160)
    path = models.CharField(max_length=120, unique=True, db_collation="C")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    fold = models.GeneratedField(expression=Folded(F("name")), output_field=models.TextField(), db_persist=True)
    sort_key = models.CharField(max_length=400, db_collation="C")

    class Meta:
        ordering = ["sort_key", "path"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gte=F("valid_from")),
                name="area_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["level", "sort_key"], name="area_level_sort")]

    def __str__(self) -> str:
        return self.full_name


class FormerName(models.Model):
    """What a unit was called, or what kind it was, until `valid_to`; its code and its path did not change."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="former_names")
    kind = models.CharField(max_length=24, choices=KINDS)
    name = models.CharField(max_length=120)
    full_name = models.CharField(max_length=160)
    valid_to = models.DateField()
    document = models.CharField(max_length=160, blank=True)
    fold = models.GeneratedField(expression=Folded(F("name")), output_field=models.TextField(), db_persist=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "valid_to"], name="former_name_once_a_day")]

    def __str__(self) -> str:
        return f"{self.full_name} (đến {self.valid_to:%d/%m/%Y})"


class AreaSuccession(models.Model):
    """`new` took over `old`, or the part of it that is not elsewhere, on the day `on`."""

    old = models.ForeignKey(Area, models.CASCADE, related_name="successions")
    new = models.ForeignKey(Area, models.CASCADE, related_name="predecessions")
    on = models.DateField()
    in_part = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["old", "new", "on"], name="succession_once")]

    def __str__(self) -> str:
        return f"{self.old_id} -> {self.new_id} ({self.on})"


class ImportRun(models.Model):
    """Where the units of this installation come from, and when they were read."""

    source = models.CharField(max_length=80)
    version = models.CharField(max_length=40)
    licence = models.CharField(max_length=40)
    state_of = models.DateField()
    at = models.DateTimeField()
    counts = models.JSONField()

    def __str__(self) -> str:
        return f"{self.source} {self.version}"


class OperatingRules(models.Model):
    """When the loudspeakers of an area may sound, by which document, from `starts` to `ends` (last day; null = open).

    `windows` is a list of {"weekdays": [1..7], "from": "05:00", "to": "21:00"} in local time, Monday is 1. Null limits
    are not set here: the parent's apply. A row that ends does not end the one below it: that holds again afterwards.
    `confirmed` is what a second person's passkey signed (`devicelink.widening.Confirmed`): rules without it stay within
    the ceiling of the signer and the rules above.
    `volumes` is a list of {"from": "05:00", "to": "06:00", "most": 50} in per cent; the strictest counts. `emergency`
    is what the document says of emergencies; `exempts` are `codes.Exempt` codes of what no number limits.
    `extension_*` say what units below may ask for beyond their hours: days a year (null: not said here), the minutes of
    the local day between which it lies (`latest` may pass 1440, into the night) and `codes.Reason` codes. They count
    from the province upwards; a commune's may only be stricter. `profile` names the ready profile it was filled from.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="operating_rules")
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)
    document = models.CharField(max_length=200)
    windows = models.JSONField()
    children_may_widen = models.BooleanField(default=False)
    max_sessions_per_day = models.PositiveSmallIntegerField(null=True, blank=True)
    max_minutes_per_session = models.PositiveSmallIntegerField(null=True, blank=True)
    max_minutes_per_day = models.PositiveSmallIntegerField(null=True, blank=True)
    confirmed = models.JSONField(null=True, blank=True)
    volumes = models.JSONField(default=list, blank=True)
    emergency = models.CharField(max_length=300, blank=True)
    exempts = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    extension_days = models.PositiveSmallIntegerField(null=True, blank=True)
    extension_earliest = models.PositiveSmallIntegerField(default=0)
    extension_latest = models.PositiveSmallIntegerField(default=1440)
    extension_reasons = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    profile = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["area", "starts", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "starts"], condition=Q(ends=None), name="operating_rules_one_open_start"
            ),
            models.CheckConstraint(
                condition=Q(ends=None) | Q(ends__gte=F("starts")), name="operating_rules_end_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.document


class DayOff(models.Model):
    """Days on which an area's loudspeakers sound less, or not at all.

    `every` "" are all days from `starts` to `ends`; else the row holds from `starts` to `ends` (null = open) and means
    `length` days from `day`/`month` of each solar or lunar year on. Lunar with `month` 0 is that day of every lunar
    month, leap ones too; with a month, a leap month does not count. `sessions` goes with the effect "fewer".
    Inherited: the strictest of all levels holds, unless the one above has `children_may_lift` and the own row lifts it.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="days_off")
    kind = models.CharField(max_length=10, choices=[(one.value, one.label) for one in OffKind])
    name = models.CharField(max_length=120)
    document = models.CharField(max_length=200)
    effect = models.CharField(max_length=10, choices=[(one.value, one.label) for one in Effect])
    sessions = models.PositiveSmallIntegerField(null=True, blank=True)
    every = models.CharField(max_length=6, blank=True, choices=[(one.value, one.label) for one in Every])
    month = models.PositiveSmallIntegerField(default=0)
    day = models.PositiveSmallIntegerField(default=0)
    length = models.PositiveSmallIntegerField(default=1)
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)
    children_may_lift = models.BooleanField(default=False)

    class Meta:
        ordering = ["area", "starts", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends=None) | Q(ends__gte=F("starts")), name="day_off_end_after_start"),
            models.CheckConstraint(condition=~Q(every="") | Q(ends__isnull=False), name="day_off_once_has_an_end"),
            models.CheckConstraint(
                condition=Q(every="") | Q(day__range=(1, 31), month__range=(0, 12)), name="day_off_every_has_a_day"
            ),
            models.CheckConstraint(condition=Q(length__range=(1, 31)), name="day_off_length"),
            models.CheckConstraint(condition=~Q(effect="fewer") | Q(sessions__isnull=False), name="day_off_fewer_says"),
        ]
        indexes = [models.Index(fields=["area", "ends"], name="day_off_area_ends")]

    def __str__(self) -> str:
        return self.name


class Extension(models.Model):
    """A dated span beyond the hours of an area: asked for by one person, approved by another who approves there.

    It counts as one day of the year, the local day on which it `starts`. `author_id` and `approver_id` are users, whose
    domain lies above this one: no foreign keys; the names are as they were. `on_behalf_of` is set when a deputy
    approved. Only `approved` rows open any time, and none after `ended_at`.
    """

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", "Chờ duyệt"
        APPROVED = "approved", "Đã duyệt"
        REFUSED = "refused", "Không duyệt"
        WITHDRAWN = "withdrawn", "Đã rút"

    id = models.UUIDField(primary_key=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="extensions")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    reason = models.CharField(max_length=20, choices=[(one.value, one.label) for one in Reason])
    words = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    author_id = models.BigIntegerField()
    author_name = models.CharField(max_length=160)
    made_at = models.DateTimeField()
    approver_id = models.BigIntegerField(null=True, blank=True)
    approver_name = models.CharField(max_length=160, blank=True)
    on_behalf_of = models.BigIntegerField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts", "made_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="extension_ends_after_it_starts"),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approver_id__isnull=False, decided_at__isnull=False),
                name="extension_approved_names_who",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(approver_id=F("author_id")), name="extension_by_two_people"
            ),
        ]
        indexes = [models.Index(fields=["area", "ends"], name="extension_area_ends")]

    def __str__(self) -> str:
        return f"{self.area_id} {self.starts:%d/%m/%Y %H:%M}"


class AreaLanguages(models.Model):
    """Which languages (codes, in their order) an area airs, from `starts` to `ends` (last day; null = open).

    Inherited: the nearest area that has a row in force decides alone. Nobody has one: Vietnamese, then all there is.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="languages")
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)
    languages = models.JSONField()

    class Meta:
        ordering = ["area", "starts", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "starts"], condition=Q(ends=None), name="area_languages_one_open_start"
            ),
            models.CheckConstraint(
                condition=Q(ends=None) | Q(ends__gte=F("starts")), name="area_languages_end_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_id}: {', '.join(self.languages)}"
