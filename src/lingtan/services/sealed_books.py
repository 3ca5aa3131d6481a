"""What a regulator may see of single members: totals under pseudonyms, each with the digest of its sealed book.

The digests are those of the evidence pack without enterprise detail. Whoever is shown a book can hold it against them: the
same digest means the very postings that the park was sealed with, and says under which pseudonym they stand.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lingtan.base.errors import InputError
from lingtan.base.ids import digest
from lingtan.reports.evidence.signature import Key
from lingtan.services.closings import Closing, closings, frozen_run
from lingtan.services.keep_run import Run
from lingtan.services.seal_evidence import enterprise_digest
from lingtan.services.show_enterprises import enterprise_totals, pseudonym, pseudonym_salt
from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class SealedTotal:
    """A member under its pseudonym: totals by measure where they arose and after transfers [µg], and its book's digest."""

    pseudonym: str
    direct: Mapping[str, int]
    transfer: Mapping[str, int]
    digest: str


@dataclass(frozen=True)
class CheckedBook:
    """A book that was shown: whether it is one of a sealed period, which, and what it sums to. [µg]"""

    fits: bool
    digest: str
    closing: str = ""
    pseudonym: str = ""
    postings: int = 0
    direct: Mapping[str, int] | None = None
    transfer: Mapping[str, int] | None = None
    sums_fit: bool = False


def sealed_totals(workspace: Workspace, run: Run, key: Key) -> list[SealedTotal]:
    """Every member of a run under its pseudonym; both views sum to the park's totals exactly."""
    salt = pseudonym_salt(workspace)
    result = run.record["result"]
    found = [
        SealedTotal(
            pseudonym(salt, t.id), t.direct, t.transfer, enterprise_digest(run.account, t.id, key.salt(result, t.id))
        )
        for t in enterprise_totals(run, "en")
    ]
    return sorted(found, key=lambda t: t.pseudonym)


def check_shown_book(workspace: Workspace, text: bytes, key: Key, *, rules: str = "ndrc-910-2025") -> CheckedBook:
    """Hold a book against every sealed period, the newest first.

    Raises
    ------
    InputError
        ``regulator.not-a-book`` if the file is none.
    """
    salt, rows, fields = _book(text)
    made = digest([salt, rows])
    for closing in reversed(closings(workspace, rules=rules)):
        run = frozen_run(workspace, closing)
        match = next((t for t in sealed_totals(workspace, run, key) if t.digest == made), None)
        if match is not None:
            direct, transfer = _sums(rows, fields)
            fit = direct == _plain(match.direct) and transfer == _plain(match.transfer)
            return CheckedBook(True, made, closing.id, match.pseudonym, len(rows), direct, transfer, fit)
    return CheckedBook(False, made, postings=len(rows))


def newest_closing(workspace: Workspace, period: str = "", *, rules: str = "ndrc-910-2025") -> Closing | None:
    """The newest closing of a period, or of the newest closed one."""
    found = closings(workspace, period or None, rules)
    return max(found, key=lambda c: (str(c.record["period"]), int(c.record["number"])), default=None)


def _book(text: bytes) -> tuple[str, list[list[Any]], list[str]]:
    try:
        book = json.loads(text)
        salt, rows, fields = book["salt"], book["postings"], book["fields"]
        good = (
            isinstance(salt, str)
            and isinstance(rows, list)
            and {"view", "measure", "micrograms"} <= set(fields)
            and all(isinstance(r, list) and len(r) == len(fields) for r in rows)
            and all(type(r[fields.index("micrograms")]) is int for r in rows)
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        good = False
    if not good:
        raise InputError("regulator.not-a-book")
    return salt, rows, list(fields)


def _sums(rows: Sequence[Sequence[Any]], fields: Sequence[str]) -> tuple[dict[str, int], dict[str, int]]:
    view, measure, amount = (fields.index(n) for n in ("view", "measure", "micrograms"))
    direct: dict[str, int] = defaultdict(int)
    moved: dict[str, int] = defaultdict(int)
    for row in rows:
        moved[str(row[measure])] += row[amount]
        if row[view] == "direct":
            direct[str(row[measure])] += row[amount]
    return _plain(direct), _plain(moved)


def _plain(sums: Mapping[str, int]) -> dict[str, int]:
    return {k: v for k, v in sorted(sums.items()) if v}
