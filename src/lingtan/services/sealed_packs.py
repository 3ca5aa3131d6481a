"""Evidence packs that the portal gives out: sealed once for a closing, kept, and what is known of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lingtan.base.ids import digest, digest_bytes
from lingtan.reports.evidence.signature import fingerprint
from lingtan.services.closings import Closing, closings
from lingtan.services.evidence_keys import workspace_key
from lingtan.services.explain import find_run
from lingtan.services.ports import Listener, silent
from lingtan.services.questions import for_evidence
from lingtan.services.seal_evidence import PROFILES, seal_evidence
from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class Pack:
    """A pack of a closing: sealed or not yet; ``sha256`` is that of the whole file, ``key`` who signs."""

    period: str
    closing: str
    profile: str
    sealed: bool
    bytes: int
    sha256: str
    key: str
    questions: int


def seal_pack(workspace: Workspace, period: str, profile: str, *, listener: Listener = silent) -> str:
    """The name of the pack of a period's newest closing (or open account), sealed if it was not.

    A full pack holds the questions that were asked to go into it, so a new word makes a new pack.
    """
    run, closing = find_run(workspace, period=period, listener=listener)
    asked = for_evidence(workspace, period) if profile == "full" else []
    name = _name(closing or run.id, str(run.record["result"]), profile, asked)
    if workspace.blobs.get(name) is None:
        made = seal_evidence(
            workspace, period, workspace_key(workspace)[0], profile=profile, questions=asked, listener=listener
        )
        workspace.blobs.put(name, made.data)
    return name


def packs(workspace: Workspace, *, rules: str = "ndrc-910-2025") -> list[Pack]:
    """Both packs of each closed period's newest closing, the newest period first."""
    newest: dict[str, Closing] = {}
    for c in closings(workspace, rules=rules):
        newest[str(c.record["period"])] = c
    key = fingerprint(workspace_key(workspace)[0].public)
    found = []
    for period, closing in sorted(newest.items(), reverse=True):
        for profile in PROFILES:
            asked = for_evidence(workspace, period) if profile == "full" else []
            data = workspace.blobs.get(_name(closing.id, str(closing.record["result"]), profile, asked))
            size, sha = (len(data), digest_bytes(data)) if data is not None else (0, "")
            found.append(Pack(period, closing.id, profile, data is not None, size, sha, key, len(asked)))
    return found


def _name(what: str, result: str, profile: str, asked: Sequence[dict[str, Any]]) -> str:
    said = f"-{digest(list(asked))[:12]}" if asked else ""
    return f"cache/evidence/{what}-{result[:12]}-{profile}{said}.zip"
