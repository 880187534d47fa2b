"""Nobody lets the village be woken alone: who writes the database, who stole a key, who confirms their own rule."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import pytest
from devicelink.golden import world
from devicelink.jws import encode64
from devicelink.messages import Hours, HoursWindow
from devicelink.refusals import Reason, Refused
from devicelink.widening import WEEK, Confirmed, Widening, canonical, challenge, normal
from fido2.webauthn import CollectedClientData
from signer import authenticator
from signer.assertions import Judge
from signer.authenticator import Passkey
from signer.checks import Facts, check
from signer.confirmers import Confirmer, Known, Site
from signer.hours import Rule, check_hours, limit

ORIGIN, RP = "https://loa.laocai.example", "loa.laocai.example"
EVENING = (HoursWindow(weekdays=WEEK, start=300, end=1380),)
THANH, BAO = "12", "18"
SITE = Site(rp_id=RP, origins=(ORIGIN,))


def row(key: Passkey, user: str = BAO, scope: str = "vn", **changes: Any) -> Confirmer:
    fields: dict[str, Any] = {
        "user": user,
        "name": "Phạm Quốc Bảo",
        "scope": scope,
        "credential": encode64(key.credential),
        "public": key.public,
        "valid_from": world.NOW - world.DAY,
        "valid_to": world.NOW + world.DAY,
    }
    return Confirmer(**(fields | changes))


def widening(**changes: Any) -> Widening:
    """Thành proposes evenings until 23:00, Bảo is to confirm."""
    fields: dict[str, Any] = {
        "rule": "6a1f0f0e-8a52-4f6b-9d5e-0d4f5f3c2b11",
        "area": world.COMMUNE,
        "windows": EVENING,
        "document": "Quyết định 12/QĐ-UBND",
        "from_day": "2026-01-01",
        "to_day": "2026-12-31",
        "author": THANH,
        "confirmer": BAO,
    }
    return Widening(**(fields | changes))


@dataclass
class Signer:
    """What the signer's host knows."""

    confirmers: list[Confirmer]
    site: Site = SITE
    demo: bool = False
    accepted: set[str] = field(default_factory=set)

    def facts(self, confirmed: Confirmed | None, hours: Hours | None = None, **above: Rule) -> Facts:
        judge = Judge(
            known=Known(self.site, tuple(self.confirmers)),
            accepted=self.accepted,
            demo=self.demo,
            note=lambda rule, by: self.accepted.add(challenge(rule).hex()),
        )
        rules = {world.COMMUNE: Rule(hours or Hours(windows=EVENING), confirmed=confirmed)}
        return Facts(
            rules=rules | {path.replace("_", "."): rule for path, rule in above.items()},
            confirms=lambda area, beside: judge.check(area, beside, world.NOW),
        )

    def outcome(self, confirmed: Confirmed | None, windows: tuple[HoursWindow, ...] = EVENING, **above: Rule) -> str:
        """Why the placement with these windows is refused, "" if it is not."""
        placement = world.placement(issued=world.NOW, hours=Hours(windows=windows))
        try:
            check(placement, scope="vn", facts=self.facts(confirmed, Hours(windows=windows), **above), now=world.NOW)
        except Refused as refused:
            return refused.reason
        return ""


@pytest.fixture(params=[False, True], ids=["ES256", "EdDSA"])
def key(request: pytest.FixtureRequest) -> Passkey:
    return authenticator.make(eddsa=request.param)


def confirm(key: Passkey, rule: Widening | None = None, **how: Any) -> Confirmed:
    return key.confirm(rule or widening(), **({"rp_id": RP, "origin": ORIGIN} | how))


def test_a_second_person_opens_the_evening(key: Passkey) -> None:
    assert Signer([row(key)]).outcome(confirm(key)) == ""


def test_an_insider_writes_the_rules_directly(key: Passkey) -> None:
    assert Signer([row(key)]).outcome(None) == Reason.NOT_APPROVED
    assert Signer([]).outcome(confirm(key)) == Reason.UNKNOWN_KEY


def test_the_bad_row_still_narrows_and_its_good_part_is_signed(key: Passkey) -> None:
    day = Hours(windows=(HoursWindow(weekdays=WEEK, start=300, end=1260),))
    placement = world.placement(issued=world.NOW, hours=day)
    check(placement, scope="vn", facts=Signer([]).facts(None), now=world.NOW)


def test_one_minute_more_than_confirmed(key: Passkey) -> None:
    longer = (HoursWindow(weekdays=WEEK, start=300, end=1381),)
    assert Signer([row(key)]).outcome(confirm(key), longer) == Reason.WRONG_HASH
    confirmed = confirm(key)
    forged = msgspec.structs.replace(confirmed, widening=widening(windows=longer))
    assert Signer([row(key)]).outcome(forged, longer) == Reason.WRONG_HASH


