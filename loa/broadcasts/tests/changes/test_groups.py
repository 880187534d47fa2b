"""Rules that change between looking and keeping, and groups whose members change."""

import pytest
from django.test import Client

from loa.areas.models import OperatingRules
from loa.broadcasts.changes import keeping
from loa.broadcasts.changes.kinds import groups
from loa.broadcasts.models import Schedule
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.tests.changes.conftest import confirm, lines, see
from loa.broadcasts.tests.changes.test_schedules import at_hour
from loa.broadcasts.tests.conftest import Station, on_air
from loa.devices import signing
from loa.kernel import clock
from loa.kernel.errors import LoaError
from tests.cast import Cast


def test_a_rule_that_changed_in_between_is_said(cast: Cast, bulletin_at_five: Schedule) -> None:
    change = at_hour(bulletin_at_five, "05:30")
    token = see(cast, change).token
    OperatingRules.objects.filter(area=cast.quy_mong).update(
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "06:00", "to": "21:00"}]
    )
    with pytest.raises(LoaError) as caught:
        keeping.keep(actor=cast.lan, change=change, token=token, now=cast.now)
    assert caught.value.code == "diff_changed"
    assert "Quyết định 12/QĐ-UBND" in caught.value.message
    shown = caught.value.facts["preview"]
    assert isinstance(shown, keeping.Preview)
    assert shown.token == ""


def test_a_group_gains_what_is_meant_for_it(cast: Cast, station: Station, bulletin_at_five: Schedule) -> None:
    center = station.groups["Trung tâm"]
    on_air(cast, "Họp thôn trung tâm", "17:30", target=Target(groups=(center.pk,)))
    members = tuple(station.speakers[number].pk for number in (1, 2, 4))
    change = groups.SaveGroup(area=cast.quy_mong.path, group=center.pk, name="Trung tâm", members=members)
    shown = see(cast, change)
    assert lines(shown) == [
        "Họp thôn trung tâm: 17:30 → không phát, 14 ngày, 20/8–2/9",
        "Họp thôn trung tâm: không phát → 17:30, 14 ngày, 20/8–2/9",
    ]
    assert [line.devices for line in shown.difference.lines] == [1, 1]


def test_the_page_of_a_group_shows_what_its_members_will_hear(
    client: Client, cast: Cast, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    monkeypatch.setattr(signing, "sign_all", lambda messages: ["signed" for _ in messages])
    center = station.groups["Trung tâm"]
    on_air(cast, "Họp thôn trung tâm", "17:30", target=Target(groups=(center.pk,)))
    client.force_login(cast.lan)
    address = f"/lich-phat/nhom/{center.pk}/"
    assert "01 · Cụm 01" in client.get(address).content.decode()
    members = [station.speakers[number].pk for number in (1, 2)]
    page = client.post(address, {"name": "Trung tâm", "members": members}).content.decode()
    assert "Họp thôn trung tâm" in page
    assert "1 cụm" in page
    assert center.members.count() == 3
    assert confirm(client, page).status_code == 302
    assert center.members.count() == 2
    client.force_login(cast.mai)
    assert client.get(address).status_code == 404
