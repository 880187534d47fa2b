"""What the editor asks for: heights of the wave, a few seconds of sound, saving; and who gets it."""

import io
import json
import uuid
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from loa.media import actions, store
from loa.media.editing.edits import Cut, Edits, to_json
from loa.media.editing.excerpt import decoded
from loa.media.editing.shown import MOST_PEAKS, peak_step
from loa.media.editing.tests import figures
from loa.media.editing.tests.noises import spoilt, voice
from loa.media.models import Origin, Sound, SoundState
from loa.media.tests import sounds
from loa.media.tests.test_editing import files, notice, sent
from loa.people.models import User
from tests.cast import Cast

__all__ = ["files", "notice"]


def browser(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def ask(cast: Cast, name: str, sound: Sound, **query: Any) -> Any:
    return browser(cast.lan).get(reverse(f"media:{name}", args=[sound.pk]), query)


def heard(answer: Any) -> Any:
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getframerate(), file.getnchannels()) == (24_000, 1)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768


def test_the_wave_is_one_byte_for_ten_milliseconds_and_drawn_once(
    cast: Cast, notice: Sound, files: store.FileStore
) -> None:
    answer = ask(cast, "heights", notice)
    assert (answer.status_code, answer["X-Step-Ms"], len(answer.content)) == (200, "10", 300)
    assert max(answer.content) > 40
    drawn = files.drawn(notice.sha256)
    drawn.write_bytes(b"\x07" * 300)
    again = ask(cast, "heights", notice)
    assert again.content == b"\x07" * 300
    known = browser(cast.lan).get(reverse("media:heights", args=[notice.pk]), headers={"If-None-Match": again["ETag"]})
    assert known.status_code == 304
    files.delete(notice.sha256)
    assert not drawn.exists()


def test_three_hours_are_drawn_in_no_more_than_a_bounded_number_of_bytes() -> None:
    for hours in (0.01, 1, 3):
        duration = int(hours * 3_600_000)
        assert duration / peak_step(duration) <= MOST_PEAKS


def test_a_part_begins_at_the_very_millisecond(cast: Cast, files: store.FileStore, tmp_path: Path) -> None:
    clicks = np.full(20 * 48_000, 0.0, np.float32) + 0.01 * sounds.sine(20)
    for second in (3, 11, 17):
        clicks[second * 48_000 : second * 48_000 + 24] = 0.9
    sound = sent(cast, sounds.wav(tmp_path / "a.wav", clicks))
    for second in (3, 11, 17):
        samples = heard(ask(cast, "part", sound, tu=second * 1000 - 700, dai=1_500))
        assert abs(int(np.argmax(np.abs(samples))) - 0.7 * 24_000) < 60
    whole = decoded(files.path_of(sound.sha256), 0, 20_000)
    assert np.array_equal(decoded(files.path_of(sound.sha256), 10_000, 2_000), whole[480_000 : 12 * 48_000])


@pytest.mark.parametrize(
    "query", [{}, {"tu": "0"}, {"tu": "-5", "dai": 10}, {"tu": 3_000, "dai": 500}, {"tu": 0, "dai": 12_001},
              {"tu": "x", "dai": "y"}, {"tu": 0, "dai": 0}, {"tu": "9" * 400, "dai": 5}],
)  # fmt: skip
def test_a_part_that_is_none_is_refused(cast: Cast, notice: Sound, query: dict[str, Any]) -> None:
    assert ask(cast, "part", notice, **query).status_code == 422


def test_before_and_after_are_equally_loud(cast: Cast, files: store.FileStore, tmp_path: Path) -> None:
    clean = voice()
    sound = sent(cast, sounds.float_wav(tmp_path / "a.wav", spoilt(clean, "fan", 10)))
    before, after = (heard(ask(cast, "part", sound, tu=2_000, dai=6_000, ro=ro)) for ro in (0, 1))
    assert len(before) == len(after) == 144_000
    part = clean[96_000 : 96_000 + 288_000 : 2]
    assert abs(figures.level(part, before) - figures.level(part, after)) < 1
    assert figures.noise_level(part, before) - figures.noise_level(part, after) > 6


