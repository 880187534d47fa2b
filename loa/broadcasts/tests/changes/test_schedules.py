"""Lan moves what stands on the calendar; what she confirms is what happens."""

from datetime import timedelta
from uuid import uuid4

import pytest

from loa.audit.models import Entry
from loa.broadcasts import actions
from loa.broadcasts.changes import keeping
from loa.broadcasts.changes.change import Change
from loa.broadcasts.changes.kinds import schedules
from loa.broadcasts.models import KeptChange, Schedule, State
from loa.broadcasts.queries import moves
from loa.broadcasts.rules.times import clock
from loa.broadcasts.tests.changes.conftest import lines, see
from loa.broadcasts.tests.conftest import Station, at, on_air
from loa.broadcasts.tests.story.conftest import fresh, refusal
from loa.kernel.clock import to_ms
from loa.kernel.errors import NotFound, Refusal
from tests.cast import Cast


def at_hour(row: Schedule, hour: str) -> schedules.ChangeSchedule:
    return schedules.changed(row, when=moves.moved_when(row, clock(row.times[0]), clock(hour)))


def test_lan_moves_the_five_o_clock_bulletin_to_a_quarter_past_three(cast: Cast, bulletin_at_five: Schedule) -> None:
    shown = see(cast, at_hour(bulletin_at_five, "03:15"))
    assert shown.token == ""
    assert shown.refusal is not None
    assert shown.refusal.code == "outside_hours"
    for said in ("Xã Quy Mông", "05:00", "Quyết định 12/QĐ-UBND"):
        assert said in shown.refusal.message
    assert lines(shown)[0].startswith("Bản tin sáng: 05:00 → 03:15, ")
    assert fresh(bulletin_at_five).times == ["05:00"]


def test_an_hour_inside_the_rules_is_one_line_for_all_the_days(cast: Cast, bulletin_at_five: Schedule) -> None:
    shown = see(cast, at_hour(bulletin_at_five, "05:30"))
    assert shown.refusal is None
    assert lines(shown) == ["Bản tin sáng: 05:00 → 05:30, 13 ngày, 21/8–2/9"]
    (line,) = shown.difference.lines
    assert line.devices == 8
    assert line.places == "Thôn 4, thôn 5, Trung tâm, Ven sông"
    assert shown.waits_for == "approver"


def test_what_lan_kept_is_asked_of_thanh(cast: Cast, bulletin_at_five: Schedule) -> None:
    change = at_hour(bulletin_at_five, "05:30")
    kept = keeping.keep(actor=cast.lan, change=change, token=see(cast, change).token, now=cast.now)
    asked = Schedule.objects.get(replaces=bulletin_at_five)
    assert (asked.state, asked.times) == (State.SUBMITTED, ["05:30"])
    assert kept.told.startswith("Đã xin đổi lịch phát")
    assert kept.lines == ["Bản tin sáng: 05:00 → 05:30, 13 ngày, 21/8–2/9"]
    assert Entry.objects.filter(verb="change.kept", actor_id=cast.lan.pk).count() == 1


def test_one_airing_taken_out_is_off_the_air_at_once(cast: Cast, bulletin_at_five: Schedule, station: Station) -> None:
    start = at(cast, 5, days=1)
    change = schedules.DropAiring(area=cast.quy_mong.path, schedule=bulletin_at_five.pk, start=to_ms(start))
    shown = see(cast, change)
    assert lines(shown) == ["Bản tin sáng: 05:00 → không phát, thứ Sáu 21/08/2026"]
    assert shown.waits_for == ""
    keeping.keep(actor=cast.lan, change=change, token=shown.token, now=cast.now)
    assert fresh(bulletin_at_five).dropped == [to_ms(start)]


def test_one_airing_goes_to_another_day(cast: Cast, bulletin_at_five: Schedule) -> None:
    change = schedules.moved(bulletin_at_five, at(cast, 5, days=1), at(cast, 17, 10, days=2), uuid4())
    assert lines(see(cast, change)) == [
        "Bản tin sáng: 05:00 → 17:10, thứ Bảy 22/08/2026, thứ Sáu 21/08/2026",
    ]


def test_who_gives_way_is_shown_too(cast: Cast, bulletin_at_five: Schedule) -> None:
    """The later approved of two of one rank yields: nobody learns of it only on the morning."""
    other = on_air(cast, "Tin mùa vụ", "06:00")
    shown = see(cast, at_hour(other, "05:00"), now=cast.now + timedelta(minutes=1))
    assert "Tin mùa vụ: 06:00 → không phát (nhường “Bản tin sáng”), 13 ngày, 21/8–2/9" in lines(shown)


