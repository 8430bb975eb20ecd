"""Which addresses a fetch on somebody's behalf may reach: public web servers, and nothing of our own.

A name is judged by what it resolves to, at the moment of connecting and on the address that is then connected to
(``client``'s resolver asks ``is_public``), so a name server that answers differently the second time gains nothing.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

_PORTS = frozenset({None, 80, 443, 8080, 8443})
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_IPV4_BITS = 0xFFFFFFFF


class NotPublic(Exception):
    """The address is not one that may be fetched from."""


def require_public(url: str) -> None:
    """What can be told before resolving. Raises: NotPublic."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotPublic(url) from error
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or port not in _PORTS or parts.username is not None:
        raise NotPublic(url)
    try:
        literal = ip_address(host)
    except ValueError:
        return
    if not is_public(str(literal)):
        raise NotPublic(url)


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet; an IPv4 address inside an IPv6 one is judged as itself."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _inside(found) if isinstance(found, IPv6Address) else None
    judged = inner or found
    return judged.is_global and not judged.is_multicast and not judged.is_reserved


def _inside(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _TRANSLATED) or int(address) >> 32 == 0:
        return IPv4Address(int(address) & _IPV4_BITS)
    return None
