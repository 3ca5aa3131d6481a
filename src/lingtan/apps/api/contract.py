"""What holds for every route of the API: an ETag on every answer to GET, and writes that are done once by their key."""

import hashlib
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request

from lingtan.apps.web.failures import problem
from lingtan.apps.web.guard import Receive, Scope, Send
from lingtan.base.errors import DataError, InputError, LingtanError

WRITES = ("POST", "PUT", "PATCH", "DELETE")
KEY = "idempotency-key"
MOST_KEYS, MOST_KEY, MOST_KEPT = 5000, 200, 2**20
KEPT_HEADERS = (b"content-type", b"location", b"content-disposition")
PRIVATE = {"vary": "accept, accept-language, authorization, cookie", "cache-control": "private, no-cache"}
Message = MutableMapping[str, Any]


@dataclass
class Answered:
    """The answer to a write, kept for whoever sends the same write again. ``status`` is 0 while it is being done."""

    content: str
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""


class Contract:
    """ASGI middleware around the routes of the API."""

    def __init__(self, app: Any, portal: Any) -> None:
        self._app, self._portal = app, portal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] == "GET":
            await self._app(scope, receive, _tagging(Headers(scope=scope), send))
        elif scope["type"] == "http" and scope["method"] in WRITES:
            await self._write(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _write(self, scope: Scope, receive: Receive, send: Send) -> None:
        # the body is read whole first: what is too large is refused before a route runs
        body = await _whole(receive)
        again = _again(body, receive)
        key, actor = Headers(scope=scope).get(KEY, ""), scope["state"].get("actor")
        if not key or actor is None:
            await self._app(scope, again, send)
            return
        if len(key) > MOST_KEY:
            await problem(Request(scope), InputError("api.long-key", most=MOST_KEY))(scope, receive, send)
            return
        name = (actor.name, scope["method"], scope["path"], key)
        content = hashlib.sha256(scope.get("query_string", b"") + b"\0" + body).hexdigest()
        kept: Answered | None = self._portal.once.get(name)
        if kept is not None:
            await _repeat(kept, content, key, scope, receive, send)
            return
        while len(self._portal.once) >= MOST_KEYS:
            self._portal.once.pop(next(iter(self._portal.once)))
        made = self._portal.once[name] = Answered(content)
        try:
            await self._app(scope, again, _keeping(made, send))
        finally:
            # what was refused changed nothing: the same key may try again
            if not 200 <= made.status < 300 or len(made.body) > MOST_KEPT:
                self._portal.once.pop(name, None)


async def _repeat(kept: Answered, content: str, key: str, scope: Scope, receive: Receive, send: Send) -> None:
    error: LingtanError | None = None
    if kept.content != content:
        error = InputError("api.key-reused", key=key[:60])
    elif not kept.status:
        error = DataError("api.key-running", key=key[:60])
    if error is not None:
        await problem(Request(scope), error)(scope, receive, send)
        return
    headers = [*kept.headers, (b"idempotency-replayed", b"true"), (b"content-length", str(len(kept.body)).encode())]
    await send({"type": "http.response.start", "status": kept.status, "headers": headers})
    await send({"type": "http.response.body", "body": kept.body})


def _keeping(made: Answered, send: Send) -> Send:
    status = 0

    async def heard(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            made.headers = [(k, v) for k, v in message.get("headers", []) if k.lower() in KEPT_HEADERS]
        elif message["type"] == "http.response.body" and len(made.body) <= MOST_KEPT:
            made.body += message.get("body", b"")
            if not message.get("more_body", False):
                made.status = status
        await send(message)

    return heard


def _tagging(asked: Mapping[str, str], send: Send) -> Send:
    """Hold the answer until its whole body is there, tag it, and leave the body out where the asker has it; streams pass through."""
    wanted = [t.strip().removeprefix("W/") for t in asked.get("if-none-match", "").split(",")]
    start: Message | None = None
    silent = False

    async def heard(message: Message) -> None:
        nonlocal start, silent
        if message["type"] == "http.response.start" and message["status"] == 200:
            start = message
            return
        if silent:
            return
        if message["type"] != "http.response.body" or start is None:
            await send(message)
            return
        begun, start = start, None
        headers = MutableHeaders(scope=begun)
        for name, value in PRIVATE.items():
            headers.setdefault(name, value)
        if "etag" not in headers and not message.get("more_body", False):
            headers["etag"] = f'"{hashlib.sha256(message.get("body", b"")).hexdigest()[:24]}"'
        if headers.get("etag") in wanted:
            silent = True
            for name in ("content-length", "content-type"):
                del headers[name]
            await send({**begun, "status": 304})
            await send({"type": "http.response.body", "body": b""})
            return
        await send(begun)
        await send(message)

    return heard


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
