"""The words of a letter, as plain text and as simple HTML. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from loa.kernel.clock import local
from loa.notifications.rules.kinds import Urgency

_LONGEST_SUBJECT = 120


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in a letter. `link` is a whole address; `passed_on` names who was told before and did not take it."""

    title: str
    more: str
    link: str
    since: datetime
    urgency: Urgency
    passed_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """Something in a letter that its reader was told of and that is `over`."""

    title: str
    link: str
    since: datetime
    over: datetime


@dataclass(frozen=True, slots=True)
class Words:
    """A letter."""

    subject: str
    text: str
    html: str


def words(items: Sequence[Item], ends: Sequence[Ended] = (), *, name: str, all_link: str, settings_link: str) -> Words:
    """One letter about all of these, the urgent ones first, what is over last, to the person of this name."""
    ordered = sorted(items, key=lambda one: (one.urgency is not Urgency.URGENT, one.since))
    greeting = f"Kính gửi {name},"
    feet = (("Tất cả thông báo", all_link), ("Đổi cách nhận thư, giờ yên tĩnh", settings_link))
    text = [
        greeting,
        "",
        *(line for one in ordered for line in _text(one)),
        *(line for one in ends for line in _text_ended(one)),
        *(f"{said}: {link}" for said, link in feet),
    ]
    body = "".join([*map(_html, ordered), *map(_html_ended, ends)])
    foot = " · ".join(f'<a href="{escape(link)}">{escape(said)}</a>' for said, link in feet)
    html = f'<html lang="vi"><body><p>{escape(greeting)}</p>{body}<hr><p>{foot}</p><p>Loa</p></body></html>'
    return Words(_subject(ordered, ends), "\n".join([*text, "", "Loa"]), html)


def _subject(items: Sequence[Item], ends: Sequence[Ended]) -> str:
    said = _open_subject(items) if items else _ended_subject(ends)
    line = " ".join(said.split())  # a line break would begin another header
    return line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 1].rstrip() + "…"


def _open_subject(items: Sequence[Item]) -> str:
    first = "Khẩn: " if items[0].urgency is Urgency.URGENT else ""
    return first + (items[0].title if len(items) == 1 else f"{len(items)} việc cần anh/chị xem. {items[0].title}")


def _ended_subject(ends: Sequence[Ended]) -> str:
    return f"Đã xong: {ends[0].title}" if len(ends) == 1 else f"{len(ends)} việc đã xong. {ends[0].title}"


def _told(item: Item) -> tuple[str, ...]:
    since = f"Từ {local(item.since):%H:%M ngày %d/%m/%Y}."
    passed = (
        f"Đã báo {', '.join(item.passed_on)} nhưng chưa ai nhận việc, nên xin báo anh/chị." if item.passed_on else ""
    )
    return tuple(line for line in (item.more, since, passed) if line)


def _text(item: Item) -> list[str]:
    return [item.title, *_told(item), f"Xem: {item.link}", ""]


def _html(item: Item) -> str:
    told = "<br>".join(escape(line) for line in _told(item))
    return f'<h3>{escape(item.title)}</h3><p>{told}</p><p><a href="{escape(item.link)}">Xem và nhận việc</a></p>'


def _lasted(one: Ended) -> str:
    since, over = local(one.since), local(one.over)
    day = "" if since.date() == over.date() else f" ngày {over:%d/%m/%Y}"
    return f"Xong lúc {over:%H:%M}{day}; bắt đầu từ {since:%H:%M ngày %d/%m/%Y}. Anh/chị không cần làm gì nữa."


def _text_ended(one: Ended) -> list[str]:
    return [f"Đã xong: {one.title}", _lasted(one), f"Xem: {one.link}", ""]


def _html_ended(one: Ended) -> str:
    link = f'<a href="{escape(one.link)}">Xem lại</a>'
    return f"<h3>Đã xong: {escape(one.title)}</h3><p>{escape(_lasted(one))}</p><p>{link}</p>"
