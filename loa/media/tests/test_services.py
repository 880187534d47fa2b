"""A voice behind a real server in another process: it speaks, and every bad habit of it costs one sentence at most."""

import json
from dataclasses import replace
from typing import Any

import pytest

from loa.media.tests.services import Running, speaking
from loa.media.tests.speaking_service import KEY
from loa.media.voices import service, template
from loa.media.voices.base import Pcm, VoiceFailed
from loa.media.voices.breaker import FAILURES, REST_SECONDS, Breaker
from loa.media.voices.service import Service

__all__ = ["speaking"]
TEXT = "Kính mời bà con đến nhà văn hóa thôn năm họp lúc bảy giờ ba mươi."
PLAIN = {"method": "POST", "json": {"t": "{text}"}}


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BACK_OFF_SECONDS", 0.01)
    monkeypatch.setattr(service, "POLL_EVERY", 0.02)


def voice(running: Running, options: dict[str, Any], **more: Any) -> Service:
    options = {"seconds": 60.0, "local": True, **options}
    template.check(options)
    made = Service(
        id="dich-vu", name="Dịch vụ thử", language="vi", dialects={"bac": "miền Bắc", "nam": "miền Nam"}, version="1",
        options=options, key=lambda: KEY, breaker=Breaker(),
    )  # fmt: skip
    return replace(made, **more)


def habit(running: Running, name: str, **options: Any) -> Service:
    return voice(running, PLAIN | {"url": f"{running.url}/habit/{name}"} | options)


def say(one: Service, text: str = TEXT, speed: float = 1.0, dialect: str = "bac") -> Pcm:
    return one.synthesise(text, dialect=dialect, speed=speed)


def test_an_openai_compatible_service_speaks(speaking: Running) -> None:
    one = voice(speaking, template.openai(speaking.url + "/v1", "tts-1", "") | {"names": {"nam": "south"}})
    north, south, fast = say(one), say(one, dialect="nam"), say(one, speed=1.5)
    assert north.rate == 22_050
    assert 2500 < north.milliseconds < 9000
    assert north.samples != south.samples
    assert fast.milliseconds < north.milliseconds * 0.8
    asked = [json.loads(line["body"]) for line in speaking.asked("/v1")]
    assert asked[0] == {"model": "tts-1", "voice": "bac", "input": TEXT, "speed": 1.0, "response_format": "wav"}
    assert [one["voice"] for one in asked] == ["bac", "south", "bac"]


def test_sound_in_base64_inside_json_asked_by_a_form(speaking: Running) -> None:
    one = voice(
        speaking,
        {
            "url": f"{speaking.url}/habit/base64",
            "headers": {"api-key": "{key}"},
            "form": {"input": "{text}", "rate": "{percent}"},
            "answer": {"kind": "base64", "path": "data.0.audio"},
        },
    )
    assert say(one, 'Nói "A & B = {text}" nhé: 100 %.').milliseconds > 2000
    asked = speaking.asked("/habit/base64")[-1]
    assert asked["headers"]["api-key"] == KEY
    assert say(one, speed=1.5).milliseconds < say(one).milliseconds


def test_an_address_that_is_ready_later_is_asked_again_and_told_no_key(speaking: Running) -> None:
    one = voice(
        speaking,
        {
            "url": f"{speaking.url}/habit/later?voice={{dialect}}",
            "headers": {"api_key": "{key}"},
            "text": "{text}",
            "answer": {"kind": "url", "path": "async"},
        },
    )
    assert 2500 < say(one).milliseconds < 9000
    asked = speaking.asked("/habit/fetch")
    assert len(asked) == 3
    assert all(KEY not in json.dumps(line) for line in asked)
    assert speaking.asked("/habit/later")[-1]["path"].endswith("?voice=bac")


def test_bare_samples(speaking: Running) -> None:
    one = habit(speaking, "pcm", answer={"kind": "audio", "format": "pcm", "rate": 22_050})
    assert 2500 < say(one).milliseconds < 9000


