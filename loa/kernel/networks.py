"""Who asks, as far as limits are concerned: an address, or the network that one subscriber of IPv6 is given."""

import ipaddress

IPV6_SUBSCRIBER = 64


def network_of(address: str) -> str:
    """The address itself for IPv4 (also inside IPv6), the /64 for IPv6: its owner has 2^64 addresses to come from."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, IPV6_SUBSCRIBER), strict=False).network_address)
