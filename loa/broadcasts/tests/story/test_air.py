"""The rules of the air, as Lan meets them: a ward with two sessions, a mourning, a night of Tết, a stricter rule."""

from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from airtime.spans import from_ms

from loa.areas.models import DayOff, Extension, OperatingRules
from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import PlanState
from loa.broadcasts.queries import moves
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.conftest import Station, TestSigner, at, on_air
from loa.broadcasts.tests.story.conftest import approved, compiled, propose, refusal, seen, submitted, write
from loa.kernel.clock import local
from tests.cast import Cast


def rules(cast: Cast, **changes: Any) -> None:
    OperatingRules.objects.filter(area=cast.quy_mong).update(**changes)


def today(cast: Cast) -> date:
    return local(cast.now).date()


def once(cast: Cast, clock: str, days: int = 0) -> When:
    return When("once", today(cast) + timedelta(days=days), (clock,))


@pytest.fixture
def ward(cast: Cast) -> None:
    """Two sessions a day, a quarter of an hour each; both of today are used."""
    rules(cast, max_sessions_per_day=2, max_minutes_per_session=15)
    on_air(cast, "Buổi sáng", "05:00", seconds=600)
    on_air(cast, "Buổi chiều", "17:00", seconds=600)


def test_the_third_session_is_refused_and_the_morning_is_named(cast: Cast, ward: None) -> None:
    error = refusal(lambda: propose(cast, write(cast), once(cast, "20:00")))
    assert error.code == "too_many_sessions"
    assert error.message == (
        "Xã Quy Mông mỗi ngày chỉ được phát 2 buổi (Quy chế kèm theo Quyết định 12/QĐ-UBND), hôm nay đã đủ. "
        "Sớm nhất: 05:10 ngày mai."
    )
    assert propose(cast, write(cast), once(cast, "17:12")).times == ["17:12"]


def test_of_two_documents_the_one_that_says_no_is_named(cast: Cast) -> None:
    """The province allows two sessions until 20:00, the commune's own document speaks of minutes only."""
    windows = [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "20:00"}]
    OperatingRules.objects.create(
        area=cast.lao_cai, starts=date(2026, 1, 1), document="Quyết định 30", windows=windows, max_sessions_per_day=1
    )
    rules(cast, max_minutes_per_session=15)
    error = refusal(lambda: propose(cast, write(cast), once(cast, "20:30")))
    assert error.message.startswith("Xã Quy Mông không phát sau 20:00 (Quyết định 30, Tỉnh Lào Cai).")
    on_air(cast, "Buổi chiều", "17:00", seconds=60)
    error = refusal(lambda: propose(cast, write(cast), once(cast, "19:00")))
    assert "mỗi ngày chỉ được phát 1 buổi (Quyết định 30, Tỉnh Lào Cai), hôm nay đã đủ." in error.message


def test_without_a_morning_it_is_five_tomorrow(cast: Cast) -> None:
    rules(cast, max_sessions_per_day=2)
    for clock in ("17:00", "18:30"):
        approved(cast, clock, once(cast, clock))
    error = refusal(lambda: propose(cast, write(cast), once(cast, "20:00")))
    assert error.message.endswith("hôm nay đã đủ. Sớm nhất: 05:00 ngày mai.")


def test_a_full_session_names_its_minutes(cast: Cast, ward: None) -> None:
    error = refusal(lambda: propose(cast, write(cast, seconds=400), once(cast, "17:10")))
    assert error.code == "session_too_long"
    assert "mỗi buổi chỉ được phát 15 phút" in error.message
    assert "thêm mục này thì buổi 17:10 hôm nay thành 17 phút. Sớm nhất: 05:00 ngày" not in error.message


def test_two_wishes_that_fit_alone_but_not_together(cast: Cast) -> None:
    rules(cast, max_sessions_per_day=1)
    first, second = submitted(cast, "Một", once(cast, "17:30")), propose(cast, write(cast), once(cast, "20:00", 1))
    assert refusal(lambda: propose(cast, write(cast), once(cast, "20:30"))).code == "too_many_sessions"
    actions.approve(actor=cast.thanh, seen={first.pk: seen(cast)[first.pk]}, now=cast.now)
    assert second.state == "draft"


def test_moving_the_only_session_is_no_second_one(cast: Cast) -> None:
    rules(cast, max_sessions_per_day=1)
    schedule = approved(cast, "Một", once(cast, "17:30"))
    assert moves.one(schedule, at(cast, 17, 30), at(cast, 19), cast.now).refused == ()
    moved = actions.move_airing(
        actor=cast.lan, schedule_id=schedule.pk, start=at(cast, 17, 30), to=at(cast, 19), moved_id=uuid4(), now=cast.now
    )
    actions.approve(actor=cast.thanh, seen={moved.pk: seen(cast)[moved.pk]}, now=cast.now)


def test_two_parts_of_the_commune_count_for_themselves(cast: Cast, station: Station) -> None:
    rules(cast, max_sessions_per_day=1)
    river, centre = station.groups["Ven sông"].pk, station.groups["Trung tâm"].pk
    approved(cast, "Ven sông", once(cast, "17:30"), target=Target(groups=(river,)))
    assert propose(cast, write(cast), once(cast, "20:00"), target=Target(groups=(centre,)))
    assert refusal(lambda: propose(cast, write(cast), once(cast, "20:00"))).code == "too_many_sessions"


def mourning(cast: Cast, effect: str, **more: Any) -> DayOff:
    facts = {
        "area": cast.vietnam, "kind": "mourning", "name": "Quốc tang", "document": "Thông báo của Trung ương",
        "effect": effect, "starts": today(cast), "ends": today(cast) + timedelta(days=1), **more,
    }  # fmt: skip
    return DayOff.objects.create(**facts)