def test_what_was_ended_says_so(cast: Cast, bulletin_at_five: Schedule) -> None:
    change = schedules.EndSchedule(area=cast.quy_mong.path, schedule=bulletin_at_five.pk, reason="Hết mùa")
    shown = see(cast, change)
    assert lines(shown) == ["Bản tin sáng: 05:00 → không phát, 13 ngày, 21/8–2/9"]
    keeping.keep(actor=cast.lan, change=change, token=shown.token, now=cast.now)
    assert fresh(bulletin_at_five).state == State.ENDED


def test_a_schedule_of_a_wider_place_is_not_shown_as_one_of_a_narrower(cast: Cast, bulletin_at_five: Schedule) -> None:
    """Else the difference would leave out who else hears it."""
    narrow = schedules.DropAiring(area=cast.thon_5.path, schedule=bulletin_at_five.pk, start=to_ms(at(cast, 5, days=1)))
    with pytest.raises(NotFound):
        see(cast, narrow)


def test_mai_of_the_neighbour_sees_nothing(cast: Cast, bulletin_at_five: Schedule) -> None:
    with pytest.raises(NotFound):
        see(cast, at_hour(bulletin_at_five, "05:30"), cast.mai)


class TestTheToken:
    def test_of_another_person(self, cast: Cast, bulletin_at_five: Schedule) -> None:
        change = at_hour(bulletin_at_five, "05:30")
        token = see(cast, change).token
        error = refusal(lambda: keeping.keep(actor=cast.minh_anh, change=change, token=token, now=cast.now))
        assert error.code == "token_invalid"

    def test_of_another_change(self, cast: Cast, bulletin_at_five: Schedule) -> None:
        token = see(cast, at_hour(bulletin_at_five, "05:30")).token
        other = at_hour(bulletin_at_five, "06:30")
        error = refusal(lambda: keeping.keep(actor=cast.lan, change=other, token=token, now=cast.now))
        assert error.code == "token_invalid"

    @pytest.mark.parametrize("token", ["", "x", "1.2.3.4.5", "1.١٢.a.b.c", "2.1.a.b.c", "1.99999999999999999.a.b.c"])
    def test_that_somebody_made_up(self, cast: Cast, bulletin_at_five: Schedule, token: str) -> None:
        change = at_hour(bulletin_at_five, "05:30")
        error = refusal(lambda: keeping.keep(actor=cast.lan, change=change, token=token, now=cast.now))
        assert error.code == "token_invalid"

    def test_older_than_an_hour(self, cast: Cast, bulletin_at_five: Schedule) -> None:
        change = at_hour(bulletin_at_five, "05:30")
        token = see(cast, change).token
        later = cast.now + timedelta(minutes=61)
        error = refusal(lambda: keeping.keep(actor=cast.lan, change=change, token=token, now=later))
        assert error.code == "token_expired"
        assert not Schedule.objects.filter(replaces=bulletin_at_five).exists()

    def test_just_under_an_hour_old(self, cast: Cast, bulletin_at_five: Schedule) -> None:
        change = at_hour(bulletin_at_five, "05:30")
        token = see(cast, change).token
        keeping.keep(actor=cast.lan, change=change, token=token, now=cast.now + timedelta(minutes=59))

    def test_shown_a_second_time(self, cast: Cast, bulletin_at_five: Schedule) -> None:
        change = at_hour(bulletin_at_five, "05:30")
        token = see(cast, change).token
        kept = keeping.keep(actor=cast.lan, change=change, token=token, now=cast.now)
        keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now)
        error = refusal(lambda: keeping.keep(actor=cast.lan, change=change, token=token, now=cast.now))
        assert (error.code, error.facts["kept"]) == ("already_kept", str(kept.pk))


