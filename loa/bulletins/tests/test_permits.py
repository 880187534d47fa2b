"""What the signer reads: one row an approval, with the truth about who approved it."""

from datetime import timedelta
from typing import Any

import msgspec
from devicelink import permits
from devicelink.messages import Airing, Audience, Part
from devicelink.permits import Permit, PermitTimes, PlanSetPlace
from django.db import connection

from loa.bulletins import actions, queries
from loa.bulletins.models import Approval
from loa.bulletins.tests import stories
from loa.kernel.clock import to_ms
from loa.people import rules as people
from loa.people.models import Role, RoleGrant
from tests.cast import Cast, give


def row(approval: Approval) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select approval::text, permit::text, digest, author_id, approver_id, approver_may, revoked"
            " from signer_permits where approval = %s",
            [approval.pk],
        )
        (values,) = cursor.fetchall()
        return dict(zip([column.name for column in cursor.description], values, strict=True))


def test_the_signer_reads_the_permit_that_was_approved(cast: Cast) -> None:
    approval = stories.approve(cast, stories.submitted(cast))
    read = row(approval)
    permit = msgspec.json.decode(read["permit"], type=Permit)
    assert permits.digest(permit) == read["digest"]
    assert (read["approver_may"], read["revoked"]) == (True, False)
    assert (permit.author, permit.approver) == (str(cast.lan.pk), str(cast.thanh.pk))
    assert (read["author_id"], read["approver_id"]) == (cast.lan.pk, cast.thanh.pk)
    assert approval.version.sound is not None
    airing = Airing(
        id="a", start=to_ms(cast.now + timedelta(minutes=10)), duration=52_000, approval=str(approval.pk),
        parts=(Part(sha256=approval.version.sound.sha256),),
    )  # fmt: skip
    permits.allows(permit, airing, PlanSetPlace(area=cast.quy_mong.path), to_ms(cast.now))


def test_the_database_form_of_every_kind_of_time_keeps_its_digest(cast: Cast) -> None:
    weekly = PermitTimes(
        weekdays=(1, 3, 5), minutes=(310, 1020), from_day="2026-08-20", to_day="2026-12-31",
        except_days=("2026-09-02",), slack=600_000,
    )  # fmt: skip
    approval = stories.approve(
        cast, stories.submitted(cast), times=[weekly, stories.this_evening(cast)],
        targets=[Audience(group="trung-tam"), Audience(device="spk-7f3k"), Audience(area=cast.thon_5.path)],
    )  # fmt: skip
    read = row(approval)
    permit = msgspec.json.decode(read["permit"], type=Permit)
    assert permits.digest(permit) == read["digest"] == approval.digest
    assert permit.times[0] == weekly


def test_a_revoked_or_withdrawn_approval_is_revoked_for_the_signer(cast: Cast) -> None:
    bulletin = stories.submitted(cast)
    first, second = stories.approve(cast, bulletin), stories.approve(cast, bulletin)
    actions.revoke(actor=cast.lan, approval_id=first.pk, reason="Bỏ", now=cast.now)
    assert [row(one)["revoked"] for one in (first, second)] == [True, False]
    actions.withdraw(actor=cast.thanh, bulletin_id=bulletin.pk, reason="Sai tin", now=cast.now)
    assert row(second)["revoked"] is True


def test_a_word_given_in_office_stands_and_one_given_without_never_does(cast: Cast) -> None:
    approval = stories.approve(cast, stories.submitted(cast))
    grant = RoleGrant.objects.filter(user=cast.thanh)
    grant.update(ends=cast.now + timedelta(days=1))
    assert row(approval)["approver_may"] is True
    grant.update(ends=cast.now)  # as if forged: the role was over when it was decided
    assert row(approval)["approver_may"] is False
    grant.update(ends=None, starts=cast.now + timedelta(minutes=1))  # or was given only afterwards
    assert row(approval)["approver_may"] is False


def test_a_forged_approval_by_an_author_or_a_neighbour_is_refused_by_the_view(cast: Cast) -> None:
    good = stories.approve(cast, stories.submitted(cast))
    give(cast.bao, Role.APPROVER, cast.tran_yen)
    for approver in (cast.mai, cast.lan, cast.bao, cast.minh_anh):
        forged = Approval(
            bulletin=good.bulletin, version=good.version, verdict="approved", author=cast.xuan, approver=approver,
            decided_at=cast.now, permit=good.permit, digest=good.digest,
        )  # fmt: skip
        forged.save(force_insert=True)
        assert row(forged)["approver_may"] is False


def test_editing_afterwards_does_not_undo_an_approval(cast: Cast) -> None:
    bulletin = stories.submitted(cast)
    approval = stories.approve(cast, bulletin)
    give(cast.thanh, Role.OFFICER, cast.quy_mong)
    stories.save(cast, bulletin, by=cast.thanh, text="Nước ngừng từ 10h.")
    assert row(approval)["approver_may"] is True
    assert list(queries.standing(bulletin)) == [approval]


def test_the_view_names_the_same_roles_as_the_rules() -> None:
    able = {role for role, capabilities in people.CAPABILITIES.items() if "bulletin.approve" in capabilities}
    assert able == {"approver"}
