"""Pulls alerts out of their record and posts them to telephones and programs. Loudspeakers never wait for any of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings

from loa.alerts.models import AlertRecord
from loa.alerts.rules import ESCALATES_AFTER, LAPSES_AFTER, is_confirmer
from loa.areas.models import Area
from loa.areas.rules import lineage
from loa.channels.actions import posting
from loa.channels.actions.posting import Addressee, Notice
from loa.channels.models import Sending
from loa.notifications.rules import alerts as words
from loa.people.access import live_grants
from loa.people.models import RoleGrant
from loa.people.rules import CAPABILITIES, DUTY

CONFIRM = "alert.confirm"
FETCHED = timedelta(days=1)  # no alert lives longer
TOLD = ("actual", "exercise")  # a test of the line is no matter of people
_PURPOSES = {"cancel": "cancel", "end": "end"}


def tell_alerts(*, now: datetime) -> int:
    """What was sent and is still in force, and what ended it, each once; how many were posted."""
    rows = AlertRecord.objects.filter(
        state="sent", status__in=TOLD, area__isnull=False, issued__gt=now - FETCHED, expires__gt=now
    )
    return sum(_tell(row, now) for row in _new(rows.select_related("area").order_by("issued")))


def ask_confirmers(*, now: datetime) -> int:
    """Who may confirm what waits: those of the area and on duty at once, those above after a minute; how many posts."""
    rows = AlertRecord.objects.filter(state="waiting", area__isnull=False, asked_at__gt=now - LAPSES_AFTER)
    count = 0
    for row in rows.select_related("area", "author"):
        steps = (0, 1) if now - row.asked_at >= ESCALATES_AFTER else (0,)
        count += sum(_ask(row, step, now) for step in steps)
    return count


def _new(rows: Iterable[AlertRecord]) -> list[AlertRecord]:
    found = list(rows)
    posted = set(Sending.objects.filter(key__in=[_key(row) for row in found]).values_list("key", flat=True))
    return [row for row in found if _key(row) not in posted]


def _key(row: AlertRecord) -> str:
    return f"alert:{row.pk}"


def _tell(row: AlertRecord, now: datetime) -> bool:
    area = row.area
    ends = row.kind in _PURPOSES
    if area is None or (ends and not _was_told(row.alert)) or (not ends and row.ended_at is not None):
        return False
    about = AlertRecord.objects.filter(pk=row.alert).first() if ends else None
    headline = row.headline or (about.headline if about else "")
    said = [str(one.get("text", "")) for one in row.said if one.get("language", "vi") == "vi"]
    told = words.told(row.kind, headline, said, area.full_name)
    notice = Notice(
        key=_key(row), purpose=_PURPOSES.get(row.kind, "alert"), status=row.status, title=told.title, text=told.text,
        short=told.short, expires=row.expires or now, data=_data(row),
    )  # fmt: skip
    return posting.post(notice=notice, area=area, now=now) is not None


def _was_told(alert: str) -> bool:
    return Sending.objects.filter(key=f"alert:{alert}").exists()


def _data(row: AlertRecord) -> dict[str, object]:
    """For programs: what it is, and the signed message itself, which a board can verify without trusting us."""
    return {
        "id": row.pk, "kind": row.kind, "event": row.event, "severity": row.severity, "risk": row.risk,
        "ends": row.alert, "area": row.area.path if row.area else "", "jws": row.jws,
        "issued": row.issued.isoformat() if row.issued else "",
        "expires": row.expires.isoformat() if row.expires else "",
    }  # fmt: skip


def _ask(row: AlertRecord, step: int, now: datetime) -> bool:
    key = f"duty:{row.pk}:{step}"
    area = row.area
    if area is None or Sending.objects.filter(key=key).exists():
        return False
    author = row.author.full_name if row.author else row.author_name
    address = f"{settings.CSRF_TRUSTED_ORIGINS[0]}/"
    told = words.asked(row.headline, area.full_name, author, address, again=step > 0)
    notice = Notice(
        key=key, purpose="duty", status=row.status, title=told.title, text=told.text, short=told.short,
        expires=row.asked_at + LAPSES_AFTER,
    )  # fmt: skip
    people = list(_confirmers(row, area, step, now))
    return posting.post_to(notice=notice, area=area, people=people, now=now) is not None


def _confirmers(row: AlertRecord, area: Area, step: int, now: datetime) -> Iterable[Addressee]:
    roles = [role for role, may in CAPABILITIES.items() if CONFIRM in may]
    grants = live_grants(now).filter(area__path__in=lineage(area.path), role__in=roles, user__is_active=True)
    people: dict[int, Addressee] = {}
    for grant in grants.select_related("user", "area"):
        if _is_asked(grant, area, step) and _is_another(row, grant):
            user = grant.user
            people[user.pk] = Addressee(user.full_name, area.path, user.phone, user.email)
    return people.values()


def _is_asked(grant: RoleGrant, area: Area, step: int) -> bool:
    return step > 0 or grant.role == DUTY or grant.area_id == area.pk


def _is_another(row: AlertRecord, grant: RoleGrant) -> bool:
    return row.author_id is None or is_confirmer(row.author_id, grant.user_id, on_behalf_of=grant.on_behalf_of_id)
