"""The list of essential information is data; a commune adds to it and never takes away."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from loa.bulletins import actions, queries
from loa.bulletins.models import Category
from loa.kernel.errors import Denied, Invalid
from tests.cast import Cast


def test_the_groups_of_the_decree_are_there_from_the_start(cast: Cast) -> None:
    groups = queries.categories_for(cast.quy_mong)
    assert [group.code for group in groups][:3] == ["policy", "development", "society"]
    assert [group.code for group in groups if not group.essential] == ["reply"]


def test_a_commune_adds_below_a_group_for_itself_and_its_hamlets(cast: Cast) -> None:
    actions.add_category(
        actor=cast.thanh, area=cast.quy_mong, group="livelihood", code="gia-que", name="Giá quế", now=cast.now
    )
    codes = [category.code for category in queries.categories_for(cast.thon_5)]
    assert codes[codes.index("livelihood") + 1] == "gia-que"
    assert "gia-que" not in [category.code for category in queries.categories_for(cast.tran_yen)]
    with pytest.raises(Invalid):
        actions.add_category(
            actor=cast.thanh, area=cast.quy_mong, group="livelihood", code="gia-que", name="Giá quế", now=cast.now
        )
    with pytest.raises(Invalid):
        actions.add_category(actor=cast.thanh, area=cast.quy_mong, group="own", code="x", name="Riêng", now=cast.now)
    with pytest.raises(Denied):
        actions.add_category(actor=cast.lan, area=cast.quy_mong, group="policy", code="x", name="X", now=cast.now)


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
