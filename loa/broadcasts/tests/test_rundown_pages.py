"""Lan lays out a new commune's day from a ready week, changes it, drops one session; the rules hold everywhere."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client

from loa.areas.models import OperatingRules
from loa.broadcasts import actions
from loa.broadcasts.models import Programme, RundownItem, Schedule, SessionChange
from loa.broadcasts.queries import insertions
from loa.broadcasts.rules.grids import grid, grids
from loa.broadcasts.rules.rundowns import Kind, Over, Under
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.changes.conftest import confirm
from loa.broadcasts.tests.conftest import Station, version
from loa.kernel import clock
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, NotFound, Refusal
from tests.cast import Cast


@pytest.fixture(autouse=True)
def ten_to_five(cast: Cast, monkeypatch: pytest.MonkeyPatch, station: Station) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)


@pytest.fixture
def week(cast: Cast) -> list[Programme]:
    chosen = grid("rural_short")
    assert chosen is not None
    return actions.apply_grid(actor=cast.lan, area=cast.quy_mong, grid=chosen, now=cast.now)


def draft(cast: Cast, title: str, seconds: float, **more: Any) -> Any:
    own = version(cast, title, seconds, submitted_at=None, **more)
    own.bulletin.state = "draft"
    own.bulletin.save()
    return own.bulletin


def ask(cast: Cast, programme: Programme, title: str, seconds: float, **more: Any) -> Schedule:
    own = draft(cast, title, seconds, **more)
    tomorrow = local(cast.now).date() + timedelta(days=1)
    return actions.propose(
        actor=cast.lan, schedule_id=own.pk, bulletin_id=own.pk, when=When("once", tomorrow), target=Target(),
        now=cast.now, programme_id=programme.pk,
    )  # fmt: skip


@pytest.mark.parametrize("key", [one.key for one in grids()])
def test_every_ready_week_keeps_to_its_own_minutes(key: str) -> None:
    chosen = grid(key)
    assert chosen is not None
    for session in chosen.sessions:
        assert sum(item.minutes for item in session.items) <= session.minutes
        assert sum(item.kind is Kind.BULLETINS for item in session.items) == 1


def test_a_ready_week_in_one_step_or_not_at_all(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    page = client.get("/lich-phat/khung-mau/").content.decode()
    assert "Khung phát mẫu" in page
    assert "05:30" in page
    assert Programme.objects.count() == 0
    assert client.post("/lich-phat/khung-mau/", {"mau": "rural_short"}).status_code == 302
    assert [row.name for row in Programme.objects.order_by("starts")] == ["Buổi sáng", "Buổi chiều"]
    assert RundownItem.objects.count() == 8
    again = client.post("/lich-phat/khung-mau/", {"mau": "urban"})
    assert again.status_code == 422
    assert "đã có buổi phát tên" in again.content.decode()
    assert Programme.objects.count() == 2


def test_the_rules_of_the_place_refuse_a_week_that_is_too_long(client: Client, cast: Cast) -> None:
    OperatingRules.objects.create(
        area=cast.quy_mong, starts=local(cast.now).date(), document="Quyết định 12/QĐ-UBND", max_minutes_per_session=15,
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "21:00"}],
    )  # fmt: skip
    client.force_login(cast.lan)
    page = client.get("/lich-phat/khung-mau/").content.decode()
    assert "Không lập được" in page


def test_what_is_asked_for_in_the_session_floats_and_may_go_to_the_next(cast: Cast, week: list[Programme]) -> None:
    schedule = ask(cast, week[1], "Họp thôn", 120)
    assert (schedule.floating, schedule.times, schedule.slack_s) == (True, ["17:00"], 5400)
    tomorrow = local(cast.now).date() + timedelta(days=1)
    assert [local(_from(ms)).strftime("%d %H:%M") for ms in schedule.spill] == [
        f"{tomorrow + timedelta(days=1):%d} 05:30"
    ]


def _from(ms: int) -> Any:
    from airtime.spans import from_ms

    return from_ms(ms)


def test_what_is_longer_than_any_session_is_refused(cast: Cast, week: list[Programme]) -> None:
    with pytest.raises(Refusal, match="không còn chỗ"):
        ask(cast, week[1], "Rất dài", 1900)


def test_the_officer_is_told_what_moves_to_the_next_session(cast: Cast, week: list[Programme]) -> None:
    ask(cast, week[1], "Họp thôn", 1200)
    urgent = ask(cast, week[1], "Bão số 5", 900, priority="priority")
    found = insertions.insertion(urgent, urgent.bulletin.versions.get(), cast.now)
    assert found.moves == (
        f"{local(cast.now) + timedelta(days=1):%d/%m}: “Họp thôn” dồn sang buổi sau vì buổi này hết giờ.",
    )


def test_the_parts_are_changed_and_kept_in_their_order(client: Client, cast: Cast, week: list[Programme]) -> None:
    afternoon = week[1]
    items = list(afternoon.items.all())
    client.force_login(cast.lan)
    url = f"/lich-phat/buoi/{afternoon.pk}/khung/"
    assert "Bản tin của xã" in client.get(url).content.decode()
    fields = {
        "do": "items", "id": [*(str(item.pk) for item in items), ""], "order": ["1", "3", "2", "4", "5"],
        "kind": [*(item.kind for item in items), "fixed"], "title": [*(item.title for item in items), "  "],
        "minutes": ["1", "15", "7", "1", "5"], "over": ["push"] * 5, "under": ["early"] * 5,
    }  # fmt: skip
    assert client.post(url, fields).status_code == 302
    assert [item.title for item in afternoon.items.all()] == [items[n].title for n in (0, 2, 1, 3)]
    assert {item.pk for item in afternoon.items.all()} == {item.pk for item in items}
    long = client.post(url, fields | {"minutes": ["1", "99", "7", "1", "5"]})
    assert long.status_code == 422
    assert "dài hơn Buổi chiều" in long.content.decode()


def test_a_rundown_that_makes_no_sense_is_refused(cast: Cast, week: list[Programme]) -> None:
    two = [actions.Wanted(Kind.BULLETINS, "Một", 5), actions.Wanted(Kind.BULLETINS, "Hai", 5)]
    fill = [actions.Wanted(Kind.BULLETINS, "Một", 5, Over.CUT, Under.FILL), actions.Wanted(Kind.FIXED, "Hai", 5)]
    for items in (two, fill, [actions.Wanted(Kind.FIXED, " ", 5)], [actions.Wanted(Kind.FIXED, "Một", 0)]):
        with pytest.raises(Invalid):
            actions.save_rundown(actor=cast.lan, programme_id=week[0].pk, items=items, now=cast.now)
    with pytest.raises(NotFound):
        actions.save_rundown(actor=cast.mai, programme_id=week[0].pk, items=[], now=cast.now)


def test_a_fixed_part_gets_its_sound_for_a_year(client: Client, cast: Cast, week: list[Programme]) -> None:
    call = draft(cast, "Xướng tên đài", 20)
    item = week[0].items.get(position=1)
    client.force_login(cast.lan)
    url = f"/lich-phat/buoi/{week[0].pk}/khung/"
    assert client.post(url, {"do": "fill", "item": str(item.pk), "sound": f"b:{call.pk}"}).status_code == 200
    assert not Schedule.objects.filter(bulletin=call).exists()
    confirm(client, client.post(url, {"do": "fill", "item": str(item.pk), "sound": f"b:{call.pk}"}).content.decode())
    schedule = Schedule.objects.get(bulletin=call)
    assert (schedule.floating, schedule.recurring_part, schedule.spill) == (True, True, [])
    page = client.get(url).content.decode()
    assert "Xướng tên đài" in page
    assert "05:30" in page


def test_one_session_is_dropped_moved_or_longer_within_the_rules(
    client: Client, cast: Cast, week: list[Programme]
) -> None:
    client.force_login(cast.lan)
    url, tomorrow = f"/lich-phat/buoi/{week[1].pk}/khung/", local(cast.now).date() + timedelta(days=1)
    day = f"{tomorrow:%d/%m/%Y}"
    assert client.post(url, {"do": "day", "day": day, "how": "drop", "reason": "Đám tang"}).status_code == 302
    change = SessionChange.objects.get()
    assert (change.dropped, change.reason) == (True, "Đám tang")
    assert client.post(url, {"do": "usual", "day": day}).status_code == 302
    assert client.post(url, {"do": "day", "day": day, "how": "move", "starts": "17h30"}).status_code == 302
    assert SessionChange.objects.get().starts == time(17, 30)
    for wrong in (
        {"how": "move", "starts": "19:30"}, {"how": "move", "starts": "3:15"}, {"how": "longer", "minutes": "0"},
        {"how": "longer", "minutes": "x"}, {"how": "none"}, {"how": "drop", "day": "30/2/2026"},
    ):  # fmt: skip
        answer = client.post(url, {"do": "day", "day": day} | wrong)
        assert answer.status_code in (422,), wrong


def test_summer_and_winter_do_not_meet(client: Client, cast: Cast, week: list[Programme]) -> None:
    client.force_login(cast.lan)
    url = f"/lich-phat/buoi/{week[1].pk}/khung/"
    assert client.post(url, {"do": "season", "season_from": "16/4", "season_to": "15/10"}).status_code == 302
    winter = actions.save_programme(
        actor=cast.lan, area=cast.quy_mong, name="Buổi chiều đông", starts=time(19), minutes=30,
        weekdays=[1, 2, 3, 4, 5, 6, 7], now=cast.now,
    )  # fmt: skip
    actions.set_season(actor=cast.lan, programme_id=winter.pk, first="10-16", last="04-15", lunar=False, now=cast.now)
    bad = client.post(url, {"do": "season", "season_from": "31/2", "season_to": "15/10"})
    assert bad.status_code == 422
    assert "Không có ngày 31/2" in bad.content.decode()


def test_the_neighbour_sees_no_rundown_of_ours(client: Client, cast: Cast, week: list[Programme]) -> None:
    client.force_login(cast.mai)
    assert client.get(f"/lich-phat/buoi/{week[0].pk}/khung/").status_code == 404
