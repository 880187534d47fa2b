"""What people order, and what becomes of groups, moves and hours."""

import json
import secrets
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from devicelink import jws
from devicelink.keyring import fingerprint
from devicelink.messages import Audience, Hours, Placement, Volume
from devicelink.widening import normal
from django.db import connection

from loa.areas.models import OperatingRules
from loa.devices import access, actions, queries, tickets
from loa.devices.models import Device, OutboxMessage, PlanSet
from loa.devices.rules.condition import State
from loa.devices.tests.conftest import Hardware
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from tests.cast import Cast


def hang(cast: Cast, name: str, **facts: Any) -> Device:
    """A loudspeaker of Quy Mông in use."""
    hardware = Hardware()
    device = actions.add_device(actor=cast.son, area=cast.quy_mong, name=name, now=cast.now, **facts)
    code = actions.issue_claim_code(actor=cast.son, device=device, now=cast.now)
    actions.accept_enrolment(request=hardware.request(code), now=cast.now)
    seen = fingerprint(hardware.public_raw)
    return actions.confirm_placement(actor=cast.son, device=device, fingerprint_seen=seen, now=cast.now)


def placement_of(device: Device) -> Placement:
    document = queries.latest("placement", f"device/{device.pk}")
    assert document is not None
    return jws.decode(jws.parse(document.jws).payload, Placement)


@pytest.fixture
def market(cast: Cast) -> Device:
    return hang(cast, "Chợ Quy Mông")


@pytest.fixture
def ferry(cast: Cast) -> Device:
    return hang(cast, "Bến đò")


def test_volume_is_a_signed_state_within_the_limit(cast: Cast, market: Device, ferry: Device) -> None:
    actions.set_volume(actor=cast.lan, devices=[market, ferry], volume=70, now=cast.now)
    for device in (market, ferry):
        document = queries.latest("volume", f"device/{device.pk}")
        assert document is not None
        assert jws.decode(jws.parse(document.jws).payload, Volume).volume == 70
    with pytest.raises(Refusal):
        actions.set_volume(actor=cast.lan, devices=[market], volume=81, now=cast.now)
    with pytest.raises(NotFound):
        actions.set_volume(actor=cast.mai, devices=[market], volume=10, now=cast.now)


def test_volume_of_all_or_of_none(cast: Cast, market: Device) -> None:
    fresh = actions.add_device(actor=cast.son, area=cast.quy_mong, name="Trường học", now=cast.now)
    with pytest.raises(Refusal, match="chưa được ghép nối"):
        actions.set_volume(actor=cast.lan, devices=[market, fresh], volume=50, now=cast.now)
    assert queries.latest("volume", f"device/{market.pk}") is None


def test_stop_command_is_in_the_outbox_for_ten_minutes(cast: Cast, market: Device) -> None:
    row = actions.stop_item(
        actor=cast.thanh, audience=Audience(device=market.pk), area=cast.quy_mong, airing="a-1", now=cast.now
    )
    content = json.loads(jws.parse(row.jws).payload)
    assert (row.topic, content["action"], content["airing"]) == (f"d/{market.pk}/down", "stop_item", "a-1")
    assert row.expires_at == cast.now + timedelta(minutes=10)
    with pytest.raises(NotFound):
        actions.stop_item(actor=cast.mai, audience=Audience(area="vn.15"), area=cast.quy_mong, now=cast.now)
    assert OutboxMessage.objects.count() == 1


def test_group_changes_the_plan_set_of_its_members_only(cast: Cast, market: Device, ferry: Device) -> None:
    before = market.plan_set_id
    group = actions.save_group(actor=cast.lan, area=cast.quy_mong, name="Ven sông", members=[ferry], now=cast.now)
    ferry.refresh_from_db()
    market.refresh_from_db()
    assert market.plan_set_id == before != ferry.plan_set_id
    assert placement_of(ferry).groups == (group.pk,)
    actions.save_group(actor=cast.lan, area=cast.quy_mong, name="Ven sông", members=[], now=cast.now, group=group)
    ferry.refresh_from_db()
    assert ferry.plan_set_id == before
    assert placement_of(ferry).groups == ()


def test_group_stays_inside_one_commune(cast: Cast, market: Device) -> None:
    with pytest.raises(Invalid):
        actions.save_group(actor=cast.son, area=cast.tran_yen, name="Chung", members=[market], now=cast.now)
    with pytest.raises(NotFound):
        actions.save_group(actor=cast.mai, area=cast.quy_mong, name="Chung", members=[market], now=cast.now)


