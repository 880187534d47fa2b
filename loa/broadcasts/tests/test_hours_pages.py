"""The hours of a place on their page: what a change means is shown before it is made."""

from typing import Any

import pytest
from devicelink.widening import Confirmed
from django.test import Client
from django.urls import reverse
from signer import authenticator
from signer.authenticator import Passkey

from loa.areas.hours import DEFAULT_WINDOWS, parse_windows
from loa.areas.models import OperatingRules
from loa.areas.queries import hours_for
from loa.broadcasts.tests.changes.conftest import confirm as keep
from loa.broadcasts.web.hours import words
from loa.kernel import clock
from loa.kernel.errors import Unavailable
from loa.people import signer
from loa.people.actions import hours
from loa.people.models import RulesProposal
from loa.people.signer import Host
from loa.people.tests.test_hours import answer, window, wish
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_changes_in_words() -> None:
    added, taken = words.difference(DEFAULT_WINDOWS, parse_windows(window("06:00", "24:00")))
    assert (added, taken) == ("21:00–24:00 hằng ngày", "05:00–06:00 hằng ngày")
    assert words.difference(DEFAULT_WINDOWS, DEFAULT_WINDOWS) == ("", "")


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, cast: Cast) -> Host:
    """A signer that knows Bảo's key."""
    known = Host(DEFAULT_WINDOWS, ((str(cast.bao.pk), "vn"),))
    monkeypatch.setattr(signer, "host", lambda: known)
    return known


@pytest.fixture
def key() -> Passkey:
    return authenticator.make()


def page(cast: Cast) -> str:
    return reverse("broadcasts:hours", args=[cast.quy_mong.path])


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
    assert keep(client, text).status_code == 302
    assert RulesProposal.objects.get().author == cast.thanh
    assert "Chờ người thứ hai" in client.get(page(cast)).content.decode()


def test_narrowing_through_the_page(client: Client, cast: Cast, host: Host) -> None:
    enter(client, cast.thanh)
    keep(client, client.post(page(cast), typed("19:00", ends="")).content.decode())
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
    assert client.post(page(cast), typed("20:00")).status_code == 503
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
    client.post(reverse("broadcasts:confirm_hours", args=[cast.quy_mong.path, first.pk]), fields)
    client.post(reverse("broadcasts:withdraw_hours", args=[cast.quy_mong.path, second.pk]))
    assert len(taken) == 1
    assert hours_for(cast.quy_mong, today).windows[0].end == 23 * 60
    second.refresh_from_db()
    assert second.state == RulesProposal.State.WITHDRAWN
