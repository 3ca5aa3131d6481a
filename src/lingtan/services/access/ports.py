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


class Directory(Protocol):
    """Users, sessions, tokens, passkeys."""

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

    def verify(self) -> list[str]:
        """A line for each break of the chain."""
        ...
