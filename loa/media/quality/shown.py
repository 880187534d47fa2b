"""Figures as a technician reads them: pairs of name and value, in Vietnamese notation."""

from collections.abc import Callable, Mapping
from typing import Any

from loa.media.rules import length

Row = tuple[str, Callable[[Any], str]]


def decimal(value: float, unit: str) -> str:
    """ "-16,0 LUFS"."""
    return f"{value:.1f} {unit}".replace(".", ",")


ROWS: Mapping[str, Row] = {
    "loudness_lufs": ("Độ to cả bài", lambda value: decimal(value, "LUFS")),
    "short_term_max_lufs": ("Ba giây to nhất", lambda value: decimal(value, "LUFS")),
    "range_lu": ("Chênh giữa chỗ to và chỗ nhỏ", lambda value: decimal(value, "LU")),
    "true_peak_dbtp": ("Đỉnh của tệp phát", lambda value: decimal(value, "dBTP")),
    "source_lufs": ("Độ to lúc gửi lên", lambda value: decimal(value, "LUFS")),
    "snr_db": ("Tiếng nói trên tiếng nền", lambda value: decimal(value, "dB")),
    "hum_db": ("Tiếng ù so với tiếng nói", lambda value: decimal(value, "dB")),
    "bandwidth_hz": ("Bị cắt phần cao từ", lambda value: f"{value:,} Hz".replace(",", ".")),
    "longest_pause_ms": ("Khoảng lặng dài nhất", length),
    "cut_tops": ("Số đỉnh bị cắt", lambda value: f"{value:,}".replace(",", ".")),
    "rate_hz": ("Tần số lấy mẫu của tệp", lambda value: f"{value:,} Hz".replace(",", ".")),
}


def rows(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is known, in the order of `ROWS`; what a sound says nothing about is left out."""
    found = ((name, write, figures.get(key)) for key, (name, write) in ROWS.items())
    return [(name, write(value)) for name, write, value in found if value is not None]
