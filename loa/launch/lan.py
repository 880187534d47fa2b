"""The demonstration in the local network: which address phones use, and how it is shown."""

import io
import ipaddress
import socket

import psutil
import segno

from loa.config.env import Env
from loa.demo import guests
from loa.launch.folders import write_secret

AUTO = "auto"
ANYWHERE = ("192.0.2.1", 9)  # nothing is sent: connecting a datagram socket only chooses the way


class NoAddress(Exception):
    """There is no such address on this machine; the message is Vietnamese."""


def address(wanted: str) -> str:
    """The IPv4 address that phones in the network reach; `wanted` is one of this machine's, or AUTO. NoAddress."""
    known = own_addresses()
    if wanted != AUTO:
        if wanted not in known:
            raise NoAddress(
                f"Máy này không có địa chỉ {wanted}. Các địa chỉ đang có: {', '.join(known) or 'không có'}."
            )
        return wanted
    chosen = _towards_others()
    if chosen in known:
        return chosen
    if not known:
        raise NoAddress("Máy này chưa nối vào mạng nào, nên điện thoại không tới được. Hãy nối Wi-Fi rồi chạy lại.")
    return known[0]


def own_addresses() -> list[str]:
    """IPv4 addresses of this machine that others can use."""
    rows = [row.address for rows in psutil.net_if_addrs().values() for row in rows if row.family == socket.AF_INET]
    return [row for row in rows if not ipaddress.ip_address(row).is_loopback]


def _towards_others() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ANYWHERE)
        except OSError:
            return ""
        found: str = probe.getsockname()[0]
        return found


def close_to_strangers(env: Env) -> None:
    """From now on the sample accounts of this folder have a password that nobody can know."""
    file = env.var / "keys" / guests.FILE
    if not file.exists():
        write_secret(file, guests.new_password() + "\n")


def phone_address(site_url: str, secret_key: str) -> str:
    """What the QR code holds."""
    return f"{site_url}/xem-thu/dien-thoai/{guests.code(secret_key)}/"


def drawn(text: str) -> str:
    """A QR code for a terminal."""
    out = io.StringIO()
    segno.make(text, error="l").terminal(out, compact=True, border=2)
    return out.getvalue().rstrip("\n")
