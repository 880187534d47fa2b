"""Which addresses may be read: public ones, and local ones only if somebody named them.

Names are resolved here and the connection goes to the very address that was judged, so that a name which answers
differently the second time (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
from collections.abc import Collection

from speaker.relay.trouble import Trouble

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
EVERYTHING = "*"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def resolved(host: str, port: int, local: Collection[str] = ()) -> list[str]:
    """The numeric addresses of `host` that may be read, in the resolver's order. Raises Trouble gone, forbidden."""
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Trouble("gone", f"{host}: {error}") from error
    found = list(dict.fromkeys(str(row[4][0]) for row in rows))
    named = f"{host.lower()}:{port}" in local
    allowed = [text for text in found if named or may_read(host, text, local)]
    if not allowed:
        raise Trouble("forbidden", f"{host} is {', '.join(found)[:120]}")
    return allowed


def may_read(host: str, address: str, local: Collection[str] = ()) -> bool:
    """May `host`, which resolved to `address`, be read? `local`: see `devicelink.relayed.Spec`."""
    if EVERYTHING in local:
        return True
    found = ipaddress.ip_address(address.split("%")[0])
    return is_public(found) or host.lower() in local or any(_holds(network, found) for network in local)


def is_public(address: Address) -> bool:
    """True for an address of the open Internet, also when another one is hidden inside it."""
    if isinstance(address, ipaddress.IPv6Address):
        hidden = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        hidden.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None)
        if not all(is_public(inner) for inner in hidden if inner is not None):
            return False
        if address.ipv4_mapped is not None:
            return True
    return address.is_global and not address.is_multicast and not address.is_reserved


def _holds(network: str, address: Address) -> bool:
    try:
        return address in ipaddress.ip_network(network)
    except (ValueError, TypeError):
        return False
