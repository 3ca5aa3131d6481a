"""Where a message may go: addresses are resolved before they are called, and those of the own network are refused.

A webhook's URL is somebody's input, and the server stands inside of the park's network: without this a URL could reach what only
the server may reach (its own ports, a cloud's metadata). The connection goes to the very address that was looked at.
"""

import ipaddress
import os
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from lingtan.base.errors import InputError

ALLOW = (
    "LINGTAN_NOTIFY_ALLOW"  # networks that may be called though they are not public, such as "10.1.0.0/16, 127.0.0.1"
)
LONGEST = 2000
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Address:
    """A URL with the address that its name stands for."""

    scheme: str
    host: str
    port: int
    path: str
    ip: str


def allowed_networks() -> list[Network]:
    """The networks of the setting.

    Raises
    ------
    InputError
        ``alarm.bad-allow``.
    """
    found = []
    for part in os.environ.get(ALLOW, "").split(","):
        if part.strip():
            try:
                found.append(ipaddress.ip_network(part.strip(), strict=False))
            except ValueError:
                raise InputError("alarm.bad-allow", variable=ALLOW, given=part.strip()) from None
    return found


def resolve(url: str) -> Address:
    """Look a URL up and refuse it where it may not be called.

    Raises
    ------
    InputError
        ``alarm.address-form`` for what is no URL of a server; ``alarm.address-plain`` for http beyond the allowed networks;
        ``alarm.address-inside`` for an address that is not public and not allowed; ``alarm.address-unknown``.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    plain = len(url) <= LONGEST and url.isascii() and not any(c <= " " or c == "\x7f" for c in url)
    if (
        not plain
        or parts.scheme not in ("http", "https")
        or not host
        or parts.username
        or parts.password
        or parts.fragment
    ):
        raise InputError("alarm.address-form", url=url[:100])
    port = port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise InputError("alarm.address-unknown", host=host) from None
    ips = [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found]
    networks = allowed_networks()
    inside = [ip for ip in ips if not public(ip) and not _in(ip, networks)]
    if inside or not ips:
        raise InputError("alarm.address-inside", host=host, ip=str(inside[0]) if inside else "–", variable=ALLOW)
    if parts.scheme == "http" and not all(_in(ip, networks) for ip in ips):
        raise InputError("alarm.address-plain", host=host, variable=ALLOW)
    path = parts.path or "/"
    return Address(parts.scheme, host, port, f"{path}?{parts.query}" if parts.query else path, str(ips[0]))


def public(ip: Ip) -> bool:
    """Whether an address is one of the public internet, also if it is wrapped into IPv6."""
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if wrapped is not None:
            return public(wrapped)
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            return public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return ip.is_global and not ip.is_multicast


def _in(ip: Ip, networks: list[Network]) -> bool:
    return any(ip.version == n.version and ip in n for n in networks)
