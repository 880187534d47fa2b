"""The whole middle: people's actions in PostgreSQL, devices on a real engine, the gateway between them."""
# ruff: noqa: F811 - fixtures from a neighbour

import secrets
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
import nacl.bindings
import pytest
from devicelink.jws import encode64
from devicelink.keyring import fingerprint
from devicelink.messages import Ack, Audience, Hello, Revisions
from django.db import connection

from loa.audit.models import Entry
from loa.devices import actions
from loa.devices.models import Ack as AckRow
from loa.devices.models import Device, DeviceStatus, Hold, HourlyRollup, OutboxMessage, Transition
from loa.devices.tests.conftest import Hardware, key_folders, signer  # noqa: F401 - fixtures
from loa.gateway import leader
from loa.gateway.database import Away
from loa.gateway.pages import beat_facts
from loa.gateway.rows import Answer
from loa.gateway.tests.conftest import RunningGateway, elsewhere, wait_until
from loa.gateway.tests.mqtt import Client, SimulatedDevice
from loa.gateway.tests.whole import RealPlatform, Story, running, story  # noqa: F401
from loa.kernel.clock import now
from tests import engine as engines

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_the_box_to_the_pole(story: Story) -> None:
    answer = story.enrol()
    assert (answer.device, answer.fingerprint) == (story.row.pk, fingerprint(story.hardware.public_raw))
    wait_until(lambda: story.known_as("claimed"))
    waiting = SimulatedDevice(story.gateway.engine.listen.mqtt, story.row.pk, story.hardware.seed, None).come()
    assert waiting.hello()["revisions"]["placement"] == 0
    story.row.refresh_from_db()
    seen = fingerprint(story.hardware.public_raw)
    actions.confirm_placement(actor=story.cast.son, device=story.row, fingerprint_seen=seen, now=now())
    assert waiting.closed(), "it has to log in anew, to hear its commune"
    device = story.connect()
    placement = story.fetch(device, "placement")
    assert placement["area"] == story.cast.thon_5.path
    assert device.hello()["revisions"]["placement"] == placement["revision"]


def test_volume_travels_as_a_hint_and_is_fetched(story: Story) -> None:
    device = story.hang()
    device.hello()
    actions.set_volume(actor=story.cast.lan, devices=[story.row], volume=45, now=now())
    _, told = device.document("changed", document="volume")
    assert told["audience"] == {"device": story.row.pk}
    assert story.fetch(device, "volume", volume=45)


def test_what_was_decided_while_no_gateway_was_active_is_told_by_the_next(story: Story) -> None:
    """A device that stays connected to the engine notices nothing of a gateway's death, so it would not ask."""
    device, hub = story.hang(), story.gateway.hub
    device.hello()
    story.gateway.do(lambda: setattr(hub.leader, "active", False))
    actions.set_volume(actor=story.cast.lan, devices=[story.row], volume=45, now=now())
    wait_until(lambda: ("volume", f"device/{story.row.pk}") in hub.world.papers)
    story.gateway.wait_for(hub.leader._become_active())
    assert device.document("changed", document="volume")


def test_stop_command_is_delivered_acknowledged_and_summed_up(story: Story) -> None:
    device = story.hang()
    device.hello()
    area = story.cast.quy_mong
    row = actions.stop_item(actor=story.cast.lan, audience=Audience(area=area.path), area=area, now=now())
    _, command = device.document("command")
    assert (command["action"], command["id"]) == ("stop_item", str(row.pk))
    device.say(Ack(device=story.row.pk, of=row.of, code="ok", at=1))
    wait_until(lambda: OutboxMessage.objects.get(pk=row.pk).closed_at is not None)
    assert OutboxMessage.objects.get(pk=row.pk).summary == {"expected": 1, "ok": 1, "refused": {}, "silent": []}
    assert not AckRow.objects.exists()


def test_message_that_nobody_acknowledged_names_the_silent_ones(story: Story) -> None:
    story.hang().hang_up()
    area = story.cast.quy_mong
    row = actions.stop_item(actor=story.cast.lan, audience=Audience(area=area.path), area=area, now=now())
    delivery = f"command:{row.pk}"
    wait_until(lambda: delivery in story.gateway.hub.outbox._open)
    story.gateway.do(lambda: setattr(story.gateway.hub.outbox._open[delivery], "expires", now()))
    wait_until(lambda: OutboxMessage.objects.get(pk=row.pk).closed_at is not None)
    assert OutboxMessage.objects.get(pk=row.pk).summary["silent"] == [story.row.pk]


