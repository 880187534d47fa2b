"""The template of a request: filled in safely, and refused before anybody relies on it."""

import json
from typing import Any

import pytest

from loa.media.voices import reasons
from loa.media.voices.base import VoiceFailed
from loa.media.voices.fetch import Ask, Bounds, FetchFailed, fetch, judge
from loa.media.voices.template import BadTemplate, Words, check, openai, request, sound_in

NASTY = 'Nói: "A\\B" & C\r\nX-Evil: 1 {key} đ=%20?#'
WORDS = Words(NASTY, 1.25, "hn female", "k3y")
URL = "https://doc.example.vn/tts"


def test_every_place_is_filled_as_it_wants_to_be() -> None:
    asked = request(
        {
            "url": URL + "?t={text}&v={dialect}",
            "headers": {"X-Voice": "{dialect}"},
            "json": {
                "a": ["{text}"],
                "s": "{speed}",
                "p": "{percent}",
                "both": "{speed}x",
                "n": 3,
                "k": {"x": "{key}"},
            },
        },
        WORDS,
    )
    assert asked.method == "POST"
    assert "\n" not in asked.url
    assert " " not in asked.url
    assert asked.url.endswith("&v=hn%20female")
    sent = json.loads(asked.body or b"")
    assert sent == {"a": [NASTY], "s": 1.25, "p": 25, "both": "1.25x", "n": 3, "k": {"x": "k3y"}}
    assert asked.headers["Content-Type"].startswith("application/json")
    assert b"%26+C%0D%0AX-Evil" in (request({"url": URL, "form": {"t": "{text}"}}, WORDS).body or b"")
    assert request({"url": URL, "text": "{text}"}, WORDS).body == NASTY.encode()


def test_what_a_text_says_is_never_filled_in_again() -> None:
    sent = json.loads(request({"url": URL, "json": {"t": "{text}"}}, WORDS).body or b"")
    assert "{key}" in sent["t"]


def test_a_line_break_never_gets_into_a_header() -> None:
    with pytest.raises(FetchFailed):
        request({"url": URL, "headers": {"X-Text": "{text}"}}, Words("a\r\nX-Evil: 1", 1.0, "", ""))
    assert "\n" not in request({"url": URL, "headers": {"X-Text": "{text}"}}, WORDS).headers["X-Text"]
    asked = request({"url": URL, "headers": {"X-Text": "{text}"}, "text": ""}, Words("Đọc", 1.0, "", ""))
    assert asked.headers["X-Text"] == "%C4%90%E1%BB%8Dc"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "ftp://x/"}, "https"), ({"url": "https://{dialect}.example.vn/"}, "Tên máy"), ({"url": ""}, "https"),
        ({"url": "https://me:pw@example.vn/"}, "https"), ({"method": "DELETE"}, "method"),
        ({"form": {"a": "b"}}, "một trong"), ({"json": {"t": "{txet}"}}, "txet"), ({"json": {"t": "x"}}, "{text}"),
        ({"answer": {"kind": "video"}}, "answer.kind"), ({"answer": {"kind": "url"}}, "answer.path"),
        ({"answer": {"format": "pcm"}}, "answer.rate"), ({"answer": {"format": "mid"}}, "answer.format"),
        ({"headers": ["x"]}, "headers"), ({"url": "http://example.vn:99999/{text}"}, "https"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_work_is_refused_in_words(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadTemplate, match=words):
        check({"url": URL, "json": {"t": "{text}"}} | changes)


def test_a_template_may_not_be_nested_without_end() -> None:
    deep: Any = "{text}"
    for _ in range(50):
        deep = [deep]
    with pytest.raises(BadTemplate, match="tầng"):
        check({"url": URL, "json": deep})


@pytest.mark.parametrize("base", ["https://a.vn", "https://a.vn/", "https://a.vn/v1", "https://a.vn/v1/audio/speech"])
def test_the_address_of_an_openai_service_may_be_written_in_any_way(base: str) -> None:
    made = openai(base, "m", "")
    check(made)
    assert made["url"] == "https://a.vn/v1/audio/speech"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'{"data": 1}', b'{"data": {"audio": 5}}', b"\xff", b"[" * 99_999]
)
def test_an_answer_without_the_sound_has_failed(body: bytes) -> None:
    for kind in ("base64", "url"):
        with pytest.raises(FetchFailed):
            sound_in({"answer": {"kind": kind, "path": "data.audio"}}, body)


def test_base64_may_be_a_data_address_but_nothing_else() -> None:
    answer = {"answer": {"kind": "base64", "path": "a"}}
    assert sound_in(answer, b'{"a": "data:audio/wav;base64,UklGRg=="}') == b"RIFF"
    with pytest.raises(FetchFailed):
        sound_in(answer, b'{"a": "not base 64!"}')


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://[::1]/", "http://10.1.2.3/", "http://192.168.1.1/", "http://169.254.169.254/",
        "https://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "https://localhost/", "http://2130706433/", "http://127.1/",
        "https://[fd00::1]/", "https://[2002:7f00:1::]/", "http://100.64.0.1/", "https://224.0.0.1/",
    ],
)  # fmt: skip
def test_addresses_of_this_house_are_not_spoken_to(url: str) -> None:
    with pytest.raises(FetchFailed, match="this house"):
        fetch(Ask(url), Bounds(seconds=2))


@pytest.mark.parametrize(
    "url",
    ["", "file:///etc/passwd", "gopher://x/", "https://", "https://a b/", "https://x\n.vn/", "https://ă.vn/x", "//x/"],
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(FetchFailed) as failed:
        judge(url, Bounds())
    assert reasons.told(failed.value) == "địa chỉ không dùng được"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("answered 401", "khóa"), ("answered 503", "lỗi 503"), ("10.0.0.1 is an address of this house", "mạng nội bộ"),
        ("no answer in time", "kịp"), ("the sound was not ready in time", "hết giờ chờ"), ("line broke: X", "ngắt"),
        ("not loaded: the process of the voice ended", "mô hình"), ("the process of the voice ended", "bộ nhớ"),
        ("the answer is too large", "quá dài"), ("12 ms for 80 characters", "cụt"),
        ("what came is no sound", "phải tiếng"),
        ("nothing that could be heard", "im lặng"), ("no such host: a.vn", "máy chủ"), ("boom", reasons.OTHER),
        ("the service failed several times and rests", "5 phút"), ("only https outside of this machine", "https"),
    ],
)  # fmt: skip
def test_a_person_is_told_why_in_vietnamese(words: str, told: str) -> None:
    assert told in reasons.told(VoiceFailed(words))
