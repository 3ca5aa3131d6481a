"""OpenID Connect by Authlib: code flow with PKCE (S256), state and nonce; ID tokens by the provider's published keys."""

import ssl
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lingtan.adapters.sso.settings import SsoSettings
from lingtan.base.errors import AccessError, InputError, SourceError
from lingtan.services.access.provider import Asked, Claims, Mapped

try:
    import httpx2
    from authlib.integrations.httpx_client import OAuth2Client
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet
    from joserfc.jws import JWSRegistry
except ImportError as error:
    raise InputError("access.sso-extra") from error

# signed with the provider's private key: never "none", never a shared secret
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
LEEWAY_S = 60
TIMEOUT_S = 10.0
MOST_BYTES = 2**20


class OidcProvider:
    """One provider; its description and keys are read when they are first needed, keys again when a new one is met."""

    def __init__(self, settings: SsoSettings) -> None:
        self._settings = settings
        self._metadata: dict[str, Any] | None = None
        self._keys: KeySet | None = None
        self._guard = threading.Lock()

    @property
    def issuer(self) -> str:
        """By what tokens name the provider."""
        return self._settings.issuer

    @property
    def labels(self) -> Mapping[str, str]:
        """What the button says."""
        return self._settings.labels

    @property
    def mapped(self) -> Mapped:
        """How claims become users."""
        return self._settings.mapped

    def address(self, asked: Asked) -> str:
        """Where the browser goes, with state, nonce and the challenge of the verifier."""
        endpoint = self._endpoint("authorization_endpoint")
        with self._client(asked.redirect) as client:
            address, _ = client.create_authorization_url(
                endpoint, state=asked.state, code_verifier=asked.verifier, nonce=asked.nonce
            )
        return str(address)

    def claims(self, asked: Asked, code: str, *, at: datetime) -> Claims:
        """Exchange the code and check the ID token."""
        endpoint = self._endpoint("token_endpoint")
        try:
            with self._client(asked.redirect) as client:
                token = client.fetch_token(
                    endpoint, grant_type="authorization_code", code=code, code_verifier=asked.verifier
                )
        except httpx2.HTTPError as error:
            raise SourceError("access.sso-unreachable", issuer=self.issuer, detail=type(error).__name__) from None
        except Exception as error:  # what Authlib makes of an answer that is none
            raise AccessError("access.sso", reason=f"code: {getattr(error, 'error', type(error).__name__)}") from error
        return self._checked(str(token.get("id_token") or ""), str(token.get("access_token") or ""), asked, at)

    def _checked(self, id_token: str, access_token: str, asked: Asked, at: datetime) -> Claims:
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        try:
            try:
                decoded = jwt.decode(id_token, key=self._key_set(), registry=registry)
            except (JoseError, ValueError):
                # a key that was changed since: read them again, once
                decoded = jwt.decode(id_token, key=self._key_set(again=True), registry=registry)
            wanted = {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self._settings.client_id},
                "nonce": {"essential": True, "value": asked.nonce},
                "sub": {"essential": True},
            }
            told = {"nonce": asked.nonce, "client_id": self._settings.client_id, "access_token": access_token}
            claims = CodeIDToken(decoded.claims, decoded.header, wanted, told)
            claims.validate(now=int(at.timestamp()), leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise AccessError("access.sso", reason=_why(error)) from error
        if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
            raise AccessError("access.sso", reason="sub")
        return dict(claims)

    def _client(self, redirect: str = "") -> Any:
        told = self._settings
        verify = ssl.create_default_context(cafile=told.ca) if told.ca else True
        return OAuth2Client(
            told.client_id,
            told.secret or None,
            token_endpoint_auth_method=None if told.secret else "none",
            scope=" ".join(told.scopes),
            redirect_uri=redirect or None,
            code_challenge_method="S256",
            timeout=TIMEOUT_S,
            verify=verify,
            follow_redirects=False,
            trust_env=True,
        )

    def _endpoint(self, name: str) -> str:
        found = self._described().get(name)
        secure = self.issuer.startswith("https://")
        if not isinstance(found, str) or (secure and not found.startswith("https://")):
            raise SourceError("access.sso-unreachable", issuer=self.issuer, detail=name)
        return found

    def _described(self) -> dict[str, Any]:
        with self._guard:
            if self._metadata is None:
                found = self._read(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                if found.get("issuer") != self.issuer:
                    raise SourceError(
                        "access.sso-unreachable", issuer=self.issuer, detail=str(found.get("issuer"))[:100]
                    )
                self._metadata = found
            return self._metadata

    def _key_set(self, *, again: bool = False) -> KeySet:
        address = self._endpoint("jwks_uri")
        with self._guard:
            if self._keys is None or again:
                self._keys = KeySet.import_key_set(self._read(address))  # type: ignore[arg-type]
            return self._keys

    def _read(self, address: str) -> dict[str, Any]:
        try:
            with self._client() as client:
                answer = client.request("GET", address, withhold_token=True)
                answer.raise_for_status()
                if len(answer.content) > MOST_BYTES:
                    raise ValueError(address)
                found = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise SourceError("access.sso-unreachable", issuer=self.issuer, detail=type(error).__name__) from None
        if not isinstance(found, dict):
            raise SourceError("access.sso-unreachable", issuer=self.issuer, detail=address)
        return found


def _why(error: Exception) -> str:
    """What is wrong with a token, in a word for the audit log; nothing of its content."""
    claim = getattr(error, "claim", None)
    return f"{getattr(error, 'error', type(error).__name__)}{f': {claim}' if claim else ''}"
