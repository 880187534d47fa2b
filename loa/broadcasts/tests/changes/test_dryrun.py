"""Lan looks at a day before it comes: what will sound where, and why something will not."""

from datetime import date

import pytest
from django.test import Client

from loa.areas.models import DayOff, OperatingRules
from loa.broadcasts.changes.dryrun import dry_run
from loa.broadcasts.models import Schedule
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.tests.conftest import Station, at, on_air
from loa.devices.models import Mute
from loa.kernel import clock
from loa.kernel.clock import local
from tests.cast import Cast

MONDAY = date(2026, 8, 24)


def said(cast: Cast, day: date = MONDAY) -> dict[str, list[str]]:
    """Group -> "05:00 title" or "05:00 title (why)"."""
    return {
        one.listeners.name + ("" if len(one.devices) > 1 else " " + one.devices[0]): [
            f"{local(row.start):%H:%M} {row.title}" + (f" ({row.why})" if row.why else "") for row in one.sounds
        ]
        for one in dry_run(cast.quy_mong, day, cast.now).groups
    }


def test_a_day_as_the_groups_will_hear_it(cast: Cast, station: Station, bulletin_at_five: Schedule) -> None:
    on_air(cast, "Riêng Ven sông", "17:00", target=Target(groups=(station.groups["Ven sông"].pk,)))
    assert said(cast) == {
        "Trung tâm": ["05:00 Bản tin sáng"],
        "Ven sông": ["05:00 Bản tin sáng", "17:00 Riêng Ven sông"],
        "Thôn 4, thôn 5 Cụm 07": ["05:00 Bản tin sáng"],
        "Thôn 4, thôn 5 Cụm 08": ["05:00 Bản tin sáng"],
    }


def test_who_gives_way_and_who_is_outside_the_hours(cast: Cast, bulletin_at_five: Schedule) -> None:
    on_air(cast, "Tin khẩn của xã", "05:00", version_priority="priority")
    OperatingRules.objects.create(
        area=cast.quy_mong, starts=MONDAY, ends=MONDAY, document="Quy chế hè",
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "16:00"}],
    )  # fmt: skip
    on_air(cast, "Tin chiều", "17:00")
    heard = said(cast)["Trung tâm"]
    assert heard == [
        "05:00 Bản tin sáng (nhường “Tin khẩn của xã”)",
        "05:00 Tin khẩn của xã",
        "17:00 Tin chiều (ngoài giờ được phát)",
    ]
    assert "17:00 Tin chiều" in said(cast, date(2026, 8, 25))["Trung tâm"], "only on that day"


def test_a_day_of_mourning_is_silent(cast: Cast, bulletin_at_five: Schedule) -> None:
    DayOff.objects.create(
        area=cast.vietnam, kind="mourning", name="Quốc tang", document="Thông báo 1", effect="silence",
        starts=MONDAY, ends=MONDAY,
    )  # fmt: skip
    assert said(cast)["Trung tâm"] == ["05:00 Bản tin sáng (ngoài giờ được phát)"]
    assert said(cast, date(2026, 8, 25))["Trung tâm"] == ["05:00 Bản tin sáng"]


def test_a_muted_cluster_stands_alone(cast: Cast, station: Station, bulletin_at_five: Schedule) -> None:
    Mute.objects.create(
        device=station.speakers[2], starts=at(cast, 0, days=4), until=at(cast, 12, days=4), reason="funeral",
        by=cast.lan, made_at=cast.now,
    )  # fmt: skip
    heard = said(cast)
    assert heard["Trung tâm Cụm 02"] == ["05:00 Bản tin sáng (ngoài giờ được phát)"]
    assert heard["Trung tâm"] == ["05:00 Bản tin sáng"]


@pytest.mark.parametrize("day", ["2026-08-24", "24/8/2026", "", "hôm qua", "31/02/2026", "0001-01-01", "9999-12-31"])
def test_the_page(
    client: Client, cast: Cast, bulletin_at_five: Schedule, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    client.force_login(cast.lan)
    page = client.get("/lich-phat/xem-truoc/", {"ngay": day, "nhom": "Trung tâm"})
    text, good = page.content.decode(), day in ("2026-08-24", "24/8/2026", "")
    assert page.status_code == (200 if good else 422)
    assert "Bản tin sáng" in text
    assert ("Chưa xem được ngày này" in text) is not good
    assert ('value="24/08/2026"' in text) is (good and day != "")
    client.force_login(cast.mai)
    assert client.get("/lich-phat/xem-truoc/", {"don-vi": cast.quy_mong.path}).status_code == 404


def test_who_hears_the_same_stands_on_one_card_and_no_two_cards_are_called_alike(
    client: Client, cast: Cast, station: Station, bulletin_at_five: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    client.force_login(cast.lan)
    one = client.get("/lich-phat/xem-truoc/", {"ngay": "24/8/2026"}).content.decode()
    assert one.count("Bản tin sáng") == 1, "all eight hear one and the same"
    Mute.objects.create(
        device=station.speakers[7], starts=at(cast, 0, days=4), until=at(cast, 12, days=4), reason="funeral",
        by=cast.lan, made_at=cast.now,
    )  # fmt: skip
    two = client.get("/lich-phat/xem-truoc/", {"ngay": "24/8/2026", "nhom": "Thôn 4, thôn 5"}).content.decode()
    assert "Thôn 4, thôn 5: Cụm 07</h2>" in two
    assert "Thôn 4, thôn 5: Cụm 08</h2>" in two
