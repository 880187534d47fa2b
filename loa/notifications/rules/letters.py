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
class Words:
    """A letter."""

    subject: str
    text: str
    html: str


def words(items: Sequence[Item], *, name: str, all_link: str, settings_link: str) -> Words:
    """One letter about all of these, the urgent ones first, to the person of this name."""
    ordered = sorted(items, key=lambda one: (one.urgency is not Urgency.URGENT, one.since))
    greeting = f"Kính gửi {name},"
    feet = (("Tất cả thông báo", all_link), ("Đổi cách nhận thư, giờ yên tĩnh", settings_link))
    text = [
        greeting,
        "",
        *(line for one in ordered for line in _text(one)),
        *(f"{said}: {link}" for said, link in feet),
    ]
    body = "".join(_html(one) for one in ordered)
    foot = " · ".join(f'<a href="{escape(link)}">{escape(said)}</a>' for said, link in feet)
    html = f'<html lang="vi"><body><p>{escape(greeting)}</p>{body}<hr><p>{foot}</p><p>Loa</p></body></html>'
    return Words(_subject(ordered), "\n".join([*text, "", "Loa"]), html)


def _subject(items: Sequence[Item]) -> str:
    first = "Khẩn: " if items[0].urgency is Urgency.URGENT else ""
    said = items[0].title if len(items) == 1 else f"{len(items)} việc cần anh/chị xem. {items[0].title}"
    line = " ".join(f"{first}{said}".split())  # a line break would begin another header
    return line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 1].rstrip() + "…"


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
