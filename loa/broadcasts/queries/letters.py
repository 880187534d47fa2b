"""What approvers are written: which bulletin, by whom, when it should sound, where to decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from loa.broadcasts.models import Schedule
from loa.broadcasts.queries import sources
from loa.broadcasts.queries.approvers import approvers
from loa.broadcasts.rules import words
from loa.bulletins import queries as bulletins
from loa.people.models import User


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail."""

    address: str
    subject: str
    text: str


def to_approvers(rows: QuerySet[Schedule], *, deputies: bool, site: str, now: datetime) -> list[Letter]:
    """One letter for each bulletin and person with an address; nobody is asked to approve their own."""
    by_bulletin: dict[object, list[Schedule]] = {}
    for row in rows.select_related("area", "bulletin", "made_by", "version"):
        by_bulletin.setdefault(row.bulletin_id, []).append(row)
    return [letter for schedules in by_bulletin.values() for letter in _letters(schedules, deputies, site, now)]


def _letters(schedules: list[Schedule], deputies: bool, site: str, now: datetime) -> Iterable[Letter]:
    first = schedules[0]
    authors = {*bulletins.authors(first.bulletin), *(row.made_by_id for row in schedules)}
    people = approvers(first.area, now, without=authors)
    chosen: tuple[User, ...] = people.deputies if deputies else people.own
    for person in chosen:
        if person.email:
            yield _letter(person, schedules, deputies, site, now)


def _letter(person: User, schedules: list[Schedule], deputies: bool, site: str, now: datetime) -> Letter:
    first = schedules[0]
    title = bulletins.newest(first.bulletin).title
    starts = sorted(start for row in schedules for start in _starts(row, now))
    by = f"{first.made_by.full_name}, {first.area.full_name}"
    when = f"Phát lần đầu: {words.moment(starts[0], now)}, tất cả {len(starts)} lần." if starts else ""
    why = "Người duyệt chính chưa trả lời, nên xin chuyển anh/chị." if deputies else ""
    where = f"Nghe và duyệt tại: {site}/duyet/{first.bulletin_id}/"
    lines = [f"{by} xin duyệt bản tin “{title}”.", when, why, "", where, "", "Loa"]
    return Letter(person.email, f"Xin duyệt: {title}", "\n".join(line for line in lines if line or line == ""))


def _starts(schedule: Schedule, now: datetime) -> tuple[datetime, ...]:
    rule = sources.rule_of(schedule)
    return rule.starts(now, rule.end(now))
