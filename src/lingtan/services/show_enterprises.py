"""Totals of the members of a park, from a run: where they arose, and after transfers of power, heat and fuel."""

import hashlib
import hmac
import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from lingtan.base.text import label
from lingtan.carbon.points import operator
from lingtan.services.access.policy import Action, Actor, Kind, Scope, scope_of
from lingtan.services.keep_run import Run
from lingtan.services.workspace import Workspace

SALT = "portal/pseudonym-salt"


@dataclass(frozen=True)
class Total:
    """What one member emitted and used, by measure. [µg]"""

    id: str
    name: str
    direct: Mapping[str, int]
    transfer: Mapping[str, int]


def enterprise_totals(run: Run, lang: str) -> list[Total]:
    """Every member with an amount, the largest emitter after transfers first; both views sum to the park."""
    direct: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    moved: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for p in run.account.postings:
        moved[p.enterprise][p.measure] += p.micrograms
        if p.view == "direct":
            direct[p.enterprise][p.measure] += p.micrograms
    names = {e.id: label(e.name, lang, e.id) for e in run.park.enterprises}
    names.setdefault(operator(run.park), operator(run.park))
    first = run.rules.measures[0].id
    found = [Total(e, names.get(e, e), dict(direct[e]), dict(moved[e])) for e in moved]
    return sorted(found, key=lambda t: (-t.transfer.get(first, 0), t.id))


def totals_for(workspace: Workspace, run: Run, actor: Actor, lang: str, *, released: bool) -> list[Total]:
    """The totals that somebody may see: all, one's own, those released, or all under pseudonyms that stay the same."""
    scope = scope_of(actor, Kind.ENTERPRISE, Action.READ)
    found = enterprise_totals(run, lang)
    if scope is Scope.ALL or (scope is Scope.RELEASED and released):
        return found
    if scope is Scope.OWN:
        return [t for t in found if t.id == actor.enterprise]
    if scope is Scope.PSEUDONYM and released:
        salt = pseudonym_salt(workspace)
        hidden = [Total(name := pseudonym(salt, t.id), name, t.direct, t.transfer) for t in found]
        return sorted(hidden, key=lambda t: t.id)
    return []


def pseudonym(salt: bytes, enterprise: str) -> str:
    """A name that says nothing of the enterprise, and is always the same one."""
    return f"E-{hmac.new(salt, enterprise.encode(), hashlib.sha256).hexdigest()[:8]}"


def pseudonym_salt(workspace: Workspace) -> bytes:
    """The secret behind the pseudonyms; made on first use."""
    kept = workspace.blobs.get(SALT)
    if kept is None:
        kept = secrets.token_bytes(32)
        workspace.blobs.put(SALT, kept)
    return kept