def swapped(key: Passkey, **changes: Any) -> Confirmed:
    return msgspec.structs.replace(confirm(key), widening=widening(**changes))


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (lambda key: confirm(key, widening(author=BAO)), Reason.NOT_APPROVED),
        (lambda key: swapped(key, to_day="2027-01-01"), Reason.WRONG_HASH),
        (lambda key: swapped(key, document="Quyết định 13/QĐ-UBND"), Reason.WRONG_HASH),
        (lambda key: swapped(key, author="11"), Reason.WRONG_HASH),
        (lambda key: confirm(key, widening(area=world.NEIGHBOUR)), Reason.WRONG_AUDIENCE),
        (lambda key: confirm(key, widening(from_day="2025-06-01", to_day="2025-12-30")), Reason.EXPIRED),
        (lambda key: confirm(key, widening(from_day="2026-12-30")), Reason.NOT_YET_VALID),
        (lambda key: confirm(key, widening(to_day="2027-01-03")), Reason.NOT_APPROVED),
        (lambda key: confirm(key, widening(to_day="20261231")), Reason.MALFORMED),
        (lambda key: confirm(key, widening(confirmer=THANH, author="11")), Reason.UNKNOWN_KEY),
        (lambda key: confirm(key, origin="https://loa-laocai.example"), Reason.WRONG_AUDIENCE),
        (lambda key: confirm(key, origin="http://localhost:8000"), Reason.WRONG_AUDIENCE),
        (lambda key: confirm(key, rp_id="example"), Reason.WRONG_AUDIENCE),
        (lambda key: confirm(key, verified=False), Reason.NOT_APPROVED),
        (lambda key: confirm(key, kind=CollectedClientData.TYPE.CREATE), Reason.NOT_APPROVED),
        (lambda key: confirm(key, asked=b"x" * 32), Reason.WRONG_HASH),
        (lambda key: confirm(authenticator.make()), Reason.UNKNOWN_KEY),
    ],
)
def test_confirmations_that_are_none(key: Passkey, forge: Callable[[Passkey], Confirmed], reason: Reason) -> None:
    assert Signer([row(key)]).outcome(forge(key)) == reason


def changed(confirmed: Confirmed, **parts: str) -> Confirmed:
    return msgspec.structs.replace(confirmed, assertion=msgspec.structs.replace(confirmed.assertion, **parts))


def test_bytes_of_the_assertion_that_were_touched(key: Passkey) -> None:
    good, other, signer = confirm(key), confirm(key), Signer([row(key)])
    assert signer.outcome(changed(good, signature=other.assertion.signature)) == Reason.BAD_SIGNATURE
    assert signer.outcome(changed(good, signature="AA")) == Reason.BAD_SIGNATURE
    assert signer.outcome(changed(good, signature="")) == Reason.BAD_SIGNATURE
    stranger = authenticator.make().confirm(widening(), rp_id=RP, origin=ORIGIN)
    assert signer.outcome(changed(stranger, credential=encode64(key.credential))) == Reason.BAD_SIGNATURE
    for junk in ("", "AAAA", encode64(b"[]"), encode64(b"[" * 3000), encode64(b'{"type":1}')):
        assert signer.outcome(changed(good, client_data=junk)) == Reason.MALFORMED
        assert signer.outcome(changed(good, authenticator_data=junk)) == Reason.MALFORMED
    assert signer.outcome(changed(good, client_data="A" * 5000)) == Reason.TOO_LARGE


def test_who_confirms_speaks_for_the_place(key: Passkey) -> None:
    assert Signer([row(key, scope="vn.15")]).outcome(confirm(key)) == ""
    assert Signer([row(key, scope=world.COMMUNE)]).outcome(confirm(key)) == ""
    assert Signer([row(key, scope=world.NEIGHBOUR)]).outcome(confirm(key)) == Reason.OUTSIDE_SCOPE
    assert Signer([row(key, scope=world.HAMLET)]).outcome(confirm(key)) == Reason.OUTSIDE_SCOPE


def test_what_was_seen_in_time_stays_until_its_end(key: Passkey) -> None:
    ended = row(key, valid_to=world.NOW - 1)
    assert Signer([ended]).outcome(confirm(key)) == Reason.KEY_NOT_VALID_NOW
    assert Signer([row(key, valid_from=world.NOW + 1)]).outcome(confirm(key)) == Reason.KEY_NOT_VALID_NOW
    signer = Signer([row(key)])
    confirmed = confirm(key)
    assert signer.outcome(confirmed) == ""
    assert Signer([ended], accepted=signer.accepted).outcome(confirmed) == ""
    stolen = msgspec.structs.replace(ended, void=True)
    assert Signer([stolen], accepted=signer.accepted).outcome(confirmed) == Reason.KEY_NOT_VALID_NOW


