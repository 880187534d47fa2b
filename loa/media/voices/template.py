"""How a service is asked and where in its answer the sound is: data that an operator writes, filled in safely. Pure.

A template is a mapping: `url`, `method`, `headers`, one of `json`, `form`, `text` as the body, and `answer`. Wherever a
string stands, {text} {speed} {percent} {dialect} {key} are filled in as that place wants it: percent-encoded in an
address, as a JSON string in JSON. A JSON value that is nothing but {speed} or {percent} becomes a number.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from loa.media.voices.fetch import Ask, Bounds, FetchFailed, judge

_PLACE = re.compile(r"\{([a-z_]+)\}")
PLACES = {"text", "speed", "percent", "dialect", "key"}
NUMBERS = {"speed", "percent"}
METHODS = ("GET", "POST", "PUT")
BODIES = ("json", "form", "text")
KINDS = ("audio", "base64", "url")
FORMATS = ("auto", "pcm")
MOST_DEPTH = 12


class BadTemplate(Exception):
    """The template cannot work; the message is Vietnamese and says why."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is filled in for one sentence. `dialect` is what the service calls it."""

    text: str
    speed: float
    dialect: str
    key: str

    def value(self, name: str) -> str | float:
        """The value of one place: speed 1.2 is also +20 percent."""
        if name == "percent":
            return round((self.speed - 1) * 100)
        found: str | float = getattr(self, name)
        return found


def request(template: Mapping[str, Any], words: Words) -> Ask:
    """The request for one sentence. Raises FetchFailed where a value does not fit its place (a line break in a key)."""
    headers = {str(name): _header(_text(str(value), words)) for name, value in template.get("headers", {}).items()}
    kind = next((kind for kind in BODIES if kind in template), "")
    body = _body(kind, template[kind], words) if kind else None
    if kind and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = _CONTENT_TYPES[kind]
    return Ask(_address(str(template["url"]), words), str(template.get("method", "POST")), headers, body)


_CONTENT_TYPES = {
    "json": "application/json; charset=utf-8",
    "form": "application/x-www-form-urlencoded",
    "text": "text/plain; charset=utf-8",
}


def _address(url: str, words: Words) -> str:
    return _PLACE.sub(lambda place: quote(str(words.value(place[1])), safe=""), url)


def _text(value: str, words: Words) -> str:
    return _PLACE.sub(lambda place: str(words.value(place[1])), value)


def _header(value: str) -> str:
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        value = quote(value, safe=" ,;=:/")
    if re.search(r"[\r\n\0]", value):
        raise FetchFailed("a header with a line break")
    return value


def _body(kind: str, value: Any, words: Words) -> bytes:
    if kind == "json":
        return json.dumps(_filled(value, words), ensure_ascii=False).encode()
    if kind == "form":
        return urlencode({str(name): _text(str(one), words) for name, one in value.items()}).encode()
    return _text(str(value), words).encode()


def _filled(value: Any, words: Words) -> Any:
    if isinstance(value, Mapping):
        return {name: _filled(one, words) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, words) for one in value]
    if not isinstance(value, str):
        return value
    alone = _PLACE.fullmatch(value)
    return words.value(alone[1]) if alone and alone[1] in NUMBERS else _text(value, words)


def sound_in(template: Mapping[str, Any], body: bytes) -> bytes | str:
    """The bytes of the sound, or (answer kind `url`) the address where it lies. Raises FetchFailed."""
    answer = template.get("answer", {})
    kind = answer.get("kind", "audio")
    if kind == "audio":
        return body
    found = _at(body, str(answer.get("path", "")))
    if kind == "url":
        return found
    try:
        return base64.b64decode(found.partition("base64,")[2] or found, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FetchFailed("what should be sound is not base64") from error


def _at(body: bytes, path: str) -> str:
    """The string at "data.0.audio" in a JSON answer."""
    try:
        found = json.loads(body)
        for step in path.split("."):
            found = found[int(step)] if isinstance(found, list) else found[step]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise FetchFailed(f"nothing at {path!r} in the answer") from error
    if not isinstance(found, str) or not found:
        raise FetchFailed(f"nothing at {path!r} in the answer")
    return found


def check(template: Mapping[str, Any]) -> None:
    """Raises BadTemplate for what cannot work, before anybody relies on it."""
    _check_address(template)
    if str(template.get("method", "POST")) not in METHODS:
        raise BadTemplate(f"method phải là một trong: {', '.join(METHODS)}.")
    if sum(kind in template for kind in BODIES) > 1:
        raise BadTemplate(f"Chỉ dùng một trong các phần thân: {', '.join(BODIES)}.")
    if any(not isinstance(template.get(name, {}), Mapping) for name in ("headers", "form", "answer")):
        raise BadTemplate("headers, form và answer phải là các cặp tên: giá trị.")
    _check_answer(template.get("answer", {}))
    asked = {place for text in _strings(template) for place in _PLACE.findall(text)}
    if unknown := sorted(asked - PLACES):
        raise BadTemplate(f"Không có chỗ điền {{{unknown[0]}}}. Dùng được: {', '.join(sorted(PLACES))}.")
    if "text" not in asked:
        raise BadTemplate("Mẫu chưa có chỗ điền {text}, dịch vụ sẽ không biết phải đọc gì.")


def _check_address(template: Mapping[str, Any]) -> None:
    url = str(template.get("url", ""))
    try:
        parts = judge(_PLACE.sub("x", url), Bounds())
    except FetchFailed as error:
        raise BadTemplate("Địa chỉ (url) phải bắt đầu bằng https:// và không chứa mật khẩu.") from error
    if _PLACE.search(url.partition("://")[2].partition("/")[0]) or not parts.hostname:
        raise BadTemplate("Tên máy trong địa chỉ phải viết sẵn, không dùng chỗ điền.")


def _check_answer(answer: Mapping[str, Any]) -> None:
    kind, sound = answer.get("kind", "audio"), answer.get("format", "auto")
    if kind not in KINDS:
        raise BadTemplate(f"answer.kind phải là một trong: {', '.join(KINDS)}.")
    if kind != "audio" and not answer.get("path"):
        raise BadTemplate("answer.path phải chỉ chỗ có tiếng trong câu trả lời, ví dụ data.audio.")
    if sound not in FORMATS:
        raise BadTemplate("answer.format là auto (WAV, MP3, OGG, FLAC tự nhận ra) hoặc pcm.")
    if sound == "pcm" and not 8000 <= int(answer.get("rate", 0)) <= 48_000:
        raise BadTemplate("answer.rate phải nói tần số lấy mẫu của pcm, ví dụ 24000.")


def _strings(value: Any, depth: int = 0) -> Iterator[str]:
    if depth > MOST_DEPTH:
        raise BadTemplate("Mẫu lồng quá nhiều tầng.")
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one, depth + 1)
    elif isinstance(value, str):
        yield value


def openai(url: str, model: str, voice: str) -> dict[str, Any]:
    """The template of an OpenAI-compatible endpoint; `url` is its base, with or without /v1."""
    base = url.rstrip("/").removesuffix("/audio/speech").removesuffix("/v1")
    return {
        "url": f"{base}/v1/audio/speech",
        "method": "POST",
        "headers": {"Authorization": "Bearer {key}"},
        "json": {
            "model": model,
            "voice": voice or "{dialect}",
            "input": "{text}",
            "speed": "{speed}",
            "response_format": "wav",
        },
        "answer": {"kind": "audio", "format": "auto"},
    }
