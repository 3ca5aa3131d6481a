"""Passkeys, recovery codes, taken codes, pending ceremonies and identities behind :class:`lingtan.services.access.ports.Keys`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.exc import IntegrityError

from lingtan.adapters.relational.tables import identities, passkeys, pending, recovery_codes, used_codes
from lingtan.adapters.relational.times import aware, naive
from lingtan.services.access.ports import Identity, Passkey, Pending


class RelationalKeys:
    """In a database. What counts once is taken by one statement, so it counts once with several processes too."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def passkeys(self, user: str) -> Sequence[Passkey]:
        """A user's passkeys, oldest first."""
        which = select(passkeys).where(passkeys.c.user == user).order_by(passkeys.c.made_at)
        with self._engine.connect() as connection:
            return [_passkey(row) for row in connection.execute(which)]

    def passkey(self, credential: bytes) -> Passkey | None:
        """One passkey by its credential id, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(select(passkeys).where(passkeys.c.credential == credential)).first()
        return None if row is None else _passkey(row)

    def put_passkey(self, passkey: Passkey) -> None:
        """Add a passkey."""
        with self._engine.begin() as connection:
            connection.execute(passkeys.insert().values(**_plain(passkey)))

    def drop_passkey(self, credential: bytes, user: str) -> int:
        """Take a user's passkey away."""
        which = delete(passkeys).where(passkeys.c.credential == credential, passkeys.c.user == user)
        with self._engine.begin() as connection:
            return int(connection.execute(which).rowcount)

    def count_up(self, credential: bytes, before: int, after: int, at: datetime) -> bool:
        """Move the counter on from ``before``."""
        which = passkeys.update().where(passkeys.c.credential == credential, passkeys.c.sign_count == before)
        with self._engine.begin() as connection:
            return bool(connection.execute(which.values(sign_count=after, used_at=naive(at))).rowcount)

    def put_recovery_codes(self, user: str, digests: Sequence[str]) -> None:
        """Replace a user's codes."""
        with self._engine.begin() as connection:
            connection.execute(delete(recovery_codes).where(recovery_codes.c.user == user))
            for digest in digests:
                connection.execute(recovery_codes.insert().values(digest=digest, user=user))

    def recovery_codes(self, user: str) -> int:
        """How many are left."""
        which = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.user == user)
        with self._engine.connect() as connection:
            return int(connection.execute(which).scalar_one())

    def take_recovery_code(self, user: str, digest: str) -> bool:
        """Use one up."""
        which = delete(recovery_codes).where(recovery_codes.c.digest == digest, recovery_codes.c.user == user)
        with self._engine.begin() as connection:
            return bool(connection.execute(which).rowcount)

    def take_code(self, user: str, step: int) -> bool:
        """Take a code; older ones than the newest that was taken are refused too."""
        try:
            with self._engine.begin() as connection:
                connection.execute(used_codes.insert().values(user=user, step=step))
                newest = select(func.max(used_codes.c.step)).where(used_codes.c.user == user)
                if connection.execute(newest).scalar_one() != step:
                    connection.rollback()
                    return False
                connection.execute(delete(used_codes).where(used_codes.c.user == user, used_codes.c.step < step - 10))
        except IntegrityError:
            return False
        return True

    def put_pending(self, pending_: Pending, *, at: datetime) -> None:
        """Keep what was begun."""
        with self._engine.begin() as connection:
            connection.execute(delete(pending).where(pending.c.expires_at <= naive(at)))
            connection.execute(pending.insert().values(**_plain(pending_)))

    def take_pending(self, digest: str, kind: str, *, at: datetime) -> Pending | None:
        """Take it out: whoever deletes it has it."""
        mine = (pending.c.digest == digest, pending.c.kind == kind)
        with self._engine.begin() as connection:
            row = connection.execute(select(pending).where(*mine)).first()
            if row is None or not connection.execute(delete(pending).where(*mine)).rowcount:
                return None
        found = Pending(**{**row._mapping, "expires_at": _sure(row.expires_at)})
        return found if at < found.expires_at else None

    def identity(self, issuer: str, subject: str) -> Identity | None:
        """Who that is here, or None."""
        which = select(identities).where(identities.c.issuer == issuer, identities.c.subject == subject)
        with self._engine.connect() as connection:
            row = connection.execute(which).first()
        return None if row is None else Identity(**{**row._mapping, "made_at": _sure(row.made_at)})

    def identities(self, user: str) -> Sequence[Identity]:
        """Where a user is known."""
        with self._engine.connect() as connection:
            found = connection.execute(select(identities).where(identities.c.user == user))
            return [Identity(**{**row._mapping, "made_at": _sure(row.made_at)}) for row in found]

    def put_identity(self, identity: Identity) -> None:
        """Add an identity.

        Somebody who signs in twice at the same moment has it already; that is fine.
        """
        try:
            with self._engine.begin() as connection:
                connection.execute(identities.insert().values(**_plain(identity)))
        except IntegrityError:
            return

    def drop_identities(self, user: str) -> int:
        """Forget where a user is known."""
        with self._engine.begin() as connection:
            return int(connection.execute(delete(identities).where(identities.c.user == user)).rowcount)


def _plain(record: Any) -> dict[str, Any]:
    return {k: naive(v) if isinstance(v, datetime) else v for k, v in vars(record).items()}


def _sure(at: datetime) -> datetime:
    found = aware(at)
    assert found is not None
    return found


def _passkey(row: Any) -> Passkey:
    return Passkey(**{**row._mapping, "made_at": _sure(row.made_at), "used_at": aware(row.used_at)})
