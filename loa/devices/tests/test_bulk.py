"""One deed for many poles, groups that follow a rule, a merger: shown first, then all or none."""

from datetime import date, timedelta

import pytest
from django.test import Client

from loa.areas.models import Area, AreaSuccession
from loa.areas.rules import Kind, Level
from loa.devices import actions, queries
from loa.devices.models import Device, DeviceGroup, DeviceStatus, SavedFilter
from loa.devices.rules.bulk import Deed
from loa.devices.rules.grouping import Rule
from loa.devices.rules.sims import use
from loa.kernel.errors import Invalid, Refusal
from tests.cast import Cast, place
from tests.changes import confirm

pytestmark = pytest.mark.django_db


def stand(cast: Cast, count: int, area: Area | None = None) -> list[Device]:
    """So many placed poles."""
    rows = []
    for number in range(count):
        row = actions.add_device(actor=None, area=area or cast.quy_mong, name=f"Cột {number + 1}", now=cast.now)
        Device.objects.filter(pk=row.pk).update(state=Device.State.PLACED, public_key=f"k{row.pk}")
        rows.append(Device.objects.select_related("area").get(pk=row.pk))
    return rows


def test_a_volume_for_many_is_shown_and_set_for_all_or_none(cast: Cast) -> None:
    rows = stand(cast, 3)
    Device.objects.filter(pk=rows[2].pk).update(max_volume=50)
    deed = Deed(kind="volume", volume=70)
    effects = actions.preview_bulk(actor=cast.son, devices=rows, deed=deed, now=cast.now)
    assert [one.words for one in effects] == ["Âm lượng 60% thành 70%"] * 2 + [""]
    assert "tối đa 50%" in effects[2].refusal
    assert set(Device.objects.values_list("volume", flat=True)) == {60}
    with pytest.raises(Refusal, match="1 cụm bị từ chối"):
        actions.carry_out(actor=cast.son, devices=rows, deed=deed, now=cast.now)
    assert set(Device.objects.values_list("volume", flat=True)) == {60}
    actions.carry_out(actor=cast.son, devices=rows[:2], deed=deed, now=cast.now)
    assert sorted(Device.objects.values_list("volume", flat=True)) == [60, 70, 70]


@pytest.mark.parametrize("kind", ["group", "move", "retire", "refresh"])
def test_every_deed_does_what_its_preview_said(kind: str, cast: Cast) -> None:
    rows = stand(cast, 2)
    stand(cast, 1, cast.tran_yen)
    group = actions.save_group(actor=None, area=cast.quy_mong, name="Ven sông", members=[], now=cast.now)
    deed = Deed(kind=kind, group=group.pk, area=cast.tran_yen.path, reason="Gỡ cột")  # type: ignore[arg-type]
    effects = actions.preview_bulk(actor=cast.son, devices=rows, deed=deed, now=cast.now)
    assert not any(one.refusal for one in effects)
    assert not group.members.exists()
    actions.carry_out(actor=cast.son, devices=rows, deed=deed, now=cast.now)
    first = Device.objects.get(pk=rows[0].pk)
    assert {
        "group": group.members.count() == 2,
        "move": (first.area, first.number) == (cast.tran_yen, 2),
        "retire": first.state == Device.State.RETIRED,
        "refresh": len(queries.open_messages(cast.quy_mong.path)) == 2,
    }[kind]


def test_the_pages_lead_from_the_filter_to_the_deed(client: Client, cast: Cast) -> None:
    rows = stand(cast, 2)
    client.force_login(cast.son)
    area = f"?don-vi={cast.quy_mong.path}"
    assert client.post(f"/thiet-bi/nhieu-cum/bo-loc/{area}&loc=never_seen", {"name": "Chưa lắp"}).status_code == 302
    assert SavedFilter.objects.get().wish["loc"] == "never_seen"
    page = client.get(f"/thiet-bi/nhieu-cum/{area}&tim=cot").content.decode()
    assert "Chưa lắp" in page
    wish = {"kind": "volume", "volume": "30", "cum": [row.pk for row in rows]}
    shown = client.post(f"/thiet-bi/nhieu-cum/xem-truoc/{area}", wish).content.decode()
    assert "Âm lượng 60% thành 30%" in shown
    Device.objects.filter(pk=rows[0].pk).update(volume=40)
    again = confirm(client, shown)
    assert again.status_code == 200
    assert "Âm lượng 40% thành 30%" in again.content.decode()
    assert set(Device.objects.values_list("volume", flat=True)) == {40, 60}
    assert confirm(client, again.content.decode()).status_code == 302
    assert set(Device.objects.values_list("volume", flat=True)) == {30}
    for volume, fault in (("", "Chưa điền ô này."), ("-5", "Giá trị phải từ 0 trở lên.")):
        again = client.post(f"/thiet-bi/nhieu-cum/xem-truoc/{area}", wish | {"volume": volume})
        assert (again.status_code, fault in again.content.decode()) == (422, True)
        assert again.content.decode().count(" checked><span>0") == 2, "what was ticked stays ticked"
    client.force_login(cast.lan)
    assert client.get(f"/thiet-bi/nhieu-cum/{area}").status_code == 403


