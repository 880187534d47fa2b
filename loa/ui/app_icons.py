"""Draws the application icons (PNG) from the shapes of static/ui/img/icon.svg: `python -m loa.ui.app_icons`."""

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

IMAGES = Path(__file__).parent / "static" / "ui" / "img"
INDIGO = (29, 74, 128)
WHITE = (255, 255, 255)
FINE = 4  # samples a pixel, each way
HORN = ((6.0, 10.3), (8.2, 10.3), (13.6, 7.2), (13.6, 16.8), (8.2, 13.7), (6.0, 13.7))

Mask = NDArray[np.bool_]
Grid = NDArray[np.float64]


def _polygon(corners: tuple[tuple[float, float], ...], x: Grid, y: Grid) -> Mask:
    """Even-odd rule: which points lie inside."""
    inside = np.zeros(x.shape, dtype=bool)
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        if ay != by:
            crosses = (ay > y) != (by > y)
            inside ^= crosses & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return inside


def _wave(radius: float, x: Grid, y: Grid) -> Mask:
    """A sound wave: part of a ring to the right of the horn."""
    dx, dy = x - 13.0, y - 12.0
    ring = np.abs(np.hypot(dx, dy) - radius) < 0.6
    return ring & (np.abs(np.arctan2(dy, dx)) < 0.75)


def _ground(x: Grid, y: Grid, corner: float) -> Mask:
    """A square of 24 with rounded corners; corner 0 fills it all (for masks that cut their own shape)."""
    if corner == 0:
        return np.ones(x.shape, dtype=bool)
    dx, dy = np.maximum(np.abs(x - 12) - (12 - corner), 0), np.maximum(np.abs(y - 12) - (12 - corner), 0)
    return np.asarray(np.hypot(dx, dy) <= corner, dtype=bool)


def draw(pixels: int, *, corner: float = 5.0, scale: float = 1.0) -> bytes:
    """A PNG of `pixels` square: a white loudspeaker on indigo. `scale` < 1 keeps it away from the edges."""
    steps = (np.arange(pixels * FINE) + 0.5) * 24 / (pixels * FINE)
    x, y = np.meshgrid(steps, steps)
    sx, sy = (x - 12) / scale + 12, (y - 12) / scale + 12
    sign = _polygon(HORN, sx, sy) | _wave(3.2, sx, sy) | _wave(5.4, sx, sy)
    ground = _ground(x, y, corner)
    image = np.zeros((*x.shape, 4))
    image[ground] = (*INDIGO, 255)
    image[ground & sign] = (*WHITE, 255)
    return png(image.reshape(pixels, FINE, pixels, FINE, 4).mean(axis=(1, 3)).round().astype(np.uint8))


def png(image: NDArray[np.uint8]) -> bytes:
    """RGBA of 8 bits as a PNG file."""
    height, width, _ = image.shape
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def main() -> None:
    """Write the three files that the web manifest names."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    (IMAGES / "icon-192.png").write_bytes(draw(192))
    (IMAGES / "icon-512.png").write_bytes(draw(512))
    (IMAGES / "icon-mask-512.png").write_bytes(draw(512, corner=0, scale=0.8))


if __name__ == "__main__":
    main()
