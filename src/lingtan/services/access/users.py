"""Users: add, change the password, disable. Names are slugs; an enterprise user names a member of the park."""

import re
from collections.abc import Collection
from dataclasses import replace

from lingtan.base.errors import InputError
from lingtan.base.ids import nearest
from lingtan.services.access.policy import Role
from lingtan.services.access.ports import Directory, User
from lingtan.services.access.second_factor import drop_second_factor
from lingtan.services.access.sign_in import hash_password

NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,62}")


def add_user(
    directory: Directory,
    name: str,
    role: Role,
    *,
    password: str | None,
    enterprise: str | None = None,
    label: str = "",
    lang: str = "zh",
    members: Collection[str] | None = None,
) -> User:
    """A new user.

    Raises
    ------
    InputError
        ``access.bad-name``, ``access.user-exists``, ``access.enterprise-missing`` (an enterprise user without one, or one that is
        no member of the park), ``access.short-password``.
    """
    if NAME.fullmatch(name) is None:
        raise InputError("access.bad-name", name=name)
    if directory.user(name) is not None:
        raise InputError("access.user-exists", name=name)
    if role is Role.ENTERPRISE and (not enterprise or (members is not None and enterprise not in members)):
        close = nearest(enterprise or "", members or ()) or next(iter(members or ()), "–")
        raise InputError("access.enterprise-missing", enterprise=enterprise or "–", nearest=close)
    hashed = None if password is None else hash_password(password)
    user = User(name, role, enterprise if role is Role.ENTERPRISE else None, label or name, hashed, lang=lang)
    directory.put_user(user)
    return user


def known_user(directory: Directory, name: str) -> User:
    """A user by name.

    Raises
    ------
    InputError
        ``access.unknown-user`` with the nearest known one.
    """
    user = directory.user(name)
    if user is None:
        names = [u.name for u in directory.users()]
        raise InputError("access.unknown-user", name=name, nearest=nearest(name, names) or "–")
    return user


def set_password(directory: Directory, name: str, password: str) -> User:
    """Another password; whoever was signed in with the old one is signed out, and a lock-out ends."""
    user = replace(known_user(directory, name), password=hash_password(password), failures=0, locked_until=None)
    directory.put_user(user)
    directory.end_sessions(user=name)
    return user


def set_active(directory: Directory, name: str, *, active: bool) -> User:
    """Disable or enable a user; a disabled one is signed out at once, and the last administrator cannot be disabled.

    Raises
    ------
    InputError
        ``access.last-admin``.
    """
    user = known_user(directory, name)
    admins = [u for u in directory.users() if u.role is Role.ADMIN and u.active]
    if not active and user.role is Role.ADMIN and [u.name for u in admins] == [name]:
        raise InputError("access.last-admin", name=name)
    changed = replace(user, active=active, failures=0, locked_until=None)
    directory.put_user(changed)
    if not active:
        directory.end_sessions(user=name)
    return changed


def forget_keys(directory: Directory, name: str) -> dict[str, int]:
    """For who lost telephone and codes: no second factor, recovery codes, passkeys or identities at providers any more; how many.

    Password and role stay; whoever was signed in is signed out.
    """
    user = known_user(directory, name)
    found = {
        "second_factor": int(user.totp is not None),
        "recovery_codes": directory.recovery_codes(name),
        "passkeys": sum(directory.drop_passkey(p.credential, name) for p in directory.passkeys(name)),
        "identities": directory.drop_identities(name),
    }
    drop_second_factor(directory, user)
    directory.end_sessions(user=name)
    return found
