"""Names and digests."""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}\Z")


def is_slug(text: str) -> bool:
    """Whether ``text`` may be an id: lower-case letters, digits, ``-``, ``_``, ``.``; at most 63 characters."""
    return SLUG.match(text) is not None


@lru_cache(maxsize=1 << 16)
def channel_key(channel: str) -> int:
    """The integer by which readings of a channel are stored: 63 bits of BLAKE2b of its id.

    No register is needed and the order of arrival cannot matter; the park check refuses two channels with one key.
    """
    return int.from_bytes(hashlib.blake2b(channel.encode(), digest_size=8).digest(), "big") >> 1


def digest(value: Any) -> str:
    """SHA-256 of ``value`` as canonical JSON (sorted keys, no spaces, UTF-8), as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def canonical_json(value: Any) -> bytes:
    """``value`` as JSON with sorted keys and no spaces; decimals and dates as their text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def digest_bytes(data: bytes) -> str:
    """SHA-256 of bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that ``word`` most likely meant, or None."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def record_id(at: datetime, noise: int) -> str:
    """A ULID: 26 characters that sort by time; ``noise`` are 80 random bits."""
    number = (int(at.timestamp() * 1000) << 80) | (noise & (2**80 - 1))
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
