"""One byte form for one value, so that hashes and signatures agree in every language.

JSON with the keys sorted by code point, no white space, every field present (defaults too), UTF-8, integers in decimal.
"""

import msgspec

_ENCODER = msgspec.json.Encoder(order="sorted")


def canonical(value: object) -> bytes:
    """The canonical bytes of a message part or a mapping."""
    return _ENCODER.encode(value)


def without(value: msgspec.Struct, *fields: str) -> bytes:
    """The canonical bytes of `value` with these fields left out."""
    return canonical({name: getattr(value, name) for name in value.__struct_fields__ if name not in fields})
