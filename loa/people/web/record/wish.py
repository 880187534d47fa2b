"""What somebody wants to see of the record, from the address; and the entries that are open to them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import CharField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.http import QueryDict

from loa.areas.models import Area, Folded
from loa.areas.queries import within
from loa.areas.rules import NOW_ROOT, fold
from loa.audit.models import Entry
from loa.audit.words import GROUPS
from loa.kernel.errors import Denied, NotFound
from loa.people import access
from loa.people.models import RoleGrant, User
from loa.people.web.forms import first_instant
from loa.ui.fields import Day

SYSTEM = "hệ thống"  # typed as a person's name: what the system did by itself
_NAMESAKES = 200
_BIGGEST = 2**63 - 1
_DAY = Day(required=False, input_formats=["%d/%m/%Y", "%Y-%m-%d"])


@dataclass(frozen=True, slots=True)
class Wish:
    """`person` and `day_text` as typed, `group` a key of GROUPS or "", `day` a local day, `before` the number to go on
    below."""

    area: Area
    person: str = ""
    group: str = ""
    day: date | None = None
    day_text: str = ""
    before: int | None = None

    def query(self, **changes: object) -> str:
        """The address of this wish, with other values."""
        values = {
            "don-vi": self.area.path,
            "nguoi": self.person,
            "viec": self.group,
            "ngay": self.day.isoformat() if self.day else "",
            "truoc": self.before or "",
        } | changes
        return "?" + urlencode({name: value for name, value in values.items() if value})

    @property
    def day_unread(self) -> bool:
        """Something was typed that is no day: everything is shown, and the page says so."""
        return bool(self.day_text) and self.day is None

    @property
    def narrowed(self) -> bool:
        """Whether anything but the place was asked for."""
        return bool(self.person or self.group or self.day)


def read(user: User, asked: QueryDict, now: datetime) -> Wish:
    """The wish in an address. What cannot be read is left out. Raises NotFound, Denied."""
    paths = access.areas_with(user, "audit.view", now)
    if not paths:
        if access.grants_of(user, now):
            raise Denied("Nhật ký hệ thống dành cho người duyệt và quản trị của đơn vị.")
        raise NotFound
    group, number = asked.get("viec", ""), asked.get("truoc", "")
    day_text = asked.get("ngay", "").replace("\x00", "").strip()[:20]
    return Wish(
        area=access.area_for(user, asked.get("don-vi") or paths[0], now, "audit.view"),
        person=" ".join(asked.get("nguoi", "").replace("\x00", "").split())[:100],
        group=group if group in GROUPS else "",
        day=_day(day_text),
        day_text=day_text,
        before=int(number) if number.isdecimal() and number.isascii() and int(number) <= _BIGGEST else None,
    )


def _day(text: str) -> date | None:
    """As people write it here, 25/8/2026, or as addresses carry it, 2026-08-25."""
    try:
        day: date | None = _DAY.clean(text)
    except ValidationError:
        return None
    return day if day and 2000 <= day.year <= 2200 else None


def entries(wish: Wish) -> QuerySet[Entry]:
    """The entries of the area and below that fit, and those of its people's accounts, which belong to no area."""
    rows = Entry.objects.filter(_in_scope(wish.area))
    if wish.group:
        rows = rows.filter(object_kind__in=GROUPS[wish.group][1])
    if wish.day:
        start = first_instant(wish.day)
        rows = rows.filter(at__gte=start, at__lt=start + timedelta(days=1))
    return rows.filter(_by(wish.person)) if wish.person else rows


def _in_scope(area: Area) -> Q:
    if area.path == NOW_ROOT:
        return Q()
    held = RoleGrant.objects.filter(within(area.path, "area__path"))
    accounts = held.annotate(account=Cast("user_id", CharField())).values("account")
    return within(area.path, "area") | Q(area="", object_kind="user", object_id__in=accounts)


def _by(person: str) -> Q:
    """By accounts that are called so now, or by what the system did itself."""
    if fold(person) == fold(SYSTEM):
        return Q(actor_id=None)
    named = User.objects.annotate(folded=Folded("full_name")).filter(
        folded__contains=Folded(Value(person, output_field=TextField()))
    )
    return Q(actor_id__in=list(named.values_list("pk", flat=True)[:_NAMESAKES]))
