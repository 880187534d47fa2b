"""The list of essential information is data; a commune adds to it and never takes away."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from loa.bulletins import actions, queries
from loa.bulletins.models import Category
from loa.kernel.errors import Denied, Invalid
from tests.cast import Cast


def test_the_groups_of_the_decree_are_there_from_the_start(cast: Cast) -> None:
    groups = queries.categories_for(cast.quy_mong)
    assert [group.code for group in groups][:3] == ["policy", "development", "society"]
    assert [group.code for group in groups if not group.essential] == ["reply"]


def test_a_commune_adds_below_a_group_for_itself_and_its_hamlets(cast: Cast) -> None:
    actions.add_category(actor=cast.thanh, area=cast.quy_mong, group="livelihood", name="Giá quế", now=cast.now)
    codes = [category.code for category in queries.categories_for(cast.thon_5)]
    assert codes[codes.index("livelihood") + 1] == "gia-que"
    assert "gia-que" not in [category.code for category in queries.categories_for(cast.tran_yen)]
    with pytest.raises(Invalid):
        actions.add_category(actor=cast.thanh, area=cast.quy_mong, group="livelihood", name="Giá quế", now=cast.now)
    with pytest.raises(Invalid):
        actions.add_category(actor=cast.thanh, area=cast.quy_mong, group="own", name="Riêng", now=cast.now)
    with pytest.raises(Denied):
        actions.add_category(actor=cast.lan, area=cast.quy_mong, group="policy", name="X", now=cast.now)


@pytest.mark.parametrize("name", ["Giá quế", "  gia QUE ", "Giá - quế", "!?", ""])
def test_a_name_that_is_there_or_says_nothing_is_refused(cast: Cast, name: str) -> None:
    actions.add_category(actor=cast.bao, area=cast.lao_cai, group="livelihood", name="Giá quế", now=cast.now)
    with pytest.raises(Invalid):
        actions.add_category(actor=cast.bao, area=cast.lao_cai, group="policy", name=name, now=cast.now)


def test_the_commune_does_not_repeat_what_its_province_has(cast: Cast) -> None:
    actions.add_category(actor=cast.bao, area=cast.lao_cai, group="livelihood", name="Giá quế", now=cast.now)
    with pytest.raises(Invalid, match="Đã có lĩnh vực “Giá quế” rồi"):
        actions.add_category(actor=cast.thanh, area=cast.quy_mong, group="livelihood", name="Giá quế", now=cast.now)


def test_the_page_of_the_place_leads_to_the_list_and_the_approver_adds_to_it(client: Client, cast: Cast) -> None:
    client.force_login(cast.thanh)
    page = reverse("bulletins:categories", args=[cast.quy_mong.path])
    assert page in client.get(reverse("people:place", args=[cast.quy_mong.path])).content.decode()
    assert "Nghị định 49/2024/NĐ-CP" in client.get(page).content.decode()
    assert client.post(page, {"group": "livelihood", "name": "Giá quế"}).status_code == 302
    shown = client.get(page).content.decode()
    assert "Đã thêm lĩnh vực Giá quế." in shown
    assert "Xã Quy Mông thêm" in shown
    again = client.post(page, {"group": "livelihood", "name": "Giá quế"})
    assert again.status_code == 422
    assert "Đã có lĩnh vực" in again.content.decode()
    assert client.post(page, {"group": "own", "name": "Riêng"}).status_code == 422


def test_an_officer_reads_the_list_and_the_neighbour_finds_nothing(client: Client, cast: Cast) -> None:
    page = reverse("bulletins:categories", args=[cast.quy_mong.path])
    client.force_login(cast.lan)
    assert "Thêm lĩnh vực" not in client.get(page).content.decode()
    assert client.post(page, {"group": "livelihood", "name": "Giá quế"}).status_code == 403
    client.force_login(cast.mai)
    assert client.get(page).status_code == 404
    assert not Category.objects.exclude(area=None).exists()


def test_a_code_without_a_group_cannot_exist(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.create(code="loose", name="Rời", area=cast.quy_mong)


def test_loading_again_changes_nothing_and_mends_names(cast: Cast) -> None:
    Category.objects.filter(code="policy", area=None).update(name="?")
    before = Category.objects.count()
    out = StringIO()
    call_command("load_categories", stdout=out)
    assert out.getvalue() == "9 nhóm thông tin.\n"
    assert Category.objects.count() == before
    assert Category.objects.get(code="policy", area=None).name.startswith("Chủ trương")