def test_in_mourning_there_is_speech_but_no_music(cast: Cast, station: Station, signer: TestSigner) -> None:
    music = on_air(cast, "Nhạc", "18:00")
    assert music.version is not None
    assert music.version.sound is not None
    music.version.sound.profile = "music"
    music.version.sound.save()
    on_air(cast, "Tin", "19:00")
    mourning(cast, "no_music")
    compiled(cast, signer)

    compiler.compile_plans(signer=signer, now=cast.now)
    heard = [(local(from_ms(one.start)).day - today(cast).day, one.title) for one in station.plan(1).airings]
    assert [row for row in heard if row[0] < 3] == [(0, "Tin"), (1, "Tin"), (2, "Nhạc"), (2, "Tin")]
    left = PlanState.objects.get(pk=station.speakers[1].plan_set_id).left
    assert [row["reason"] for row in left] == ["no_music", "no_music"]
    bulletin = write(cast)
    sound = bulletin.versions.get().sound
    assert sound is not None
    sound.profile = "music"
    sound.save()
    error = refusal(lambda: propose(cast, bulletin, once(cast, "20:00")))
    assert error.message == (
        "Xã Quy Mông không phát nhạc hôm nay, Quốc tang (Thông báo của Trung ương). "
        f"Sớm nhất: 05:00 thứ Bảy {today(cast) + timedelta(days=2):%d/%m/%Y}."
    )


def test_a_silent_day_is_named_with_its_reason(cast: Cast) -> None:
    mourning(cast, "silence", area=cast.quy_mong, kind="own", name="Lễ cúng bản", document="Hương ước")
    error = refusal(lambda: propose(cast, write(cast), once(cast, "20:00")))
    assert error.code == "day_off"
    assert error.message.startswith("Xã Quy Mông không phát gì hôm nay, Lễ cúng bản (Hương ước). Sớm nhất: 05:00 thứ")


def test_a_day_with_fewer_sessions_names_the_day(cast: Cast) -> None:
    mourning(cast, "fewer", area=cast.quy_mong, kind="lunar", name="Rằm", document="Hương ước", sessions=1)
    approved(cast, "Một", once(cast, "17:30"))
    error = refusal(lambda: propose(cast, write(cast), once(cast, "20:00")))
    assert "mỗi ngày chỉ được phát 1 buổi (Rằm, Hương ước), hôm nay đã đủ." in error.message


def test_tet_night_is_open_once_it_is_approved(cast: Cast) -> None:
    night = When("once", today(cast), ("23:50",))
    assert refusal(lambda: propose(cast, write(cast), night)).code == "outside_hours"
    Extension.objects.create(
        id=uuid4(), area=cast.quy_mong, starts=at(cast, 21), ends=at(cast, 0, 30, days=1), reason="new_year_eve",
        words="Giao thừa", state="approved", author_id=cast.lan.pk, approver_id=cast.thanh.pk, made_at=cast.now,
        decided_at=cast.now,
    )  # fmt: skip
    schedule = submitted(cast, "Chúc Tết", night)
    actions.approve(actor=cast.thanh, seen={schedule.pk: seen(cast)[schedule.pk]}, now=cast.now)


def test_stricter_rules_take_what_was_approved_last(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Sáng", "05:00")
    on_air(cast, "Chiều", "17:30")
    on_air(cast, "Tối", "20:00")
    rules(cast, max_sessions_per_day=2)
    compiler.compile_plans(signer=signer, now=cast.now)
    tomorrow = today(cast) + timedelta(days=1)
    heard = [one.title for one in station.plan(1).airings if local(from_ms(one.start)).date() == tomorrow]
    assert heard == ["Sáng", "Chiều"]


def test_a_hamlet_with_one_session_hears_one(cast: Cast, station: Station, signer: TestSigner) -> None:
    OperatingRules.objects.create(
        area=cast.thon_5, starts=today(cast), document="Hương ước thôn 5", max_sessions_per_day=1,
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "21:00"}],
    )  # fmt: skip
    on_air(cast, "Chiều", "17:30", version_priority="priority")
    on_air(cast, "Tối", "20:00")

    compiler.compile_plans(signer=signer, now=cast.now)
    assert set(station.titles(7)) == {"Chiều", "Tối"}
    assert set(station.titles(8)) == {"Chiều"}


def test_what_the_province_sends_first_uses_nothing_up_where_the_rules_exempt_it(cast: Cast) -> None:
    rules(cast, max_sessions_per_day=1)
    on_air(
        cast, "Bão", "11:00", area=cast.lao_cai, author=cast.minh_anh, version_priority="priority",
        first_day=today(cast) + timedelta(days=1),
    )  # fmt: skip
    tomorrow = once(cast, "17:00", 1)
    assert refusal(lambda: propose(cast, write(cast), tomorrow)).code == "too_many_sessions"
    rules(cast, exempts=["upper_priority"])
    assert propose(cast, write(cast), tomorrow)


def test_a_programme_counts_as_the_session_it_is(cast: Cast) -> None:
    rules(cast, max_sessions_per_day=2)

    def save(name: str, starts: time, minutes: int = 20) -> object:
        return actions.save_programme(
            actor=cast.lan, area=cast.quy_mong, name=name, starts=starts, minutes=minutes, weekdays=range(1, 8),
            now=cast.now,
        )  # fmt: skip

    save("Sáng", time(5))
    save("Tiếp sáng", time(5, 40))  # less than half an hour later: people hear one session
    save("Chiều", time(17))
    assert refusal(lambda: save("Tối", time(20))).code == "too_many_sessions"
    assert refusal(lambda: save("Đêm", time(3, 15))).code == "outside_hours"
    error = refusal(lambda: save("Trưa", time(17, 20), 46))
    assert error.code == "session_too_long"