def test_too_busy_now_is_asked_again_and_a_no_is_not(speaking: Running) -> None:
    assert say(habit(speaking, "fails-twice")).milliseconds > 2000
    assert len(speaking.asked("/habit/fails-twice")) == 3
    for name, times in (("broken", 3), ("forbidden", 1)):
        with pytest.raises(VoiceFailed, match="answered"):
            say(habit(speaking, name))
        assert len(speaking.asked(f"/habit/{name}")) == times


@pytest.mark.parametrize("name", ["slow", "drip", "drip-head"])
def test_a_service_that_takes_for_ever_is_left(speaking: Running, name: str) -> None:
    with pytest.raises(VoiceFailed):
        say(habit(speaking, name, seconds=0.3))


@pytest.mark.parametrize(
    "name",
    [
        "garbage", "huge", "huge-declared", "page", "playlist", "cut", "cut-quietly", "beginning-only", "silence",
        "to-file", "to-metadata", "to-other", "around",
    ],
)  # fmt: skip
def test_what_is_no_spoken_sentence_is_not_taken(speaking: Running, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(service, "MOST_BYTES", 4 * 1024 * 1024)
    with pytest.raises(VoiceFailed):
        say(habit(speaking, name))
    assert speaking.asked("/habit/collect") == []


def test_a_redirect_on_the_same_server_is_followed(speaking: Running) -> None:
    assert say(habit(speaking, "moved")).milliseconds > 2000


def test_an_address_in_an_answer_is_judged_like_any_other(speaking: Running) -> None:
    with pytest.raises(VoiceFailed, match="file"):
        say(habit(speaking, "names-file", answer={"kind": "url", "path": "async"}))


def test_an_own_server_may_not_point_at_others_in_the_house(speaking: Running) -> None:
    one = habit(speaking, "names-other", answer={"kind": "url", "path": "async"})
    with pytest.raises(VoiceFailed, match="this house"):
        say(one)
    assert speaking.asked("/habit/collect") == []


def test_our_own_house_is_not_asked_unless_the_operator_says_so(speaking: Running) -> None:
    before = len(speaking.asked())
    with pytest.raises(VoiceFailed, match="this house"):
        say(voice(speaking, template.openai(speaking.url, "tts-1", "") | {"local": False}))
    assert len(speaking.asked()) == before


def test_no_key_is_ever_shown(speaking: Running, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    one = habit(
        speaking, "broken", headers={"Authorization": "Bearer {key}"}, url=f"{speaking.url}/habit/broken?k={{key}}"
    )
    with pytest.raises(VoiceFailed) as failed:
        say(one)
    shown = capfd.readouterr()
    assert KEY not in repr(one) + repr(failed.value) + caplog.text + shown.out + shown.err
    ask = template.request(one.options, template.Words("Một.", 1.0, "bac", KEY))
    assert KEY not in repr(ask).partition("headers")[2]


def test_a_key_that_cannot_be_opened_is_a_failed_voice(speaking: Running) -> None:
    def lost() -> str:
        raise VoiceFailed("its key cannot be opened")

    with pytest.raises(VoiceFailed):
        say(voice(speaking, template.openai(speaking.url, "tts-1", ""), key=lost))


def test_a_service_that_failed_three_times_rests(speaking: Running) -> None:
    moment = 1000.0
    breaker = Breaker(lambda: moment)
    one = replace(habit(speaking, "forbidden"), breaker=breaker)
    before = len(speaking.asked("/habit/forbidden"))
    for _ in range(10):
        with pytest.raises(VoiceFailed):
            say(one)
    assert len(speaking.asked("/habit/forbidden")) - before == FAILURES
    moment += REST_SECONDS + 1
    with pytest.raises(VoiceFailed):
        say(one)
    with pytest.raises(VoiceFailed, match="rests"):
        say(one)
    assert len(speaking.asked("/habit/forbidden")) - before == FAILURES + 1
    moment += REST_SECONDS + 1
    assert say(replace(voice(speaking, template.openai(speaking.url, "t", "")), breaker=breaker)).milliseconds > 0
    assert not breaker.rests("dich-vu")
