"""A bulletin in Kinh, Mông and Tày: each of its sounds is heard, checked and answered for, not only the first."""

import dataclasses
import uuid
from typing import Any

import pytest

from loa.audit.models import Entry
from loa.bulletins import actions, queries
from loa.bulletins.models import Bulletin, Version, VersionLanguage
from loa.bulletins.preflight import subjects
from loa.bulletins.rules import Further
from loa.bulletins.tests import stories
from loa.bulletins.tests.test_unheard import machine
from loa.kernel.errors import Invalid, LoaError, NotFound, Refusal
from loa.media.models import Sound
from loa.media.quality.profiles import profile
from loa.media.quality.rules import judge
from loa.media.quality.tests.test_rules import GOOD
from tests.cast import Cast, hear

pytestmark = pytest.mark.django_db
CLIPPED = {"cut_share": 0.03, "places": {"clipped": [(12_000, 14_000)]}}
WHY = "Bản thu duy nhất của già làng."


def report(**figures: Any) -> dict[str, Any]:
    return judge(dataclasses.replace(GOOD, **figures), profile("speech_horn")).plain()


def drafted(cast: Cast, *further: Further) -> Bulletin:
    return stories.drafted(cast, languages=further)


def handed_in(cast: Cast, *further: Further) -> Bulletin:
    bulletin = drafted(cast, *further)
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    bulletin.refresh_from_db()
    return bulletin


def recorded(cast: Cast, code: str, **fields: Any) -> Further:
    return Further(code, sound=stories.sound_of(cast, quality=report()).pk, **fields)


def play(cast: Cast, version: Version, sound_id: uuid.UUID | None) -> None:
    actions.record_listening(actor=cast.thanh, version_id=version.pk, sound_id=sound_id, heard_ms=52_000, now=cast.now)


def codes(error: LoaError) -> list[str]:
    return [one["code"] for one in error.facts["findings"]]  # type: ignore[attr-defined]


def test_what_was_played_is_kept_for_each_sound(cast: Cast) -> None:
    mong, tay = recorded(cast, "hmn"), recorded(cast, "tyz")
    version = handed_in(cast, mong, tay).versions.get()
    play(cast, version, None)
    play(cast, version, mong.sound)
    assert queries.sounds_heard_of([version], cast.thanh.pk) == {version.pk: {version.sound_id, mong.sound}}
    assert not queries.heard_of([version], cast.thanh.pk), "nobody has played the words in Tày to him"
    play(cast, version, tay.sound)
    assert queries.heard_of([version], cast.thanh.pk) == {version.pk}
    assert queries.openings(version).get().heard_ms == 3 * 52_000
    assert Entry.objects.filter(verb="bulletin.heard").count() == 3


def test_a_sound_of_another_bulletin_is_not_heard_here(cast: Cast) -> None:
    version = handed_in(cast, recorded(cast, "hmn")).versions.get()
    with pytest.raises(NotFound):
        play(cast, version, stories.sound_of(cast).pk)


def test_a_recording_and_two_voices_count_each_by_its_own_rule(cast: Cast) -> None:
    tay = machine(cast, "Bấu mì nặm.", quality=report())
    version = handed_in(cast, recorded(cast, "hmn"), Further("tyz", text="Bấu mì nặm.", sound=tay.pk)).versions.get()
    for sound in queries.sounds_of(version):
        play(cast, version, sound.pk)
    assert tay.pk not in queries.sounds_heard_of([version], cast.thanh.pk)[version.pk], "sentences, not milliseconds"
    hear(cast.thanh, tay, cast.now)
    assert queries.heard_of([version], cast.thanh.pk) == {version.pk}


def test_the_writer_is_asked_for_each_sound_that_was_not_played(cast: Cast) -> None:
    version = queries.newest(drafted(cast, recorded(cast, "hmn")))
    asked = [one.question for one in subjects.findings(version, cast.now) if one.code == "not_heard"]
    assert len(asked) == 2
    assert any(question.startswith("Tiếng Mông: ") for question in asked)


