"""Nothing that a machine speaks airs before one person, writer or approver, has heard every sentence of it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from loa.audit.models import Entry
from loa.bulletins import actions, queries
from loa.bulletins.models import Bulletin, State, Verdict
from loa.bulletins.tests import stories
from loa.kernel.errors import Refusal
from loa.media import actions as media
from loa.media.heard import Span
from loa.media.models import Origin, Sound
from loa.people.models import Role, User
from tests.cast import Cast, give, hear

pytestmark = pytest.mark.django_db
SENTENCES = ("Tạm ngừng cấp nước.", "Từ tám giờ đến mười một giờ.", "Đề nghị bà con trữ nước.")


def machine(cast: Cast, *texts: str, **fields: Any) -> Sound:
    """A sound of four seconds a sentence; the same words have the same key, as the same clip would."""
    rows = [
        {"key": uuid.uuid5(uuid.NAMESPACE_URL, text).hex * 2, "text": text, "start_ms": at, "end_ms": at + 3_500,
         "voice": "espeak/vi"}
        for at, text in zip(range(0, 400_000, 4_000), texts or SENTENCES, strict=False)
    ]  # fmt: skip
    return stories.sound_of(
        cast, origin=Origin.SYNTHESISED, voice="espeak/vi", sentences=rows, duration_ms=4_000 * len(rows), **fields
    )


def handed_in(cast: Cast, *texts: str) -> tuple[Bulletin, Sound]:
    sound = machine(cast, *texts)
    return stories.submitted(cast, sound=sound.pk), sound


def hear_part(user: User, sound: Sound, cast: Cast, *numbers: int) -> None:
    spans = [Span(sound.sentences[n]["start_ms"], sound.sentences[n]["end_ms"], 1.0) for n in numbers]
    since = cast.now - timedelta(minutes=5)
    media.note_heard(actor=user, sound_id=sound.pk, spans=spans, since=since, now=cast.now)


def unheard(cast: Cast, bulletin: Bulletin, **how: Any) -> list[str]:
    """The sentences for which the approval is refused."""
    with pytest.raises(Refusal) as told:
        stories.approve(cast, bulletin, **how)
    assert told.value.code == "unheard"
    assert told.value.facts["bulletin"] == str(bulletin.pk)
    bulletin.refresh_from_db()
    assert bulletin.state == State.SUBMITTED
    assert not queries.standing(bulletin).exists()
    sentences = told.value.facts["sentences"]
    assert isinstance(sentences, list)
    return sentences


def test_unheard_it_may_be_handed_in_but_not_approved(cast: Cast) -> None:
    bulletin, _ = handed_in(cast)
    asked = [finding["code"] for finding in bulletin.versions.get().checks]
    assert "not_heard" in asked
    assert unheard(cast, bulletin) == list(SENTENCES)


def test_the_writer_has_heard_it(cast: Cast) -> None:
    bulletin, sound = handed_in(cast)
    hear(cast.lan, sound, cast.now)
    approval = stories.approve(cast, bulletin)
    assert approval.heard_by == cast.lan
    facts = Entry.objects.get(verb="bulletin.approved").facts
    assert (facts["heard_by"], facts["sentences"]) == (cast.lan.pk, 3)


def test_the_approver_has_heard_it_instead(cast: Cast) -> None:
    bulletin, sound = handed_in(cast)
    hear(cast.thanh, sound, cast.now)
    assert stories.approve(cast, bulletin).heard_by == cast.thanh


def test_half_by_the_writer_and_half_by_the_approver_is_heard_by_nobody(cast: Cast) -> None:
    bulletin, sound = handed_in(cast)
    hear_part(cast.lan, sound, cast, 0, 1)
    hear_part(cast.thanh, sound, cast, 2)
    assert unheard(cast, bulletin) == list(SENTENCES[:2]), "what Thành has not heard himself"
    hear_part(cast.thanh, sound, cast, 0, 1)
    assert stories.approve(cast, bulletin).heard_by == cast.thanh


def test_somebody_who_neither_writes_nor_approves_does_not_count(cast: Cast) -> None:
    bulletin, sound = handed_in(cast)
    hear(cast.minh_anh, sound, cast.now)
    hear(cast.phuc, sound, cast.now)
    assert unheard(cast, bulletin) == list(SENTENCES)
    assert stories.approve(cast, bulletin, by=cast.phuc).heard_by == cast.phuc


def test_after_a_change_only_the_changed_sentence_is_heard_again(cast: Cast) -> None:
    bulletin, sound = handed_in(cast)
    hear(cast.lan, sound, cast.now)
    stories.approve(cast, bulletin)
    changed = machine(cast, SENTENCES[0], "Từ tám giờ đến mười hai giờ.", SENTENCES[2])
    stories.save(cast, bulletin, sound=changed.pk)
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    with pytest.raises(Refusal):
        stories.approve(cast, bulletin)
    left = queries.unheard(queries.newest(bulletin))[1].missing
    assert [one.text for one in left] == ["Từ tám giờ đến mười hai giờ."]
    hear_part(cast.lan, changed, cast, 1)
    assert stories.approve(cast, bulletin).heard_by == cast.lan


def test_returned_and_sent_again_unchanged_nothing_is_heard_twice(cast: Cast) -> None:
    bulletin, sound = handed_in(cast)
    hear(cast.lan, sound, cast.now)
    actions.return_(
        actor=cast.thanh, bulletin_id=bulletin.pk, seen=stories.shown(bulletin), reason="Chưa nên", now=cast.now
    )
    stories.save(cast, bulletin, title="Ngừng cấp nước sáng mai", sound=machine(cast).pk)
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    assert stories.approve(cast, bulletin).heard_by == cast.lan


def test_what_an_approver_heard_counts_for_the_deputy_who_allows_more_air_times(cast: Cast) -> None:
    bulletin, sound = handed_in(cast)
    hear(cast.thanh, sound, cast.now)
    stories.approve(cast, bulletin)
    assert stories.approve(cast, bulletin, by=cast.phuc).heard_by == cast.thanh


def test_a_colleague_who_wrote_an_earlier_version_is_one_of_its_writers(cast: Cast) -> None:
    bulletin = stories.drafted(cast, sound=machine(cast).pk)
    hear(cast.lan, queries.newest(bulletin).sound, cast.now)
    colleague = User.objects.create(username="hoa", full_name="Trần Thị Hoa", password="!")
    give(colleague, Role.OFFICER, cast.quy_mong)
    stories.save(cast, bulletin, by=colleague, title="Ngừng cấp nước")
    actions.submit(actor=colleague, bulletin_id=bulletin.pk, now=cast.now)
    assert stories.approve(cast, bulletin).heard_by == cast.lan


def test_a_recording_may_be_approved_as_before_and_a_return_needs_no_listening(cast: Cast) -> None:
    assert stories.approve(cast, stories.submitted(cast)).heard_by is None
    bulletin, _ = handed_in(cast)
    returned = actions.return_(
        actor=cast.thanh, bulletin_id=bulletin.pk, seen=stories.shown(bulletin), reason="Đọc sai", now=cast.now
    )
    assert (returned.verdict, returned.heard_by) == (Verdict.RETURNED, None)


def test_heard_ms_that_a_browser_claims_is_no_listening_to_a_machine(cast: Cast) -> None:
    bulletin, sound = handed_in(cast)
    version = bulletin.versions.get()
    actions.record_listening(actor=cast.thanh, version_id=version.pk, heard_ms=sound.duration_ms, now=cast.now)
    assert not queries.heard_of([version], cast.thanh.pk)
    assert unheard(cast, bulletin) == list(SENTENCES)
