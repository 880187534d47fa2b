"""Who narrows the hours of a place does so alone; who widens them needs somebody else's key."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from devicelink.jws import encode64
from devicelink.widening import Assertion, Confirmed
from django.test import Client
from django.urls import reverse
from signer import authenticator
from signer.authenticator import Passkey

from loa.areas.hours import DEFAULT_WINDOWS, WindowText, parse_windows, spoken
from loa.areas.models import OperatingRules
from loa.areas.queries import hours_for
from loa.audit.queries import of_object
from loa.kernel import clock
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal, Unavailable
from loa.people import passkeys, signer
from loa.people.actions import hours
from loa.people.actions.hours import Wish
from loa.people.models import Role, RulesProposal
from loa.people.signer import Host
from loa.people.web.hours import words
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
    with pytest.raises(Refusal, match=r"Tỉnh Lào Cai.*QĐ 30/QĐ-UBND"):
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


def test_changes_in_words() -> None:
    added, taken = words.difference(DEFAULT_WINDOWS, parse_windows(window("06:00", "24:00")))
    assert (added, taken) == ("21:00–24:00 hằng ngày", "05:00–06:00 hằng ngày")
    assert words.difference(DEFAULT_WINDOWS, DEFAULT_WINDOWS) == ("", "")


# --- the page ------------------------------------------------------------------------------------------------------


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, cast: Cast) -> Host:
    """A signer that knows Bảo's key."""
    known = Host(DEFAULT_WINDOWS, ((str(cast.bao.pk), "vn"),))
    monkeypatch.setattr(signer, "host", lambda: known)
    return known


def page(cast: Cast) -> str:
    return reverse("people:hours", args=[cast.quy_mong.path])


def typed(end: str, **changes: str) -> dict[str, str]:
    day = f"{clock.local(clock.now()):%d/%m/%Y}"
    fields = {"days0": "1234567", "from0": "5:00", "to0": end, "document": "QĐ 12", "starts": day, "ends": day}
    return fields | changes


def enter(client: Client, user: Any) -> Client:
    client.force_login(user)
    return client


def test_the_page_says_what_a_change_means_before_it_is_made(client: Client, cast: Cast, host: Host) -> None:
    enter(client, cast.thanh)
    shown = client.post(page(cast), typed("23:30"))
    text = shown.content.decode()
    assert "21:00–23:30 hằng ngày" in text
    assert "Phạm Quốc Bảo" in text
    assert "Triệu Văn Phúc" in text
    assert "khóa chưa được bộ phận ký ghi nhận" in text
    assert not RulesProposal.objects.exists()
    assert client.post(page(cast), typed("23:30") | {"sure": "1"}).status_code == 302
    assert RulesProposal.objects.get().author == cast.thanh
    assert "Chờ người thứ hai" in client.get(page(cast)).content.decode()


def test_narrowing_through_the_page(client: Client, cast: Cast, host: Host) -> None:
    enter(client, cast.thanh)
    client.post(page(cast), typed("19:00", ends="") | {"sure": "1"})
    assert OperatingRules.objects.get().windows == window("05:00", "19:00")


@pytest.mark.parametrize(
    "change", [{"from0": "25:00"}, {"to0": ""}, {"from0": "", "to0": ""}, {"starts": "hôm nay"}, {"ends": "1/1/2020"}]
)
def test_what_cannot_be_read_is_shown_again(client: Client, cast: Cast, host: Host, change: dict[str, str]) -> None:
    assert enter(client, cast.thanh).post(page(cast), typed("20:00") | change).status_code == 422


def test_without_the_signer_the_page_is_there_and_nothing_is_written(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Host:
        raise Unavailable("Bộ phận ký lệnh đang tạm nghỉ.")

    monkeypatch.setattr(signer, "host", away)
    enter(client, cast.thanh)
    assert client.get(page(cast)).status_code == 200
    assert client.post(page(cast), typed("20:00") | {"sure": "1"}).status_code == 503
    assert not OperatingRules.objects.exists()


def test_lan_reads_but_has_no_form(client: Client, cast: Cast, host: Host) -> None:
    enter(client, cast.lan)
    assert "Xem trước khi ghi" not in client.get(page(cast)).content.decode()
    assert client.post(page(cast), typed("20:00")).status_code == 403


def test_confirming_and_withdrawing_through_the_page(
    client: Client, cast: Cast, host: Host, key: Passkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Confirmed] = []
    monkeypatch.setattr(signer, "judge", taken.append)
    today = clock.local(clock.now()).date()
    what = wish(starts=today, ends=today)
    rows = [
        hours.set_or_propose(actor=cast.thanh, area=cast.quy_mong, wish=what, ceiling=DEFAULT_WINDOWS, now=clock.now())
        for _ in range(2)
    ]
    enter(client, cast.bao)
    text = client.get(page(cast)).content.decode()
    assert "chưa có khóa đăng nhập" in text
    assert "data-challenge" not in text
    first, second = rows
    assert isinstance(first, RulesProposal)
    assert isinstance(second, RulesProposal)
    given = answer(cast, first, key)
    fields = {name: getattr(given, name) for name in given.__struct_fields__}
    client.post(reverse("people:confirm_hours", args=[cast.quy_mong.path, first.pk]), fields)
    client.post(reverse("people:withdraw_hours", args=[cast.quy_mong.path, second.pk]))
    assert len(taken) == 1
    assert hours_for(cast.quy_mong, today).windows[0].end == 23 * 60
    second.refresh_from_db()
    assert second.state == RulesProposal.State.WITHDRAWN


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
