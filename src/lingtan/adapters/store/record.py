"""A commit as text, and the chain of hashes through the log."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lingtan.base.ids import canonical_json, digest
from lingtan.base.time import iso
from lingtan.services.ports import Commit

GENESIS = "0" * 64


def make(
    *,
    rev: int,
    at: datetime,
    kind: str,
    content: str,
    rows: int,
    reason: str | None,
    source: Mapping[str, Any],
    channels: Mapping[str, str],
    parts: Mapping[str, int],
    previous: str,
) -> Commit:
    """The commit that follows ``previous``, with its hash."""
    # through JSON once, so that what is hashed now is what will be read later
    body = json.loads(
        canonical_json(
            {
                "rev": rev,
                "at": iso(at),
                "kind": kind,
                "content": content,
                "rows": rows,
                "reason": reason,
                "source": dict(source),
                "channels": dict(channels),
                "parts": dict(parts),
                "previous": previous,
            }
        )
    )
    return parse({**body, "hash": digest(body)})


def as_dict(commit: Commit) -> dict[str, Any]:
    """The commit as JSON-able values."""
    return {**vars(commit), "at": iso(commit.at)}


def parse(record: Mapping[str, Any]) -> Commit:
    """The commit that a record tells of."""
    return Commit(**{**record, "at": datetime.fromisoformat(record["at"])})


def hash_of(commit: Commit) -> str:
    """The hash that the commit's fields give."""
    body = as_dict(commit)
    del body["hash"]
    return digest(body)


def is_document(commit: Commit) -> bool:
    """Whether the commit brought a document; a batch of readings is never empty."""
    return commit.rows == 0
