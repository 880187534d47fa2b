"""Giving and taking roles, deputies, stand-ins; who may not."""

from datetime import timedelta

import pytest

from loa.areas.rules import Kind
from loa.audit.queries import of_object
from loa.kernel.errors import Denied, Invalid, LoaError, NotFound, Refusal
from loa.people import access, queries, rules
from loa.people.actions import places, roles
from loa.people.models import Role, RoleGrant
from tests.cast import Cast, give, person

DAY = timedelta(days=1)


def test_the_administrator_gives_a_role_and_takes_it_back(cast: Cast) -> None:
    row = roles.grant(
        actor=cast.bao, user=cast.mai, role=Role.VIEWER, area=cast.lao_cai, starts=cast.now, ends=None, now=cast.now
    )
    assert access.may(cast.mai, "view", cast.quy_mong, cast.now)
    roles.take_back(actor=cast.bao, row=row, now=cast.now + DAY)
    assert not access.may(cast.mai, "view", cast.quy_mong, cast.now + DAY)
    assert [entry.verb for entry in of_object("grant", row.pk)] == ["role.granted", "role.taken_back"]


@pytest.mark.parametrize("who", ["lan", "thanh", "phuc", "mai", "son", "minh_anh", "xuan"])
def test_nobody_else_gives_roles(cast: Cast, who: str) -> None:
    with pytest.raises((Denied, NotFound)):
        roles.grant(
            actor=getattr(cast, who), user=cast.mai, role=Role.ADMINISTRATOR, area=cast.quy_mong, starts=cast.now,
            ends=None, now=cast.now,
        )  # fmt: skip


def test_a_commune_s_administrator_has_no_say_elsewhere(cast: Cast) -> None:
    give(cast.xuan, Role.ADMINISTRATOR, cast.quy_mong)
    for place in (cast.tran_yen, cast.lao_cai, cast.vietnam):
        with pytest.raises(NotFound):
            roles.grant(
                actor=cast.xuan,
                user=cast.xuan,
                role=Role.APPROVER,
                area=place,
                starts=cast.now,
                ends=None,
                now=cast.now,
            )
    assert cast.mai not in access.accounts_of(cast.xuan, cast.now)
    with pytest.raises(NotFound):
        access.account_for(cast.xuan, cast.mai.pk, cast.now)


def test_administrators_do_not_shut_themselves_out(cast: Cast) -> None:
    with pytest.raises(Refusal):
        roles.take_back(actor=cast.bao, row=cast.bao.grants.get(), now=cast.now)


def test_thanh_names_a_deputy_for_three_days_without_the_province(cast: Cast) -> None:
    row = roles.name_deputy(
        actor=cast.thanh,
        deputy=cast.lan,
        area=cast.quy_mong,
        starts=cast.now + DAY,
        ends=cast.now + 4 * DAY,
        now=cast.now,
    )
    assert row.on_behalf_of == cast.thanh
    allowed = [access.may(cast.lan, "bulletin.approve", cast.quy_mong, cast.now + n * DAY) for n in range(6)]
    assert allowed == [False, True, True, True, False, False]
    entry = of_object("grant", row.pk).get()
    assert (entry.actor_name, entry.facts["on_behalf_of"]) == ("Nguyễn Văn Thành", cast.thanh.pk)


def test_a_deputy_s_power_ends_with_that_of_the_approver(cast: Cast) -> None:
    assert access.may(cast.phuc, "bulletin.approve", cast.quy_mong, cast.now)
    roles.take_back(actor=cast.bao, row=cast.thanh.grants.get(), now=cast.now)
    assert not access.may(cast.phuc, "bulletin.approve", cast.quy_mong, cast.now)
    assert access.holders("bulletin.approve", cast.quy_mong, cast.now) == []


def test_a_deputy_s_power_ends_when_the_approver_s_account_is_closed(cast: Cast) -> None:
    cast.thanh.is_active = False
    cast.thanh.save()
    assert not access.may(cast.phuc, "bulletin.approve", cast.quy_mong, cast.now)


