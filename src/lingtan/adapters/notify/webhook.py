"""Events to programs, signed as the Standard Webhooks specification says, so that its libraries can check them."""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from hmac import digest
from typing import Any

from lingtan.adapters.notify.address import resolve
from lingtan.adapters.notify.post import TIMEOUT_S, post
from lingtan.base.errors import InputError
from lingtan.services.alarm_ports import Said

GONE = 410  # the other side wants no more


def body_of(event: Mapping[str, Any], id: str) -> bytes:
    """What is sent."""
    return json.dumps({"id": id, **event}, ensure_ascii=False, separators=(",", ":")).encode()


def signature(key: bytes, id: str, at: datetime, body: bytes) -> str:
    """``v1,<base64 of HMAC-SHA256>`` over id, time and body."""
    signed = f"{id}.{int(at.timestamp())}.".encode() + body
    return f"v1,{b64encode(digest(key, signed, sha256)).decode()}"


def send(url: str, key: bytes, id: str, body: bytes, at: datetime, *, timeout_s: float = TIMEOUT_S) -> Said:
    """Post a signed event. Any 2xx is a yes; 410 and other refusals of the form are not tried again."""
    try:
        address = resolve(url)
    except InputError as error:
        return Said(False, None, error.format("en"), again=error.code == "alarm.address-unknown")
    headers = {
        "Content-Type": "application/json", "webhook-id": id, "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature(key, id, at, body),
    }  # fmt: skip
    answer = post(address, body, headers, timeout_s=timeout_s)
    if 200 <= answer.status < 300:
        return Said(True, answer.status)
    if not answer.status:
        return Said(False, None, answer.failure)
    wait = (answer.headers or {}).get("retry-after", "")
    detail = f"HTTP {answer.status} {answer.body[:120].decode('utf-8', 'replace')}".strip()
    again = answer.status >= 500 or answer.status in (408, 409, 425, 429)
    return Said(False, answer.status, detail, again, float(wait) if wait.isdecimal() else None)
