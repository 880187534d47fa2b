"""What a Piper voice says of itself (its .onnx.json), and what the runtime needs from it. Pure.

The runtime reads the nature of a model from properties inside the file. Piper does not write them, so they are
appended: an ONNX file is one protobuf message, and of two messages written one behind the other a reader makes one (the
merging of the protobuf encoding), so that the file that was checked stays as it is, byte for byte, at the front.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from loa.media import rules

MOST_CONFIG_BYTES = 1024 * 1024
MOST_SYMBOLS = 2000
METADATA_FIELD = 14  # ModelProto.metadata_props
GRAPH_FIELD = 7
_VOICE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9-]{1,20})?")
MOST_RATE = 48_000


@dataclass(frozen=True, slots=True)
class Config:
    """`espeak` names the pronunciation ("" for a voice of plain letters); `speakers` maps names to numbers."""

    rate: int
    espeak: str
    language: str
    length_scale: float
    symbols: Mapping[str, int]
    speakers: Mapping[str, int]

    @property
    def speaker_count(self) -> int:
        """How many people the model can be."""
        return max(1, len(self.speakers))

    def tokens(self) -> str:
        """The table of symbols in the runtime's form."""
        return "".join(f"{symbol} {number}\n" for symbol, number in self.symbols.items())

    def properties(self) -> dict[str, str]:
        """What the runtime wants to find in the model."""
        return {
            "model_type": "vits",
            "comment": "piper",
            "language": self.language,
            "voice": self.espeak or self.language,
            "has_espeak": "1",
            "n_speakers": str(self.speaker_count),
            "sample_rate": str(self.rate),
            "add_blank": "1",
        }


def parse(raw: bytes) -> Config:
    """The .onnx.json of a Piper voice. Raises rules.Unfit `voice_config`."""
    try:
        return _config(json.loads(raw[:MOST_CONFIG_BYTES]))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise rules.Unfit("voice_config") from error


def _config(found: dict[str, Any]) -> Config:
    rate = int(found["audio"]["sample_rate"])
    plain = found.get("phoneme_type", "espeak") == "text"
    espeak = "" if plain else str(found["espeak"]["voice"])
    symbols = {str(symbol): int(numbers[0]) for symbol, numbers in found["phoneme_id_map"].items()}
    code = str(found.get("language", {}).get("code") or espeak or "vi")
    if not 8000 <= rate <= MOST_RATE or not {"_", "^", "$"} <= set(symbols) or len(symbols) > MOST_SYMBOLS:
        raise ValueError("no Piper voice")
    if (espeak and not _VOICE.fullmatch(espeak)) or any(len(s) != 1 or s == "\n" for s in symbols):
        raise ValueError("no Piper voice")
    return Config(
        rate=rate,
        espeak=espeak,
        language=re.split(r"[-_]", code)[0].lower()[:8],
        length_scale=_between(found.get("inference", {}).get("length_scale", 1.0), 0.3, 3.0),
        symbols=symbols,
        speakers={str(name): int(number) for name, number in (found.get("speaker_id_map") or {}).items()},
    )


def _between(value: object, low: float, high: float) -> float:
    number = float(str(value))
    if not low <= number <= high:
        raise ValueError("out of bounds")
    return number


def append_properties(model: Path, config: Config) -> None:
    """Write what the runtime wants behind the model, unless it holds properties already. Raises rules.Unfit."""
    with model.open("r+b") as file:
        fields = set(_fields(file, model.stat().st_size))
        if GRAPH_FIELD not in fields:
            raise rules.Unfit("voice_model")
        if METADATA_FIELD not in fields:
            file.seek(0, 2)
            file.write(b"".join(_property(name, value) for name, value in config.properties().items()))


def _fields(file: BinaryIO, size: int) -> Iterator[int]:
    """Numbers of the fields of the outermost message; what is inside them is skipped, never read."""
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(20)
        tag, used = _varint(head, 0)
        kind = tag & 7
        if kind == 2:
            length, used = _varint(head, used)
        elif kind == 0:
            _, used = _varint(head, used)
            length = 0
        else:
            raise rules.Unfit("voice_model")
        at += used + length
        yield tag >> 3
    if at != size:
        raise rules.Unfit("voice_model")


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(raw) and shift < 64:
        value |= (raw[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not raw[at - 1] & 0x80:
            return value, at
    raise rules.Unfit("voice_model")


def _property(name: str, value: str) -> bytes:
    return _field(METADATA_FIELD, _field(1, name.encode()) + _field(2, value.encode()))


def _field(number: int, content: bytes) -> bytes:
    return _number(number << 3 | 2) + _number(len(content)) + content


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))
