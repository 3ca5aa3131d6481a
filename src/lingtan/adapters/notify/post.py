"""One POST to an address that was looked at: bounded in time and size, no redirects, no proxies."""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

from lingtan.adapters.notify.address import Address

TIMEOUT_S = 10.0
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What the other side said; status 0 if it did not."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] | None = None
    failure: str = ""


def post(address: Address, body: bytes, headers: Mapping[str, str], *, timeout_s: float = TIMEOUT_S) -> Answer:
    """Send a body; every failure is an answer of status 0."""
    deadline = time.monotonic() + timeout_s
    connection: http.client.HTTPConnection
    if address.scheme == "https":
        connection = http.client.HTTPSConnection(address.host, address.port, timeout=timeout_s)
    else:
        connection = http.client.HTTPConnection(address.host, address.port, timeout=timeout_s)
    try:
        raw = socket.create_connection((address.ip, address.port), timeout=timeout_s)
        if address.scheme == "https":
            # the certificate must be the name's, though the connection is to the address that was looked at
            raw = ssl.create_default_context().wrap_socket(raw, server_hostname=address.host)
        connection.sock = raw
        connection.request("POST", address.path, body, {"User-Agent": "Lingtan", "Connection": "close", **headers})
        answer = connection.getresponse()
        data = b""
        while len(data) < MOST_BYTES and time.monotonic() < deadline:
            part = answer.read1(8192)
            if not part:
                break
            data += part
        return Answer(answer.status, data, {k.lower(): v for k, v in answer.getheaders()})
    except TimeoutError:
        return Answer(0, failure=f"no answer in {timeout_s:g} s")
    except ssl.SSLError as error:
        return Answer(0, failure=f"TLS: {error.reason or error}")
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, failure=(getattr(error, "strerror", None) or str(error) or type(error).__name__)[:200])
    finally:
        connection.close()