def test_who_could_not_take_it_yet_gets_it_again_from_a_gateway_that_was_restarted(story: Story) -> None:
    device, hub = story.hang(), story.gateway.hub
    device.hello()
    area = story.cast.quy_mong
    row = actions.stop_item(actor=story.cast.lan, audience=Audience(area=area.path), area=area, now=now())
    device.document("command")
    device.say(Ack(device=story.row.pk, of=row.of, code="no_valid_time", detail="\x00", at=1))
    wait_until(lambda: AckRow.objects.filter(code="no_valid_time", detail="").exists())
    story.gateway.do(hub.outbox.forget_rows)
    wait_until(lambda: row.of in hub.outbox._open)
    assert hub.outbox._open[row.of].waiting == {story.row.pk}


def test_gateway_that_takes_over_again_believes_the_answers_given_to_the_other(story: Story) -> None:
    device, hub = story.hang(), story.gateway.hub
    device.hello()
    area = story.cast.quy_mong
    row = actions.stop_item(actor=story.cast.lan, audience=Audience(area=area.path), area=area, now=now())
    wait_until(lambda: row.of in hub.outbox._open)
    story.gateway.do(lambda: setattr(hub.leader, "active", False))
    sums = {"expected": 1, "ok": 1, "refused": {}, "silent": []}
    OutboxMessage.objects.filter(pk=row.pk).update(closed_at=now(), summary=sums)
    story.gateway.do(lambda: setattr(hub.outbox._open[row.of], "expires", now()))
    story.gateway.wait_for(hub.leader._become_active())
    story.gateway.wait_for(hub.posting.close())
    assert OutboxMessage.objects.get(pk=row.pk).summary == sums


def test_answers_that_could_not_be_written_are_not_lost(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    device, hub = story.hang(), story.gateway.hub
    device.hello()

    turned_away: list[Sequence[Answer]] = []

    async def away(answers: Sequence[Answer]) -> None:
        if answers:
            turned_away.append(answers)
        raise Away("down")

    with monkeypatch.context() as down:
        down.setattr(hub.database, "save_answers", away)
        area = story.cast.quy_mong
        row = actions.stop_item(actor=story.cast.lan, audience=Audience(area=area.path), area=area, now=now())
        device.document("command")
        device.say(Ack(device=story.row.pk, of=row.of, code="ok", at=1))
        wait_until(lambda: bool(turned_away))
    wait_until(lambda: OutboxMessage.objects.get(pk=row.pk).closed_at is not None)
    assert OutboxMessage.objects.get(pk=row.pk).summary["ok"] == 1


def test_a_message_that_nobody_can_read_holds_up_no_other(story: Story) -> None:
    device = story.hang()
    device.hello()
    area = story.cast.quy_mong
    poison = actions.stop_item(actor=story.cast.lan, audience=Audience(area=area.path), area=area, now=now())
    OutboxMessage.objects.filter(pk=poison.pk).update(audience={"planet": "earth"}, closed_at=None)
    story.gateway.do(story.gateway.hub.outbox.forget_rows)
    row = actions.stop_item(actor=story.cast.lan, audience=Audience(area=area.path), area=area, now=now())
    wait_until(lambda: row.of in story.gateway.hub.outbox._open)
    assert story.gateway.hub.leader.active


def test_what_the_database_knows_of_silent_devices_is_read_when_it_comes_back(story: Story) -> None:
    hub = story.gateway.hub
    story.hang().hang_up()
    wait_until(lambda: DeviceStatus.objects.filter(pk=story.row.pk).exists())
    wait_until(lambda: hub.presence._tracks[story.row.pk].closed_at is not None)
    DeviceStatus.objects.update(state="silent", cause="sim_expired")
    story.gateway.do(lambda: hub.presence.forget(story.row.pk))
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid <> pg_backend_pid() and datname = current_database()"
        )
    wait_until(lambda: hub.presence.shown(story.row.pk) is not None)