def test_the_demonstration_stays_a_demonstration(key: Passkey) -> None:
    local = Site(rp_id="localhost")
    confirmed = confirm(key, rp_id="localhost", origin="http://localhost:18000")
    demo = row(key, demo=True)
    assert Signer([demo], local, demo=True).outcome(confirmed) == ""
    assert Signer([demo], local).outcome(confirmed) == Reason.UNKNOWN_KEY
    assert Signer([row(key)], local).outcome(confirmed) == Reason.WRONG_AUDIENCE
    for origin in ("http://localhost.example", "http://localhost:80@evil.example", "https://localhost"):
        elsewhere = confirm(key, rp_id="localhost", origin=origin)
        assert Signer([demo], local, demo=True).outcome(elsewhere) == Reason.WRONG_AUDIENCE


def test_the_province_must_let_its_communes_widen(key: Passkey) -> None:
    short = Hours(windows=(HoursWindow(weekdays=WEEK, start=360, end=1200),))
    signer, confirmed = Signer([row(key)]), confirm(key)
    assert signer.outcome(confirmed, vn_15=Rule(short)) == Reason.OUTSIDE_HOURS
    assert signer.outcome(confirmed, vn_15=Rule(short, children_may_widen=True)) == ""
    assert signer.outcome(None, vn_15=Rule(short, children_may_widen=True)) == Reason.NOT_APPROVED
    unconfirmed = Rule(Hours(windows=EVENING), children_may_widen=True)
    assert signer.outcome(None, vn_15=unconfirmed) == Reason.NOT_APPROVED


def test_nobody_lets_others_go_beyond_what_binds_it(key: Passkey) -> None:
    """The province keeps to 06:00-20:00. Who writes the commune's rule lets the hamlet, and finds a passkey."""
    short = Hours(windows=(HoursWindow(weekdays=WEEK, start=360, end=1200),))
    rules = {
        "vn.15": Rule(short),
        world.COMMUNE: Rule(short, children_may_widen=True),
        world.HAMLET: Rule(Hours(windows=EVENING), confirmed=confirm(key, widening(area=world.HAMLET))),
    }
    allowed = limit(world.HAMLET, rules, SITE.ceiling, lambda _area, _confirmed: None, {})
    check_hours(short, allowed, short.utc_offset)
    with pytest.raises(Refused) as refused:
        check_hours(Hours(windows=EVENING), allowed, short.utc_offset)
    assert refused.value.reason == Reason.OUTSIDE_HOURS
    rules["vn.15"] = Rule(short, children_may_widen=True)
    allowed = limit(world.HAMLET, rules, SITE.ceiling, lambda _area, _confirmed: None, {})
    check_hours(Hours(windows=EVENING), allowed, short.utc_offset)


def test_the_ceiling_is_the_hosts(key: Passkey) -> None:
    site = replace_ceiling(Hours(windows=EVENING))
    facts = replace(Signer([]).facts(None), ceiling=site.ceiling)
    check(world.placement(issued=world.NOW, hours=Hours(windows=EVENING)), scope="vn", facts=facts, now=world.NOW)


def replace_ceiling(ceiling: Hours) -> Site:
    return msgspec.structs.replace(SITE, ceiling=ceiling)


def test_the_same_windows_have_the_same_bytes() -> None:
    halves = (
        HoursWindow(weekdays=(7, 6, 5), start=700, end=1380),
        HoursWindow(weekdays=WEEK, start=300, end=700),
        HoursWindow(weekdays=(1, 2, 3, 4), start=700, end=1380),
    )
    assert normal(halves) == EVENING
    assert canonical(widening(windows=halves)) == canonical(widening())
    assert canonical(widening()).startswith(b'loa-hours-1\n{"area":')
    assert normal((HoursWindow(weekdays=WEEK, start=5, end=5),)) == ()


def test_the_bytes_never_change() -> None:
    """Confirmations are kept for a year: another form of these bytes would make them all worthless."""
    assert canonical(widening()).decode() == (
        'loa-hours-1\n{"area":"vn.15.04378","author":"12","confirmer":"18","document":"Quyết định 12/QĐ-UBND",'
        '"from_day":"2026-01-01","rule":"6a1f0f0e-8a52-4f6b-9d5e-0d4f5f3c2b11","to_day":"2026-12-31","utc_offset":420,'
        '"windows":[{"end":1380,"start":300,"weekdays":[1,2,3,4,5,6,7]}]}'
    )
    assert challenge(widening()).hex() == "b281c58efb4ffd45677dfd20b579db0af8d36dda4abc69e6dfc41de9beb94caa"


def test_a_key_is_kept_and_found_again(key: Passkey) -> None:
    again = authenticator.load(key.save())
    assert again.public == key.public
    assert Signer([row(key)]).outcome(confirm(again)) == ""
    with pytest.raises((ValueError, Refused)):
        authenticator.load("nonsense")
