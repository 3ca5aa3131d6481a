"""Signing in at a provider (OpenID Connect): who comes with good claims is a user that exists, or nobody.

Two ways, both stated by the installation, and nothing beyond them:

- a claim names an existing user. The first sign-in binds the provider's subject to that user; a second subject with the same
  name is refused, so a name that is given away at the provider opens nothing here;
- a claim (groups) is mapped to a role. Then the user is made at the first sign-in, and the role is read again at each one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from lingtan.base.errors import AccessError, InputError
from lingtan.services.access.digests import digest_of
from lingtan.services.access.policy import Role
from lingtan.services.access.ports import Directory, Identity, Pending, User
from lingtan.services.access.sign_in import SignedIn, open_session
from lingtan.services.access.users import NAME, add_user

LIFE = timedelta(minutes=10)
Claims = Mapping[str, Any]


@dataclass(frozen=True)
class Mapped:
    """How claims become users."""

    claim: str = "preferred_username"
    role_claim: str = ""
    roles: Mapping[str, Role] = field(default_factory=dict)
    enterprise_claim: str = ""


@dataclass(frozen=True)
class Asked:
    """A sign-in that was begun at a provider."""

    state: str
    nonce: str
    verifier: str
    redirect: str


class Provider(Protocol):
    """A provider of sign-ins."""

    @property
    def issuer(self) -> str: ...

    @property
    def labels(self) -> Mapping[str, str]:
        """What the button says, by language; empty for the usual words."""
        ...

    @property
    def mapped(self) -> Mapped: ...

    def address(self, asked: Asked) -> str:
        """Where the browser goes."""
        ...

    def claims(self, asked: Asked, code: str, *, at: datetime) -> Claims:
        """What the provider says of whoever came back with a code; signature, issuer, audience, nonce and times are checked.

        Raises
        ------
        AccessError
            ``access.sso`` with the reason, if anything does not fit.
        SourceError
            ``access.sso-unreachable``.
        """
        ...


def begin_provider_sign_in(
    directory: Directory, provider: Provider, redirect: str, browser: str, *, at: datetime
) -> str:
    """Where the browser goes to sign in; ``browser`` is a secret of its cookie, to which the answer is bound."""
    import secrets

    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    asked = Asked(state, nonce, verifier, redirect)
    address = provider.address(asked)
    data = {"nonce": asked.nonce, "verifier": asked.verifier, "redirect": redirect, "browser": digest_of(browser)}
    directory.put_pending(Pending(digest_of(asked.state), "sso", None, data, at + LIFE), at=at)
    return address


def sign_in_with_provider(
    directory: Directory,
    provider: Provider,
    *,
    state: str,
    code: str,
    issuer: str,
    browser: str,
    members: Sequence[str],
    at: datetime,
) -> SignedIn:
    """A session for whoever comes back from the provider.

    Raises
    ------
    AccessError
        ``access.sso`` with the reason, ``access.sso-nobody`` for somebody who has no account here.
    """
    begun = directory.take_pending(digest_of(state), "sso", at=at)
    if begun is None or begun.data["browser"] != digest_of(browser):
        raise AccessError("access.sso", reason="state")
    if issuer and issuer != provider.issuer:
        raise AccessError("access.sso", reason="issuer")
    asked = Asked(state, begun.data["nonce"], begun.data["verifier"], begun.data["redirect"])
    claims = provider.claims(asked, code, at=at)
    user = user_of(directory, provider, claims, members, at=at)
    strong = any(m in ("mfa", "otp", "hwk", "sc", "fpt", "face") for m in claims.get("amr") or ())
    return open_session(directory, user, at=at, second_factor=strong)


def user_of(directory: Directory, provider: Provider, claims: Claims, members: Sequence[str], *, at: datetime) -> User:
    """The user that claims speak of.

    Raises
    ------
    AccessError
        ``access.sso-nobody``.
    """
    subject, mapped = str(claims["sub"]), provider.mapped
    role = role_of(claims, mapped)
    known = directory.identity(provider.issuer, subject)
    name = known.user if known is not None else _name(claims, mapped)
    user = directory.user(name) if name else None
    if known is None and user is not None and any(i.issuer == provider.issuer for i in directory.identities(name)):
        raise AccessError("access.sso-nobody", name=name)  # another subject has this name already
    by_role = known.by_role if known is not None else user is None
    if user is None and name and known is None and role is not None:
        user = _made(directory, claims, mapped, name, role, members)
    if user is None or not user.active or (by_role and role is None):
        raise AccessError("access.sso-nobody", name=name or "–")
    if by_role and role is not None:
        told = _enterprise(claims, mapped, members) if role is Role.ENTERPRISE else None
        if role is Role.ENTERPRISE and told is None:
            raise AccessError("access.sso-nobody", name=name)
        if (user.role, user.enterprise) != (role, told):
            user = replace(user, role=role, enterprise=told)
            directory.put_user(user)
    if known is None:
        directory.put_identity(Identity(provider.issuer, subject, user.name, at, by_role))
    return user


def role_of(claims: Claims, mapped: Mapped) -> Role | None:
    """The role that a claim is mapped to; None where none is, or where two are that differ."""
    if not mapped.role_claim:
        return None
    stated = claims.get(mapped.role_claim)
    values = stated if isinstance(stated, list) else [stated]
    found = {mapped.roles[v] for v in values if isinstance(v, str) and v in mapped.roles}
    return found.pop() if len(found) == 1 else None


def _name(claims: Claims, mapped: Mapped) -> str:
    stated = claims.get(mapped.claim)
    # an address that nobody confirmed is anybody's
    if not isinstance(stated, str) or (mapped.claim == "email" and claims.get("email_verified") is not True):
        return ""
    name = stated.strip().lower()
    return name if NAME.fullmatch(name) else ""


def _made(
    directory: Directory, claims: Claims, mapped: Mapped, name: str, role: Role, members: Sequence[str]
) -> User | None:
    label = str(claims.get("name") or name)[:200]
    enterprise = _enterprise(claims, mapped, members)
    try:
        return add_user(directory, name, role, password=None, enterprise=enterprise, label=label, members=members)
    except InputError:
        return None


def _enterprise(claims: Claims, mapped: Mapped, members: Sequence[str]) -> str | None:
    stated = claims.get(mapped.enterprise_claim) if mapped.enterprise_claim else None
    return stated if isinstance(stated, str) and stated in members else None
