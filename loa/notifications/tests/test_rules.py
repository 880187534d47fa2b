"""Who is told when: quiet times, counted minutes, the next person. Nothing but rules."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from loa.kernel.clock import LOCAL
from loa.notifications.rules import KINDS, Count, Need, Quiet, Urgency, steps, times
from loa.notifications.rules.kinds import kinds_for
from loa.notifications.rules.letters import Item, words
from loa.notifications.rules.steps import Held, Standing
from loa.people.rules import ALL_CAPABILITIES, CAPABILITIES

LAN, PHUC, SON, BAO, MAI = 1, 2, 3, 4, 5
QUY_MONG, TRAN_YEN, LAO_CAI = "vn.15.04531", "vn.15.04498", "vn.15"
FRIDAY = date(2026, 8, 21)
OFFICER, TECHNICIAN = "officer", "technician"
PEOPLE = [
    Held(LAN, OFFICER, QUY_MONG), Held(PHUC, OFFICER, QUY_MONG, deputy=True), Held(SON, TECHNICIAN, LAO_CAI),
    Held(BAO, "administrator", "vn"), Held(MAI, OFFICER, TRAN_YEN),
]  # fmt: skip


def at(clock: str, day: date = FRIDAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), LOCAL)


def need(kind: str = "incident", **more: object) -> Need:
    told: dict[str, object] = {"key": "k", "area": QUY_MONG, "title": "T", "link": "/x/", "since": at("02:00")}
    return Need(kind=kind, **(told | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("clock", "quiet"), [("20:59", False), ("21:00", True), ("23:59", True), ("04:59", True), ("05:00", False)]
)
def test_it_is_quiet_over_midnight(clock: str, quiet: bool) -> None:
    assert Quiet().holds(at(clock)) is quiet


def test_equal_times_are_never_quiet() -> None:
    assert not any(Quiet(time(7), time(7)).holds(at(f"{hour:02d}:00")) for hour in range(24))


def test_when_a_letter_may_go_out() -> None:
    quiet = Quiet()
    assert times.letter_at(Urgency.URGENT, quiet, at("02:00")) == at("02:00")
    assert times.letter_at(Urgency.SOON, quiet, at("02:00")) == at("05:00")
    assert times.letter_at(Urgency.SOON, quiet, at("20:59")) == at("05:00", date(2026, 8, 22))
    assert times.letter_at(Urgency.SOON, quiet, at("09:00")) == at("09:02")
    assert times.letter_at(Urgency.CALM, quiet, at("09:00")) == at("05:00", date(2026, 8, 22))


def test_which_minutes_count() -> None:
    hour = timedelta(hours=1)
    assert times.over(at("02:00"), hour, Count.ALWAYS) == at("03:00")
    assert times.over(at("02:00"), hour, Count.AWAKE) == at("06:00")
    assert times.over(at("20:30"), hour, Count.AWAKE) == at("05:30", date(2026, 8, 22))
    assert times.over(at("02:00"), hour, Count.WORKING) == at("08:30")
    assert times.over(at("11:00"), hour, Count.WORKING) == at("14:00")
    assert times.over(at("16:30"), hour, Count.WORKING) == at("08:00", date(2026, 8, 24))


def test_the_office_is_closed_on_the_national_day() -> None:
    eve, free = at("16:30", date(2026, 9, 1)), [date(2026, 9, 2)]
    assert times.over(eve, timedelta(hours=1), Count.WORKING, free) == at("08:00", date(2026, 9, 3))


def test_instants_of_utc_count_the_same() -> None:
    assert times.over(at("02:00").astimezone(UTC), timedelta(hours=1), Count.AWAKE) == at("06:00")


def test_the_nearest_are_told_then_stand_ins_then_the_province() -> None:
    told = [set(steps.reached(need(), upto, PEOPLE)) for upto in range(3)]
    assert told == [{LAN}, {LAN, PHUC}, {LAN, PHUC, SON}]


def test_where_nobody_is_the_next_place_above_is_told_first() -> None:
    without = [one for one in PEOPLE if one.user not in (LAN, PHUC)]
    assert set(steps.reached(need(), 0, without)) == {SON}
    assert steps.first(need(kind="approval"), [Held(PHUC, "approver", QUY_MONG, deputy=True)]) == 1


def test_of_two_communes_each_has_its_own() -> None:
    both = need(area=LAO_CAI, places={QUY_MONG: 60, TRAN_YEN: 40}, rows=100, counted=lambda rows: f"{rows} cụm")
    reached = steps.reached(both, 0, PEOPLE)
    assert {user: one.scope for user, one in reached.items()} == {LAN: QUY_MONG, MAI: TRAN_YEN}
    assert (both.view(QUY_MONG).title, both.view(LAO_CAI).title, both.view("vn").rows) == ("60 cụm", "100 cụm", 100)
    assert both.view("vn").place == LAO_CAI


def test_nobody_is_asked_to_approve_their_own() -> None:
    people = [Held(LAN, "approver", QUY_MONG), Held(PHUC, "approver", QUY_MONG)]
    assert set(steps.reached(need("approval", without=frozenset({LAN})), 0, people)) == {PHUC}


def test_a_step_that_would_tell_nobody_new_costs_no_time() -> None:
    people = [one for one in PEOPLE if one.user != PHUC]
    at_first = Standing(0, at("05:00"), {})
    assert steps.following(need(), people, at_first, at("05:59")) == 0
    assert steps.following(need(), people, at_first, at("06:00")) == 2


def test_what_is_taken_goes_no_further() -> None:
    taken = Standing(0, at("05:00"), {}, taken=(QUY_MONG,))
    assert steps.following(need(), PEOPLE, taken, at("20:00")) == 0
    above = Standing(0, at("05:00"), {}, taken=(LAO_CAI,))
    assert steps.following(need(), PEOPLE, above, at("20:00")) == 0


def test_approvals_go_to_the_deputies_when_the_air_says_so() -> None:
    people = [Held(LAN, "approver", QUY_MONG), Held(PHUC, "approver", QUY_MONG, deputy=True)]
    standing = Standing(0, at("05:00"), {})
    assert steps.following(need("approval"), people, standing, at("20:00")) == 0
    assert steps.following(need("approval", stage=1), people, standing, at("05:01")) == 1


def test_every_kind_is_told_by_capabilities_that_somebody_can_have() -> None:
    for kind in KINDS.values():
        assert kind.capabilities <= ALL_CAPABILITIES, kind.code
        assert kind.steps[0].after == timedelta(), kind.code
        assert all(step.after is None or step.after for step in kind.steps[1:]), kind.code
    assert [kind.code for kind in kinds_for(CAPABILITIES["viewer"])] == []


def test_words_of_others_are_no_markup() -> None:
    item = Item("<b>Họp</b>", "1 & 2", "https://loa.example/?a=1&b=2", at("02:00"), Urgency.SOON)
    said = words([item], name="Lan <x>", all_link="/a", settings_link="/b")
    assert "<b>" not in said.html
    assert "&lt;b&gt;Họp&lt;/b&gt;" in said.html
    assert 'href="https://loa.example/?a=1&amp;b=2"' in said.html
    assert said.subject == "<b>Họp</b>"


def test_the_urgent_stands_first_and_long_subjects_end() -> None:
    calm = Item("Việc thường " * 20, "", "/x", at("01:00"), Urgency.CALM)
    urgent = Item("Lệnh giả", "", "/y", at("02:00"), Urgency.URGENT, passed_on=("Lan",))
    said = words([calm, urgent], name="Sơn", all_link="/a", settings_link="/b")
    assert said.subject == "Khẩn: 2 việc cần anh/chị xem. Lệnh giả"
    assert said.text.index("Lệnh giả") < said.text.index("Việc thường")
    assert "Đã báo Lan nhưng chưa ai nhận việc" in said.text
    assert len(words([calm], name="Sơn", all_link="/a", settings_link="/b").subject) <= 120