def test_a_deputy_does_not_come_back_with_the_role_of_the_approver(cast: Cast) -> None:
    later = cast.now + DAY
    give(cast.phuc, Role.VIEWER, cast.quy_mong)
    roles.take_back(actor=cast.bao, row=cast.thanh.grants.get(), now=cast.now)
    again = give(cast.thanh, Role.APPROVER, cast.quy_mong)
    assert not access.may(cast.phuc, "bulletin.approve", cast.quy_mong, later)
    lent = RoleGrant.objects.get(user=cast.phuc, on_behalf_of=cast.thanh)
    assert [entry.verb for entry in of_object("grant", lent.pk)] == ["delegation.ended"]
    assert list(queries.delegations_in(cast.quy_mong, later)) == []
    named = roles.name_deputy(
        actor=cast.thanh, deputy=cast.phuc, area=cast.quy_mong, starts=later, ends=later + DAY, now=later
    )
    assert access.may(cast.phuc, "bulletin.approve", cast.quy_mong, later)
    assert named.pk > again.pk


def test_a_deputy_does_not_come_back_when_a_role_that_ran_out_is_given_again(cast: Cast) -> None:
    cast.thanh.grants.update(ends=cast.now + DAY)
    assert access.may(cast.phuc, "bulletin.approve", cast.quy_mong, cast.now)
    give(cast.thanh, Role.APPROVER, cast.quy_mong, starts=cast.now + 2 * DAY)
    for days in (1, 2, 3):
        assert not access.may(cast.phuc, "bulletin.approve", cast.quy_mong, cast.now + days * DAY)
    assert access.may(cast.thanh, "bulletin.approve", cast.quy_mong, cast.now + 2 * DAY)


def test_one_of_two_roles_that_overlap_may_end_and_the_deputy_stays(cast: Cast) -> None:
    first = cast.thanh.grants.get()
    cast.phuc.grants.all().delete()
    give(cast.thanh, Role.APPROVER, cast.quy_mong)
    give(cast.phuc, Role.APPROVER, cast.quy_mong, on_behalf_of=cast.thanh)
    roles.take_back(actor=cast.bao, row=first, now=cast.now)
    assert access.may(cast.phuc, "bulletin.approve", cast.quy_mong, cast.now)


def test_a_deputy_does_not_hand_on_what_was_lent(cast: Cast) -> None:
    with pytest.raises(Denied, match="không ủy quyền tiếp"):
        roles.name_deputy(
            actor=cast.phuc, deputy=cast.lan, area=cast.quy_mong, starts=cast.now, ends=cast.now + DAY, now=cast.now
        )


@pytest.mark.parametrize("who", ["lan", "mai", "bao", "minh_anh"])
def test_only_approvers_delegate(cast: Cast, who: str) -> None:
    with pytest.raises((Denied, NotFound)):
        roles.name_deputy(
            actor=getattr(cast, who), deputy=cast.phuc, area=cast.quy_mong, starts=cast.now, ends=cast.now + DAY,
            now=cast.now,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("starts", "ends", "error"),
    [(0, 0, Invalid), (3, 1, Invalid), (-5, -1, Invalid), (0, 93, Invalid)],
)
def test_dates_that_will_not_do(cast: Cast, starts: int, ends: int, error: type[LoaError]) -> None:
    with pytest.raises(error):
        roles.name_deputy(
            actor=cast.thanh, deputy=cast.lan, area=cast.quy_mong, starts=cast.now + starts * DAY,
            ends=cast.now + ends * DAY, now=cast.now,
        )  # fmt: skip


def test_a_deputy_is_somebody_of_the_commune_and_not_oneself(cast: Cast) -> None:
    for other in (cast.mai, cast.thanh, person("la", "Người Lạ")):
        with pytest.raises(Refusal):
            roles.name_deputy(
                actor=cast.thanh, deputy=other, area=cast.quy_mong, starts=cast.now, ends=cast.now + DAY, now=cast.now
            )


def test_a_stand_in_does_lan_s_work_while_she_is_away(cast: Cast) -> None:
    row = roles.name_stand_in(
        actor=cast.thanh, stand_in=cast.xuan, officer=cast.lan, area=cast.quy_mong, starts=cast.now,
        ends=cast.now + DAY, now=cast.now,
    )  # fmt: skip
    assert access.may(cast.xuan, "bulletin.write", cast.quy_mong, cast.now)
    roles.end_delegation(actor=cast.thanh, row=row, now=cast.now + timedelta(hours=1))
    assert not access.may(cast.xuan, "bulletin.write", cast.quy_mong, cast.now + timedelta(hours=2))
    assert access.may(cast.xuan, "bulletin.write", cast.thon_5, cast.now + timedelta(hours=2))


