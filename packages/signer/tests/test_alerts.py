"""A flash flood at night: who may wake the village, what the signer does when everything else is down."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import pytest
from devicelink import signing
from devicelink.freshness import Clock, MemoryLedger
from devicelink.golden import world
from devicelink.keyring import Keyring, Verifier
from devicelink.messages import Alert, Audience, Cancel, Message
from devicelink.refusals import Reason
from devicelink.signing import Ask, Outcomes, Sign, Status
from signer import authenticator, confirmers
from signer.alerts import MOST_AN_HOUR
from signer.checks import Facts
from signer.facts import Database, DatabaseAway
from signer.journal import lines, verify
from signer.keys import Folders, Made
from signer.memory import BREAK_GLASS

from .officers import BAO, LAN, MAI, NOW, THANH, Town, province


@pytest.fixture
def town(folders: Folders, made: Made) -> Town:
    return Town(folders)


def test_two_people_wake_the_village_without_any_database(town: Town, made: Made) -> None:
    alert = world.alert()
    outcome = town.ask(alert, *town.both(alert))
    speaker = Verifier(
        root=made.fingerprint,
        device=world.DEVICE,
        ledger=MemoryLedger(),
        keyring=Keyring.of(made.keyset),
        placement=world.placement(),
    )
    assert speaker.verify(outcome.token(), Alert, Cancel, clock=Clock(now=NOW)).message == alert
    (line,) = lines(town.folders.signer / "journal", months=1, always=())
    assert (line.of, line.by, line.second, line.area) == ("alert:al-0001", LAN, THANH, world.COMMUNE)


def test_the_duty_officer_of_the_province_may_confirm(town: Town) -> None:
    assert town.said(world.alert(), LAN, BAO) == ""
    assert town.said(world.alert(id="al-2"), BAO, LAN) == ""


def test_who_speaks_for_a_commune_is_not_the_province(town: Town) -> None:
    assert town.said(world.alert(level="province")) == Reason.WRONG_ROLE
    assert town.said(world.alert(level="centre"), BAO, LAN) == Reason.WRONG_ROLE
    assert town.said(world.alert(level="province"), BAO, LAN) == ""


def test_the_neighbour_may_not(town: Town) -> None:
    assert town.said(world.alert(), LAN, MAI) == Reason.OUTSIDE_SCOPE
    assert town.said(world.alert(), MAI, THANH) == Reason.OUTSIDE_SCOPE


def test_nobody_of_the_commune_speaks_for_the_province(town: Town) -> None:
    assert town.said(province(), LAN, BAO) == Reason.OUTSIDE_SCOPE
    assert town.said(province(), BAO, LAN) == Reason.OUTSIDE_SCOPE
    key = authenticator.make()
    town.admit("19", key, scope="vn")
    town.keys["19"] = key
    assert town.said(province(), BAO, "19") == ""


@pytest.mark.parametrize("status", ["exercise", "test"])
def test_an_exercise_needs_one_word_and_takes_two(town: Town, status: str) -> None:
    drill = world.alert(status=status)
    assert town.code(drill) == Reason.NOT_APPROVED
    assert town.code(drill, town.word(drill)) == ""
    again = world.alert(status=status, id="al-2")
    assert town.said(again) == ""


def test_break_glass_is_refused_unless_the_host_allows_it_and_is_written_down(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    alert = world.alert()
    assert town.code(alert, town.word(alert)) == Reason.NOT_APPROVED
    town.allow_break_glass(world.NEIGHBOUR)
    assert town.code(alert, town.word(alert)) == Reason.NOT_APPROVED
    town.allow_break_glass("vn.15")
    assert town.code(alert, town.word(alert)) == ""
    assert "BREAK-GLASS" in caplog.text
    kinds = [line.typ for line in lines(town.folders.signer / "journal", months=1, always=())]
    assert kinds == [BREAK_GLASS, "alert"]
    ending = world.cancel()
    assert town.code(ending, town.word(ending)) == ""
    assert verify(town.folders.signer / "journal") == 4


def test_break_glass_in_a_hamlet_is_none_in_the_commune(town: Town) -> None:
    town.allow_break_glass(world.HAMLET)
    alert = world.alert()
    assert town.code(alert, town.word(alert)) == Reason.NOT_APPROVED
    hamlet = world.alert(audience=Audience(area=world.HAMLET))
    assert town.code(hamlet, town.word(hamlet)) == ""


def test_an_id_is_issued_once_also_after_a_restart(town: Town) -> None:
    alert = world.alert()
    first = town.ask(alert, *town.both(alert))
    assert town.ask(alert, *town.both(alert)).jws == first.jws  # the answer was lost: the same bytes, no second alert
    town.restart()
    assert town.ask(alert, *town.both(alert)).jws == first.jws
    later = msgspec.structs.replace(alert, issued=NOW + 1, expires=alert.expires + 1)
    assert town.code(later, *town.both(alert)) == Reason.DUPLICATE


def test_an_alert_that_was_cancelled_is_not_issued_again(town: Town) -> None:
    alert = world.alert()
    assert town.said(alert) == ""
    assert town.said(world.cancel()) == ""
    town.restart()
    assert town.said(alert) == Reason.DUPLICATE


def test_a_cancel_is_vouched_for_like_its_alert(town: Town) -> None:
    assert town.said(world.alert()) == ""
    cancel = world.cancel()
    assert town.code(cancel, town.word(cancel)) == Reason.NOT_APPROVED
    drill = world.cancel(status="exercise")
    assert town.code(drill, town.word(drill)) == Reason.NOT_APPROVED
    town.restart()
    assert town.code(drill, town.word(drill)) == Reason.NOT_APPROVED
    assert town.said(cancel) == ""


def test_a_drill_ends_by_one_word(town: Town) -> None:
    drill, ending = world.alert(status="exercise"), world.cancel(status="exercise")
    assert town.code(drill, town.word(drill)) == ""
    assert town.code(ending, town.word(ending)) == ""


def test_no_commune_ends_what_the_province_said(town: Town) -> None:
    town.admit("19", authenticator.make(), scope="vn")
    key = authenticator.make()
    town.admit("20", key, scope="vn")
    town.keys["20"] = key
    assert town.said(province(), BAO, "20") == ""
    assert town.said(world.cancel()) == Reason.OUTSIDE_SCOPE
    update = world.alert(id="al-2", kind="update", references=("al-0001",))
    assert town.said(update) == Reason.OUTSIDE_SCOPE
    assert town.said(world.cancel(audience=Audience(area="vn.15")), BAO, "20") == ""


def test_a_drill_does_not_take_the_place_of_an_actual_alert(town: Town) -> None:
    assert town.said(world.alert()) == ""
    update = world.alert(id="al-2", kind="update", references=("al-0001",), status="exercise")
    assert town.code(update, town.word(update)) == Reason.NOT_APPROVED
    actual = world.alert(id="al-3", kind="update", references=("al-0001",))
    assert town.said(actual) == ""


def test_what_this_signer_does_not_know_is_ended_by_two_people_only(town: Town) -> None:
    cancel = world.cancel(alert="al-of-the-centre")
    drill = msgspec.structs.replace(cancel, status="exercise", id="ca-2")
    assert town.code(drill, town.word(drill)) == Reason.NOT_APPROVED
    assert town.said(drill) == Reason.NOT_APPROVED
    town.allow_break_glass("vn")
    assert town.code(cancel, town.word(cancel)) == Reason.NOT_APPROVED
    assert town.said(cancel) == ""


def test_words_grow_old(town: Town) -> None:
    alert = world.alert()
    early = town.word(alert, at=NOW - 30 * world.MINUTE)
    assert town.code(alert, early, town.word(alert, THANH, "confirmer", at=NOW - 10 * world.MINUTE)) == ""
    other = world.alert(id="al-2")
    late = town.word(other, at=NOW - 30 * world.MINUTE - 1)
    assert town.code(other, late, town.word(other, THANH, "confirmer")) == Reason.EXPIRED
    slow = town.word(other, THANH, "confirmer", at=NOW - 10 * world.MINUTE - 1)
    assert town.code(other, town.word(other), slow) == Reason.EXPIRED


def test_nobody_hears_more_than_twenty_an_hour_and_drills_do_not_count_for_actual_ones(town: Town) -> None:
    for number in range(MOST_AN_HOUR):
        drill = world.alert(id=f"d-{number}", status="test")
        assert town.code(drill, town.word(drill)) == ""
    more = world.alert(id="d-more", status="test")
    assert town.code(more, town.word(more)) == Reason.LIMIT_EXCEEDED
    hamlet = world.alert(id="d-hamlet", status="test", audience=Audience(area=world.HAMLET))
    assert town.code(hamlet, town.word(hamlet)) == Reason.LIMIT_EXCEEDED
    town.restart()
    assert town.code(more, town.word(more)) == Reason.LIMIT_EXCEEDED
    assert town.said(world.alert()) == ""
    wide = province(id="d-province", status="test")
    assert town.code(wide, town.word(wide, BAO)) == ""
    town.now += world.HOUR
    later = world.alert(id="d-later", status="test", issued=town.now, expires=town.now + world.HOUR)
    assert town.code(later, town.word(later)) == ""


def test_many_in_one_batch_count_too(town: Town) -> None:
    drills = [world.alert(id=f"d-{number}", status="test") for number in range(MOST_AN_HOUR + 1)]
    answer = town.desk.answer(
        Sign(jobs=tuple(signing.job(drill, words=(town.word(drill),)) for drill in drills)), "uid=1 pid=1"
    )
    assert isinstance(answer, Outcomes)
    assert [outcome.code for outcome in answer.outcomes] == [""] * MOST_AN_HOUR + [Reason.LIMIT_EXCEEDED]


def test_a_cancel_is_never_too_many(town: Town) -> None:
    assert town.said(world.alert()) == ""
    for number in range(MOST_AN_HOUR + 5):
        assert town.said(world.cancel(id=f"ca-{number}")) == ""


def test_a_list_for_hours_is_none_for_alerts(town: Town) -> None:
    town.rewrite(THANH, rights=["hours"])
    assert town.said(world.alert()) == Reason.NOT_APPROVED
    status = town.desk.answer(Ask(), "uid=1 pid=1")
    assert isinstance(status, Status)
    assert status.confirmers == ((THANH, world.COMMUNE),)
    assert {user for user, _ in status.vouchers} == {LAN, BAO, MAI}


def test_who_gets_a_second_right_keeps_the_first(town: Town) -> None:
    key = town.keys[LAN]
    town.admit(LAN, key, rights=("hours",))
    rights = {one.user: one.rights for one in confirmers.read(town.folders.signer)}
    assert rights[LAN] == ("hours", "alert")


@dataclass
class Stuck(Database):
    """A database that does not come back until it is let go."""

    asked: threading.Event = field(default_factory=threading.Event)
    free: threading.Event = field(default_factory=threading.Event)

    def facts(self, messages: object, *, live: object = ()) -> Facts:
        self.asked.set()
        assert self.free.wait(20)
        raise DatabaseAway("gone")

    def close(self) -> None:
        self.free.set()


@pytest.fixture
def stuck(town: Town) -> Iterator[Stuck]:
    town.desk.database = found = Stuck()
    yield found
    found.close()


def test_an_alert_does_not_wait_for_a_database_that_hangs(town: Town, stuck: Stuck) -> None:
    plan: Message = world.plan()
    other = threading.Thread(target=town.desk.answer, args=(Sign(jobs=(signing.job(plan),)), "uid=1 pid=1"))
    other.start()
    assert stuck.asked.wait(20)
    assert town.said(world.alert()) == ""
    stuck.free.set()
    other.join(20)
    assert not other.is_alive()
