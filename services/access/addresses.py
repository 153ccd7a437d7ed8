"""Client addresses: one spelling for each, shortened when wanted, and which of them are on the public Internet."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

IPV4_KEPT_BITS = 24
IPV6_KEPT_BITS = 48
IPV6_NETWORK_BITS = 64
"""What one customer of a provider gets at the least, and may pick addresses from at will."""

_BRACKETS = re.compile(r"\[(?P<host>[^\]]*)\](:\d+)?")
_IPV4_AND_PORT = re.compile(r"(?P<host>\d+\.\d+\.\d+\.\d+):\d+")


def normalised(text: str) -> str | None:
    """The address in its one spelling, or `None` when `text` is none.

    Brackets, a port and a zone are dropped; an IPv4 address in IPv6 clothes (`::ffff:192.0.2.1`) becomes plain IPv4.
    """
    address = _parsed(text)
    return None if address is None else str(address)


def shortened(ip: str) -> str:
    """The address with its last bits zeroed: IPv4 to /24, IPv6 to /48. `ip` is as `normalised` gives it."""
    bits = IPV6_KEPT_BITS if ":" in ip else IPV4_KEPT_BITS
    return str(ipaddress.ip_network(f"{ip}/{bits}", strict=False).network_address)


@lru_cache(maxsize=8192)
def network(told: str, peer: str) -> str:
    """Whom limits are counted for: an IPv4 address, or an IPv6 address's /64. Empty when there is none.

    `told` is what the trusted proxies say, `peer` whom the connection is with.
    """
    address = _parsed(told) or _parsed(peer)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False))
    return "" if address is None else str(address)


def is_public(ip: str) -> bool:
    """Whether the address is one of the public Internet (IANA's registries): others no service can place."""
    address = _parsed(ip)
    return address is not None and address.is_global and not address.is_multicast


def _parsed(text: str) -> Address | None:
    host = text.strip()
    if match := _BRACKETS.fullmatch(host) or _IPV4_AND_PORT.fullmatch(host):
        host = match["host"]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
