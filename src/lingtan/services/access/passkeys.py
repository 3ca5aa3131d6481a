"""Passkeys (WebAuthn): a device of the user keeps the key, unlocked by finger, face or PIN; the portal keeps the public half.

Each ceremony has a challenge that is kept here, counts once and for five minutes, and is bound to the user who registers or to
the browser that signs in. Origin, site and user verification are demanded; a counter that does not move on is refused.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from lingtan.base.errors import AccessError, InputError
from lingtan.services.access.digests import digest_of
from lingtan.services.access.ports import Directory, Passkey, Pending, User
from lingtan.services.access.sign_in import SignedIn, open_session

LIFE = timedelta(minutes=5)
MOST = 20
LABEL = 60
Response = Mapping[str, Any]


@dataclass(frozen=True)
class Site:
    """What browsers know the portal by: ``https://park.example`` and its name."""

    origin: str

    @property
    def name(self) -> str:
        """The relying party's id: the host."""
        return urlsplit(self.origin).hostname or ""

    @property
    def usable(self) -> bool:
        """Browsers make passkeys for names, not for bare addresses, and only with TLS or on this machine."""
        try:
            ip_address(self.name)
        except ValueError:
            here = self.name == "localhost" or self.name.endswith(".localhost")
            return bool(self.name) and (here or self.origin.startswith("https://"))
        return False


def begin_passkey(directory: Directory, user: User, site: Site, *, at: datetime) -> dict[str, Any]:
    """What the browser is asked to make a passkey with.

    Raises
    ------
    InputError
        ``access.passkey-site`` where the address allows none, ``access.passkey-many``.
    """
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    _usable(site)
    known = directory.passkeys(user.name)
    if len(known) >= MOST:
        raise InputError("access.passkey-many", most=MOST)
    made = generate_registration_options(
        rp_id=site.name,
        rp_name="Lingtan 零碳",
        user_name=user.name,
        user_id=_handle(user.name),
        user_display_name=user.label,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=p.credential) for p in known],
    )
    _keep(directory, made.challenge, "passkey-new", user.name, {}, at)
    options: dict[str, Any] = json.loads(options_to_json(made))
    return options


def add_passkey(
    directory: Directory, user: User, site: Site, response: Response, label: str, *, at: datetime
) -> Passkey:
    """Keep the public half of what the browser made.

    Raises
    ------
    AccessError
        ``access.passkey`` if challenge, origin, site or signature do not fit.
    """
    from webauthn import verify_registration_response

    challenge = _taken(directory, response, "passkey-new", user.name, at)
    try:
        made = verify_registration_response(
            credential=dict(response),
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:  # the library raises what its parsers raise on what a browser may send
        raise AccessError("access.passkey") from error
    if directory.passkey(made.credential_id) is not None:
        raise AccessError("access.passkey")
    name = label.strip()[:LABEL] or f"{len(directory.passkeys(user.name)) + 1}"
    found = Passkey(made.credential_id, user.name, made.credential_public_key, made.sign_count, name, at)
    directory.put_passkey(found)
    return found


def begin_passkey_sign_in(directory: Directory, site: Site, browser: str, *, at: datetime) -> dict[str, Any]:
    """What the browser is asked to sign; ``browser`` is a secret of its own cookie, to which the challenge is bound."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    _usable(site)
    made = generate_authentication_options(rp_id=site.name, user_verification=UserVerificationRequirement.REQUIRED)
    _keep(directory, made.challenge, "passkey", None, {"browser": digest_of(browser)}, at)
    options: dict[str, Any] = json.loads(options_to_json(made))
    return options


def sign_in_with_passkey(
    directory: Directory, site: Site, response: Response, browser: str, *, at: datetime
) -> SignedIn:
    """A session for whoever holds the passkey. It is possession and verification at once: no other factor is asked for.

    Raises
    ------
    AccessError
        ``access.passkey`` whatever is wrong.
    """
    from webauthn import verify_authentication_response
    from webauthn.helpers import base64url_to_bytes

    challenge = _taken(directory, response, "passkey", None, at, digest_of(browser))
    try:
        credential = base64url_to_bytes(str(response["id"]))
        passkey = directory.passkey(credential)
        user = None if passkey is None else directory.user(passkey.user)
        if passkey is None or user is None or not user.active:
            raise ValueError("unknown")
        stated = response["response"].get("userHandle")
        if stated and base64url_to_bytes(str(stated)) != _handle(user.name):
            raise ValueError("another's")
        made = verify_authentication_response(
            credential=dict(response),
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except Exception as error:
        raise AccessError("access.passkey") from error
    if not directory.count_up(credential, passkey.sign_count, made.new_sign_count, at):
        raise AccessError("access.passkey")  # the same counter came twice at once
    return open_session(directory, user, at=at, second_factor=True)


def _usable(site: Site) -> None:
    if not site.usable:
        raise InputError("access.passkey-site", origin=site.origin)


def _handle(user: str) -> bytes:
    """How a device knows the user: it says nothing of the person."""
    return hashlib.sha256(f"lingtan-user:{user}".encode()).digest()


def _keep(
    directory: Directory, challenge: bytes, kind: str, user: str | None, data: Mapping[str, Any], at: datetime
) -> None:
    directory.put_pending(Pending(digest_of(challenge.hex()), kind, user, data, at + LIFE), at=at)


def _taken(
    directory: Directory, response: Response, kind: str, user: str | None, at: datetime, browser: str | None = None
) -> bytes:
    """The challenge that a response says it answers, taken out of what is pending; else nothing fits."""
    from webauthn.helpers import base64url_to_bytes

    try:
        told = json.loads(base64url_to_bytes(str(response["response"]["clientDataJSON"])))
        challenge = base64url_to_bytes(str(told["challenge"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AccessError("access.passkey") from error
    begun = directory.take_pending(digest_of(challenge.hex()), kind, at=at)
    if begun is None or begun.user != user or (browser is not None and begun.data.get("browser") != browser):
        raise AccessError("access.passkey")
    return challenge