def test_new_hours_of_the_commune_reach_the_placements(cast: Cast, market: Device) -> None:
    before = placement_of(market)
    OperatingRules.objects.create(
        area=cast.quy_mong,
        starts=cast.now.date(),
        document="Quyết định 12/QĐ-UBND",
        windows=[{"weekdays": [1, 2, 3, 4, 5], "from": "05:30", "to": "20:00"}],
    )
    assert actions.refresh_places(now=cast.now) == 1
    after = placement_of(market)
    assert [(w.start, w.end, w.weekdays) for w in after.hours.windows] == [(330, 1200, (1, 2, 3, 4, 5))]
    assert after.plan_set != before.plan_set
    assert actions.refresh_places(now=cast.now) == 0


def test_signer_reads_the_rules_in_force_as_the_wire_has_them(cast: Cast) -> None:
    OperatingRules.objects.create(
        area=cast.quy_mong,
        starts="2020-01-01",
        ends="2020-12-31",
        document="cũ",
        windows=[{"weekdays": [1], "from": "00:00", "to": "24:00"}],
    )
    OperatingRules.objects.create(
        area=cast.quy_mong,
        starts="2021-01-01",
        document="mới",
        windows=[
            {"weekdays": [6, 7], "from": "22:00", "to": "02:30"},
            {"weekdays": [1], "from": "05:00", "to": "24:00"},
        ],
    )
    with connection.cursor() as cursor:
        cursor.execute("select path, hours::text from signer_area_hours where confirmed is null")
        ((path, text),) = cursor.fetchall()
    import msgspec

    hours = msgspec.json.decode(text, type=Hours)
    assert path == cast.quy_mong.path
    assert [(w.weekdays, w.start, w.end) for w in hours.windows] == [
        ((1, 7), 0, 150),
        ((1,), 300, 1440),
        ((6, 7), 1320, 1440),
    ]
    from loa.areas.queries import hours_for
    from loa.devices.actions.placing import wire_hours
    from loa.kernel.clock import now

    ours = wire_hours(hours_for(cast.quy_mong, now().date()), now())
    assert normal(ours.windows) == normal(hours.windows)


def test_signer_reads_where_devices_stand(cast: Cast, market: Device) -> None:
    fifth = hang(cast, "Nhà văn hóa thôn 5", hamlet=cast.thon_5)
    with connection.cursor() as cursor:
        cursor.execute(
            "select device, plan_set, area, areas, groups from signer_devices order by device = %s", [fifth.pk]
        )
        rows = [(*row[:3], json.loads(row[3]), json.loads(row[4])) for row in cursor.fetchall()]
    assert rows == [
        (market.pk, market.plan_set_id, "vn.15.04531", ["vn.15.04531"], []),
        (fifth.pk, fifth.plan_set_id, "vn.15.04531", ["vn.15.04531", "vn.15.04531.h5"], []),
    ]


def test_move_needs_both_places_and_leaves_the_groups_behind(cast: Cast, market: Device) -> None:
    actions.save_group(actor=cast.son, area=cast.quy_mong, name="Trung tâm", members=[market], now=cast.now)
    with pytest.raises(Denied):
        actions.move(actor=cast.lan, device=market, area=cast.tran_yen, now=cast.now)
    actions.move(actor=cast.son, device=market, area=cast.tran_yen, now=cast.now)
    placement = placement_of(market)
    assert (placement.area, placement.groups) == (cast.tran_yen.path, ())
    assert PlanSet.objects.get(pk=placement.plan_set).area == cast.tran_yen


def test_retired_device_frees_its_number_and_its_key(cast: Cast, market: Device) -> None:
    actions.retire(actor=cast.son, device=market, reason="thay cột", now=cast.now)
    market.refresh_from_db()
    assert (market.public_key, market.plan_set_id) == ("", None)
    again = actions.add_device(actor=cast.son, area=cast.quy_mong, name="Chợ mới", number=market.number, now=cast.now)
    assert again.number == market.number
    with pytest.raises(Refusal):
        actions.issue_claim_code(actor=cast.son, device=market, now=cast.now)


def test_described_facts_that_are_signed_are_signed_anew(cast: Cast, market: Device) -> None:
    before = placement_of(market).revision
    actions.describe(actor=cast.son, device=market, now=cast.now, sim_expires=cast.now.date())
    assert placement_of(market).revision == before
    actions.describe(actor=cast.son, device=market, now=cast.now, hamlet=cast.thon_4)
    assert placement_of(market).area == cast.thon_4.path


def test_one_door(cast: Cast, market: Device) -> None:
    assert access.device_for(cast.lan, market.pk, cast.now) == market
    for user in (cast.mai, cast.xuan):
        with pytest.raises(NotFound):
            access.device_for(user, market.pk, cast.now)
    with pytest.raises(NotFound):
        access.device_for(cast.lan, "spk-none", cast.now)


