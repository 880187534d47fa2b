"""Nobody airs a machine's voice unheard: which sentences Lan has heard, and what her browser cannot make us believe."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from loa.audit.models import Entry
from loa.kernel.errors import Invalid, NotFound
from loa.media import actions, heard, queries
from loa.media.heard import Listening, Sentence, Span
from loa.media.models import HeardSentence, Origin, Sound, SoundState
from tests.cast import Cast, hear

FIRST, SECOND, LAST = (
    Sentence(key, key, start, start + 3_000) for key, start in (("a", 0), ("b", 3_500), ("c", 7_000))
)
LENGTH_MS = 10_100


def row(sentence: Sentence) -> dict[str, Any]:
    return {
        "key": sentence.key, "text": sentence.text, "start_ms": sentence.start_ms, "end_ms": sentence.end_ms,
        "voice": "espeak/vi",
    }  # fmt: skip


def spoken(cast: Cast, *sentences: Sentence, **fields: Any) -> Sound:
    usual = {
        "area": cast.quy_mong, "made_by": cast.lan, "made_at": cast.now, "origin": Origin.SYNTHESISED,
        "voice": "espeak/vi", "state": SoundState.READY, "sha256": uuid4().hex * 2, "size": 9, "duration_ms": LENGTH_MS,
        "sentences": [row(one) for one in sentences or (FIRST, SECOND, LAST)],
    }  # fmt: skip
    return Sound.objects.create(**usual | fields)


def note(cast: Cast, sound: Sound, *spans: Span, waited_s: float = 60, **changed: Any) -> Listening:
    usual: dict[str, Any] = {
        "actor": cast.lan, "sound_id": sound.pk, "spans": spans, "since": cast.now - timedelta(seconds=waited_s),
        "now": cast.now,
    }  # fmt: skip
    return actions.note_heard(**usual | changed)


@pytest.mark.parametrize(
    ("spans", "keys"),
    [
        ([Span(0, 10_000, 1.0)], "abc"),
        ([Span(0, 3_000, 1.5)], "a"),
        ([Span(0, 10_000, 1.51)], ""),
        ([Span(0, 2_850, 1.0)], "a"),
        ([Span(0, 2_849, 1.0)], ""),
        ([Span(1_500, 3_000, 1.0), Span(0, 1_600, 1.25)], "a"),
        ([Span(0, 1_000, 1.0), Span(0, 1_000, 1.0), Span(0, 1_000, 1.0)], ""),
        ([Span(0, 1_500, 1.0), Span(1_500, 3_000, 2.0)], ""),
        ([Span(3_400, 6_600, 1.0), Span(9_999, 10_100, 1.0)], "b"),
        ([], ""),
    ],
)
def test_a_sentence_counts_when_nearly_all_of_it_was_played_not_too_fast(spans: list[Span], keys: str) -> None:
    assert "".join(one.key for one in heard.heard([FIRST, SECOND, LAST], spans)) == keys


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("spans", "waited_s", "code"),
    [
        ([Span(0, 10_000, 1.0)], 7.0, "heard_too_much"),
        ([Span(0, 10_000, 1.5)], 4.0, "heard_too_much"),
        ([Span(0, 10_000, 1.0), Span(0, 10_000, 1.0)], 12.0, "heard_too_much"),
        ([Span(0, 10_000, 1.0)], 3 * 86_400, "heard_old"),
        ([Span(0, 10_000, 1.0)], -60, "heard_future"),
        ([Span(5_000, 5_000, 1.0)], 60, "heard_odd"),
        ([Span(-5, 5_000, 1.0)], 60, "heard_odd"),
        ([Span(0, 60_000, 1.0)], 600, "heard_odd"),
        ([Span(0, 10_000, float("nan"))], 60, "heard_odd"),
        ([Span(0, 10_000, 0.0)], 60, "heard_odd"),
        ([Span(0, 10_000, 1e9)], 60, "heard_odd"),
        ([Span(0, 10, 1.0)] * (heard.MOST_SPANS + 1), 600, "heard_odd"),
    ],
)
def test_what_cannot_have_been_heard_is_refused(cast: Cast, spans: list[Span], waited_s: float, code: str) -> None:
    with pytest.raises(Invalid) as told:
        note(cast, spoken(cast), *spans, waited_s=waited_s)
    assert told.value.code == code
    assert told.value.message == heard.MESSAGES[code]
    assert not HeardSentence.objects.exists()


@pytest.mark.django_db
def test_ten_seconds_at_one_and_a_half_fit_into_seven(cast: Cast) -> None:
    assert note(cast, spoken(cast), Span(0, 10_000, 1.5), waited_s=6.7).complete


@pytest.mark.django_db
def test_the_same_report_twice_is_one_and_the_last_sentence_is_recorded(cast: Cast) -> None:
    sound = spoken(cast)
    for _ in range(2):
        assert note(cast, sound, Span(0, 6_500, 1.0)).done == 2
    assert (HeardSentence.objects.count(), Entry.objects.filter(verb="sound.heard").count()) == (2, 0)
    for _ in range(2):
        assert note(cast, sound, Span(0, 6_500, 1.0), Span(7_000, 10_000, 1.25)).complete
    assert HeardSentence.objects.count() == 3
    assert Entry.objects.get(verb="sound.heard").facts == {"sentences": 3}


@pytest.mark.django_db
def test_of_a_changed_notice_only_the_changed_sentence_is_heard_again(cast: Cast) -> None:
    hear(cast.lan, spoken(cast), cast.now)
    other = Sentence("d", "Câu đã sửa.", 3_500, 6_500)
    left = queries.listening(spoken(cast, FIRST, other, LAST), cast.lan.pk)
    assert (left.missing, left.done) == ((other,), 2)


@pytest.mark.django_db
def test_what_another_has_heard_is_nothing_to_me_and_two_halves_are_no_whole(cast: Cast) -> None:
    sound = spoken(cast)
    note(cast, sound, Span(0, 6_500, 1.0))
    note(cast, sound, Span(7_000, 10_000, 1.0), actor=cast.thanh)
    person, best = queries.unheard([sound], [cast.thanh.pk, cast.lan.pk])
    assert (person, best.missing) == (cast.lan.pk, (LAST,))
    note(cast, sound, Span(0, 10_000, 1.0), actor=cast.thanh)
    person, best = queries.unheard([sound], [cast.lan.pk, cast.thanh.pk])
    assert (person, best.complete) == (cast.thanh.pk, True)


@pytest.mark.django_db
def test_of_several_sounds_one_person_has_to_hear_all(cast: Cast) -> None:
    kinh, tay = spoken(cast), spoken(cast, Sentence("t", "Tiếng Tày.", 0, 3_000))
    hear(cast.lan, kinh, cast.now)
    hear(cast.thanh, tay, cast.now)
    assert not queries.unheard([kinh, tay], [cast.lan.pk, cast.thanh.pk])[1].complete
    hear(cast.lan, tay, cast.now)
    assert queries.unheard([kinh, tay], [cast.lan.pk, cast.thanh.pk])[0] == cast.lan.pk


@pytest.mark.django_db
def test_a_recording_needs_no_sentence_heard_but_a_machine_inside_it_does(cast: Cast) -> None:
    recorded = spoken(cast, origin=Origin.RECORDED, voice="", sentences=[])
    assert queries.unheard([recorded], [cast.lan.pk]) == (None, Listening(()))
    machine = spoken(cast)
    join = {"version": 1, "ops": [{"do": "join", "sound": str(machine.pk), "at": 0, "length": 10}]}
    mixed = spoken(
        cast, origin=Origin.EDITED, voice="", sentences=[], made_from=recorded, edits=join, duration_ms=45_000
    )
    assert queries.machine_speaks(mixed)
    assert [(one.start_ms, one.end_ms) for one in queries.sentences_of(mixed)] == [
        (0, 20_000), (20_000, 40_000), (40_000, 45_000),
    ]  # fmt: skip
    hear(cast.lan, mixed, cast.now)
    assert queries.listening(mixed, cast.lan.pk).complete


@pytest.mark.django_db
def test_only_who_may_see_a_sound_that_is_ready_hears_it(cast: Cast) -> None:
    with pytest.raises(NotFound):
        note(cast, spoken(cast), actor=cast.mai)
    with pytest.raises(Invalid) as told:
        note(cast, spoken(cast, state=SoundState.WORKING))
    assert told.value.code == "sound_missing"


@pytest.mark.django_db
def test_a_scripted_listening_says_so(cast: Cast) -> None:
    sound = spoken(cast)
    assert note(cast, sound, waited_s=0, scripted=True).complete
    assert Entry.objects.get(verb="sound.heard").facts == {"sentences": 3, "scripted": True}