def test_a_group_by_rule_follows_its_devices(cast: Cast) -> None:
    rows = stand(cast, 3)
    Device.objects.filter(pk=rows[0].pk).update(hamlet=cast.thon_5)
    rule = Rule(hamlets=(cast.thon_5.path,))
    group = actions.save_rule_group(actor=cast.lan, area=cast.quy_mong, name="Thôn 5", rule=rule, now=cast.now)
    assert [one.pk for one in group.members.all()] == [rows[0].pk]
    actions.describe(actor=cast.son, device=rows[1], hamlet=cast.thon_5, now=cast.now)
    assert group.members.count() == 2
    assert [one.pk for one in actions.shift(cast.quy_mong, Rule(least_horns=2), group).go] == [
        rows[0].pk,
        rows[1].pk,
    ]
    horned = actions.save_rule_group(
        actor=cast.lan, area=cast.quy_mong, name="Hai loa", rule=Rule(least_horns=2), now=cast.now
    )
    actions.describe_pole(actor=cast.son, device=rows[2], horns=[0, 180], now=cast.now)
    assert [one.pk for one in horned.members.all()] == [rows[2].pk]
    actions.move(actor=cast.son, device=rows[0], area=cast.tran_yen, number=9, now=cast.now)
    assert [one.pk for one in group.members.all()] == [rows[1].pk]
    actions.correct(actor=cast.son, device=rows[1], name="Chợ", max_volume=80, groups=[], now=cast.now)
    assert group.members.count() == 1
    with pytest.raises(Invalid, match="ít nhất một điều kiện"):
        actions.save_rule_group(actor=cast.lan, area=cast.quy_mong, name="Tất cả", rule=Rule(), now=cast.now)
    assert DeviceGroup.objects.get(pk=group.pk).rule == {"hamlets": [cast.thon_5.path]}


def test_after_a_merger_all_go_to_the_heir_at_once(client: Client, cast: Cast) -> None:
    old = place("vn.15.04999", "Báo Đáp", Kind.COMMUNE, Level.COMMUNE, cast.lao_cai)
    rows = stand(cast, 2, old)
    Device.objects.filter(pk=rows[0].pk).update(latitude=21.6, longitude=104.7)
    stand(cast, 1)
    Area.objects.filter(pk=old.pk).update(valid_to=date(2026, 8, 1))
    old.refresh_from_db()
    client.force_login(cast.son)
    assert "được chia cho 0 nơi" in client.get(f"/thiet-bi/sap-nhap/?don-vi={old.path}").content.decode()
    AreaSuccession.objects.create(old=old, new=cast.quy_mong, on=date(2026, 8, 2))
    assert "Báo Đáp: 2 cụm" in client.get("/thiet-bi/").content.decode()
    assert f"/thiet-bi/sap-nhap/?don-vi={old.path}" in client.get("/thiet-bi/sap-nhap/").content.decode()
    shown = client.get(f"/thiet-bi/sap-nhap/?don-vi={old.path}").content.decode()
    assert "số 01 thành 02" in shown
    assert Device.objects.filter(area=old).count() == 2
    assert confirm(client, shown).status_code == 302
    moved = Device.objects.get(pk=rows[0].pk)
    assert (moved.area, moved.former_area, moved.number, moved.latitude) == (cast.quy_mong, old, 2, 21.6)
    assert "Không còn cụm loa nào" in client.get("/thiet-bi/sap-nhap/").content.decode()


def test_the_list_for_whoever_pays_the_sims(client: Client, cast: Cast) -> None:
    rows = stand(cast, 4)
    today = date(2026, 8, 20)
    facts = (("-Viettel", 3, 0), ("Viettel", 25, 0), ("Viettel", 300, 3000), ("Viettel", 300, 3000))
    for row, (operator, days, budget) in zip(rows, facts, strict=True):
        expires = today + timedelta(days=days)
        Device.objects.filter(pk=row.pk).update(sim_operator=operator, sim_expires=expires, monthly_mb=budget)
    for row, used in ((rows[2], 2500), (rows[3], 900)):
        DeviceStatus.objects.create(device=row, since=cast.now, seen_at=cast.now, used_mb=used)
    found = queries.sims(cast.quy_mong.path, cast.now)
    assert [[one.device.pk for one in part] for part in (found.soon, found.later, found.data)] == [
        [rows[0].pk],
        [rows[1].pk],
        [rows[2].pk],
    ]
    client.force_login(cast.lan)
    assert client.get("/thiet-bi/sim/").status_code == 200
    paper = client.get("/thiet-bi/sim/?tep=csv").content.decode()
    assert paper.startswith("\ufeffĐơn vị;")
    assert "'-Viettel" in paper


def test_a_month_is_forecast_from_its_days() -> None:
    told = use(1500, 2000, date(2026, 8, 20))
    assert told is not None
    assert (told.forecast, told.over, told.empty) == (2325, True, False)
    early = use(100, 2000, date(2026, 8, 2))
    assert early is not None
    assert (early.forecast, early.over) == (None, False)
    assert use(-1, 2000, date(2026, 8, 20)) is None
