"""The second factor: codes that change every half minute, each taken once, and recovery codes for a lost telephone."""

import hmac
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from lingtan.base.errors import AccessError, InputError
from lingtan.services.access.digests import digest_of
from lingtan.services.access.ports import Directory, Pending, Session, User

STEP_S = 30
RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike
FRESH = timedelta(minutes=10)
ENROL = timedelta(minutes=30)


def code_fits(directory: Directory, user: User, code: str, at: datetime) -> bool:
    """Whether it is the code of this moment (or half a minute off), or a recovery code; either counts once."""
    if user.totp is None or not code:
        return False
    plain = "".join(code.split()).lower()
    if plain.isdigit() and len(plain) <= 8:
        step = _step(user.totp, plain, at)
        return step is not None and directory.take_code(user.name, step)
    return directory.take_recovery_code(user.name, _kept(user.name, plain))


def begin_second_factor(directory: Directory, user: User, *, at: datetime) -> str:
    """A secret for an authenticator app, which counts once a code of it was given."""
    import pyotp

    secret = pyotp.random_base32()
    name = digest_of(f"totp:{user.name}")
    directory.take_pending(name, "totp", at=at)
    directory.put_pending(Pending(name, "totp", user.name, {"secret": secret}, at + ENROL), at=at)
    return secret


def confirm_second_factor(directory: Directory, user: User, code: str, *, at: datetime) -> list[str]:
    """The first code: the second factor counts from now on; the recovery codes, which are shown once.

    Raises
    ------
    AccessError
        ``access.code``; the enrolment goes on.
    InputError
        ``access.enrol-again`` if none was begun in the last half hour.
    """
    name = digest_of(f"totp:{user.name}")
    begun = directory.take_pending(name, "totp", at=at)
    if begun is None:
        raise InputError("access.enrol-again")
    secret = str(begun.data["secret"])
    step = _step(secret, "".join(code.split()), at)
    if step is None or not directory.take_code(user.name, step):
        directory.put_pending(begun, at=at)
        raise AccessError("access.code")
    directory.put_user(replace(user, totp=secret))
    return new_recovery_codes(directory, user)


def enrolling(directory: Directory, user: User, *, at: datetime) -> str | None:
    """The secret of an enrolment that goes on."""
    begun = directory.take_pending(digest_of(f"totp:{user.name}"), "totp", at=at)
    if begun is None:
        return None
    directory.put_pending(begun, at=at)
    return str(begun.data["secret"])


def new_recovery_codes(directory: Directory, user: User) -> list[str]:
    """Ten codes that stand in for a lost device, each once; earlier ones count no more."""
    made = [
        "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4)) for _ in range(RECOVERY_CODES)
    ]
    directory.put_recovery_codes(user.name, [_kept(user.name, c) for c in made])
    return made


def drop_second_factor(directory: Directory, user: User) -> None:
    """Without a second factor again, and without its recovery codes."""
    directory.put_user(replace(user, totp=None))
    directory.put_recovery_codes(user.name, [])


def require_self(user: User, session: Session | None, password: str, *, at: datetime) -> None:
    """Whoever changes how somebody signs in gives the password; where there is none, the sign-in is of these minutes.

    Raises
    ------
    InputError
        ``access.old-password``; ``access.sign-in-again`` for users without a password.
    """
    from lingtan.services.access.sign_in import check_password

    if user.password is not None:
        if not check_password(user.password, password):
            raise InputError("access.old-password")
    elif session is None or at - session.made_at > FRESH:
        raise InputError("access.sign-in-again", minutes=int(FRESH.total_seconds() // 60))


def _step(secret: str, code: str, at: datetime) -> int | None:
    """The time step that a code belongs to: this one, the one before or the next."""
    import pyotp

    now = int(at.timestamp()) // STEP_S
    for step in (now, now - 1, now + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).at(step * STEP_S).encode(), code.encode()):
            return step
    return None


def _kept(user: str, code: str) -> str:
    return digest_of(f"recovery:{user}:{code.replace('-', '')}")
