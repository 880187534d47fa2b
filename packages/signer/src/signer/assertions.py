"""Whether a second person really confirmed a widening of hours: each doubt has its own code (docs/adr/0021)."""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from devicelink import widening
from devicelink.audience import inside
from devicelink.refusals import Reason, Refused
from devicelink.widening import Confirmed, Widening

from signer import passkeys
from signer.confirmers import Confirmer, Known


@dataclass(slots=True)
class Judge:
    """Judges confirmations; what was found good is kept, so that a province costs one signature check a rule.

    `accepted`: challenges (hex) that the journal holds. `demo`: the keys are a demonstration's. `note` is called with
    each confirmation that is accepted for the first time.
    """

    known: Known
    accepted: Container[str]
    demo: bool
    note: Callable[[Widening, Confirmer], None]
    _good: dict[Confirmed, Confirmer] = field(default_factory=dict)

    def check(self, area: str, confirmed: Confirmed, now: int) -> None:
        """None if these hours were confirmed for this area and hold at `now` (ms), else `Refused`."""
        rule = confirmed.widening
        if rule.area != area:
            raise Refused(Reason.WRONG_AUDIENCE, f"confirmed for {rule.area[:80]}, not for {area}")
        self.accept(confirmed, now)
        today = local_day(rule, now).isoformat()
        if today < rule.from_day:
            raise Refused(Reason.NOT_YET_VALID, f"rule {rule.rule[:40]} begins {rule.from_day}")
        if today > rule.to_day:
            raise Refused(Reason.EXPIRED, f"rule {rule.rule[:40]} ended {rule.to_day}")

    def accept(self, confirmed: Confirmed, now: int) -> Confirmer:
        """Who confirmed it; whether its dates hold today is not asked here."""
        by = self._good.get(confirmed)
        if by is None:
            by = self._good[confirmed] = _verified(confirmed, self.known, self.demo)
        self._check_alive(confirmed.widening, by, now)
        return by

    def _check_alive(self, rule: Widening, by: Confirmer, now: int) -> None:
        if by.void:
            raise Refused(Reason.KEY_NOT_VALID_NOW, f"all confirmations of {by.name} were taken back")
        if widening.challenge(rule).hex() in self.accepted:
            return
        if not by.may(now):
            raise Refused(Reason.KEY_NOT_VALID_NOW, f"{by.name} may not confirm now")
        self.note(rule, by)


def local_day(rule: Widening, now: int) -> date:
    """The day in the rule's local time."""
    return (datetime.fromtimestamp(now / 1000, UTC) + timedelta(minutes=rule.utc_offset)).date()


def _verified(confirmed: Confirmed, known: Known, demo: bool) -> Confirmer:
    rule, assertion = confirmed.widening, confirmed.assertion
    widening.check_form(rule)
    if rule.utc_offset != known.site.ceiling.utc_offset:
        raise Refused(Reason.MALFORMED, "widening: another local time than the ceiling's")
    by = passkeys.find(rule.confirmer, assertion, known.confirmers, right="hours", demo=demo)
    if not inside(by.scope, rule.area):
        raise Refused(Reason.OUTSIDE_SCOPE, f"{by.name} speaks for {by.scope}, not for {rule.area}")
    passkeys.check(by, assertion, widening.challenge(rule), known.site, demo=demo)
    return by
