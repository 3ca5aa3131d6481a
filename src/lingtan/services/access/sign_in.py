"""Signing in: password (argon2id), lock-out, second factor, sessions and tokens."""

import contextlib
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lingtan.base.errors import AccessError, InputError
from lingtan.services.access.digests import digest_of
from lingtan.services.access.policy import Actor
from lingtan.services.access.ports import Directory, Session, Token, User
from lingtan.services.access.second_factor import code_fits

MIN_PASSWORD, MIN_DIFFERENT = 10, 5
FREE_FAILURES = 5
LOCK = timedelta(minutes=15)
IDLE = timedelta(hours=12)
LIFE = timedelta(days=7)
# a hash takes 64 MiB and a core: no more than two at a time, whoever knocks
_hasher = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)
HASHES, WAITING, PATIENCE_S = 2, 8, 10.0
_room = threading.BoundedSemaphore(HASHES)
_queue = threading.BoundedSemaphore(HASHES + WAITING)
_nobody = None


@dataclass(frozen=True)
class SignedIn:
    """A new session with the secret for its cookie, which is shown once."""

    session: Session
    cookie: str


def hash_password(password: str) -> str:
    """The argon2id hash of a password.

    Raises
    ------
    InputError
        ``access.short-password``; ``access.weak-password`` for one like ``aaaaaaaaaa`` or ``1212121212``.
    """
    if len(password) < MIN_PASSWORD:
        raise InputError("access.short-password", length=MIN_PASSWORD)
    if len(set(password)) < MIN_DIFFERENT:
        raise InputError("access.weak-password", different=MIN_DIFFERENT)
    with _turn():
        return _hasher.hash(password)


def check_password(hashed: str | None, password: str) -> bool:
    """Whether the password fits; takes as long for somebody who does not exist."""
    global _nobody
    with _turn():
        if hashed is None:
            _nobody = _nobody or _hasher.hash(secrets.token_hex(16))
            hashed, password = _nobody, password + "\0"
        try:
            return _hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


def sign_in(directory: Directory, name: str, password: str, *, code: str = "", at: datetime) -> SignedIn:
    """Check name, password and second factor; make a session.

    Raises
    ------
    AccessError
        ``access.sign-in`` for a wrong name or password alike; ``access.locked`` after too many failures;
        ``access.code`` if the second factor is missing, wrong or was used before; ``access.busy`` while many others sign in.
    """
    user = directory.user(name)
    if user is not None and user.locked_until is not None and at < user.locked_until:
        raise AccessError("access.locked", minutes=max(1, round((user.locked_until - at).total_seconds() / 60)))
    good = check_password(user.password if user is not None and user.active else None, password)
    if user is None or not user.active or not good:
        if user is not None:
            _failed(directory, user, at)
        raise AccessError("access.sign-in")
    if user.totp is not None and not code_fits(directory, user, code, at):
        if code:
            _failed(directory, user, at)
        raise AccessError("access.code")
    if user.failures or user.locked_until:
        directory.put_user(replace(user, failures=0, locked_until=None))
    return open_session(directory, user, at=at, second_factor=user.totp is not None)


def open_session(directory: Directory, user: User, *, at: datetime, second_factor: bool) -> SignedIn:
    """A session for somebody who was recognised."""
    cookie = secrets.token_urlsafe(32)
    session = Session(digest_of(cookie), user.name, secrets.token_urlsafe(24), at, at, at + LIFE, second_factor)
    directory.end_sessions(before=at)
    directory.put_session(session)
    return SignedIn(session, cookie)


def recognise(directory: Directory, cookie: str, *, at: datetime) -> tuple[Session, User] | None:
    """The session and user of a cookie; None if there is none, or it is over."""
    session = directory.session(digest_of(cookie))
    if session is None:
        return None
    user = directory.user(session.user)
    if user is None or not user.active or at >= session.expires_at or at - session.seen_at > IDLE:
        directory.end_sessions(digest=session.digest)
        return None
    if at - session.seen_at > timedelta(minutes=1):
        session = replace(session, seen_at=at)
        directory.put_session(session)
    return session, user


def make_token(
    directory: Directory, user: User, label: str, scopes: frozenset[str], *, at: datetime, days: int | None = 365
) -> tuple[Token, str]:
    """A token for the API and its secret, which is shown once."""
    secret = f"lt_{secrets.token_urlsafe(32)}"
    expires = None if days is None else at + timedelta(days=days)
    token = Token(secrets.token_hex(8), digest_of(secret), user.name, label, scopes, at, expires)
    directory.put_token(token)
    return token, secret


def actor_of_token(directory: Directory, secret: str, *, at: datetime) -> Actor | None:
    """Who a token speaks for, narrowed to its scopes; None if it is unknown or over."""
    token = directory.token(digest_of(secret))
    if token is None or (token.expires_at is not None and at >= token.expires_at):
        return None
    user = directory.user(token.user)
    if user is None or not user.active:
        return None
    if token.last_used_at is None or at - token.last_used_at > timedelta(minutes=1):
        directory.put_token(replace(token, last_used_at=at))
    return replace(user.actor, scopes=token.scopes)


def _failed(directory: Directory, user: User, at: datetime) -> None:
    failures = user.failures + 1
    locked = at + LOCK * (2 ** min(failures - FREE_FAILURES, 5)) if failures >= FREE_FAILURES else None
    directory.put_user(replace(user, failures=failures, locked_until=locked))


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    """A turn to hash. Whoever would wait long is turned away: threads that wait are missing elsewhere."""
    if not _queue.acquire(blocking=False):
        raise AccessError("access.busy")
    try:
        if not _room.acquire(timeout=PATIENCE_S):
            raise AccessError("access.busy")
        try:
            yield
        finally:
            _room.release()
    finally:
        _queue.release()
