"""At which address of the pages browsers know passkeys, and how the signer's host remembers it."""

from urllib.parse import urlsplit

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
    return Site(ceiling=site.ceiling, rp_id=host, origins=(f"{parts.scheme}://{parts.netloc}",))