def test_a_broken_file_is_said_in_words(cast: Cast, notice: Sound, files: store.FileStore) -> None:
    files.path_of(notice.sha256).write_bytes(b"OggS")
    for name, query in (("heights", {}), ("part", {"tu": 0, "dai": 500})):
        answer = ask(cast, name, notice, **query)
        assert answer.status_code == 503
        assert "báo người quản trị" in answer.content.decode()


def save(user: User, sound: Sound, edits: object, name: object = None) -> Any:
    return browser(user).post(
        reverse("media:edit", args=[sound.pk]), {"edits": json.dumps(edits), "id": str(name or uuid.uuid4())},
        headers={"Accept": "application/json"},
    )  # fmt: skip


def test_saving_twice_is_saving_once(cast: Cast, notice: Sound) -> None:
    name, edits = uuid.uuid4(), to_json(Edits((Cut(0, 1_000),)))
    answers = [save(cast.lan, notice, edits, name).json() for _ in range(2)]
    assert answers[0] == answers[1] == {"id": str(name), "go": reverse("media:edit", args=[name])}
    assert Sound.objects.get(origin=Origin.EDITED).pk == name


@pytest.mark.parametrize("edits", ["x", None, {"ops": [{"do": "cut", "from": 0, "to": 9_000}]}, {"ops": "x" * 200_000}])
def test_what_no_editor_sends_is_refused_in_words(cast: Cast, notice: Sound, edits: object) -> None:
    answer = save(cast.lan, notice, edits)
    assert answer.status_code == 422
    assert len(answer.json()["message"]) > 20
    assert save(cast.lan, notice, {}, "no-id").status_code == 422
    assert Sound.objects.count() == 1


def test_an_approver_looks_but_does_not_edit(cast: Cast, notice: Sound) -> None:
    assert save(cast.thanh, notice, to_json(Edits((Cut(0, 1_000),)))).status_code == 403
    assert browser(cast.thanh).get(reverse("media:edit", args=[notice.pk])).status_code == 403


def test_while_it_is_made_the_page_tells_and_can_be_stopped(cast: Cast, notice: Sound) -> None:
    made = actions.edit(actor=cast.lan, area=cast.quy_mong, sound=notice, edits=Edits((Cut(0, 1_000),)), now=cast.now)
    page = browser(cast.lan).get(reverse("media:edit", args=[made.pk]), headers={"HX-Request": "true"})
    assert "Đang làm bản mới" in page.content.decode()
    stopped = browser(cast.lan).post(reverse("media:cancel", args=[made.pk]))
    assert stopped["HX-Redirect"] == reverse("media:edit", args=[notice.pk])
    assert not Sound.objects.filter(pk=made.pk).exists()
    done = browser(cast.lan).get(reverse("media:edit", args=[notice.pk]), headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == reverse("media:edit", args=[notice.pk])


def test_a_refused_edit_leads_back_to_the_original(cast: Cast, notice: Sound) -> None:
    made = actions.edit(actor=cast.lan, area=cast.quy_mong, sound=notice, edits=Edits((Cut(0, 1_000),)), now=cast.now)
    Sound.objects.filter(pk=made.pk).update(
        state=SoundState.REFUSED, refusal="silent", refusal_message="Tệp không nghe thấy gì."
    )
    page = browser(cast.lan).get(reverse("media:edit", args=[made.pk])).content.decode()
    assert "Tệp không nghe thấy gì." in page
    assert reverse("media:edit", args=[notice.pk]) in page


def test_what_a_draft_uses_is_not_dropped_under_it(cast: Cast, notice: Sound) -> None:
    made = actions.edit(actor=cast.lan, area=cast.quy_mong, sound=notice, edits=Edits((Cut(0, 1_000),)), now=cast.now)
    actions.edit(actor=cast.lan, area=cast.quy_mong, sound=notice, edits=Edits((Cut(0, 1_000),)), now=cast.now)
    Sound.objects.filter(made_from=notice).exclude(pk=made.pk).update(made_from=made)
    answer = browser(cast.lan).post(reverse("media:cancel", args=[made.pk]), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "sound_in_use")
    assert Sound.objects.filter(pk=made.pk).exists()
