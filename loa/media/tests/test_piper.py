"""What a Piper voice says of itself is believed only within bounds."""

import json
from pathlib import Path
from typing import Any

import pytest

from loa.media import rules
from loa.media.tests import joe
from loa.media.voices import piper


def described(**changes: Any) -> bytes:
    return json.dumps(json.loads(joe.CONFIG.read_text()) | changes).encode()


def test_the_description_gives_what_the_runtime_wants() -> None:
    config = piper.parse(joe.CONFIG.read_bytes())
    assert (config.rate, config.espeak, config.language, config.length_scale) == (22_050, "en-us", "en", 1.0)
    lines = config.tokens().splitlines()
    assert "_ 0" in lines
    assert "  3" in lines
    assert config.properties()["sample_rate"] == "22050"


def test_a_voice_of_several_people_and_one_of_plain_letters() -> None:
    config = piper.parse(
        described(speaker_id_map={"lan": 0, "phuc": 1}, phoneme_type="text", language={"code": "vi_VN"})
    )
    assert (config.espeak, config.language, config.speaker_count) == ("", "vi", 2)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000, described(audio={"sample_rate": 10**9}),
        described(phoneme_id_map={}), described(phoneme_id_map={"_": [0], "^": [1], "$": [2], "a\nb 3": [3]}),
        described(espeak={"voice": "../../etc/passwd"}), described(inference={"length_scale": 99}),
        described(phoneme_id_map={"_": 0}), described(speaker_id_map=[1]), described(language="vi"),
    ],
)  # fmt: skip
def test_a_strange_description_is_refused(raw: bytes) -> None:
    with pytest.raises(rules.Unfit) as verdict:
        piper.parse(raw)
    assert verdict.value.code == "voice_config"


def test_properties_are_put_behind_the_model_once(tmp_path: Path) -> None:
    model, config = tmp_path / "m.onnx", piper.parse(joe.CONFIG.read_bytes())
    graph = b"\x08\x07" + b"\x3a\x03abc"  # ir_version = 7, graph = 3 bytes
    model.write_bytes(graph)
    piper.append_properties(model, config)
    once = model.read_bytes()
    assert once.startswith(graph)
    assert b"sample_rate" in once
    piper.append_properties(model, config)
    assert model.read_bytes() == once


@pytest.mark.parametrize(
    "content", [b"\x3a\xff\xff\xff\xff\x0f", b"\x3a\x03ab", b"\x08", b"\x0d\0\0\0\0", b"\xff" * 30, b"\x08\x07"]
)
def test_what_is_no_whole_model_is_refused(tmp_path: Path, content: bytes) -> None:
    model = tmp_path / "m.onnx"
    model.write_bytes(content)
    with pytest.raises(rules.Unfit) as verdict:
        piper.append_properties(model, piper.parse(joe.CONFIG.read_bytes()))
    assert verdict.value.code == "voice_model"
    assert model.read_bytes() == content
