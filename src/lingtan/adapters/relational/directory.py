"""Users, sessions and tokens behind the port :class:`lingtan.services.access.ports.Directory`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, select

from lingtan.adapters.relational.keys import RelationalKeys
from lingtan.adapters.relational.tables import sessions, tokens, users
from lingtan.adapters.relational.times import aware, naive
from lingtan.services.access.policy import Role
from lingtan.services.access.ports import Session, Token, User


class RelationalDirectory(RelationalKeys):
    """In a database."""

    def users(self) -> Sequence[User]:
        """Everybody, by name."""
        with self._engine.connect() as connection:
            return [_user(row) for row in connection.execute(select(users).order_by(users.c.name))]

    def user(self, name: str) -> User | None:
        """One user, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(select(users).where(users.c.name == name)).first()
        return None if row is None else _user(row)

    def put_user(self, user: User) -> None:
        """Add or replace a user."""
        self._put(users, "name", {**vars(user), "role": user.role.value, "locked_until": naive(user.locked_until)})

    def session(self, digest: str) -> Session | None:
        """A session by the digest of its cookie."""
        with self._engine.connect() as connection:
            row = connection.execute(select(sessions).where(sessions.c.digest == digest)).first()
        if row is None:
            return None
        times = {k: aware(getattr(row, k)) for k in ("made_at", "seen_at", "expires_at")}
        return Session(**{**row._mapping, **times})

    def put_session(self, session: Session) -> None:
        """Add or replace a session."""
        self._put(sessions, "digest", {k: naive(v) if isinstance(v, datetime) else v for k, v in vars(session).items()})

    def end_sessions(
        self, *, digest: str | None = None, user: str | None = None, before: datetime | None = None
    ) -> int:
        """End one session, all of a user, or those that expired; how many."""
        which = delete(sessions)
        if digest is not None:
            which = which.where(sessions.c.digest == digest)
        if user is not None:
            which = which.where(sessions.c.user == user)
        if before is not None:
            which = which.where(sessions.c.expires_at <= naive(before))
        if digest is None and user is None and before is None:
            return 0
        with self._engine.begin() as connection:
            return int(connection.execute(which).rowcount)

    def token(self, digest: str) -> Token | None:
        """A token by the digest of its secret."""
        with self._engine.connect() as connection:
            row = connection.execute(select(tokens).where(tokens.c.digest == digest)).first()
        return None if row is None else _token(row)

    def tokens(self, user: str | None = None) -> Sequence[Token]:
        """All tokens, or those of a user."""
        which = select(tokens).order_by(tokens.c.made_at)
        with self._engine.connect() as connection:
            return [
                _token(r) for r in connection.execute(which if user is None else which.where(tokens.c.user == user))
            ]

    def put_token(self, token: Token) -> None:
        """Add or replace a token."""
        values = {k: naive(v) if isinstance(v, datetime) else v for k, v in vars(token).items()}
        self._put(tokens, "id", {**values, "scopes": sorted(token.scopes)})

    def drop_token(self, token_id: str) -> None:
        """Take a token away."""
        with self._engine.begin() as connection:
            connection.execute(delete(tokens).where(tokens.c.id == token_id))

    def _put(self, table: Table, key: str, values: dict[str, Any]) -> None:
        with self._engine.begin() as connection:
            found = connection.execute(table.update().where(table.c[key] == values[key]).values(**values))
            if not found.rowcount:
                connection.execute(table.insert().values(**values))


def _user(row: Any) -> User:
    values = dict(row._mapping)
    return User(**{**values, "role": Role(values["role"]), "locked_until": aware(values["locked_until"])})


def _token(row: Any) -> Token:
    values = dict(row._mapping)
    times = {k: aware(values[k]) for k in ("made_at", "expires_at", "last_used_at")}
    return Token(**{**values, **times, "scopes": frozenset(values["scopes"])})
