"""Lan makes a group by a rule in plain words: who is in it is shown while she chooses, and follows afterwards."""

from datetime import timedelta

import pytest
from django.test import Client

from loa.areas import actions as areas
from loa.areas.models import Area
from loa.areas.rules import Kind
from loa.broadcasts.changes.kinds.groups import SaveGroup
from loa.broadcasts.tests.changes.conftest import confirm, see
from loa.broadcasts.tests.conftest import Station
from loa.devices import actions, signing
from loa.devices.models import Device, DeviceGroup
from loa.devices.rules import grouping
from loa.devices.rules.grouping import Rule
from loa.kernel import clock
from loa.kernel.clock import local
from loa.kernel.errors import Invalid
from tests.cast import Cast

NEW = "/lich-phat/nhom/theo-dieu-kien/"


@pytest.fixture
def hamlet(cast: Cast, station: Station, monkeypatch: pytest.MonkeyPatch) -> Area:
    """Thôn 3 with the clusters 01 and 02 in it, on this day."""
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    monkeypatch.setattr(signing, "sign_all", lambda messages: ["signed" for _ in messages])
    row = areas.add_hamlet(
        commune=cast.quy_mong, kind=Kind.THON, name="33", on=local(cast.now).date() - timedelta(days=9)
    )
    Device.objects.filter(pk__in=[station.speakers[number].pk for number in (1, 2)]).update(hamlet=row)
    return row


def test_who_is_in_it_is_shown_while_it_is_chosen_and_kept_after_the_difference(
    client: Client, cast: Cast, station: Station, hamlet: Area
) -> None:
    client.force_login(cast.lan)
    assert "Chọn ít nhất một điều kiện" in client.get(NEW).content.decode()
    looked = client.get(NEW, {"hamlets": [hamlet.path]}, headers={"HX-Request": "true"}).content.decode()
    assert "ở Thôn 33: <strong>2 cụm</strong>" in looked
    assert "<form" not in looked
    assert client.post(NEW, {"name": "Loa thôn 33"}).status_code == 422
    page = client.post(NEW, {"name": "Loa thôn 33", "hamlets": [hamlet.path]}).content.decode()
    assert not DeviceGroup.objects.filter(name="Loa thôn 33").exists()
    assert confirm(client, page).status_code == 302
    group = DeviceGroup.objects.get(name="Loa thôn 33")
    assert list(group.members.order_by("number").values_list("number", flat=True)) == [1, 2]
    told = client.get("/thiet-bi/nhom/").content.decode()
    assert "Tự chọn thiết bị ở Thôn 33." in told
    assert f"/lich-phat/nhom/{group.pk}/dieu-kien/" in told


def test_a_narrower_rule_says_who_leaves(client: Client, cast: Cast, hamlet: Area) -> None:
    group = actions.save_rule_group(
        actor=cast.lan, area=cast.quy_mong, name="Loa thôn 33", rule=Rule(hamlets=(hamlet.path,)), now=cast.now
    )
    client.force_login(cast.lan)
    address = f"/lich-phat/nhom/{group.pk}/dieu-kien/"
    asked = {"hamlets": [hamlet.path], "least_horns": "4"}
    looked = client.get(address, asked, headers={"HX-Request": "true"}).content.decode()
    assert "Ra khỏi nhóm:</strong> 01 · Cụm 01, 02 · Cụm 02" in looked
    wrong = client.post(address, {"name": "Loa thôn 33", "least_horns": "5", "most_horns": "2"})
    assert wrong.status_code == 422
    assert "Số nhiều nhất phải bằng" in wrong.content.decode()
    taken = client.post(address, {"name": "Trung tâm", "hamlets": [hamlet.path]})
    assert (taken.status_code, "đã có nhóm tên" in taken.content.decode()) == (422, True)


def test_nobody_chooses_by_hand_what_follows_a_rule(cast: Cast, hamlet: Area) -> None:
    group = actions.save_rule_group(
        actor=cast.lan, area=cast.quy_mong, name="Loa thôn 33", rule=Rule(hamlets=(hamlet.path,)), now=cast.now
    )
    change = SaveGroup(area=cast.quy_mong.path, group=group.pk, name="Loa thôn 33", members=())
    with pytest.raises(Invalid) as refused:
        see(cast, change)
    assert refused.value.code == "group_by_rule"
    actions.delete_group(actor=cast.lan, group=group, now=cast.now)  # nothing is meant for it: its members stay behind
    assert Device.objects.filter(hamlet=hamlet).count() == 2


def test_a_rule_in_words() -> None:
    rule = Rule(kind="speaker", hamlets=("a", "b"), former=("c",), least_horns=2)
    names = {"a": "Thôn 1", "b": "Thôn 2", "c": "Xã Y Can"}
    assert grouping.words(rule, names) == (
        "là cụm loa; ở Thôn 1 hoặc Thôn 2; trước đây thuộc Xã Y Can; trên cột có từ 2 loa"
    )
    assert grouping.words(Rule(least_horns=3, most_horns=3), {}) == "trên cột có 3 loa"
    assert grouping.words(Rule(most_horns=2), {}) == "trên cột có nhiều nhất 2 loa"
