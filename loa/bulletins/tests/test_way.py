"""From Lan's draft to Thành's word, and back."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from devicelink.messages import Audience
from django.db import DatabaseError, connection, transaction

from loa.audit.models import Entry
from loa.bulletins import access, actions, queries
from loa.bulletins.models import Bulletin, State, Version
from loa.bulletins.tests import stories
from loa.kernel.errors import Denied, Invalid, LoaError, NotFound, Refusal
from loa.media.models import SoundState
from loa.people.models import Role
from tests.cast import Cast, give


def refused(code: str, kind: type[LoaError] = Refusal) -> Any:
    return pytest.raises(kind, check=lambda error: error.code == code)


def test_a_notice_goes_the_whole_way(cast: Cast) -> None:
    bulletin = stories.submitted(cast)
    approval = stories.approve(cast, bulletin)
    bulletin.refresh_from_db()
    assert bulletin.state == State.APPROVED
    assert list(queries.standing(bulletin)) == [approval]
    assert list(Entry.objects.filter(object_kind="bulletin").order_by("pk").values_list("verb", flat=True)) == [
        "bulletin.created", "bulletin.submitted", "bulletin.approved",
    ]  # fmt: skip


def test_a_draft_written_offline_arrives_only_once(cast: Cast) -> None:
    asked: dict[str, Any] = {
        "actor": cast.lan,
        "bulletin_id": uuid4(),
        "area": cast.quy_mong,
        "draft": stories.notice(cast),
    }
    first = actions.create_draft(**asked, now=cast.now)
    again = actions.create_draft(**asked, now=cast.now + timedelta(hours=3))
    assert first == again
    assert Version.objects.count() == 1
    assert Entry.objects.filter(verb="bulletin.created").count() == 1
    with pytest.raises(NotFound):
        actions.create_draft(**asked | {"actor": cast.mai, "area": cast.tran_yen}, now=cast.now)


def test_of_two_people_who_edit_at_once_the_second_is_told(cast: Cast) -> None:
    bulletin = stories.drafted(cast)
    draft = stories.notice(cast, title="Ngừng nước")
    actions.save_version(actor=cast.lan, bulletin_id=bulletin.pk, draft=draft, revision=1, now=cast.now)
    with refused("changed_elsewhere"):
        actions.save_version(actor=cast.lan, bulletin_id=bulletin.pk, draft=draft, revision=1, now=cast.now)


def test_saving_a_draft_keeps_one_version_and_a_submitted_one_begins_the_next(cast: Cast) -> None:
    bulletin = stories.drafted(cast)
    assert stories.save(cast, bulletin, text="Một.").number == 1
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    with refused("wrong_state"):
        stories.save(cast, bulletin, text="Hai.")
    actions.recall(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    assert stories.save(cast, bulletin, text="Hai.").number == 2
    assert Version.objects.get(bulletin=bulletin, number=1).text == "Một."


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"priority": "emergency"}, "emergency_is_no_bulletin"),
        ({"priority": "urgent"}, "priority"),
        ({"language": "tlh"}, "language"),
        ({"title": "a" * 201}, "too_long"),
    ],
)
def test_what_not_even_a_draft_can_hold(cast: Cast, wrong: dict[str, Any], code: str) -> None:
    with refused(code):
        stories.drafted(cast, **wrong)
    assert not Bulletin.objects.exists()


def test_lan_cannot_use_a_category_or_a_sound_of_the_neighbours(cast: Cast) -> None:
    give(cast.bao, Role.APPROVER, cast.tran_yen)
    actions.add_category(actor=cast.bao, area=cast.tran_yen, group="society", name="Chợ phiên", now=cast.now)
    with refused("category_unknown", Invalid):
        stories.drafted(cast, category=f"{cast.tran_yen.path}/cho-phien")
    foreign = stories.sound_of(cast, made_by=cast.mai, area=cast.tran_yen)
    with pytest.raises(NotFound):
        stories.drafted(cast, sound=foreign.id)
    give(cast.lan, Role.VIEWER, cast.tran_yen)  # even if she may see it
    with pytest.raises(NotFound):
        stories.drafted(cast, sound=foreign.id)


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ({"title": " "}, "title_missing"),
        ({"category": ""}, "category_missing"),
        ({"sound": None}, "sound_missing"),
    ],
)
def test_an_incomplete_notice_is_not_handed_in(cast: Cast, missing: dict[str, Any], code: str) -> None:
    bulletin = stories.drafted(cast, **missing)
    with refused("preflight", Invalid) as told:
        actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    assert [finding["code"] for finding in told.value.facts["findings"]] == [code]
    bulletin.refresh_from_db()
    assert bulletin.state == State.DRAFT


@pytest.mark.parametrize(
    ("sound", "code"),
    [
        ({"state": SoundState.WORKING, "sha256": "", "size": 0, "duration_ms": 0}, "sound_not_ready"),
        ({"state": SoundState.REFUSED, "sha256": "", "refusal": "damaged"}, "sound_refused"),
        ({"duration_ms": 61 * 60_000}, "too_long_for_bulletin"),
    ],
)
def test_a_sound_that_cannot_air_is_not_handed_in(cast: Cast, sound: dict[str, Any], code: str) -> None:
    bulletin = stories.drafted(cast, sound=stories.sound_of(cast, **sound).id)
    with refused("preflight", Invalid) as told:
        actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    assert told.value.facts["findings"][0]["code"] == code


def test_lan_cannot_approve_at_all_and_mai_sees_nothing(cast: Cast) -> None:
    bulletin = stories.submitted(cast)
    with pytest.raises(Denied):
        stories.approve(cast, bulletin, by=cast.lan)
    for deed in (access.bulletin_for, queries.listed):
        if deed is queries.listed:
            assert not queries.listed(cast.mai, cast.now)
        else:
            with pytest.raises(NotFound):
                access.bulletin_for(cast.mai, bulletin.pk, cast.now)
    with pytest.raises(NotFound):
        stories.approve(cast, bulletin, by=cast.mai)


def test_thanh_who_also_writes_cannot_approve_his_own(cast: Cast) -> None:
    give(cast.thanh, Role.OFFICER, cast.quy_mong)
    bulletin = stories.submitted(cast, by=cast.thanh)
    with refused("own_bulletin"):
        stories.approve(cast, bulletin)
    with refused("own_bulletin"):
        actions.return_(
            actor=cast.thanh, bulletin_id=bulletin.pk, seen=stories.shown(bulletin), reason="x", now=cast.now
        )


def test_his_deputy_cannot_approve_it_for_him_either(cast: Cast) -> None:
    give(cast.thanh, Role.OFFICER, cast.quy_mong)
    bulletin = stories.submitted(cast, by=cast.thanh)
    with refused("own_bulletin"):
        stories.approve(cast, bulletin, by=cast.phuc)


def test_a_deputy_of_two_approves_for_the_one_who_did_not_write_it(cast: Cast) -> None:
    give(cast.thanh, Role.OFFICER, cast.quy_mong)
    give(cast.son, Role.APPROVER, cast.quy_mong)
    give(cast.phuc, Role.APPROVER, cast.quy_mong, on_behalf_of=cast.son)
    approval = stories.approve(cast, stories.submitted(cast, by=cast.thanh), by=cast.phuc)
    assert approval.on_behalf_of == cast.son
    of_son = stories.submitted(cast)
    with refused("own_bulletin"):
        stories.approve(cast, stories.submitted(cast, by=cast.thanh), by=cast.phuc, placed_by=cast.son.pk)
    assert stories.approve(cast, of_son, by=cast.phuc, placed_by=cast.thanh.pk).on_behalf_of == cast.son


def test_an_approver_who_changed_a_word_of_lans_is_an_author_too(cast: Cast) -> None:
    give(cast.thanh, Role.OFFICER, cast.quy_mong)
    bulletin = stories.drafted(cast)
    assert stories.save(cast, bulletin, by=cast.thanh, text="Nước ngừng từ 9h.").number == 2
    stories.save(cast, bulletin, by=cast.lan, text="Nước ngừng từ 8h.")
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    with refused("own_bulletin"):
        stories.approve(cast, bulletin)


def test_the_deputy_approves_lans_notice_and_it_says_for_whom(cast: Cast) -> None:
    approval = stories.approve(cast, stories.submitted(cast), by=cast.phuc)
    assert (approval.approver, approval.on_behalf_of) == (cast.phuc, cast.thanh)


def test_a_deputy_whose_days_are_over_approves_nothing(cast: Cast) -> None:
    bulletin = stories.submitted(cast)
    cast.phuc.grants.update(ends=cast.now - timedelta(minutes=1))
    with pytest.raises(NotFound):
        stories.approve(cast, bulletin, by=cast.phuc)


def test_what_changed_after_it_was_opened_is_not_approved(cast: Cast) -> None:
    bulletin = stories.submitted(cast)
    seen = stories.shown(bulletin)
    actions.recall(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    with refused("wrong_state"):
        stories.approve(cast, bulletin, seen=seen)
    stories.save(cast, bulletin, text="Nước ngừng từ 10h.")
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    with refused("changed"):
        stories.approve(cast, bulletin, seen=seen)


def test_a_returned_notice_comes_back_with_its_reason_and_shows_what_changed(cast: Cast) -> None:
    bulletin = stories.submitted(cast)
    seen = stories.shown(bulletin)
    with refused("reason_missing"):
        actions.return_(actor=cast.thanh, bulletin_id=bulletin.pk, seen=seen, reason="  ", now=cast.now)
    actions.return_(
        actor=cast.thanh, bulletin_id=bulletin.pk, seen=seen, reason="Ghi đúng giờ theo công văn.", now=cast.now
    )
    last = queries.last_return(bulletin)
    assert last is not None
    assert last.reason == "Ghi đúng giờ theo công văn."
    with refused("wrong_state"):
        stories.approve(cast, bulletin)
    stories.save(cast, bulletin, text=stories.TEXT.replace("11h", "11h30"))
    version = actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    changes = queries.changes(version)
    assert list(changes) == ["text"]
    assert [piece.text for piece in changes["text"] if piece.kind != "same"] == ["11h.", "11h30."]
    stories.approve(cast, bulletin)


def test_the_next_version_takes_the_place_of_the_approved_one_only_when_it_is_approved(cast: Cast) -> None:
    bulletin = stories.submitted(cast)
    first = stories.approve(cast, bulletin)
    with refused("nothing_new"):
        actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    stories.save(cast, bulletin, text="Nước ngừng từ 10h.")
    assert list(queries.standing(bulletin)) == [first]
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    second = stories.approve(cast, bulletin)
    assert list(queries.standing(bulletin)) == [second]
    first.refresh_from_db()
    assert first.revoked_at == cast.now


def test_further_times_of_the_same_words_are_a_second_approval(cast: Cast) -> None:
    bulletin = stories.submitted(cast)
    first = stories.approve(cast, bulletin)
    second = stories.approve(cast, bulletin)
    assert set(queries.standing(bulletin)) == {first, second}
    third = stories.approve(cast, bulletin, replaces=[first.pk, second.pk])
    assert list(queries.standing(bulletin)) == [third]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"targets": []}, "places"),
        ({"targets": [Audience(area="vn.15.04498")]}, "places"),
        ({"area": "vn.15.04498"}, "places"),
        ({"times": []}, "times"),
    ],
)
def test_an_approval_needs_places_and_times_inside_the_commune(cast: Cast, changed: dict[str, Any], code: str) -> None:
    give(cast.thanh, Role.APPROVER, cast.tran_yen)
    with refused(code):
        stories.approve(cast, stories.submitted(cast), **changed)


def test_thanh_cannot_approve_for_the_neighbours(cast: Cast) -> None:
    with pytest.raises(Denied):
        stories.approve(cast, stories.submitted(cast), area=cast.tran_yen.path)


def test_withdrawing_ends_every_approval_for_good(cast: Cast) -> None:
    bulletin = stories.submitted(cast)
    approval = stories.approve(cast, bulletin)
    with pytest.raises(Denied):
        actions.withdraw(actor=cast.son, bulletin_id=bulletin.pk, reason="?", now=cast.now)
    with refused("reason_missing"):
        actions.withdraw(actor=cast.lan, bulletin_id=bulletin.pk, reason="", now=cast.now)
    assert actions.withdraw(actor=cast.lan, bulletin_id=bulletin.pk, reason="Đã có nước lại", now=cast.now) == [
        approval
    ]
    assert not queries.standing(bulletin)
    for deed in (
        lambda: stories.save(cast, bulletin),
        lambda: stories.approve(cast, bulletin),
        lambda: actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now),
        lambda: actions.withdraw(actor=cast.lan, bulletin_id=bulletin.pk, reason="x", now=cast.now),
    ):
        with refused("wrong_state"):
            deed()


def test_dropping_one_approval_needs_nobodys_leave(cast: Cast) -> None:
    bulletin = stories.submitted(cast)
    approval = stories.approve(cast, bulletin)
    actions.revoke(actor=cast.lan, approval_id=approval.pk, reason="Bỏ buổi chiều", now=cast.now)
    with refused("already_revoked"):
        actions.revoke(actor=cast.lan, approval_id=approval.pk, reason="Bỏ buổi chiều", now=cast.now)
    with pytest.raises(NotFound):
        actions.revoke(actor=cast.mai, approval_id=approval.pk, reason="x", now=cast.now)


def test_the_hamlet_announcer_writes_for_her_own_hamlet_only(cast: Cast) -> None:
    with pytest.raises(NotFound):
        stories.drafted(cast, by=cast.xuan)
    draft = stories.notice(cast, sound=stories.sound_of(cast, made_by=cast.xuan, area=cast.thon_5).id)
    made = actions.create_draft(actor=cast.xuan, bulletin_id=uuid4(), area=cast.thon_5, draft=draft, now=cast.now)
    actions.submit(actor=cast.xuan, bulletin_id=made.pk, now=cast.now)
    with refused("places"):
        stories.approve(cast, made)  # not for the whole commune
    stories.approve(cast, made, targets=[Audience(area=cast.thon_5.path)])


def test_lan_sees_who_has_opened_and_heard_it(cast: Cast) -> None:
    bulletin = stories.submitted(cast)
    version = queries.submitted(bulletin)
    assert version is not None
    actions.record_opening(actor=cast.thanh, version_id=version.pk, now=cast.now)
    actions.record_opening(actor=cast.thanh, version_id=version.pk, now=cast.now + timedelta(minutes=5))
    actions.record_listening(actor=cast.thanh, version_id=version.pk, heard_ms=99_000, now=cast.now)
    (opening,) = queries.openings(version)
    assert (opening.user, opening.opened_at, opening.heard_ms) == (cast.thanh, cast.now, 52_000)
    with pytest.raises(NotFound):
        actions.record_opening(actor=cast.mai, version_id=version.pk, now=cast.now)


def test_lists_are_found_by_word_and_state(cast: Cast) -> None:
    water, school = stories.drafted(cast), stories.submitted(cast, title="Tuyển sinh lớp 1", text="Trường thông báo.")
    assert list(queries.listed(cast.lan, cast.now, search="tuyển sinh")) == [school]
    assert list(queries.listed(cast.lan, cast.now, states=["draft"], area=cast.quy_mong)) == [water]


def test_the_database_keeps_submitted_versions_and_decisions_as_they_were(cast: Cast) -> None:
    bulletin = stories.submitted(cast)
    stories.approve(cast, bulletin)
    for order in (
        "update bulletins_version set text = 'khác'",
        "delete from bulletins_version",
        "update bulletins_approval set digest = repeat('0', 64)",
        "update bulletins_approval set permit = jsonb_set(permit, '{area}', '\"vn\"')",
        "delete from bulletins_approval",
    ):
        with pytest.raises(DatabaseError, match="final"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(order)