def test_only_an_officer_is_stood_in_for(cast: Cast) -> None:
    with pytest.raises(Refusal):
        roles.name_stand_in(
            actor=cast.thanh, stand_in=cast.xuan, officer=cast.phuc, area=cast.quy_mong, starts=cast.now,
            ends=cast.now + DAY, now=cast.now,
        )  # fmt: skip


def test_the_approver_elsewhere_does_not_end_it(cast: Cast) -> None:
    row = RoleGrant.objects.get(user=cast.phuc)
    give(cast.mai, Role.APPROVER, cast.tran_yen)
    with pytest.raises(NotFound):
        roles.end_delegation(actor=cast.mai, row=row, now=cast.now)


def test_a_role_that_has_not_begun_never_begins_once_taken_back(cast: Cast) -> None:
    row = give(cast.mai, Role.VIEWER, cast.lao_cai, starts=cast.now + DAY)
    roles.take_back(actor=cast.bao, row=row, now=cast.now)
    assert not access.may(cast.mai, "view", cast.lao_cai, cast.now + 2 * DAY)
    with pytest.raises(Refusal):
        roles.take_back(actor=cast.bao, row=row, now=cast.now + 2 * DAY)


@pytest.mark.parametrize(
    ("author", "approver", "for_whom", "same"),
    [
        (1, 2, None, False),
        (1, 1, None, True),
        (1, 2, 1, True),
        (1, 2, 3, False),
        (None, 2, None, True),
        (1, None, None, True),
    ],
)
def test_two_persons(author: int | None, approver: int | None, for_whom: int | None, same: bool) -> None:
    assert rules.same_person(author, approver, for_whom) is same


def test_no_role_can_both_write_and_approve() -> None:
    for role, capabilities in rules.CAPABILITIES.items():
        assert not {"bulletin.write", "bulletin.approve"} <= capabilities, role


def test_every_role_has_its_row_in_the_matrix_and_can_look() -> None:
    assert set(rules.CAPABILITIES) == set(Role.values)
    assert all("view" in capabilities for capabilities in rules.CAPABILITIES.values())


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0912345678", "0912345678"), ("+84 912 345 678", "0912345678"), ("0084912345678", "0912345678"),
        ("0216.3850.123", "02163850123"), ("912345678", ""), ("0912", ""), ("lan", ""), ("٠٩١٢٣٤٥٦٧٨", ""), ("", ""),
    ],
)  # fmt: skip
def test_telephone_numbers(typed: str, number: str) -> None:
    assert rules.normal_phone(typed) == number


def test_a_name_that_means_two_accounts_means_none(cast: Cast) -> None:
    cast.lan.phone = "0912345678"
    cast.lan.save()
    other = person("0912345678", "Tên Là Số")
    assert queries.by_login("lan") == cast.lan
    assert queries.by_login("0912 345 678") == cast.lan
    assert queries.by_login("0912345678") is None
    assert other.username == "0912345678"


def test_the_commune_adds_a_hamlet_the_neighbour_cannot(cast: Cast) -> None:
    on = cast.now.date()
    hamlet = places.add_hamlet(actor=cast.lan, commune=cast.quy_mong, kind=Kind.THON, name="6", on=on, now=cast.now)
    assert of_object("area", hamlet.path).get().verb == "hamlet.added"
    with pytest.raises(NotFound):
        places.add_hamlet(actor=cast.mai, commune=cast.quy_mong, kind=Kind.THON, name="7", on=on, now=cast.now)
    with pytest.raises(Denied):
        places.add_hamlet(actor=cast.thanh, commune=cast.quy_mong, kind=Kind.THON, name="7", on=on, now=cast.now)
    places.end_hamlet(actor=cast.lan, hamlet=hamlet, last_day=on, now=cast.now)


def test_the_place_a_page_opens_with(cast: Cast) -> None:
    assert access.place_for(cast.lan, "", cast.now) == cast.quy_mong
    assert access.place_for(cast.minh_anh, "vn.15.04498", cast.now) == cast.tran_yen
    for user, wanted in ((cast.mai, "vn.15.04531"), (person("moi", "Người Mới"), "")):
        with pytest.raises(NotFound):
            access.place_for(user, wanted, cast.now)
