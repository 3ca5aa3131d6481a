"""What access asks of the outside: a directory of users, sessions and tokens, and the audit log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from lingtan.services.access.policy import Actor, Role


@dataclass(frozen=True)
class User:
    """Somebody with an account. ``password`` is an argon2id hash; ``totp`` the shared secret once it is confirmed."""

    name: str
    role: Role
    enterprise: str | None
    label: str
    password: str | None
    totp: str | None = None
    lang: str = "zh"
    active: bool = True
    failures: int = 0
    locked_until: datetime | None = None

    @property
    def actor(self) -> Actor:
        """The user as somebody who asks."""
        return Actor(self.name, self.role, self.enterprise)


@dataclass(frozen=True)
class Session:
    """A signed-in browser. ``digest`` is SHA-256 of the cookie; the cookie itself is never kept."""

    digest: str
    user: str
    csrf: str
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    second_factor: bool = False


@dataclass(frozen=True)
class Token:
    """An API token, kept by its digest; ``scopes`` such as ``reading:write``."""

    id: str
    digest: str
    user: str
    label: str
    scopes: frozenset[str]
    made_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = None


@dataclass(frozen=True)
class Passkey:
    """A public key that a device of a user signs with; ``sign_count`` is what the device counted last, 0 if it does not count."""

    credential: bytes
    user: str
    public_key: bytes
    sign_count: int
    label: str
    made_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True)
class Pending:
    """Something that was begun and is to be finished soon and once; ``digest`` is SHA-256 of the secret that finishes it."""

    digest: str
    kind: str
    user: str | None
    data: Mapping[str, Any]
    expires_at: datetime


@dataclass(frozen=True)
class Identity:
    """Who somebody is at a provider of sign-ins; ``by_role``: the provider's groups decide the role at each sign-in."""

    issuer: str
    subject: str
    user: str
    made_at: datetime
    by_role: bool = False


@dataclass(frozen=True)
class AuditEntry:
    """A line of the audit log; ``hash`` chains over the one before, so that no line can be changed or left out unseen."""

    seq: int
    at: datetime
    actor: str
    role: str
    action: str
    kind: str
    object: str
    detail: Mapping[str, Any]
    previous: str
    hash: str


class Keys(Protocol):
    """Passkeys, recovery codes, codes that were taken, what is pending, and identities at providers."""

    def passkeys(self, user: str) -> Sequence[Passkey]: ...

    def passkey(self, credential: bytes) -> Passkey | None: ...

    def put_passkey(self, passkey: Passkey) -> None: ...

    def drop_passkey(self, credential: bytes, user: str) -> int:
        """Take a user's passkey away; 0 if it was not there."""
        ...

    def count_up(self, credential: bytes, before: int, after: int, at: datetime) -> bool:
        """Move a passkey's counter on, if it still stands at ``before``; whether it did."""
        ...

    def put_recovery_codes(self, user: str, digests: Sequence[str]) -> None:
        """Replace a user's recovery codes."""
        ...

    def recovery_codes(self, user: str) -> int:
        """How many are left."""
        ...

    def take_recovery_code(self, user: str, digest: str) -> bool:
        """Use a recovery code up; False if there is none such."""
        ...

    def take_code(self, user: str, step: int) -> bool:
        """Take the code of a time step; False if it, or a later one, was taken before."""
        ...

    def put_pending(self, pending: Pending, *, at: datetime) -> None:
        """Keep it; what expired before ``at`` goes."""
        ...

    def take_pending(self, digest: str, kind: str, *, at: datetime) -> Pending | None:
        """Take it out, once; None if it is not there or over."""
        ...

    def identity(self, issuer: str, subject: str) -> Identity | None: ...

    def identities(self, user: str) -> Sequence[Identity]: ...

    def put_identity(self, identity: Identity) -> None: ...

    def drop_identities(self, user: str) -> int: ...


class Directory(Keys, Protocol):
    """Users, sessions, tokens, and the keys they sign in with."""

    def users(self) -> Sequence[User]: ...

    def user(self, name: str) -> User | None: ...

    def put_user(self, user: User) -> None:
        """Add or replace a user."""
        ...

    def session(self, digest: str) -> Session | None: ...

    def put_session(self, session: Session) -> None: ...

    def end_sessions(
        self, *, digest: str | None = None, user: str | None = None, before: datetime | None = None
    ) -> int:
        """End one session, all of a user, or those that expired; how many."""
        ...

    def token(self, digest: str) -> Token | None: ...

    def tokens(self, user: str | None = None) -> Sequence[Token]: ...

    def put_token(self, token: Token) -> None: ...

    def drop_token(self, token_id: str) -> None: ...


class AuditLog(Protocol):
    """Append-only."""

    def append(
        self, *, at: datetime, actor: str, role: str, action: str, kind: str, object: str, detail: Mapping[str, Any]
    ) -> AuditEntry: ...

    def entries(self, *, after: int = 0, limit: int = 200) -> Sequence[AuditEntry]: ...

    def last(self) -> int:
        """The number of the newest line; 0 for none."""
        ...

    def head(self) -> str:
        """Number and hash of the newest line, to be kept elsewhere."""
        ...

    def verify(self, kept: str = "") -> list[str]:
        """A line for each break of the chain; ``kept`` is a head noted earlier."""
        ...
