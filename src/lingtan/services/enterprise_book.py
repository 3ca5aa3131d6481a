"""One enterprise's book out of a sealed period: it can show it to whom it wants, and it fits the digest in the park's pack."""

import json
from collections.abc import Mapping
from typing import Any

from lingtan.base.errors import InputError
from lingtan.base.ids import digest, nearest
from lingtan.reports.evidence import container
from lingtan.reports.evidence.signature import Key
from lingtan.services.evidence_pack import Findings
from lingtan.services.explain import find_run
from lingtan.services.ports import Listener, silent
from lingtan.services.workspace import Workspace


def enterprise_book(
    workspace: Workspace,
    enterprise: str,
    period: str,
    key: Key,
    *,
    rules: str = "ndrc-910-2025",
    listener: Listener = silent,
) -> dict[str, Any]:
    """The postings of an enterprise with the salt of their digest; the same key that sealed the pack gives the salt."""
    run, _ = find_run(workspace, period=period, rules=rules, listener=listener)
    mine = [p for p in run.account.postings if p.enterprise == enterprise]
    if not mine:
        known = sorted({p.enterprise for p in run.account.postings})
        raise InputError(
            "evidence.no-enterprise", enterprise=enterprise, nearest=nearest(enterprise, known) or known[0]
        )
    return {
        "enterprise": enterprise,
        "result": run.record["result"],
        "salt": key.salt(run.record["result"], enterprise),
        "fields": list(vars(mine[0])),
        "postings": [list(vars(p).values()) for p in mine],
    }


def check_book(found: Findings, pack: bytes, text: bytes) -> None:
    """Hold a shown book against the digest in a pack of profile ``park``; note what disagrees."""
    try:
        book: Mapping[str, Any] = json.loads(text)
        listed = json.loads(bytes(container.read(pack)[0]["enterprises.json"]))
        fits = listed.get(book["enterprise"]) == digest([book["salt"], book["postings"]])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found.fault("book-unreadable")
        return
    if fits:
        found.passed.append("enterprise-book")
    else:
        found.fault("book", enterprise=str(book["enterprise"])[:80])
