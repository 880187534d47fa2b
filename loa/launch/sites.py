"""What the signer's host has decided: the hours that need no second person, and the site of its passkeys."""

from urllib.parse import urlsplit

import msgspec
from devicelink.widening import WEEK
from signer.confirmers import Site


def with_address(site: Site, address: str) -> Site:
    """The same ceiling for a site at this address. ValueError where browsers know no passkeys."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    named = parts.scheme == "https" and "." in host and not host.replace(".", "").isdecimal() and ":" not in host
    if not named and not (parts.scheme in ("http", "https") and host == "localhost"):
        raise ValueError(
            f"{address!r}: khóa đăng nhập chỉ dùng được ở một tên miền với https:// (hoặc http://localhost)"
        )
    return msgspec.structs.replace(site, rp_id=host, origins=(f"{parts.scheme}://{parts.netloc}",))


def extension(site: Site) -> str:
    """How far single nights may be extended, in words: "24 ngày một năm, từ 04:00 đến 01:00 hôm sau"."""
    bound = site.extension
    last = f"{_clock(bound.latest - 1440)} hôm sau" if bound.latest > 1440 else _clock(bound.latest)
    return f"{bound.days} ngày một năm, từ {_clock(bound.earliest)} đến {last}"


def ceiling(site: Site) -> str:
    """The hours in words: "05:00–21:00 hằng ngày"."""
    return ", ".join(
        f"{_clock(window.start)}–{_clock(window.end)} {_days(window.weekdays)}" for window in site.ceiling.windows
    )


def _days(weekdays: tuple[int, ...]) -> str:
    names = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
    return "hằng ngày" if weekdays == WEEK else ", ".join(names[day - 1] for day in weekdays)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
