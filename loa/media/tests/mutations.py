"""Ways in which files get broken, on their way or by intention."""

from collections.abc import Callable, Mapping

import numpy as np

Chance = np.random.Generator


HEADS = (
    b"RIFF\x24\x08\x00\x00WAVEfmt ", b"ID3\x04\x00\x00\x00\x00\x0f\x76", b"OggS\x00\x02", b"fLaC\x00\x00\x00\x22",
    b"\x00\x00\x00\x20ftypM4A ", b"\x1aE\xdf\xa3\x9fB\x86\x81", b"\xff\xf1\x50\x80", b"%PDF-1.7\n", b"PK\x03\x04",
)  # fmt: skip


def flips(data: bytearray, chance: Chance) -> None:
    """Some bits, anywhere."""
    for at in chance.integers(0, len(data), int(chance.integers(1, 60))):
        data[at] ^= 1 << int(chance.integers(0, 8))


def head_flips(data: bytearray, chance: Chance) -> None:
    """Some bytes near the beginning, where the promises stand."""
    for at in chance.integers(0, min(len(data), 300), int(chance.integers(1, 12))):
        data[at] = int(chance.integers(0, 256))


def cut(data: bytearray, chance: Chance) -> None:
    """The end is missing."""
    del data[int(chance.integers(1, len(data))) :]


def beheaded(data: bytearray, chance: Chance) -> None:
    """The beginning is missing."""
    del data[: int(chance.integers(1, min(len(data), 3000)))]


def swapped_head(data: bytearray, chance: Chance) -> None:
    """Begins like another kind of file."""
    head = HEADS[int(chance.integers(0, len(HEADS)))]
    data[: len(head)] = head


def doubled(data: bytearray, chance: Chance) -> None:
    """A piece comes twice."""
    start, end = sorted(int(at) for at in chance.integers(0, len(data), 2))
    data[end:end] = data[start:end]


def lies(data: bytearray, chance: Chance) -> None:
    """Sizes that are not true: huge, zero or negative numbers where lengths stand."""
    for at in chance.integers(0, min(len(data) - 8, 400), int(chance.integers(1, 5))):
        data[at : at + 4] = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", bytes(4), b"\x80\0\0\0")[
            int(chance.integers(0, 4))
        ]


def zeros(data: bytearray, chance: Chance) -> None:
    """A block of the disk was never written."""
    start = int(chance.integers(0, len(data)))
    size = min(len(data) - start, int(chance.integers(1, 4096)))
    data[start : start + size] = bytes(size)


def foreign(data: bytearray, chance: Chance) -> None:
    """A block of something else lies within."""
    at = int(chance.integers(0, len(data)))
    data[at : at + 512] = chance.bytes(512)


MUTATORS: Mapping[str, Callable[[bytearray, Chance], None]] = {
    one.__name__: one for one in (flips, head_flips, cut, beheaded, swapped_head, doubled, lies, zeros, foreign)
}