def test_revoked_device_is_thrown_out(story: Story) -> None:
    device = story.hang()
    actions.revoke(actor=story.cast.son, device=story.row, reason="mất trộm", now=now())
    assert device.closed()
    again = Client(story.gateway.engine.listen.mqtt)
    assert again.login(story.row.pk, story.row.pk, device.token()) == 5


def test_claiming_again_throws_the_old_hardware_out(story: Story) -> None:
    device = story.hang()
    story.code = actions.issue_claim_code(actor=story.cast.son, device=story.row, now=now())
    old, story.hardware = story.hardware, Hardware()
    story.enrol()
    assert device.closed()
    again = SimulatedDevice(story.gateway.engine.listen.mqtt, story.row.pk, old.seed, None)
    assert again.login(story.row.pk, story.row.pk, again.token()) == 5


def test_moved_device_hears_its_new_commune_and_no_more_the_old_one(story: Story) -> None:
    device = story.hang()
    actions.move(actor=story.cast.son, device=story.row, area=story.cast.tran_yen, now=now())
    assert device.closed()
    wait_until(lambda: story.gateway.hub.world.members[story.row.pk].commune == "04498")
    moved = SimulatedDevice(story.gateway.engine.listen.mqtt, story.row.pk, story.hardware.seed, None)
    assert moved.login(story.row.pk, story.row.pk, moved.token()) == 0
    assert moved.subscribe("area/04498/down", "area/04531/down") == (0, 0x80)
    assert story.fetch(moved, "placement", area=story.cast.tran_yen.path)


def test_heartbeats_become_one_row_and_changes_a_history(story: Story) -> None:
    device = story.hang()
    device.hello()
    for volume in (40, 41, 42):
        device.beat(volume=volume, playing="air-1", storage_free=10**9, clock_bound=20, plan=5, signal=-70)
    wait_until(lambda: DeviceStatus.objects.filter(pk=story.row.pk, volume=42).exists())
    status = DeviceStatus.objects.get(pk=story.row.pk)
    assert (status.state, status.cause, status.playing, status.plan) == ("online", "connected", "air-1", 5)
    device.hang_up()
    hub = story.gateway.hub
    wait_until(lambda: not hub.presence._tracks[story.row.pk].connected)
    from datetime import timedelta

    story.gateway.do(lambda: hub.presence.tick(now() + timedelta(seconds=21)))
    wait_until(lambda: DeviceStatus.objects.get(pk=story.row.pk).cause == "silent_link")
    states = list(Transition.objects.order_by("pk").values_list("state", "cause"))
    assert states == [("online", "connected"), ("silent", "silent_link")]
    story.gateway.wait_for(hub.writing.hours(everything=True))
    wait_until(lambda: sum(HourlyRollup.objects.values_list("beats", flat=True)) == 3)  # over the turn of an hour, too


def test_a_dead_sound_card_is_known_at_once_and_forgotten_when_it_is_back(story: Story) -> None:
    device = story.hang()
    device.hello()
    watch = story.gateway.hub.beats

    def is_kept(code: str) -> bool:
        return DeviceStatus.objects.filter(pk=story.row.pk, trouble=code).exists()

    for trouble in ("no_card", "something_of_next_year_that_is_far_too_long\x00", ""):
        device.beat(trouble=trouble, clock_bound=20)
        kept = trouble[:20]
        wait_until(partial(is_kept, kept))
        last = watch.last(story.row.pk)
        assert last is not None
        assert beat_facts(last)["trouble"] == kept


def test_absurd_heartbeat_values_do_not_stop_the_others(story: Story) -> None:
    device = story.hang()
    device.beat(
        volume=10**9, storage_free=10**17, signal=-(10**9), playing="\x00" * 500, files_missing=-5, uptime=10**18
    )
    wait_until(lambda: DeviceStatus.objects.filter(pk=story.row.pk).exclude(seen_at=None).exists())
    assert DeviceStatus.objects.get(pk=story.row.pk).volume == 32_767


