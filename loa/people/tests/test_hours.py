"""Who narrows the hours of a place does so alone; who widens them needs somebody else's key."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from devicelink.jws import encode64
from devicelink.widening import Assertion, Confirmed
from signer import authenticator
from signer.authenticator import Passkey

from loa.areas.hours import DEFAULT_WINDOWS, WindowText, spoken
from loa.areas.models import OperatingRules
from loa.areas.queries import hours_for
from loa.audit.queries import of_object
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from loa.people import passkeys
from loa.people.actions import hours
from loa.people.actions.hours import Wish
from loa.people.models import Role, RulesProposal
from tests.cast import Cast, give, person

pytestmark = pytest.mark.django_db
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
TODAY = date(2026, 8, 20)
RP, ORIGIN = "testserver", "https://testserver"


def window(start: str, end: str) -> list[WindowText]:
    return [{"weekdays": EVERY_DAY, "from": start, "to": end}]


def wish(end: str = "23:00", *, starts: date = TODAY, ends: date | None = TODAY, document: str = "QĐ 12") -> Wish:
    return Wish(window("05:00", end), document, starts, ends)


def act(cast: Cast, what: Wish, actor: Any = None) -> OperatingRules | RulesProposal:
    return hours.set_or_propose(
        actor=actor or cast.thanh, area=cast.quy_mong, wish=what, ceiling=DEFAULT_WINDOWS, now=cast.now
    )


def proposed(cast: Cast, what: Wish | None = None) -> RulesProposal:
    row = act(cast, what or wish())
    assert isinstance(row, RulesProposal)
    return row


@pytest.fixture
def key() -> Passkey:
    return authenticator.make()


@pytest.fixture
def heard() -> list[Confirmed]:
    """What the signer was asked to take; it takes everything."""
    return []


def answer(cast: Cast, row: RulesProposal, key: Passkey) -> Assertion:
    return key.confirm(hours.widening(row, cast.bao), rp_id=RP, origin=ORIGIN).assertion


def confirm(cast: Cast, row: RulesProposal, key: Passkey, heard: list[Confirmed], actor: Any = None) -> OperatingRules:
    return hours.confirm(
        actor=actor or cast.bao,
        proposal_id=row.pk,
        assertion=answer(cast, row, key),
        ceiling=DEFAULT_WINDOWS,
        now=cast.now,
        judge=heard.append,
    )


def test_narrower_hours_hold_at_once(cast: Cast) -> None:
    row = act(cast, wish("20:00", ends=None))
    assert isinstance(row, OperatingRules)
    assert spoken(hours_for(cast.quy_mong, TODAY)) == "05:00–20:00 hằng ngày"
    assert of_object("rules", row.pk).get().verb == "rules.set"


def test_wider_hours_wait_for_somebody_else(cast: Cast, key: Passkey, heard: list[Confirmed]) -> None:
    act(cast, wish("20:00", ends=None))
    row = proposed(cast)
    assert hours_for(cast.quy_mong, TODAY).windows[0].end == 20 * 60
    rules = confirm(cast, row, key, heard)
    assert hours_for(cast.quy_mong, TODAY).windows[0].end == 23 * 60
    assert hours_for(cast.quy_mong, TODAY + timedelta(days=1)).windows[0].end == 20 * 60
    assert rules.confirmed is not None
    assert heard[0].widening.author == str(cast.thanh.pk)
    assert of_object("rules", rules.pk).get().facts["confirmer"] == cast.bao.pk
    assert [entry.verb for entry in of_object("rules_proposal", str(row.pk)).order_by("pk")] == [
        "rules.proposed",
        "rules.confirmed",
    ]
    with pytest.raises(Refusal) as again:
        confirm(cast, row, key, heard)
    assert again.value.code == "already_decided"


def test_neither_the_author_nor_their_deputy_confirms(cast: Cast, key: Passkey, heard: list[Confirmed]) -> None:
    row = proposed(cast)
    for actor in (cast.thanh, cast.phuc, cast.lan):
        with pytest.raises(Denied):
            confirm(cast, row, key, heard, actor)
    with pytest.raises(NotFound):
        confirm(cast, row, key, heard, cast.mai)
    assert not heard


def test_what_the_signer_refuses_changes_nothing(cast: Cast, key: Passkey) -> None:
    def no(_: Confirmed) -> None:
        raise Refusal("Bộ phận ký chưa biết khóa này.", code="signer_unknown_key")

    row = proposed(cast)
    with pytest.raises(Refusal):
        hours.confirm(
            actor=cast.bao, proposal_id=row.pk, assertion=answer(cast, row, key), ceiling=DEFAULT_WINDOWS,
            now=cast.now, judge=no,
        )  # fmt: skip
    row.refresh_from_db()
    assert row.state == RulesProposal.State.WAITING
    assert not OperatingRules.objects.exists()


def test_a_key_that_counts_back_was_copied(cast: Cast, key: Passkey, heard: list[Confirmed]) -> None:
    first, second = proposed(cast), proposed(cast, wish("22:00"))
    late = answer(cast, second, key)
    confirm(cast, first, key, heard)
    with pytest.raises(Refusal) as copied:
        hours.confirm(
            actor=cast.bao, proposal_id=second.pk, assertion=late, ceiling=DEFAULT_WINDOWS, now=cast.now,
            judge=heard.append,
        )  # fmt: skip
    assert copied.value.code == "key_counts_back"
    with pytest.raises(Invalid):
        hours.confirm(
            actor=cast.bao, proposal_id=second.pk, ceiling=DEFAULT_WINDOWS, now=cast.now, judge=heard.append,
            assertion=Assertion(credential="", client_data="", authenticator_data="AA", signature=""),
        )  # fmt: skip


def test_a_proposal_is_taken_back(cast: Cast, key: Passkey, heard: list[Confirmed]) -> None:
    row = proposed(cast)
    hours.withdraw(actor=cast.bao, proposal_id=row.pk, now=cast.now)
    with pytest.raises(Refusal):
        confirm(cast, row, key, heard)
    with pytest.raises(Refusal):
        hours.withdraw(actor=cast.thanh, proposal_id=row.pk, now=cast.now)
    with pytest.raises(Refusal):
        hours.withdraw(actor=cast.thanh, proposal_id=uuid.uuid4(), now=cast.now)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ends": None}, "phải có ngày kết thúc"),
        ({"ends": TODAY + timedelta(days=367)}, "dài nhất một năm"),
        ({"starts": TODAY - timedelta(days=1)}, "đã qua"),
        ({"document": " "}, "văn bản"),
    ],
)
def test_dates_that_cannot_be(cast: Cast, change: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        act(cast, wish(**change))


def test_the_rule_above_is_named(cast: Cast) -> None:
    OperatingRules.objects.create(
        area=cast.lao_cai, starts=TODAY, document="QĐ 30/QĐ-UBND", windows=window("06:00", "20:00")
    )
    with pytest.raises(Refusal, match=r"tỉnh Lào Cai.*QĐ 30/QĐ-UBND"):
        act(cast, wish())


def test_an_officer_changes_nothing_and_a_stranger_sees_nothing(cast: Cast) -> None:
    with pytest.raises(Denied):
        act(cast, wish("20:00"), cast.lan)
    with pytest.raises(NotFound):
        act(cast, wish("20:00"), cast.mai)


def test_what_is_to_come_can_be_dropped(cast: Cast) -> None:
    row = act(cast, wish("20:00", starts=TODAY + timedelta(days=3), ends=None))
    assert isinstance(row, OperatingRules)
    with pytest.raises(NotFound):
        hours.drop(actor=cast.mai, row=row, now=cast.now)
    hours.drop(actor=cast.thanh, row=row, now=cast.now)
    assert not OperatingRules.objects.exists()


def test_a_passkey_that_cannot_be_read_is_left_out(cast: Cast) -> None:
    data = {"name": "Khóa", "credential": {}}
    Authenticator.objects.create(user=cast.bao, type=Authenticator.Type.WEBAUTHN, data=data)
    assert passkeys.of(cast.bao) == []
    assert encode64(b"") == ""


def test_a_role_that_ended_confirms_nothing(cast: Cast, key: Passkey, heard: list[Confirmed]) -> None:
    row = proposed(cast)
    late = person("cu", "Người Cũ")
    give(late, Role.APPROVER, cast.quy_mong, ends=cast.now - timedelta(days=1))
    with pytest.raises(NotFound):
        confirm(cast, row, key, heard, late)
