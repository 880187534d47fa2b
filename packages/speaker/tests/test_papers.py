"""What the loudspeaker obeys, what it refuses and with which word; and what it still knows after a restart."""

import sqlite3
from pathlib import Path

import pytest
import speaker_village as village
from devicelink.golden.world import NOW
from devicelink.jws import encode64
from devicelink.messages import Airing, Audience, Command, Hold, Keyset, Message, Part, Placement, Plan, Time, Volume
from devicelink.refusals import Reason, Refused
from msgspec.structs import replace
from speaker.clock import MS, DeviceClock
from speaker.disk import RealDisk
from speaker.papers import PUSHED, Papers
from speaker.store import Store
from speaker_pole import VirtualTicks
from speaker_village import DAY, HOUR, MINUTE, Sound, airing, signed

NOTICE = Sound("lịch cắt điện", 1)
PLAN = village.plan(NOW, (airing("a", NOW + HOUR, NOTICE),), (NOTICE,))


class Desk:
    """A loudspeaker with its papers, started anew at will."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ticks = VirtualTicks(NOW)
        self.store = Store(RealDisk(), folder)
        self.open()

    def open(self, *, synced: bool = True) -> None:
        self.store.close()
        self.store = Store(RealDisk(), self.folder)
        self.clock = DeviceClock(self.ticks, self.store)
        if synced:
            self.clock.answered(NOW, asked_ns=self.ticks.at, received_ns=self.ticks.at)
        self.papers = Papers(self.store, self.clock, device=village.DEVICE, root=village.ROOT)

    def take(self, message: Message, *kinds: type[Message], **how: object) -> None:
        self.papers.take(signed(message, **how), *(kinds or (type(message),)))  # type: ignore[arg-type]

    def settle(self) -> None:
        self.take(village.keyset(NOW))
        self.take(village.placement(NOW))
        self.take(PLAN)

    def refusal(self, token: str, *kinds: type[Message], nonce: str | None = None) -> Reason:
        before = self.store.documents(), self.store.holds()
        with pytest.raises(Refused) as refused:
            self.papers.take(token, *kinds, nonce=nonce)
        assert (self.store.documents(), self.store.holds()) == before
        return refused.value.reason


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.settle()
    return made


def test_every_refusal_has_its_word_and_changes_nothing(desk: Desk) -> None:
    newer = replace(PLAN, revision=NOW + 1)
    plan = signed(newer)
    foreign = replace(newer, audience=Audience(plan_set="ps-other"))
    assert desk.refusal(plan[:-8] + encode64(bytes(6)), Plan) is Reason.BAD_SIGNATURE
    assert desk.refusal(signed(newer, by="stranger"), Plan) is Reason.BAD_SIGNATURE
    assert desk.refusal(signed(newer, "stranger"), Plan) is Reason.UNKNOWN_KEY
    assert desk.refusal(signed(newer, "stop-1"), Plan) is Reason.WRONG_ROLE
    assert desk.refusal(signed(foreign), Plan) is Reason.WRONG_AUDIENCE
    assert desk.refusal(signed(newer, version=9), Plan) is Reason.UNKNOWN_VERSION
    assert desk.refusal("not a message", Plan) is Reason.MALFORMED
    assert desk.refusal(plan, Hold) is Reason.UNKNOWN_TYPE
    assert desk.refusal(signed(replace(PLAN, revision=NOW - 1)), Plan) is Reason.OLDER_REVISION
    assert desk.refusal(signed(replace(PLAN, end=NOW + DAY)), Plan) is Reason.CONFLICTING_REVISION
    late = village.command(NOW - HOUR, "c-0", expires=NOW - MINUTE)
    assert desk.refusal(signed(late), Command) is Reason.EXPIRED
    early = village.command(NOW + HOUR, "c-0", expires=NOW + 2 * HOUR)
    assert desk.refusal(signed(early), Command) is Reason.NOT_YET_VALID
    assert desk.refusal(signed(village.hold(NOW, NOW + 25 * HOUR)), Hold) is Reason.LIMIT_EXCEEDED
    assert desk.refusal(signed(village.time(NOW, "an-old-nonce")), Time, nonce="the-new-one") is Reason.WRONG_NONCE


def test_an_emergency_cannot_hide_in_a_plan(desk: Desk) -> None:
    alarm = Airing(
        id="x",
        start=NOW + HOUR,
        duration=1_000,
        parts=(Part(sha256=NOTICE.sha256),),
        approval="a",
        priority="emergency",
    )
    assert desk.refusal(signed(village.plan(NOW + 1, (alarm,), (NOTICE,))), Plan) is Reason.WRONG_ROLE


def test_a_key_speaks_only_for_its_area(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    keyset = village.keyset(NOW)
    keys = tuple(replace(key, scope="vn.15.04387") if key.role == "plan" else key for key in keyset.keys)
    desk.take(replace(keyset, keys=keys))
    desk.take(village.placement(NOW))
    assert desk.refusal(signed(PLAN), Plan) is Reason.OUTSIDE_SCOPE


def test_a_command_is_obeyed_once_even_after_a_restart(desk: Desk) -> None:
    token = signed(village.command(NOW, "c-1"))
    desk.papers.take(token, *PUSHED)
    assert desk.refusal(token, *PUSHED) is Reason.DUPLICATE
    desk.open()
    assert desk.refusal(token, *PUSHED) is Reason.DUPLICATE


def test_without_valid_time_only_answers_keyset_are_taken(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.ticks.wall = None
    desk.ticks.boot = "kernel-2"
    desk.open(synced=False)
    desk.take(village.keyset(NOW))
    assert desk.refusal(signed(village.placement(NOW)), Placement) is Reason.NO_VALID_TIME
    desk.papers.take(signed(village.time(NOW, "nonce-of-the-day")), Time, nonce="nonce-of-the-day")


def test_without_placement_nothing_is_obeyed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(village.keyset(NOW))
    assert desk.refusal(signed(PLAN), Plan) is Reason.NO_PLACEMENT
    assert desk.refusal(signed(village.hold(NOW, NOW + HOUR)), Hold) is Reason.NO_PLACEMENT
    assert desk.papers.situation() is None
    assert desk.papers.volume() == 0


def test_everything_is_there_after_a_restart(desk: Desk) -> None:
    desk.take(village.hold(NOW, NOW + HOUR))
    desk.take(village.volume(NOW, 35))
    before = desk.papers.situation(), desk.papers.revisions(), desk.papers.volume()
    desk.open(synced=False)
    assert (desk.papers.situation(), desk.papers.revisions(), desk.papers.volume()) == before
    assert desk.papers.volume() == 35
    assert desk.papers.held_until(NOW + MINUTE) == NOW + HOUR


def test_a_damaged_document_on_the_disk_is_not_believed(desk: Desk) -> None:
    desk.store._db.execute("update state set token = replace(token, '.', '.x') where typ = 'plan'")
    desk.open()
    assert desk.papers.plan is None
    assert desk.papers.placement is not None
    desk.take(PLAN)  # the same again
    assert desk.papers.plan == PLAN


def test_a_damaged_keyset_on_the_disk_leaves_nothing_to_believe(desk: Desk) -> None:
    desk.store._db.execute("update state set token = 'x' where typ = 'keyset'")
    desk.open()
    assert desk.papers.revisions().keyset == 0
    assert desk.papers.situation() is None
    desk.take(village.keyset(NOW))  # the same again
    assert desk.papers.situation() is not None


def test_a_key_taken_out_of_the_keyset_takes_its_papers_along(desk: Desk) -> None:
    """Its mark goes too: a stolen key could have named the highest revision there is."""
    highest = replace(PLAN, revision=2**53 - 1)
    desk.take(highest)
    desk.take(village.keyset(NOW + 1, without=("plan-1",)))
    assert desk.papers.plan is None
    assert desk.papers.placement is not None
    desk.take(village.keyset(NOW + 2))
    desk.take(PLAN)
    desk.open()
    assert desk.papers.plan == PLAN


def narrowed(now: int, role: str, scope: str) -> Keyset:
    full = village.keyset(now)
    keys = tuple(replace(key, scope=scope) if key.kid == f"{role}-1" else key for key in full.keys)
    return replace(full, keys=keys)


@pytest.mark.parametrize("role", ["plan", "placement", "stop"])
def test_a_key_that_speaks_for_less_now_takes_along_what_it_said_here(desk: Desk, role: str) -> None:
    desk.take(village.hold(NOW, NOW + HOUR))
    desk.take(narrowed(NOW + 1, role, "vn.79"))
    for _ in range(2):
        assert (desk.papers.plan is None) == (role in ("plan", "placement"))
        assert (desk.papers.placement is None) == (role == "placement")
        assert bool(desk.papers.hold_revisions()) == (role != "stop")
        desk.open()


def test_a_key_that_speaks_for_less_but_still_for_here_takes_nothing_along(desk: Desk) -> None:
    desk.take(narrowed(NOW + 1, "plan", village.COMMUNE))
    desk.open()
    assert desk.papers.plan == PLAN


def test_an_expired_keyset_alarms_and_silences_nothing(desk: Desk) -> None:
    desk.take(village.keyset(NOW + 1, expires=NOW - DAY))
    assert desk.papers.keyset_expired
    assert desk.papers.situation() is not None
    desk.open()
    assert desk.papers.situation() is not None


def test_a_hold_ends_by_its_release_and_its_past_is_remembered(desk: Desk) -> None:
    desk.take(village.hold(NOW, NOW + 10 * HOUR))
    desk.ticks.at += 5 * MINUTE * MS
    desk.take(village.hold(NOW + 1, 0))
    situation = desk.papers.situation()
    assert situation is not None
    assert [(span.begins, span.ends) for span in situation.holds] == [
        (pytest.approx(NOW, abs=5), pytest.approx(NOW + 5 * MINUTE, abs=5))
    ]
    assert desk.papers.held_until(desk.clock.now()) == 0


def test_a_release_ends_the_hold_also_after_the_clock_was_set_back(desk: Desk) -> None:
    desk.take(village.hold(NOW, NOW + 10 * HOUR))
    desk.ticks.at -= MINUTE // 2 * MS
    desk.take(village.hold(NOW + 1, 0))
    desk.ticks.at += 10 * MINUTE * MS
    assert desk.papers.held_until(desk.clock.now()) == 0
    desk.open(synced=False)
    assert desk.papers.held_until(NOW + HOUR) == 0


def test_moved_to_another_commune_the_old_plan_and_hold_mean_nothing(desk: Desk) -> None:
    desk.take(village.hold(NOW, NOW + HOUR))
    desk.take(village.placement(NOW + 1, area="vn.15.04387", plan_set="ps-neighbour", groups=()))
    assert desk.papers.plan is None
    assert desk.papers.held_until(NOW) == 0


def test_the_newest_volume_counts_and_the_placement_caps_it(desk: Desk) -> None:
    desk.take(village.volume(NOW, 90))
    desk.take(village.volume(NOW + 5, 70, audience=Audience(area=village.COMMUNE)))
    assert desk.papers.volume() == 70
    desk.take(village.placement(NOW + 9, max_volume=40))
    assert desk.papers.volume() == 40


def test_a_full_disk_refuses_and_nothing_half_accepted_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(desk.store, "accept", full)
    assert desk.refusal(signed(village.volume(NOW, 10)), Volume) is Reason.NO_ROOM
    assert desk.papers.volume() == 80


def test_a_stop_is_obeyed_even_when_the_disk_is_full(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused all the same: the platform goes on sending it until it is kept."""

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    stop = signed(village.hold(NOW, NOW + HOUR))
    with monkeypatch.context() as patch:
        patch.setattr(desk.store, "accept", full)
        assert desk.refusal(stop, Hold) is Reason.NO_ROOM
        assert desk.papers.held_until(NOW + MINUTE) == NOW + HOUR
        assert desk.refusal(signed(village.hold(NOW + 1, 0)), Hold) is Reason.NO_ROOM
        assert desk.papers.held_until(NOW + MINUTE) == NOW + HOUR  # silence is sure, sound is not
    assert not desk.papers.take(stop, Hold).repeat
    desk.open(synced=False)
    assert desk.papers.held_until(NOW + MINUTE) == NOW + HOUR


def test_another_root_has_nothing_to_say(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    keyset = village.keyset(NOW, root=encode64(village.public("stranger")))
    assert desk.refusal(signed(keyset, by="stranger"), Keyset) is Reason.UNKNOWN_KEY
