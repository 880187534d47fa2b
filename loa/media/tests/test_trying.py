"""Lan listens to a word before she keeps it, and to whole sentences while they are still being made."""

import io
import wave
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from loa.media.speech import speaking
from loa.media.voices.base import Pcm
from loa.media.voices.espeak import Espeak
from tests.cast import Cast

pytestmark = pytest.mark.django_db
ADDRESS = "/am-thanh/nghe-thu.wav"
THREE = "Kính mời bà con. Họp lúc bảy giờ. Xin cảm ơn."


@pytest.fixture
def lan(cast: Cast, client: Client, settings: Any, tmp_path: Path) -> Client:
    settings.MEDIA_ROOT = tmp_path / "media"
    client.force_login(cast.lan)
    return client


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the engine was asked to speak."""
    said: list[str] = []
    speak = Espeak.synthesise

    def noted(self: Espeak, text: str, *, dialect: str, speed: float) -> Pcm:
        said.append(text)
        return speak(self, text, dialect=dialect, speed=speed)

    monkeypatch.setattr(Espeak, "synthesise", noted)
    return said


def hear(client: Client, words: str, **more: str) -> Any:
    return client.get(
        ADDRESS, {"chu": words, "giong": "espeak/vi"} | {name.replace("_", "-"): value for name, value in more.items()}
    )


def seconds(content: bytes) -> float:
    with wave.open(io.BytesIO(content)) as file:
        return float(file.getnframes() / file.getframerate())


def test_a_word_comes_whole_and_is_spoken_once(lan: Client, spoken: list[str]) -> None:
    first, again = hear(lan, "Trấn Yên"), hear(lan, "Trấn Yên")
    assert first.content == again.content
    assert 0.3 < seconds(first.content) < 3
    assert first["Cache-Control"] == "private, max-age=3600"
    assert spoken == ["Trấn Yên"]
    assert seconds(hear(lan, "Trấn Yên", toc_do="1.5").content) < seconds(first.content)


def test_sentences_stream_one_by_one_and_stop_with_the_listener(lan: Client, spoken: list[str]) -> None:
    answer = hear(lan, THREE)
    assert answer.streaming
    assert spoken == ["Kính mời bà con."]
    coming = answer._iterator  # closed by the server when the line breaks
    assert next(coming).startswith(b"RIFF")
    assert len(next(coming)) > 10_000
    coming.close()  # the browser went away
    assert spoken == ["Kính mời bà con."]
    whole = b"".join(hear(lan, THREE).streaming_content)
    assert spoken == ["Kính mời bà con.", "Họp lúc bảy giờ.", "Xin cảm ơn."]
    assert len(whole) / 44_100 > 3.5


@pytest.mark.parametrize(
    "asked", [{"chu": ""}, {"chu": "..."}, {"giong": "nobody/vi"}, {"toc-do": "x"}, {"toc-do": "9"}]
)
def test_what_cannot_be_spoken_is_refused_in_words(lan: Client, asked: dict[str, str]) -> None:
    answer = lan.get(ADDRESS, {"chu": "Một", "giong": "espeak/vi"} | asked)
    assert answer.status_code == 422


def test_thanh_and_mai_do_not_spend_our_voices(cast: Cast, lan: Client, spoken: list[str]) -> None:
    lan.force_login(cast.mai)
    assert lan.get(ADDRESS, {"chu": "Một", "giong": "espeak/vi", "don-vi": cast.quy_mong.path}).status_code == 404
    lan.logout()
    assert hear(lan, "Một").status_code == 302
    assert spoken == []


def test_another_voice_than_the_wished_one_is_not_kept_by_the_browser(
    lan: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = next(speaking.spoken_clips("Một.", "espeak/vi-vn-x-south", 1.0))
    monkeypatch.setattr(speaking, "spoken_clips", lambda *_: iter([one]))
    assert hear(lan, "Một.")["Cache-Control"] == "private, no-store"