def test_a_faulty_recording_in_mong_is_not_handed_in_without_a_reason(cast: Cast) -> None:
    faulty = stories.sound_of(cast, quality=report(**CLIPPED))
    bulletin = drafted(cast, Further("hmn", sound=faulty.pk))
    with pytest.raises(Invalid) as told:
        actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    assert codes(told.value) == ["sound_failed"]
    assert told.value.message.startswith("Tiếng Mông: tiếng bị vỡ")
    main = queries.newest(bulletin).sound_id
    stories.save(cast, bulletin, sound=main, languages=(Further("hmn", sound=faulty.pk, sound_reason=WHY),))
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    assert stories.approve(cast, bulletin).permit
    assert VersionLanguage.objects.get().sound_reason == WHY


@pytest.mark.parametrize("main", [True, False])
def test_a_fault_that_is_known_only_after_handing_in_stops_the_approval(cast: Cast, main: bool) -> None:
    bulletin = handed_in(cast, recorded(cast, "hmn"))
    sound = queries.sounds_of(queries.newest(bulletin))[0 if main else 1]
    Sound.objects.filter(pk=sound.pk).update(quality=report(**CLIPPED))
    with pytest.raises(Refusal) as told:
        stories.approve(cast, bulletin)
    assert told.value.code == "sound_failed"
    assert told.value.facts == {"bulletin": str(bulletin.pk), "sound": str(sound.pk)}
    assert not queries.standing(bulletin).exists()


def test_a_reason_that_was_given_beforehand_lets_it_through(cast: Cast) -> None:
    bulletin = handed_in(cast, recorded(cast, "hmn", sound_reason=WHY))
    Sound.objects.filter(pk=queries.sounds_of(queries.newest(bulletin))[1].pk).update(quality=report(**CLIPPED))
    assert stories.approve(cast, bulletin).permit


def test_a_sound_in_mong_whose_file_is_gone_is_not_approved(cast: Cast) -> None:
    mong = recorded(cast, "hmn")
    bulletin = handed_in(cast, mong)
    Sound.objects.filter(pk=str(mong.sound)).update(removed_at=cast.now)
    with pytest.raises(Refusal) as told:
        stories.approve(cast, bulletin)
    assert told.value.code == "sound_removed"


def test_words_that_no_rule_of_ours_reads_are_pointed_out_where_a_machine_speaks(cast: Cast) -> None:
    text = "TSIS MUAJ DEJ HNUB 20\nUBND xã: tsis muaj dej 8h-11h, 50%."
    spoken = machine(cast, "Tsis muaj dej.", language="hmn", quality=report())
    version = queries.newest(drafted(cast, Further("hmn", text=text, sound=spoken.pk)))
    (found,) = [one for one in subjects.findings(version, cast.now) if one.code == "voice_unread"]
    assert "“20”, “UBND”, “8h-11h”, “50%”" in found.question
    version = queries.newest(drafted(cast, recorded(cast, "hmn", text=text)))
    assert "voice_unread" not in {one.code for one in subjects.findings(version, cast.now)}


def test_a_vietnamese_voice_that_reads_mong_is_pointed_out(cast: Cast) -> None:
    version = queries.newest(stories.drafted(cast, language="hmn", sound=machine(cast, quality=report()).pk))
    (found,) = [one for one in subjects.findings(version, cast.now) if one.code == "voice_foreign"]
    assert "đọc tiếng Việt" in found.question


def test_the_library_finds_a_sound_in_mong_by_its_words(cast: Cast) -> None:
    mong = recorded(cast, "hmn", text="Tsis muaj dej.")
    stories.approve(cast, handed_in(cast, mong))
    assert Sound.objects.get(pk=str(mong.sound)).transcript == "Tsis muaj dej."


def test_the_vietnamese_words_are_examined_wherever_they_stand(cast: Cast) -> None:
    ours = Further("vi", text="TỐI MẬT. Ngừng cấp nước.", sound=stories.sound_of(cast).pk)
    version = queries.newest(stories.drafted(cast, language="tyz", text="Bấu mì nặm.", languages=(ours,)))
    assert "secret" in {one.code for one in subjects.findings(version, cast.now)}
