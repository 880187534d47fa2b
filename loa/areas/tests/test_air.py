"""What holds in a hamlet on a day, from all that was said above it."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from airtime.hours import may_sound
from airtime.limits import Cap, loudest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loa.areas import queries
from loa.areas.codes import Effect, Reason
from loa.areas.extensions import Wish, fault
from loa.areas.models import Area, DayOff, Extension, OperatingRules
from loa.kernel.clock import LOCAL
from tests.cast import Cast

pytestmark = pytest.mark.django_db

DAY = date(2026, 8, 20)
ALL_DAY = [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "21:00"}]


def rule(area: Area, **more: object) -> OperatingRules:
    values = {"starts": date(2026, 1, 1), "document": f"QĐ của {area.name}", "windows": ALL_DAY, **more}
    return OperatingRules.objects.create(area=area, **values)


def off(area: Area, effect: Effect, name: str = "Quốc tang", **more: object) -> DayOff:
    values = {"kind": "mourning", "document": "Thông báo", "starts": DAY, "ends": DAY + timedelta(days=1), **more}
    return DayOff.objects.create(area=area, effect=effect, name=name, **values)


def test_the_quietest_word_on_the_way_down_counts(cast: Cast) -> None:
    rule(cast.lao_cai, volumes=[{"from": "21:00", "to": "06:00", "most": 50}])
    rule(cast.quy_mong, volumes=[{"from": "05:00", "to": "05:30", "most": 40}])
    found = queries.rules_for(cast.thon_5, DAY)
    assert loudest(found.volumes, 300, 310) == 40
    assert loudest(found.volumes, 340, 350) == 50
    assert loudest(found.volumes, 12 * 60, 13 * 60) == 100


def test_mourning_of_the_nation_reaches_the_hamlet_and_takes_the_music_only(cast: Cast) -> None:
    off(cast.vietnam, Effect.NO_MUSIC)
    found = queries.rules_for(cast.thon_5, DAY)
    assert not found.day_rules.music
    assert found.off.no_music is not None
    assert found.off.no_music.set_by == cast.vietnam.full_name
    assert not found.hours.closures
    assert queries.rules_for(cast.thon_5, DAY + timedelta(days=2)).day_rules.music


def test_a_silent_day_closes_all_of_it(cast: Cast) -> None:
    off(cast.quy_mong, Effect.SILENCE)
    book = queries.rules_in([cast.thon_5.path, cast.tran_yen.path], DAY, DAY + timedelta(days=5))
    noon = datetime(2026, 8, 20, 12, tzinfo=LOCAL)
    verdict = may_sound(book.on(cast.thon_5.path, DAY).hours, noon, timedelta(minutes=5))
    assert (verdict.allowed, verdict.nearest) == (False, datetime(2026, 8, 22, 5, tzinfo=LOCAL))
    assert may_sound(book.on(cast.tran_yen.path, DAY).hours, noon, timedelta(minutes=5)).allowed


def test_full_moons_are_quiet_evenings_where_the_village_says_so(cast: Cast) -> None:
    off(cast.thon_5, Effect.FEWER, "Rằm", kind="lunar", every="lunar", day=15, sessions=1, starts=DAY, ends=None)
    book = queries.rules_in([cast.thon_5.path], date(2026, 9, 1), date(2026, 9, 30))
    fewer = [n for n in range(1, 31) if book.on(cast.thon_5.path, date(2026, 9, n)).limits.sessions_per_day == 1]
    assert fewer == [25]


def test_what_is_above_is_lifted_only_by_its_leave(cast: Cast) -> None:
    strict = off(cast.lao_cai, Effect.NO_MUSIC)
    off(cast.quy_mong, Effect.USUAL)
    assert not queries.rules_for(cast.quy_mong, DAY).day_rules.music
    DayOff.objects.filter(pk=strict.pk).update(children_may_lift=True)
    assert queries.rules_for(cast.quy_mong, DAY).day_rules.music
    assert not queries.rules_for(cast.tran_yen, DAY).day_rules.music


def test_a_day_of_the_nation_is_free_of_numbers_where_the_rules_say_so(cast: Cast) -> None:
    row = rule(cast.quy_mong, max_sessions_per_day=2)
    off(cast.quy_mong, Effect.EXEMPT, "Quốc khánh", kind="public", every="solar", month=8, day=20, ends=None)
    assert queries.rules_for(cast.quy_mong, DAY).limits.sessions_per_day == 2
    OperatingRules.objects.filter(pk=row.pk).update(exempts=["events"])
    assert queries.rules_for(cast.quy_mong, DAY).limits.sessions_per_day is None


def extension(area: Area, **more: object) -> Extension:
    values = {
        "starts": datetime(2026, 8, 20, 21, tzinfo=LOCAL), "ends": datetime(2026, 8, 21, 0, 30, tzinfo=LOCAL),
        "reason": Reason.NEW_YEAR_EVE, "words": "Giao thừa", "state": "approved", "author_id": 1, "approver_id": 2,
        "made_at": datetime(2026, 8, 1, tzinfo=LOCAL), "decided_at": datetime(2026, 8, 1, tzinfo=LOCAL), **more,
    }  # fmt: skip
    return Extension.objects.create(id=uuid4(), area=area, **values)


def test_an_approved_night_is_open_in_the_commune_and_below(cast: Cast) -> None:
    extension(cast.quy_mong)
    extension(cast.tran_yen, state="waiting", approver_id=None, decided_at=None)
    late = datetime(2026, 8, 20, 23, 50, tzinfo=LOCAL)
    assert may_sound(queries.rules_for(cast.thon_5, DAY).hours, late, timedelta(minutes=40)).allowed
    assert not may_sound(queries.rules_for(cast.tran_yen, DAY).hours, late, timedelta(minutes=40)).allowed
    assert not may_sound(queries.rules_for(cast.thon_5, DAY).hours, late, timedelta(minutes=41)).allowed


def test_many_areas_cost_as_much_as_one(cast: Cast) -> None:
    rule(cast.lao_cai)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        book = queries.rules_in(
            [cast.thon_5.path, cast.quy_mong.path, cast.tran_yen.path], DAY, DAY + timedelta(days=14)
        )
        for path in (cast.thon_5.path, cast.tran_yen.path):
            for number in range(15):
                book.on(path, DAY + timedelta(days=number))
    assert len(asked) == 3
    with pytest.raises(ValueError, match="asked for"):
        book.on(cast.thon_5.path, DAY - timedelta(days=1))


def test_hours_for_says_the_same_windows(cast: Cast) -> None:
    rule(cast.lao_cai, children_may_widen=True)
    rule(cast.quy_mong, windows=[{"weekdays": [1, 2, 3, 4, 5], "from": "06:00", "to": "19:00"}])
    ours, theirs = queries.hours_for(cast.thon_5, DAY), queries.rules_for(cast.thon_5, DAY).hours
    assert (ours.windows, ours.document, ours.limits) == (theirs.windows, theirs.document, theirs.limits)


def wish(cast: Cast, to: datetime = datetime(2027, 2, 6, 0, 30, tzinfo=LOCAL), reason: str = "new_year_eve") -> Wish:
    return Wish(cast.quy_mong.full_name, datetime(2027, 2, 5, 21, tzinfo=LOCAL), to, reason)


NOW = datetime(2027, 1, 20, 8, tzinfo=LOCAL)


def refusal(cast: Cast, what: Wish, used: list[date] | None = None) -> str:
    permits = queries.rules_for(cast.quy_mong, date(2027, 2, 5)).permits
    found = fault(what, permits, used or [], NOW)
    return found.message if found else ""


def test_without_the_province_nobody_extends(cast: Cast) -> None:
    rule(cast.quy_mong, extension_days=10, extension_latest=1500, extension_reasons=list(Reason))
    assert refusal(cast, wish(cast)).startswith("Cấp trên chưa cho phép xã Quy Mông gia hạn giờ phát.")


def test_what_the_province_permits_is_the_frame(cast: Cast) -> None:
    rule(cast.lao_cai, extension_days=2, extension_latest=1440 + 30, extension_reasons=["new_year_eve", "election"])
    assert refusal(cast, wish(cast)) == ""
    assert "không cho xã Quy Mông phát sau 00:30 hôm sau. Muộn nhất: 00:30 ngày 06/02/2027." in refusal(
        cast, wish(cast, datetime(2027, 2, 6, 1, tzinfo=LOCAL))
    )
    assert "chỉ cho gia hạn vì: đêm giao thừa; ngày bầu cử." in refusal(cast, wish(cast, reason="event"))
    used = [date(2027, 1, 1), date(2027, 1, 2)]
    assert "gia hạn 2 ngày một năm, năm 2027 đã dùng hết. Sớm nhất: ngày 01/01/2028" in refusal(cast, wish(cast), used)
    assert refusal(cast, wish(cast), [date(2027, 1, 1), date(2027, 2, 5), date(2026, 2, 1)]) == ""


def test_a_commune_may_be_stricter_with_its_hamlets(cast: Cast) -> None:
    rule(cast.lao_cai, extension_days=5, extension_latest=1500, extension_reasons=["new_year_eve", "election"])
    rule(cast.quy_mong, extension_days=9, extension_latest=1440, extension_reasons=["new_year_eve", "event"])
    permits = queries.rules_for(cast.thon_5, DAY).permits
    assert permits is not None
    assert (permits.days, permits.latest, permits.reasons) == (5, 1440, frozenset({"new_year_eve"}))


def test_caps_that_cover_the_night_run_into_the_morning(cast: Cast) -> None:
    rule(cast.quy_mong, volumes=[{"from": "20:00", "to": "06:00", "most": 30}])
    assert queries.rules_for(cast.quy_mong, DAY).volumes == (Cap(0, 360, 30), Cap(1200, 1440, 30))