def test_list_puts_what_needs_a_person_first_in_few_queries(
    cast: Cast, market: Device, ferry: Device, django_assert_max_num_queries: object
) -> None:
    from loa.devices.models import DeviceStatus

    facts = {"since": cast.now, "seen_at": cast.now, "clock_bound": 20, "storage_free": 10**9}
    DeviceStatus.objects.create(device=market, state="online", cause="connected", **facts)
    DeviceStatus.objects.create(device=ferry, state="silent", cause="sim_expired", **facts)
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        rows = queries.device_rows(cast.quy_mong.path, cast.now)
    assert [(row.device.name, row.state) for row in rows] == [("Bến đò", State.SILENT), ("Chợ Quy Mông", State.ONLINE)]
    assert rows[0].advice.word == "Hết hạn SIM"
    reach = queries.reach(cast.quy_mong.path)
    assert (reach.devices, reach.silent) == (2, 1)
    assert queries.reach(cast.quy_mong.path, only=[market.pk]).silent == 0
    assert queries.reach(cast.quy_mong.path, without=[market.pk]).devices == 1
    assert queries.reach(cast.tran_yen.path).devices == 0


def test_ticket_says_who_may_what_where(cast: Cast) -> None:
    from django.conf import settings

    seed = tickets.ensure_seed(settings.ENV.ticket_keys)
    lan = tickets.check(access.ticket_for(cast.lan, cast.quy_mong.path, cast.now), seed=seed, now=cast.now)
    assert (lan.user, lan.name, lan.area) == (cast.lan.pk, "Hoàng Thị Lan", cast.quy_mong.path)
    assert "hold.set" in lan.may
    with pytest.raises(NotFound):
        access.ticket_for(cast.mai, cast.quy_mong.path, cast.now)


def test_key_of_the_tickets_leaves_the_keys_of_the_gateway(cast: Cast, tmp_path: Path) -> None:
    """A page that is open meanwhile keeps its stop button; the second process finds nothing to do."""
    former, folder = tmp_path / "gateway", tmp_path / "tickets"
    seed = tickets.ensure_seed(former)
    facts = {"user": 1, "name": "x", "area": "vn", "role": "officer", "may": ("hold.set",), "now": cast.now}
    text = tickets.mint(seed=seed, **facts)  # type: ignore[arg-type]
    for _ in range(2):
        tickets.move_in(folder, former=former)
        assert tickets.check(text, seed=tickets.ensure_seed(folder), now=cast.now).user == 1
    assert [file.name for file in (*former.iterdir(), *folder.iterdir())] == [tickets.KEY_FILE]
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / tickets.KEY_FILE)] == [0o700, 0o600]


def test_key_of_the_tickets_that_was_made_anew_stays_and_the_former_one_goes(tmp_path: Path) -> None:
    former, folder = tmp_path / "gateway", tmp_path / "tickets"
    seed = tickets.ensure_seed(folder)
    tickets.ensure_seed(former)
    tickets.move_in(folder, former=former)
    assert tickets.ensure_seed(folder) == seed
    assert not (former / tickets.KEY_FILE).exists()


@pytest.mark.parametrize("content", [None, "", "not a key"])
def test_no_former_key_of_tickets_or_a_spoilt_one_stops_nothing(content: str | None, tmp_path: Path) -> None:
    former, folder = tmp_path / "gateway", tmp_path / "tickets"
    if content is not None:
        former.mkdir()
        (former / tickets.KEY_FILE).write_text(content)
    tickets.move_in(folder, former=former)
    assert len(tickets.ensure_seed(folder)) == 32


def test_ticket_lives_twelve_hours_at_most_and_cannot_be_made_by_others(cast: Cast) -> None:
    seed = secrets.token_bytes(32)
    facts = {"user": 1, "name": "x", "area": "vn", "role": "officer", "may": ("hold.set",), "now": cast.now}
    text = tickets.mint(seed=seed, life=timedelta(days=30), **facts)  # type: ignore[arg-type]
    tickets.check(text, seed=seed, now=cast.now + timedelta(hours=11, minutes=59))
    for moment, key, code in (
        (cast.now + timedelta(hours=12), seed, "ticket_expired"),
        (cast.now, secrets.token_bytes(32), "ticket_forged"),
    ):
        with pytest.raises(Denied) as refusal:
            tickets.check(text, seed=key, now=moment)
        assert refusal.value.code == code


def test_a_placement_says_what_is_true_now_not_what_somebody_had_before_them(cast: Cast, market: Device) -> None:
    read_before = Device.objects.get(pk=market.pk)
    actions.set_max_volume(actor=cast.son, device=market, most=40, now=cast.now)
    actions.place([read_before], now=cast.now)
    assert placement_of(market).max_volume == 40
    assert read_before.plan_set == market.plan_set
