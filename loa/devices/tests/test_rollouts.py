"""Lý Văn Sơn proposes another release, Phạm Quốc Bảo approves it, the loudspeakers of Lào Cai take it ring by ring."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from devicelink import jws, updates
from devicelink.messages import Audience, Command, Manifest
from devicelink.updates import Step
from django.db import connection
from django.test import Client
from signer.facts import ROLLOUTS, Database

from loa.audit.models import Entry
from loa.devices import actions, queries, wheels
from loa.devices.models import Ack, Device, DeviceGroup, DeviceStatus, OutboxMessage, Release, Rollout
from loa.devices.rules import rollouts as rules
from loa.devices.rules.rollouts import Ring, Seen, Stand, Tally, Verdict
from loa.devices.tests.test_commands import hang
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from tests.cast import Cast

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
RINGS = (Ring(25), Ring(50), Ring(100))


@pytest.fixture
def release(cast: Cast, tmp_path: Any, settings: Any) -> Release:
    """0.2.0 lies ready on the server."""
    settings.MEDIA_ROOT = tmp_path
    return made(cast, "0.2.0")


def made(cast: Cast, version: str) -> Release:
    packages = {f"loa_speaker-{version}-py3-none-any.whl": version.encode(), "airtime-1-py3-none-any.whl": b"time"}
    return actions.add_release(version=version, packages=packages, now=cast.now, python=("3.11",))


@pytest.fixture
def village(cast: Cast) -> list[Device]:
    """Eight loudspeakers of Quy Mông, all of them there, with 0.1.0."""
    found = [hang(cast, f"Cụm {number}") for number in range(1, 9)]
    for device in found:
        DeviceStatus.objects.create(
            device=device, state="online", cause="connected", since=cast.now, seen_at=cast.now,
            agent="loa-speaker/0.1.0",
        )  # fmt: skip
    return found


def proposed(cast: Cast, release: Release, **changes: Any) -> Rollout:
    facts: dict[str, Any] = {"rings": RINGS, "threshold": 90, "soak_hours": 2, "words": "Sửa lỗi lệch giờ"} | changes
    return actions.propose_rollout(actor=cast.son, area=cast.lao_cai, release=release, now=cast.now, **facts)


def running(cast: Cast, release: Release, **changes: Any) -> Rollout:
    return actions.approve_rollout(actor=cast.bao, rollout=proposed(cast, release, **changes), now=cast.now)


def offered(rollout: Rollout) -> set[str]:
    return set(rollout.members.exclude(revision=0).values_list("device_id", flat=True))


def order_of(device: str) -> Manifest:
    document = queries.latest("release", f"device/{device}")
    assert document is not None
    return jws.decode(jws.parse(document.jws).payload, Manifest)


def say(devices: Iterable[str], step: Step, at: datetime, **facts: Any) -> None:
    """Their heartbeats."""
    for device in devices:
        revision = order_of(device).revision
        found = DeviceStatus.objects.filter(pk=device)
        found.update(release_revision=revision, release_step=step, seen_at=at, **facts)


def alive(at: datetime) -> None:
    DeviceStatus.objects.update(seen_at=at)


def test_two_people_and_then_ring_by_ring_until_all_have_it(
    cast: Cast, release: Release, village: list[Device]
) -> None:
    rollout = running(cast, release)
    at, had = cast.now, 0
    while rollout.state == Rollout.State.RUNNING:  # a ring may have none of the eight: it is passed over
        alive(at := at + timedelta(minutes=1))
        actions.move_rollouts(now=at)
        rollout.refresh_from_db()
        ring = offered(rollout)
        assert {device for device, number in queries.circle(rollout) if number <= rollout.ring} == ring
        assert len(ring) > had
        had = len(ring)
        say(ring, Step.DONE, at, agent="loa-speaker/0.2.0")
        actions.move_rollouts(now=at + HOUR)
        assert offered(rollout) == ring  # two hours have to pass
        say(ring, Step.DONE, at := at + 3 * HOUR)
        actions.move_rollouts(now=at)
        rollout.refresh_from_db()
    assert (rollout.state, len(offered(rollout))) == ("done", 8)
    assert [entry.verb for entry in Entry.objects.filter(object_kind="rollout").order_by("pk")] == [
        "rollout.proposed", "rollout.approved", "rollout.widened", "rollout.widened", "rollout.finished",
    ]  # fmt: skip
    assert [(row.agent, row.count) for row in queries.versions(cast.quy_mong.path)] == [("0.2.0", 8)]


def test_what_each_loudspeaker_is_told_is_exactly_what_was_approved(
    cast: Cast, release: Release, village: list[Device], signer: list[Any]
) -> None:
    rollout = running(cast, release, rings=(Ring(100),))
    assert actions.move_rollouts(now=cast.now) == 8
    assert actions.move_rollouts(now=cast.now) == 0
    manifest = order_of(village[0].pk)
    assert updates.digest(updates.content_of(manifest)) == rollout.forward_digest
    assert (manifest.audience, manifest.previous) == (Audience(device=village[0].pk), "0.1.0")
    assert wheels.path_of(manifest.wheels[1].sha256).read_bytes() == b"0.2.0"
    told = [message for message in signer if isinstance(message, Command)]
    assert {(message.action, message.audience.device) for message in told} == {
        ("update", device.pk) for device in village
    }
    reader = Database("")
    with connection.cursor() as cursor:
        cursor.execute(ROLLOUTS, [[manifest.order]])
        rows = cursor.fetchall()
    reader._rows = lambda query, asked: rows  # type: ignore[method-assign]
    seen = reader._rollouts({manifest.order})[manifest.order]
    assert (seen.area, seen.forward, seen.approver_may, seen.state) == (
        "vn.15", rollout.forward_digest, True, "running",
    )  # fmt: skip


def test_the_signer_sees_that_nobody_who_may_approved_it(cast: Cast, release: Release) -> None:
    rollout = running(cast, release)
    for changes in ({"approved_by": cast.lan}, {"approved_by": cast.son}, {"proposed_by": cast.bao}):
        Rollout.objects.filter(pk=rollout.pk).update(**({"approved_by": cast.bao, "proposed_by": cast.son} | changes))
        with connection.cursor() as cursor:
            cursor.execute("select approver_may from signer_rollouts where id = %s", [str(rollout.pk)])
            assert cursor.fetchone() == (False,), changes


def test_too_many_failures_halt_it_by_themselves_and_say_why(
    cast: Cast, release: Release, village: list[Device]
) -> None:
    rollout = running(cast, release, rings=(Ring(50), Ring(100)))
    while not offered(rollout):
        Rollout.objects.filter(pk=rollout.pk).update(ring=1)
        actions.move_rollouts(now=cast.now)
    bad, *others = sorted(offered(rollout))
    say([bad], Step.CRASHED, cast.now)
    say(others[:1], Step.DONE, cast.now)
    actions.move_rollouts(now=cast.now)
    rollout.refresh_from_db()
    assert rollout.state == "halted"
    assert "1 trong" in rollout.reason
    assert queries.latest("release", f"device/{bad}") is None  # called back
    assert others[:1] == [] or queries.latest("release", f"device/{others[0]}") is not None
    (row,) = queries.failed_rows(rollout, cast.quy_mong.path)
    assert (row.device.pk, "quay lại bản cũ" in row.why) == (bad, True)
    assert queries.failed_rows(rollout, cast.tran_yen.path) == []
    assert actions.move_rollouts(now=cast.now + HOUR) == 0


def test_after_a_halt_it_goes_on_or_everybody_goes_back(cast: Cast, release: Release, village: list[Device]) -> None:
    rollout = running(cast, release, rings=(Ring(100),))
    actions.move_rollouts(now=cast.now)
    first, second, *_ = sorted(offered(rollout))
    say([first], Step.DONE, cast.now)
    say([second], Step.NOT_WELCOMED, cast.now)
    actions.move_rollouts(now=cast.now)
    rollout.refresh_from_db()
    assert rollout.state == "halted"
    with pytest.raises(Denied):
        actions.resume_rollout(actor=cast.son, rollout=rollout, now=cast.now)
    later = cast.now + timedelta(minutes=2)
    actions.resume_rollout(actor=cast.bao, rollout=rollout, now=later)
    alive(later)
    before = order_of(first).revision
    assert actions.move_rollouts(now=later) == 7
    rollout.refresh_from_db()
    assert rollout.state == "running"  # the old failure was of the order before
    (row,) = queries.failed_rows(rollout, cast.quy_mong.path)
    assert (row.device.pk, row.now, row.why) == (second, "under_way", "")
    assert [why for _, why in row.before] == [rules.REASONS["not_welcomed"]]
    assert order_of(first).revision == before
    actions.return_rollout(actor=cast.son, rollout=rollout, reason="Loa rè sau khi cập nhật", now=later)
    assert actions.move_rollouts(now=later) == 8
    back = order_of(first)
    assert (back.rollback, back.release, back.wheels) == (True, "", ())
    say([device.pk for device in village], Step.DONE, later)
    actions.move_rollouts(now=later)
    rollout.refresh_from_db()
    assert rollout.state == "returned"
    (row,) = queries.failed_rows(rollout, cast.quy_mong.path)
    assert (row.now, len(row.before)) == ("done", 1)


def test_who_fails_twice_is_read_with_both_reasons(cast: Cast, release: Release, village: list[Device]) -> None:
    rollout = running(cast, release, rings=(Ring(100),))
    actions.move_rollouts(now=cast.now)
    bad, *others = sorted(offered(rollout))
    say([bad], Step.CRASHED, cast.now)
    actions.move_rollouts(now=cast.now)
    later = cast.now + timedelta(minutes=2)
    actions.resume_rollout(actor=cast.bao, rollout=rollout, now=later)
    alive(later)
    assert actions.move_rollouts(now=later) == 8
    say(others, Step.DONE, later)
    say([bad], Step.NOT_INSTALLED, later)
    actions.move_rollouts(now=later)
    actions.move_rollouts(now=later + HOUR)
    (row,) = queries.failed_rows(rollout, cast.quy_mong.path)
    assert (row.now, row.why) == ("failed", rules.REASONS["not_installed"])
    assert row.before == ((cast.now, rules.REASONS["crashed"]),)


def test_nobody_waits_for_a_loudspeaker_that_was_taken_down_meanwhile(
    cast: Cast, release: Release, village: list[Device]
) -> None:
    rollout = running(cast, release, rings=(Ring(100),))
    actions.move_rollouts(now=cast.now)
    gone, *others = sorted(offered(rollout))
    actions.return_rollout(actor=cast.son, rollout=rollout, reason="Loa rè", now=cast.now)
    Device.objects.filter(pk=gone).update(state=Device.State.RETIRED)
    assert actions.move_rollouts(now=cast.now) == 7
    say(others, Step.DONE, cast.now)
    actions.move_rollouts(now=cast.now)
    rollout.refresh_from_db()
    assert rollout.state == "returned"


def test_the_next_release_goes_back_to_the_one_before_it(cast: Cast, release: Release, village: list[Device]) -> None:
    first = running(cast, release)
    with pytest.raises(Refusal) as refusal:
        proposed(cast, release)
    assert refusal.value.code == "rollout_open"
    Rollout.objects.filter(pk=first.pk).update(state="done", ended_at=cast.now)
    second = proposed(cast, made(cast, "0.3.0"))
    assert (second.back, second.backward["release"]) == (release, "0.2.0")
    with pytest.raises(Refusal):
        made(cast, "0.3.0")


def test_who_may_propose_approve_and_halt(cast: Cast, release: Release) -> None:
    for nobody, error in ((cast.lan, NotFound), (cast.thanh, NotFound), (cast.minh_anh, Denied)):
        with pytest.raises(error):
            actions.propose_rollout(
                actor=nobody, area=cast.lao_cai, release=release, rings=RINGS, threshold=98, soak_hours=1, now=cast.now
            )
    rollout = proposed(cast, release)
    with pytest.raises(Denied):
        actions.approve_rollout(actor=cast.son, rollout=rollout, now=cast.now)
    Rollout.objects.filter(pk=rollout.pk).update(proposed_by=cast.bao)
    with pytest.raises(Refusal) as refusal:
        actions.approve_rollout(actor=cast.bao, rollout=rollout, now=cast.now)
    assert refusal.value.code == "same_person"
    assert actions.move_rollouts(now=cast.now) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"rings": (Ring(10), Ring(50))},
        {"rings": (Ring(10), Ring(10), Ring(100))},
        {"rings": (Ring(0), Ring(100))},
        {"rings": ()},
        {"threshold": 20},
        {"soak_hours": 9_999},
    ],
)
def test_rings_that_make_no_sense_are_told_in_words(cast: Cast, release: Release, changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        proposed(cast, release, **changes)


def test_a_ring_that_has_nobody_is_not_watched_for_hours(cast: Cast, release: Release, village: list[Device]) -> None:
    everybody = actions.save_group(actor=cast.son, area=cast.quy_mong, name="Cả xã", members=village, now=cast.now)
    rollout = running(cast, release, rings=(Ring(0, (str(everybody.pk),)), Ring(50), Ring(100)))
    actions.move_rollouts(now=cast.now)
    say(offered(rollout), Step.DONE, cast.now + 3 * HOUR)
    actions.move_rollouts(now=cast.now + 3 * HOUR)
    rollout.refresh_from_db()
    assert rollout.state == Rollout.State.DONE


def test_a_group_may_go_first(cast: Cast, release: Release, village: list[Device]) -> None:
    group = actions.save_group(actor=cast.son, area=cast.quy_mong, name="Trung tâm", members=village[:3], now=cast.now)
    rollout = running(cast, release, rings=(Ring(0, (str(DeviceGroup.objects.get(pk=group.pk).pk),)), Ring(100)))
    actions.move_rollouts(now=cast.now)
    assert offered(rollout) == {device.pk for device in village[:3]}


def test_an_older_agent_answers_that_it_does_not_know_the_word(
    cast: Cast, release: Release, village: list[Device]
) -> None:
    rollout = running(cast, release, rings=(Ring(100),), threshold=50)
    actions.move_rollouts(now=cast.now)
    member = rollout.members.get(device=village[0])
    Ack.objects.create(
        message=OutboxMessage.objects.get(pk=member.message), device=village[0], code="unknown_type", at=cast.now
    )
    actions.move_rollouts(now=cast.now)
    member.refresh_from_db()
    assert (member.stand, member.reason) == ("failed", "unsupported")


def test_how_a_loudspeaker_stands() -> None:
    now = datetime.fromisoformat("2026-08-20T09:50:00+00:00")
    told = now - 5 * HOUR
    fresh: dict[str, Any] = {"offered_at": told, "online": True, "seen_at": now}
    table: list[tuple[dict[str, Any], Stand]] = [
        ({}, Stand.UNDER_WAY),
        ({"revision": 7, "step": "fetching"}, Stand.UNDER_WAY),
        ({"revision": 7, "step": "done"}, Stand.DONE),
        ({"revision": 6, "step": "done"}, Stand.UNDER_WAY),  # of the order before
        ({"revision": 7, "step": "crashed"}, Stand.FAILED),
        ({"online": False, "seen_at": told - HOUR}, Stand.UNREACHED),
        ({"offered_at": now, "seen_at": now - HOUR / 60}, Stand.UNDER_WAY),  # told a moment ago
        ({"offered_at": now, "online": False, "seen_at": now - HOUR / 60}, Stand.UNREACHED),
        ({"seen_at": None}, Stand.UNDER_WAY),  # on the line, no heartbeat yet
        ({"seen_at": None, "online": False, "since": now - HOUR / 60}, Stand.UNDER_WAY),  # starts anew
        ({"seen_at": None, "online": False, "since": told - HOUR}, Stand.UNREACHED),
        ({"online": False, "seen_at": None}, Stand.UNREACHED),
        ({"online": False, "seen_at": now - 2 * HOUR, "revision": 7, "step": "fetching"}, Stand.UNREACHED),
        ({"online": False, "seen_at": now - 2 * HOUR, "revision": 7, "step": "trial"}, Stand.FAILED),
        ({"online": False, "seen_at": now - 2 * HOUR, "revision": 7, "step": "done"}, Stand.FAILED),
        ({"online": False, "seen_at": now - HOUR / 2, "revision": 7, "step": "trial"}, Stand.UNDER_WAY),
    ]
    for changes, stand in table:
        assert rules.stand_of(Seen(**(fresh | changes)), 7, now)[0] is stand, changes


def test_when_a_ring_goes_on_waits_or_halts() -> None:
    now = datetime.fromisoformat("2026-08-20T09:50:00+00:00")

    def judged(done: int, failed: int = 0, under_way: int = 0, unreached: int = 0, hours: int = 24) -> Verdict:
        counts = {Stand.DONE: done, Stand.FAILED: failed, Stand.UNDER_WAY: under_way, Stand.UNREACHED: unreached}
        return rules.judge(Tally(counts), threshold=98, soak_hours=24, since=now - hours * HOUR, now=now)

    assert judged(100) is Verdict.NEXT
    assert judged(100, hours=23) is Verdict.WAIT
    assert judged(98, failed=2) is Verdict.NEXT
    assert judged(97, failed=3) is Verdict.HALT
    assert judged(90, under_way=10) is Verdict.WAIT
    assert judged(50, unreached=50) is Verdict.NEXT
    assert judged(0, unreached=50) is Verdict.WAIT
    assert judged(0, failed=1) is Verdict.HALT
    assert judged(0) is Verdict.NEXT


def test_the_ring_of_a_loudspeaker_is_the_same_whenever_it_is_asked_and_about_its_share() -> None:
    devices = [f"spk-{number}" for number in range(5_000)]
    rings = (Ring(1), Ring(10), Ring(100))
    found = [rules.ring_of("order-1", device, (), rings) for device in devices]
    assert found == [rules.ring_of("order-1", device, (), rings) for device in devices]
    assert 25 <= found.count(0) <= 85
    assert 380 <= found.count(1) <= 520
    assert None not in found
    assert found != [rules.ring_of("order-2", device, (), rings) for device in devices]


# --- the page ---


def test_the_page_of_a_rollout_moves_by_itself_and_is_loaded_anew_when_it_halts(
    cast: Cast, release: Release, village: list[Device], client: Client
) -> None:
    rollout = running(cast, release, rings=(Ring(100),))
    actions.move_rollouts(now=cast.now)
    Rollout.objects.filter(pk=rollout.pk).update(approved_at=cast.now)
    client.force_login(cast.son)
    page = client.get(f"/thiet-bi/phan-mem/{rollout.pk}/").content.decode()
    assert "0 trên 8 cụm loa của đợt này đã xong" in page
    assert 'hx-trigger="every 20s"' in page
    bad, *others = sorted(offered(rollout))
    say(others[:2], Step.DONE, cast.now)
    actions.move_rollouts(now=cast.now)
    asked = client.get(f"/thiet-bi/phan-mem/{rollout.pk}/", {"luc": "running"}, headers={"HX-Request": "true"})
    assert "2 trên 8 cụm loa" in asked.content.decode()
    assert "<html" not in asked.content.decode()
    say([bad], Step.CRASHED, cast.now)
    actions.move_rollouts(now=cast.now)
    again = client.get(f"/thiet-bi/phan-mem/{rollout.pk}/", {"luc": "running"}, headers={"HX-Request": "true"})
    assert (again.headers["HX-Refresh"], again.content) == ("true", b"")
    page = client.get(f"/thiet-bi/phan-mem/{rollout.pk}/").content.decode()
    assert rules.REASONS["crashed"] in page
    assert "every 20s" not in page
