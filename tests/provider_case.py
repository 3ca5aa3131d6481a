"""A provider of sign-ins (OpenID Connect) on 127.0.0.1: code flow with PKCE, signed tokens; tests bend what it says."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "lingtan", "a secret between two servers"


class LocalProvider:
    """Whoever comes is ``person``; ``bend`` changes the claims before they are signed."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.person: dict[str, Any] = {"sub": "s-1", "preferred_username": "operator"}
        self.bend: Callable[[dict[str, Any]], dict[str, Any]] = dict
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.signer: Any = self.key
        self.algorithm = "RS256"
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: list[str] = []
        outer = self

        class Answers(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None: ...

            def do_GET(self) -> None:
                url = urlsplit(self.path)
                query = {k: v[0] for k, v in parse_qs(url.query).items()}
                if url.path == "/.well-known/openid-configuration":
                    self.say(outer.described())
                elif url.path == "/keys":
                    self.say({"keys": [outer.key.as_dict(private=False)]})
                elif url.path == "/authorize":
                    self.send_response(302)
                    self.send_header("location", outer.authorize(query))
                    self.end_headers()
                else:
                    self.send_error(404)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                form = {k: v[0] for k, v in parse_qs(body).items()}
                self.say(*outer.token(form, self.headers.get("authorization", "")))

            def say(self, value: Any, status: int = 200) -> None:
                data = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def described(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize", "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys", "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }  # fmt: skip

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser goes back to; PKCE, state and nonce are demanded."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], 'iss': self.issuer})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[dict[str, Any], int]:
        asked = self.codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        made = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if authorization != f"Basic {basic}":
            return {"error": "invalid_client"}, 401
        if asked is None or asked["code_challenge"] != made.decode() or asked["redirect_uri"] != form["redirect_uri"]:
            return {"error": "invalid_grant"}, 400
        now = int(self.clock())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
        }
        header = {"alg": self.algorithm, "kid": "one"}
        id_token = jwt.encode(header, self.bend(claims), self.signer, algorithms=[self.algorithm])
        self.tokens.append(id_token)
        return {"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": id_token}, 200

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
