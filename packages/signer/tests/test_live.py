"""Nobody speaks live by the word of the gateway alone: a permit of another person, or an alert, has to cover it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from devicelink.golden import world
from devicelink.jws import encode64
from devicelink.keyfiles import KeyFolder
from devicelink.messages import Audience, Message, Session, SessionEnd, Where
from devicelink.refusals import Reason, Refused
from devicelink.signing import Answer, Job, Outcomes, Sign, job
from signer import journal, keys
from signer.checks import Facts, check
from signer.facts import Database
from signer.keys import Folders
from signer.live import Leave, LivePermit, Sessions, Sounding, Spoken, level_of
from signer.memory import remembered
from signer.work import Desk

from .conftest import Records

ID, OTHER = "0f" * 16, "a1" * 16
LAN, THANH, XUAN = "11", "12", "18"
PROVINCE = "vn.15"
ALERT = "lu-quet-1"
MORNING = 6 * 60  # world.NOW is Thursday, 06:00
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def permit(**changes: Any) -> LivePermit:
    """Lan speaks in Quy Mông between 05:00 and 20:00, 15 minutes at once and 30 a day; Thành allowed it."""
    fields: dict[str, Any] = {
        "id": "p-1",
        "person": LAN,
        "area": world.COMMUNE,
        "weekdays": EVERY_DAY,
        "first": 5 * 60,
        "last": 20 * 60,
        "minutes": 15,
        "day_minutes": 30,
        "starts": world.NOW - world.DAY,
        "ends": world.NOW + 30 * world.DAY,
        "approver": THANH,
        "approver_may": True,
        "person_may": True,
        "revoked": False,
    }
    return LivePermit(**(fields | changes))


def session(**changes: Any) -> Session:
    """Ten minutes from three seconds on."""
    start = world.NOW + 3_000
    fields: dict[str, Any] = {
        "audience": Audience(area=world.COMMUNE),
        "id": ID,
        "issued": world.NOW,
        "expires": start + 10 * world.MINUTE,
        "start": start,
        "end": start + 10 * world.MINUTE,
        "public": encode64(b"k" * 32),
        "speaker": "Hoàng Thị Lan",
    }
    return Session(**(fields | changes))


def lasting(ms: int, **changes: Any) -> Session:
    end = world.NOW + 3_000 + ms
    return session(**({"end": end, "expires": end} | changes))


def ending(**changes: Any) -> SessionEnd:
    fields: dict[str, Any] = {
        "audience": Audience(area=world.COMMUNE),
        "id": "end-1",
        "issued": world.NOW,
        "expires": world.NOW + world.HOUR,
        "session": ID,
        "at": world.NOW,
    }
    return SessionEnd(**(fields | changes))


def facts(*permits: LivePermit, leave: Leave | None = None, **changes: Any) -> Facts:
    rows = permits or (permit(),)
    known = Facts(live={row.id: row for row in rows}, leaves={ID: leave or Leave("p-1", LAN)})
    return replace(known, **changes)


def refusal(message: Session | SessionEnd, known: Facts, *, scope: str = "vn", now: int = world.NOW) -> Reason:
    with pytest.raises(Refused) as refused:
        check(message, scope=scope, facts=known, now=now)
    return refused.value.reason


def test_what_another_person_allowed_is_signed_for_the_place_and_for_every_part_of_it() -> None:
    for where in (Where(), Where(areas=(world.HAMLET,)), Where(groups=world.GROUPS), Where(devices=(world.DEVICE,))):
        check(session(where=where), scope="vn", facts=facts(), now=world.NOW)
    check(session(audience=Audience(area=world.HAMLET)), scope=PROVINCE, facts=facts(), now=world.NOW)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"revoked": True}, Reason.NOT_APPROVED),
        ({"approver": ""}, Reason.NOT_APPROVED),
        ({"approver": LAN}, Reason.NOT_APPROVED),
        ({"approver_may": False}, Reason.NOT_APPROVED),
        ({"person_may": False}, Reason.NOT_APPROVED),
        ({"person": XUAN}, Reason.NOT_APPROVED),
        ({"id": "p-2"}, Reason.NOT_APPROVED),
        ({"area": world.HAMLET}, Reason.NOT_APPROVED),
        ({"area": world.NEIGHBOUR}, Reason.NOT_APPROVED),
        ({"area": "vn.15.0437"}, Reason.NOT_APPROVED),
        ({"starts": world.NOW + 1}, Reason.NOT_YET_VALID),
        ({"ends": world.NOW}, Reason.EXPIRED),
        ({"ends": world.NOW + 10 * world.MINUTE}, Reason.EXPIRED),
        ({"weekdays": (1, 2, 3, 5, 6, 7)}, Reason.OUTSIDE_HOURS),
        ({"weekdays": ()}, Reason.OUTSIDE_HOURS),
        ({"first": MORNING + 1}, Reason.OUTSIDE_HOURS),
        ({"last": MORNING + 10}, Reason.OUTSIDE_HOURS),
        ({"first": 0, "last": 0}, Reason.OUTSIDE_HOURS),
        ({"minutes": 9}, Reason.LIMIT_EXCEEDED),
        ({"minutes": 0}, Reason.LIMIT_EXCEEDED),
        ({"day_minutes": 9}, Reason.LIMIT_EXCEEDED),
        ({"area": PROVINCE}, Reason.WRONG_ROLE),
    ],
)
def test_a_permit_that_does_not_cover_it(changes: dict[str, Any], reason: Reason) -> None:
    assert refusal(session(), facts(permit(**changes))) is reason


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (session(audience=Audience(area=PROVINCE)), Reason.NOT_APPROVED),
        (session(audience=Audience(area=world.NEIGHBOUR)), Reason.NOT_APPROVED),
        (session(audience=Audience(area="vn")), Reason.NOT_APPROVED),
        (session(audience=Audience(device=world.DEVICE)), Reason.LIMIT_EXCEEDED),
        (session(audience=Audience(group=world.GROUPS[0])), Reason.LIMIT_EXCEEDED),
        (session(audience=Audience(plan_set=world.PLAN_SET)), Reason.LIMIT_EXCEEDED),
        (session(audience=Audience()), Reason.MALFORMED),
        (session(audience=Audience(area=world.COMMUNE, device=world.DEVICE)), Reason.MALFORMED),
        (session(id="p-1@vn.15@x"), Reason.MALFORMED),
        (session(id="0F" * 16), Reason.MALFORMED),
        (session(id=OTHER), Reason.NOT_APPROVED),
        (session(alert=ALERT), Reason.NOT_APPROVED),
        (session(level="province"), Reason.WRONG_ROLE),
        (session(level="centre"), Reason.WRONG_ROLE),
        (lasting(15 * world.MINUTE + 1), Reason.LIMIT_EXCEEDED),
        (lasting(4 * world.HOUR + 1), Reason.LIMIT_EXCEEDED),
        (session(start=world.NOW + 60_001), Reason.NOT_YET_VALID),
        (session(start=world.NOW - 5_001), Reason.EXPIRED),
        (session(issued=world.NOW - world.HOUR), Reason.EXPIRED),
        (session(issued=world.NOW + world.HOUR, expires=world.NOW + 2 * world.HOUR), Reason.NOT_YET_VALID),
    ],
)
def test_a_session_beyond_what_was_allowed(message: Session, reason: Reason) -> None:
    assert refusal(message, facts()) is reason


@pytest.mark.parametrize("leave", [Leave(), Leave("p-1", ""), Leave("p-1", XUAN), Leave("p-9", LAN), Leave("", LAN)])
def test_who_does_not_say_by_whose_leave_gets_nothing(leave: Leave) -> None:
    assert refusal(session(), facts(leave=leave)) is Reason.NOT_APPROVED


def test_the_key_speaks_only_for_its_own_province() -> None:
    assert refusal(session(), facts(), scope=world.NEIGHBOUR) is Reason.OUTSIDE_SCOPE


def test_until_midnight_is_the_same_day_and_a_second_later_is_not() -> None:
    late = world.NOW + 17 * world.HOUR + 50 * world.MINUTE  # 23:50
    whole = facts(permit(first=0, last=24 * 60))
    message = session(issued=late, start=late, end=late + 10 * world.MINUTE, expires=late + 10 * world.MINUTE)
    check(message, scope="vn", facts=whole, now=late)
    over = session(issued=late, start=late, end=late + 10 * world.MINUTE + 1_000, expires=late + world.HOUR)
    assert refusal(over, whole, now=late) is Reason.OUTSIDE_HOURS


def test_the_minutes_of_a_day_are_counted_over_its_sessions_and_begin_anew_the_next_day() -> None:
    def spoken(begun: int, minutes: int, permit: str = "p-1") -> Sessions:
        return Sessions({OTHER: Spoken(permit, world.COMMUNE, begun, begun + minutes * world.MINUTE)})

    assert refusal(session(), facts(spoken=spoken(world.NOW - world.HOUR, 21))) is Reason.LIMIT_EXCEEDED
    for others in (
        spoken(world.NOW - world.HOUR, 20),
        spoken(world.NOW - 7 * world.HOUR, 30),
        spoken(world.NOW - world.HOUR, 30, "p-2"),
    ):
        check(session(), scope="vn", facts=facts(spoken=others), now=world.NOW)


# --- during an alert ---


def sounding(**changes: Any) -> dict[str, Sounding]:
    fields: dict[str, Any] = {
        "area": world.COMMUNE,
        "until": world.NOW + world.HOUR,
        "people": frozenset({LAN, THANH}),
    }
    return {ALERT: Sounding(**(fields | changes))}


def test_who_vouched_for_an_alert_speaks_where_it_sounds_at_any_hour_without_a_permit() -> None:
    known = facts(leave=Leave("", THANH), sounding=sounding())
    night = world.NOW - 4 * world.HOUR
    start = night + 3_000
    message = session(alert=ALERT, issued=night, start=start, end=start + world.MINUTE, expires=start + world.MINUTE)
    check(message, scope="vn", facts=known, now=night)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"people": frozenset({XUAN})}, Reason.NOT_APPROVED),
        ({"people": frozenset[str]()}, Reason.NOT_APPROVED),
        ({"area": world.NEIGHBOUR}, Reason.NOT_APPROVED),
        ({"area": world.HAMLET}, Reason.NOT_APPROVED),
        ({"until": world.NOW}, Reason.EXPIRED),
        ({"until": world.NOW + world.MINUTE}, Reason.EXPIRED),
        ({"level": "province"}, Reason.WRONG_ROLE),
    ],
)
def test_an_alert_that_does_not_let_this_person_speak(changes: dict[str, Any], reason: Reason) -> None:
    assert refusal(session(alert=ALERT), facts(sounding=sounding(**changes))) is reason


def test_a_permit_does_not_make_an_unknown_alert_good() -> None:
    assert refusal(session(alert="another"), facts(sounding=sounding())) is Reason.NOT_APPROVED


# --- the end ---


def begun(**changes: Any) -> Sessions:
    fields: dict[str, Any] = {
        "rests_on": "p-1",
        "area": world.COMMUNE,
        "begun": world.NOW - world.MINUTE,
        "until": world.NOW + 9 * world.MINUTE,
    }
    return Sessions({ID: Spoken(**(fields | changes))})


def test_the_end_of_a_session_that_was_signed_here_is_signed_and_of_no_other() -> None:
    check(ending(), scope="vn", facts=facts(spoken=begun()), now=world.NOW)
    assert refusal(ending(session=OTHER), facts(spoken=begun())) is Reason.NOT_APPROVED
    assert refusal(ending(), facts()) is Reason.NOT_APPROVED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"audience": Audience(area=PROVINCE)}, Reason.WRONG_AUDIENCE),
        ({"audience": Audience(area=world.NEIGHBOUR)}, Reason.WRONG_AUDIENCE),
        ({"audience": Audience(device=world.DEVICE)}, Reason.LIMIT_EXCEEDED),
        ({"at": world.NOW + 10_001}, Reason.NOT_YET_VALID),
        ({"expires": world.NOW + 5 * world.HOUR}, Reason.LIMIT_EXCEEDED),
        ({"issued": world.NOW - world.HOUR}, Reason.EXPIRED),
    ],
)
def test_an_end_that_is_none(changes: dict[str, Any], reason: Reason) -> None:
    assert refusal(ending(**changes), facts(spoken=begun())) is reason


# --- the process ---


@pytest.fixture
def desk(made: keys.Made, folders: Folders, records: Records) -> Iterator[Desk]:
    records.let_speak(permit())
    database = Database(records.url)
    yield Desk(
        keys=KeyFolder(folders.signer),
        database=database,
        journal=journal.Journal(folders.signer / "journal"),
        clock=lambda: world.NOW,
    )
    database.close()


def ask(desk: Desk, *jobs: Job) -> list[str]:
    """The codes, "" for what was signed."""
    answer: Answer = desk.answer(Sign(jobs=jobs), "uid 0")
    assert isinstance(answer, Outcomes), answer
    return [outcome.code for outcome in answer.outcomes]


def speak(message: Message, permit: str = "p-1", person: str = LAN) -> Job:
    return job(message, permit=permit, person=person)


def test_what_two_people_agreed_on_is_signed_once_remembered_and_given_back_by_its_end(desk: Desk) -> None:
    assert ask(desk, speak(lasting(15 * world.MINUTE))) == [""]
    assert ask(desk, speak(lasting(15 * world.MINUTE, id=OTHER))) == [""]
    third = speak(lasting(world.MINUTE, id="b2" * 16))
    assert ask(desk, third) == ["limit_exceeded"]
    assert ask(desk, job(ending())) == [""]
    assert ask(desk, third) == [""]


def test_many_sessions_in_one_batch_are_counted_together(desk: Desk) -> None:
    three = [speak(lasting(15 * world.MINUTE, id=name * 16)) for name in ("01", "02", "03")]
    assert ask(desk, *three) == ["", "", "limit_exceeded"]


def test_one_id_twice_in_a_batch_is_nobodys(desk: Desk) -> None:
    assert ask(desk, speak(session()), speak(session(), person=XUAN)) == ["not_approved", "not_approved"]


def test_a_signer_that_starts_again_still_knows_what_was_spoken(desk: Desk, folders: Folders) -> None:
    assert ask(desk, speak(lasting(15 * world.MINUTE))) == [""]
    folder = folders.signer / "journal"
    assert remembered(folder).spoken.known[ID].area == world.COMMUNE
    assert journal.verify(folder) == 2


def test_without_a_database_nothing_is_signed_on_a_permit(desk: Desk, records: Records) -> None:
    records.run("drop table signer_live_permits")
    answer = desk.answer(Sign(jobs=(speak(session()),)), "uid 0")
    assert not isinstance(answer, Outcomes)


def test_what_was_allowed_is_read_from_the_database(records: Records) -> None:
    records.let_speak(permit())
    database = Database(records.url)
    try:
        assert database.facts([], live=["p-1", "p-2"]).live == {"p-1": permit()}
    finally:
        database.close()


def test_who_speaks_is_told_by_the_depth_of_the_place() -> None:
    places = ("vn", PROVINCE, world.COMMUNE, world.HAMLET)
    assert [level_of(path) for path in places] == ["centre", "province", "commune", "commune"]


def test_a_job_says_whose_leave_it_is(desk: Desk) -> None:
    raw = msgspec.json.decode(msgspec.json.encode(speak(session())), type=Job)
    assert (raw.permit, raw.person) == ("p-1", LAN)
