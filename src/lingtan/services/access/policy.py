"""The policy: role × kind of object × action → whose objects. Not in the table means refused.

``ALL`` are all objects of a kind, ``OWN`` those of the actor's enterprise, ``RELEASED`` those that were released to the role
(by a closed period, a sealed pack or a published report), ``PSEUDONYM`` aggregates under a pseudonym.
"""

from dataclasses import dataclass
from enum import StrEnum

from lingtan.base.errors import AccessError


class Role(StrEnum):
    """What somebody is to the park."""

    ADMIN = "admin"  # runs the installation: users, settings, audit
    OPERATOR = "operator"  # the park's operator (管委会、园区公司)
    ENTERPRISE = "enterprise"  # a member of the park, sees its own
    CONSULTANT = "consultant"  # studies with what it was given
    VERIFIER = "verifier"  # reads accounts and evidence, asks questions
    REGULATOR = "regulator"  # reads aggregates


class Kind(StrEnum):
    """Kinds of objects."""

    OVERVIEW = "overview"  # the park's indicators and live power
    ACCOUNT = "account"  # the park's account and its categories
    ENTERPRISE = "enterprise"  # an enterprise's totals
    ENTRY = "entry"  # postings, passports and readings behind a figure
    READING = "reading"  # series, quality, quarantine, imports
    METER = "meter"  # the park file: meters, tariffs, assets
    BILL = "bill"  # electricity bills of connections; the value of an enterprise's power
    GREEN = "green"  # tracing, certificates, statements
    FORECAST = "forecast"
    DISPATCH = "dispatch"
    PLAN = "plan"
    REPORT = "report"
    EVIDENCE = "evidence"
    ALARM = "alarm"
    QUESTION = "question"  # a verifier's questions and their answers
    USER = "user"
    TOKEN = "token"
    AUDIT = "audit"
    SETTING = "setting"


class Action(StrEnum):
    """What is done to an object."""

    READ = "read"
    WRITE = "write"  # make or change
    APPROVE = "approve"  # the second pair of eyes, release, close


class Scope(StrEnum):
    """Whose objects an entry of the table speaks of."""

    ALL = "all"
    OWN = "own"
    RELEASED = "released"
    PSEUDONYM = "pseudonym"


R, W, A = Action.READ, Action.WRITE, Action.APPROVE
_K = Kind


def _table() -> dict[tuple[Role, Kind, Action], Scope]:
    found: dict[tuple[Role, Kind, Action], Scope] = {}

    def grant(role: Role, scope: Scope, actions: tuple[Action, ...], *kinds: Kind) -> None:
        for kind in kinds:
            for action in actions:
                found[role, kind, action] = scope

    everything = tuple(k for k in Kind if k not in (_K.USER, _K.AUDIT, _K.SETTING, _K.TOKEN))
    grant(Role.ADMIN, Scope.ALL, (R,), *Kind)
    grant(Role.ADMIN, Scope.ALL, (W,), _K.USER, _K.SETTING, _K.TOKEN)
    grant(Role.OPERATOR, Scope.ALL, (R, W, A), *(k for k in everything if k is not _K.QUESTION))
    grant(Role.OPERATOR, Scope.ALL, (R, A), _K.QUESTION)  # answers; who asks is the verifier
    grant(Role.OPERATOR, Scope.OWN, (R, W), _K.TOKEN)
    grant(Role.ENTERPRISE, Scope.ALL, (R,), _K.OVERVIEW)
    grant(
        Role.ENTERPRISE, Scope.OWN, (R,), _K.ENTERPRISE, _K.ENTRY, _K.METER, _K.GREEN, _K.FORECAST, _K.REPORT, _K.BILL
    )
    grant(Role.ENTERPRISE, Scope.OWN, (R, W), _K.READING, _K.ALARM, _K.TOKEN)
    grant(Role.CONSULTANT, Scope.ALL, (R,), _K.OVERVIEW, _K.ACCOUNT)
    grant(Role.CONSULTANT, Scope.RELEASED, (R,), _K.ENTERPRISE, _K.READING, _K.FORECAST, _K.GREEN, _K.REPORT)
    grant(Role.CONSULTANT, Scope.ALL, (R, W), _K.PLAN)
    grant(Role.CONSULTANT, Scope.OWN, (R, W), _K.TOKEN)
    grant(Role.VERIFIER, Scope.ALL, (R,), _K.OVERVIEW, _K.ACCOUNT, _K.EVIDENCE, _K.REPORT, _K.METER, _K.BILL)
    grant(Role.VERIFIER, Scope.RELEASED, (R,), _K.ENTERPRISE, _K.ENTRY, _K.READING, _K.GREEN)
    grant(Role.VERIFIER, Scope.ALL, (R, W), _K.QUESTION)
    grant(Role.VERIFIER, Scope.OWN, (R, W), _K.TOKEN)
    grant(Role.REGULATOR, Scope.ALL, (R,), _K.OVERVIEW, _K.ACCOUNT)
    grant(Role.REGULATOR, Scope.PSEUDONYM, (R,), _K.ENTERPRISE)
    # reports and full evidence packs name enterprises: not for a regulator until there are ones that do not
    grant(Role.REGULATOR, Scope.OWN, (R, W), _K.TOKEN)
    return found


POLICY = _table()


@dataclass(frozen=True)
class Actor:
    """Somebody who asks; ``scopes`` narrows a token to some kinds (``reading:write``), None means all of the role's."""

    name: str
    role: Role
    enterprise: str | None = None
    scopes: frozenset[str] | None = None


@dataclass(frozen=True)
class Thing:
    """An object that is asked for: its kind, whose it is, whether it was released."""

    kind: Kind
    enterprise: str | None = None
    owner: str | None = None  # of tokens and the like: the user
    released: bool = False


def scope_of(actor: Actor, kind: Kind, action: Action) -> Scope | None:
    """Whose objects of a kind the actor may act on; None for none. Lists are filtered by it."""
    if actor.scopes is not None and f"{kind.value}:{action.value}" not in actor.scopes:
        return None
    return POLICY.get((actor.role, kind, action))


def allowed(actor: Actor, action: Action, thing: Thing) -> bool:
    """Whether the actor may do it."""
    scope = scope_of(actor, thing.kind, action)
    if scope is None:
        return False
    if scope is Scope.ALL:
        return True
    if scope is Scope.OWN:
        mine = thing.enterprise is not None and thing.enterprise == actor.enterprise
        return mine or (thing.owner is not None and thing.owner == actor.name)
    if scope is Scope.RELEASED:
        return thing.released
    return thing.enterprise is None  # pseudonymous aggregates only


def authorize(actor: Actor, action: Action, thing: Thing) -> None:
    """Refuse what is not allowed.

    Raises
    ------
    AccessError
        ``access.refused``, without saying whether the object exists.
    """
    if not allowed(actor, action, thing):
        raise AccessError("access.refused", role=actor.role.value, action=action.value, kind=thing.kind.value)