class TestSomethingElseHappenedMeanwhile:
    def changed(self, cast: Cast, row: Schedule) -> Refusal:
        change = at_hour(row, "05:30")
        token = see(cast, change).token
        on_air(cast, "Tin mùa vụ", "05:30", seconds=120, version_priority="priority")
        error = refusal(lambda: keeping.keep(actor=cast.lan, change=change, token=token, now=cast.now))
        assert isinstance(error, Refusal)
        return error

    def test_the_new_difference_is_shown_and_nothing_is_kept(self, cast: Cast, bulletin_at_five: Schedule) -> None:
        error = self.changed(cast, bulletin_at_five)
        assert error.code == "diff_changed"
        assert not Schedule.objects.filter(replaces=bulletin_at_five).exists()
        assert not KeptChange.objects.exists()
        again = error.facts["preview"]
        assert isinstance(again, keeping.Preview)
        assert lines(again) == ["Bản tin sáng: 05:00 → không phát (nhường “Tin mùa vụ”), 13 ngày, 21/8–2/9"]

    def test_with_the_new_token_it_is_kept(self, cast: Cast, bulletin_at_five: Schedule) -> None:
        again = self.changed(cast, bulletin_at_five).facts["preview"]
        assert isinstance(again, keeping.Preview)
        keeping.keep(actor=cast.lan, change=again.change, token=again.token, now=cast.now)
        assert Schedule.objects.filter(replaces=bulletin_at_five, state=State.SUBMITTED).exists()

    def test_something_elsewhere_on_the_day_is_no_reason(self, cast: Cast, bulletin_at_five: Schedule) -> None:
        change = at_hour(bulletin_at_five, "05:30")
        token = see(cast, change).token
        on_air(cast, "Tin mùa vụ", "17:30")
        keeping.keep(actor=cast.lan, change=change, token=token, now=cast.now)

    def test_what_has_begun_since_is_another_difference(self, cast: Cast) -> None:
        soon = on_air(cast, "Tin chiều", "16:55")
        change = at_hour(soon, "17:30")
        shown = see(cast, change)
        later = cast.now + timedelta(minutes=6)
        error = refusal(lambda: keeping.keep(actor=cast.lan, change=change, token=shown.token, now=later))
        assert error.code == "diff_changed"


class TestTakingItBack:
    def kept(self, cast: Cast, change: Change) -> KeptChange:
        return keeping.keep(actor=cast.lan, change=change, token=see(cast, change).token, now=cast.now)

    def test_what_was_asked_for_is_not_asked_any_more(self, cast: Cast, bulletin_at_five: Schedule) -> None:
        kept = self.kept(cast, at_hour(bulletin_at_five, "05:30"))
        keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now + timedelta(minutes=9))
        assert Schedule.objects.get(replaces=bulletin_at_five).state == State.ENDED
        assert fresh(bulletin_at_five).state == State.APPROVED
        assert Entry.objects.filter(verb="change.undone").count() == 1

    def test_a_dropped_airing_sounds_again_and_the_page_says_so(self, cast: Cast, bulletin_at_five: Schedule) -> None:
        start = to_ms(at(cast, 5, days=1))
        kept = self.kept(cast, schedules.DropAiring(area=cast.quy_mong.path, schedule=bulletin_at_five.pk, start=start))
        shown = keeping.preview_undo(actor=cast.lan, kept_id=kept.pk, now=cast.now)
        said = ["Bản tin sáng: không phát → 05:00, thứ Sáu 21/08/2026"]
        assert [str(line) for line in shown.difference.lines] == said
        assert fresh(bulletin_at_five).dropped == [start], "looking changes nothing"
        undone = keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now)
        assert [str(line) for line in undone.difference.lines] == said
        assert fresh(bulletin_at_five).dropped == []

    def test_after_ten_minutes_it_is_too_late(self, cast: Cast, bulletin_at_five: Schedule) -> None:
        kept = self.kept(cast, at_hour(bulletin_at_five, "05:30"))
        later = cast.now + timedelta(minutes=10, seconds=1)
        assert refusal(lambda: keeping.undo(actor=cast.lan, kept_id=kept.pk, now=later)).code == "undo_over"

    def test_only_once_and_only_by_who_did_it(self, cast: Cast, bulletin_at_five: Schedule) -> None:
        kept = self.kept(cast, at_hour(bulletin_at_five, "05:30"))
        assert refusal(lambda: keeping.undo(actor=cast.thanh, kept_id=kept.pk, now=cast.now)).code == "not_found"
        keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now)
        assert refusal(lambda: keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now)).code == "undone_already"

    def test_somebody_has_changed_it_since(self, cast: Cast, bulletin_at_five: Schedule) -> None:
        first, second = (to_ms(at(cast, 5, days=days)) for days in (1, 2))
        path, pk = cast.quy_mong.path, bulletin_at_five.pk
        kept = self.kept(cast, schedules.DropAiring(area=path, schedule=pk, start=first))
        actions.remove_airing(actor=cast.lan, schedule_id=pk, start=at(cast, 5, days=2), now=cast.now)
        error = refusal(lambda: keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now))
        assert error.code == "changed_since"
        assert fresh(bulletin_at_five).dropped == [first, second]
