"""Scopes of tokens: at most what the role may do."""

from collections.abc import Iterable

from lingtan.base.errors import InputError
from lingtan.services.access.policy import Action, Actor, Kind, scope_of


def possible_scopes(actor: Actor) -> list[str]:
    """Every scope that somebody's token may have."""
    return [f"{k.value}:{a.value}" for k in Kind for a in Action if scope_of(actor, k, a) is not None]


def scopes_for(actor: Actor, asked: Iterable[str]) -> frozenset[str]:
    """The asked scopes.

    Raises
    ------
    InputError
        ``access.scope`` for one that there is not, or that the role does not have.
    """
    known = set(possible_scopes(actor))
    found = frozenset(asked)
    wrong = sorted(found - known)
    if wrong or not found:
        raise InputError("access.scope", scope=", ".join(wrong)[:100] or "–", known=", ".join(sorted(known)))
    return found
