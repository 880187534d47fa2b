"""The door: who gets in where."""

from datetime import timedelta

import pytest

from loa.audit.actions import record
from loa.audit.models import Entry
from loa.kernel.errors import Denied, NotFound
from loa.people import access
from loa.people.models import Role, RoleGrant
from tests.cast import Cast, give


def test_lan_writes_in_her_commune_and_in_its_hamlets(cast: Cast) -> None:
    assert access.require(cast.lan, "bulletin.write", cast.quy_mong, cast.now).role == Role.OFFICER
    assert access.may(cast.lan, "bulletin.write", cast.thon_5, cast.now)


def test_for_mai_there_is_no_quy_mong(cast: Cast) -> None:
    for capability in ("view", "bulletin.write", "bulletin.approve", "people.manage"):
        with pytest.raises(NotFound):
            access.require(cast.mai, capability, cast.quy_mong, cast.now)


def test_lan_sees_but_may_not_approve(cast: Cast) -> None:
    with pytest.raises(Denied):
        access.require(cast.lan, "bulletin.approve", cast.quy_mong, cast.now)


def test_the_hamlet_announcer_has_only_the_hamlet(cast: Cast) -> None:
    assert access.may(cast.xuan, "bulletin.write", cast.thon_5, cast.now)
    for elsewhere in (cast.thon_4, cast.quy_mong, cast.lao_cai):
        with pytest.raises(NotFound):
            access.require(cast.xuan, "view", elsewhere, cast.now)


def test_a_name_that_begins_alike_is_not_inside(cast: Cast) -> None:
    with pytest.raises(NotFound):
        access.require(cast.lan, "view", "vn.15.045310", cast.now)


def test_a_grant_holds_from_its_first_instant_to_before_its_last(cast: Cast) -> None:
    day = timedelta(days=1)
    give(cast.mai, Role.OFFICER, cast.quy_mong, starts=cast.now, ends=cast.now + day)
    assert not access.may(cast.mai, "view", cast.quy_mong, cast.now - timedelta(microseconds=1))
    assert access.may(cast.mai, "view", cast.quy_mong, cast.now)
    assert not access.may(cast.mai, "view", cast.quy_mong, cast.now + day)


def test_a_closed_account_holds_nothing(cast: Cast) -> None:
    cast.lan.is_active = False
    assert access.grants_of(cast.lan, cast.now) == ()


def test_an_own_grant_is_used_before_one_on_behalf_of_another(cast: Cast) -> None:
    give(cast.phuc, Role.APPROVER, cast.quy_mong)
    assert access.require(cast.phuc, "bulletin.approve", cast.quy_mong, cast.now).on_behalf_of is None


def test_lists_hold_only_what_is_in_scope(cast: Cast) -> None:
    seen = RoleGrant.objects.filter(access.seen_by(cast.mai, cast.now)).values_list("user__username", flat=True)
    assert list(seen) == ["mai"]
    assert not RoleGrant.objects.filter(access.seen_by(cast.xuan, cast.now)).exclude(user=cast.xuan).exists()


def test_approvers_on_duty_are_named_nearest_first_own_before_deputy(cast: Cast) -> None:
    assert access.holders("bulletin.approve", cast.thon_5, cast.now) == [cast.thanh, cast.phuc]


def test_an_unknown_capability_is_a_programming_error(cast: Cast) -> None:
    with pytest.raises(ValueError, match=r"bulletin\.shout"):
        access.require(cast.lan, "bulletin.shout", cast.quy_mong, cast.now)


def test_record_writes_one_entry(cast: Cast) -> None:
    record(actor=cast.lan, verb="area.read", object=("area", 1), area="vn", facts={"at": cast.now}, now=cast.now)
    assert Entry.objects.get().actor_name == "Hoàng Thị Lan"


@pytest.mark.django_db(transaction=True)
def test_transactional_tests_can_be_cleaned_up(db: None) -> None:
    assert Entry.objects.count() == 0
