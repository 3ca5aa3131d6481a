"""What stands before every route: request ids, security headers, body limits, rate limits, and who asks."""

import json
import logging
import math
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders

from lingtan.services.access.digests import digest_of
from lingtan.services.access.policy import Actor
from lingtan.services.access.sign_in import actor_of_token, recognise

log = logging.getLogger("lingtan.access")
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

COOKIE, BEFORE = "lt_session", "lt_before"
MAX_BODY = 4 * 2**20
MAX_UPLOAD = 256 * 2**20
UPLOADS = ("/api/v1/readings", "/data/import", "/api/v1/imports", "/forms")
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; manifest-src 'self'"
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class BodyTooLargeError(Exception):
    """A body went beyond its limit."""


class Guard:
    """ASGI middleware around the whole app."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], portal: Any) -> None:
        self._app, self._portal = app, portal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        headers = Headers(scope=scope)
        path = scope["path"]
        state = scope.setdefault("state", {})
        state.update(
            request_id=secrets.token_hex(8), actor=None, user=None, session=None, csrf=None, by_token=False,
            secure=scope.get("scheme") in ("https", "wss") or self._portal.public_url.startswith("https://"), limit=_limit_of(path),
        )  # fmt: skip
        told = {"status": 101}

        async def answer(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                told["status"] = message["status"]
                _headers(MutableHeaders(scope=message), state, path)
            await send(message)

        if scope["type"] == "http" and (wait := self._wait(scope, headers, path)):
            await _plain(answer, scope, 429, "Too many requests. 请求过于频繁。", {"retry-after": str(math.ceil(wait))})
            return
        if not self._named(headers, path):
            text = f"This portal is served as {self._portal.public_url} only. 本门户只以此地址提供服务。"
            await (_plain(answer, scope, 421, text, {}) if scope["type"] == "http" else _closed(receive, send))
            return
        if not path.startswith("/static/"):
            await run_in_threadpool(recognise_asker, self._portal, state, headers)
        if int(headers.get("content-length") or 0) > state["limit"]:
            await _plain(answer, scope, 413, "Too large. 内容过大。", {})
            return
        started = False

        async def watched(message: MutableMapping[str, Any]) -> None:
            nonlocal started
            started = True
            await answer(message)

        try:
            await self._app(scope, _limited(receive, state["limit"]), watched)
        except BodyTooLargeError:
            if not started:
                await _plain(answer, scope, 413, "Too large. 内容过大。", {})
        finally:
            who = state["actor"].name if state["actor"] else "-"
            ms = (time.perf_counter() - begun) * 1000
            # the query may hold what people typed: it is not logged
            log.info(
                "%s %s %s %s %.0f ms %s", told["status"], scope.get("method", "WS"), path, who, ms, state["request_id"]
            )

    def _named(self, headers: Mapping[str, str], path: str) -> bool:
        """Whether the request names this portal; health is told to whoever asks by address."""
        stated = self._portal.public_url
        return not stated or path == "/healthz" or stated.endswith(f"://{headers.get('host', '').lower()}")

    def _wait(self, scope: Scope, headers: Mapping[str, str], path: str) -> float:
        client = (scope.get("client") or ("local", 0))[0]
        if path.startswith("/static/"):
            return 0.0
        if path.startswith("/sign-in/") or (scope["method"] == "POST" and path in ("/sign-in", "/setup")):
            return float(self._portal.limits.take("sign-in", client))
        bearer = headers.get("authorization", "")
        who = digest_of(bearer)[:16] if bearer else client
        return float(self._portal.limits.take("api" if path.startswith("/api/") else "page", who))


def recognise_asker(portal: Any, state: dict[str, Any], headers: Mapping[str, str]) -> None:
    """Fill in who asks: by a bearer token, else by the session's cookie."""
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secret:
        state["by_token"] = True
        state["actor"] = actor_of_token(portal.directory, secret.strip(), at=portal.clock())
        if state["actor"] is not None:
            state["user"] = portal.directory.user(state["actor"].name)
        return
    cookies = cookies_of(headers)
    if (before := cookies.get(BEFORE)) and len(before) < 100:
        state["csrf"] = before
    if (cookie := cookies.get(COOKIE)) and (found := recognise(portal.directory, cookie, at=portal.clock())):
        session, user = found
        state.update(session=session, user=user, actor=user.actor, csrf=session.csrf)


def still_asks(portal: Any, headers: Mapping[str, str], actor: Actor) -> bool:
    """Whether a long line is still of somebody who is signed in, in the same role."""
    state: dict[str, Any] = {"actor": None}
    recognise_asker(portal, state, headers)
    return bool(state["actor"] == actor)


async def _closed(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008})


def cookies_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The cookies of a request; none from a header that is no cookie header."""
    try:
        return {k: m.value for k, m in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _limit_of(path: str) -> int:
    return MAX_UPLOAD if path.startswith(UPLOADS) else MAX_BODY


def _headers(headers: MutableHeaders, state: Mapping[str, Any], path: str) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers["x-request-id"] = state["request_id"]
    if state["secure"]:
        headers["strict-transport-security"] = "max-age=31536000"
    if not path.startswith("/static/"):
        headers.setdefault("cache-control", "no-store")


def _limited(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                raise BodyTooLargeError
        return message

    return counted


async def _plain(send: Send, scope: Scope, status: int, text: str, extra: Mapping[str, str]) -> None:
    """A refusal before any route ran: a line of text, or for programs problem details."""
    path, kind = scope["path"], "text/plain; charset=utf-8"
    if path.startswith("/api/"):
        kind, code = "application/problem+json", f"http-{status}"
        told = {"type": "about:blank", "title": code, "status": status, "detail": text, "instance": path, "code": code}
        text = json.dumps({**told, "request_id": scope["state"]["request_id"]}, ensure_ascii=False)
    body = text.encode()
    headers = {"content-type": kind, "content-length": str(len(body)), **extra}
    raw = [(k.encode(), v.encode()) for k, v in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