def test_hold_is_in_table_and_record_under_its_author(story: Story) -> None:
    device = story.hang()
    ticket = story.gateway.ticket(story.cast.quy_mong.path, user=story.cast.lan.pk)
    until = int(time.time() * 1000) + 3_600_000
    body = {"audience": {"area": story.cast.quy_mong.path}, "until": until, "reason": "đám tang"}
    assert story.gateway.request("POST", "/edge/stop", token=ticket, body=body)[0] == 200
    assert device.document("hold")[1]["until"] == until
    wait_until(lambda: Hold.objects.exists())
    entry = Entry.objects.get(verb="devices.held")
    assert (entry.actor_id, entry.area, entry.facts["reason"]) == (story.cast.lan.pk, "vn.15.04531", "đám tang")


def test_complete_plan_is_noted_at_once(story: Story) -> None:
    device = story.hang()
    device.hello()
    story.gateway.takes_beat(device)
    device.say(Ack(device=story.row.pk, of="plan:123456", code="ok", at=1, detail="complete"))
    wait_until(lambda: DeviceStatus.objects.filter(pk=story.row.pk, plan=123456).exists())


def test_lost_database_session_is_found_again_and_misses_nothing(story: Story) -> None:
    device = story.hang()
    device.hello()
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid <> pg_backend_pid() and datname = current_database()"
        )
    actions.set_volume(actor=story.cast.lan, devices=[story.row], volume=33, now=now())
    wait_until(lambda: story.gateway.hub.leader.database_up and story.gateway.hub.leader.active)
    wait_until(lambda: story.gateway.hub.world.paper("volume", f"device/{story.row.pk}") is not None)
    assert story.fetch(device, "volume", volume=33)


@pytest.mark.usefixtures("calm")
def test_standby_takes_over(story: Story, engine: engines.RunningEngine, tmp_path: Path) -> None:
    device = story.hang()
    device.hello()
    env = elsewhere(story.gateway.env, gateway_state=tmp_path / "second")
    with RunningGateway(env, engine, RealPlatform()) as second:
        wait_until(lambda: second.hub.leader.database_up)
        assert not second.hub.leader.active
        story.gateway.__exit__()
        wait_until(lambda: second.hub.leader.active)
        facts = {"nonce": "z" * 22, "boot": "b", "agent": "t", "revisions": Revisions()}
        device.say(Hello(device=story.row.pk, versions=(1,), **facts))  # type: ignore[arg-type]
        assert device.document("welcome", nonce="z" * 22)
        assert story.row.pk in second.do(lambda: second.hub.presence._tracks)


@pytest.mark.usefixtures("calm")
def test_gateway_that_hangs_with_the_lock_in_its_hand_is_replaced(
    story: Story, engine: engines.RunningEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = story.hang()
    first = story.gateway
    env = elsewhere(first.env, gateway_state=tmp_path / "second")
    with RunningGateway(env, engine, RealPlatform()) as second:
        for _ in range(2):
            heard = second.hub.leader._peer_at
            wait_until(partial(hears_later_than, second, heard))
        assert (first.hub.leader.active, second.hub.leader.active) == (True, False), "a living one is left alone"

        async def hang(*_: object) -> None:
            return None

        monkeypatch.setattr(first.hub, "say_alive", hang)
        with monkeypatch.context() as hasty:
            hasty.setattr(leader, "PEER_SILENT_S", 0.5)
            wait_until(lambda: second.hub.leader.active)
        wait_until(lambda: not first.hub.leader.active)
        facts = {"nonce": "z" * 22, "boot": "b", "agent": "t", "revisions": Revisions()}
        device.say(Hello(device=story.row.pk, versions=(1,), **facts))  # type: ignore[arg-type]
        assert device.document("welcome", nonce="z" * 22)


def hears_later_than(gateway: RunningGateway, moment: float) -> bool:
    return gateway.hub.leader._peer_at > moment


def test_key_of_a_stranger_does_not_enrol(story: Story) -> None:
    _, secret = nacl.bindings.crypto_sign_seed_keypair(secrets.token_bytes(32))
    request = story.hardware.request(story.code)
    forged = encode64(nacl.bindings.crypto_sign(b"loa-enrol-1.x", secret)[:64])
    body = msgspec.json.encode(msgspec.structs.replace(request, signature=forged))
    assert story.gateway.request("POST", "/device/enrol", body=body)[0] == 401
    assert Device.objects.get().state == Device.State.WAITING
