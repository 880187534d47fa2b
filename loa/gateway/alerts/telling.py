"""What open pages hear of alerts, and what they read."""

from collections.abc import Iterable

from devicelink.messages import Alert

from loa.areas.rules import is_inside
from loa.devices.tickets import Ticket
from loa.gateway.alerts import rules
from loa.gateway.alerts.boards import Boards
from loa.gateway.alerts.cases import Case, Cases
from loa.gateway.events import Feed

MOST_LISTED = 200


class Telling:
    """`alert` of every step, `alert-escalated` of what nobody confirms, `board` of sums."""

    def __init__(self, feed: Feed, cases: Cases, boards: Boards) -> None:
        self._feed = feed
        self._cases = cases
        self._boards = boards

    def step(self, case: Case) -> None:
        """What waits concerns the area and those above; what was sent everybody who hears it."""
        self._feed.tell("alert", case.area, self.facts(case), down=case.state == "sent")

    def escalated(self, case: Case) -> None:
        """Nobody has confirmed it for a minute."""
        self._feed.tell("alert-escalated", case.area, self.facts(case))

    def boards(self) -> None:
        """The sums of boards that changed. Called twice a second."""
        for identifier in self._boards.news():
            case = self._cases.get(identifier)
            if case is not None:
                self._feed.tell("board", case.area, {"id": identifier, **self._boards.counts(identifier)}, down=True)

    def facts(self, case: Case) -> dict[str, object]:
        """One alert or cancel in a few words; `of` is the alert that a cancel ends, `ended` what ended an alert."""
        message, entry = case.message, case.entry
        facts: dict[str, object] = {
            "id": case.id,
            "typ": message.typ,
            "kind": message.kind,
            "state": entry.state,
            "status": message.status,
            "headline": message.headline,
            "area": case.area,
            "author": entry.wish.word.user,
            "by": entry.name,
            "asked": case.asked_at,
            "since": entry.at,
            "issued": message.issued,
            "expires": message.expires if message.issued else 0,
            "expected": entry.expected,
            "alone": entry.wish.alone,
            "draft": entry.wish.draft,
            "code": entry.code,
            "reason": entry.reason,
        }
        if isinstance(message, Alert):
            return facts | {
                "event": message.event,
                "severity": message.severity,
                "ended": self._cases.ender_of(case.id),
            }
        return facts | {"of": message.alert}

    def listed(self, ticket: Ticket) -> list[dict[str, object]]:
        """What this ticket may see, the newest first."""
        seen: Iterable[Case] = (case for case in reversed(list(self._cases)) if may_see(ticket, case))
        return [self.facts(case) for case, _ in zip(seen, range(MOST_LISTED), strict=False)]


def may_see(ticket: Ticket, case: Case) -> bool:
    """What lies in the ticket's area; and what was sent to a larger one that holds it."""
    if is_inside(case.area, ticket.area):
        return True
    return case.state == "sent" and is_inside(ticket.area, case.area)


def may_confirm(ticket: Ticket, case: Case, now: int) -> bool:
    """Whether the page shows the button."""
    return (
        rules.CONFIRM in ticket.may
        and is_inside(case.area, ticket.area)
        and case.entry.wish.word.user != str(ticket.user)
        and case.state == "waiting"
        and not rules.has_lapsed(case.state, asked_at=case.asked_at, now=now)
    )
