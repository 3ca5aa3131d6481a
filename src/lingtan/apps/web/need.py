"""What a route needs: declared with the route, checked before it runs, audited, and tried by the matrix test."""

import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import APIRouter, Depends
from fastapi.params import Depends as DependsParam
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request

from lingtan.apps.web.site import site_of
from lingtan.base.errors import AccessError
from lingtan.services.access.gate import Gate
from lingtan.services.access.policy import Action, Actor, Kind, Thing

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Need:
    """The object that a route touches. ``thing`` finds it from the request; without it, the park's object of the kind."""

    kind: Kind
    action: Action = Action.READ
    thing: Callable[[HTTPConnection, Actor], Thing] | None = None

    def of(self, connection: HTTPConnection, actor: Actor) -> Thing:
        """The object of this request."""
        return Thing(self.kind) if self.thing is None else self.thing(connection, actor)


@dataclass(frozen=True)
class Public:
    """Open to whoever reaches the server: signing in, health, static files."""

    why: str


@dataclass(frozen=True)
class SignedIn:
    """Open to everybody who is signed in; the route itself asks for the object, because it is known only there."""

    why: str


Declared = Need | Public | SignedIn


def of_enterprise(kind: Kind, key: str = "enterprise") -> Callable[[HTTPConnection, Actor], Thing]:
    """The object belongs to the enterprise named by a path or query parameter; without one it is the park's."""

    def thing(connection: HTTPConnection, actor: Actor) -> Thing:
        named = connection.path_params.get(key) or connection.query_params.get(key) or None
        return Thing(kind, enterprise=named)

    return thing


def released(kind: Kind, key: str = "enterprise") -> Callable[[HTTPConnection, Actor], Thing]:
    """Figures of a run: released where a closing is named, or where no run is named and there is a closing to show instead."""

    def thing(connection: HTTPConnection, actor: Actor) -> Thing:
        run = connection.query_params.get("run", "")
        out = "@" in run or (
            not run and connection.app.state.portal.has_closing(connection.query_params.get("period", ""))
        )
        return Thing(kind, enterprise=connection.path_params.get(key), released=out)

    return thing


def mine(kind: Kind) -> Callable[[HTTPConnection, Actor], Thing]:
    """The object is the asker's own: the profile, its tokens."""

    def thing(connection: HTTPConnection, actor: Actor) -> Thing:
        return Thing(kind, owner=actor.name)

    return thing


def actor_of(connection: HTTPConnection) -> Actor:
    """Who asks.

    Raises
    ------
    AccessError
        ``access.sign-in-first`` for nobody.
    """
    actor: Actor | None = getattr(connection.state, "actor", None)
    if actor is None:
        raise AccessError("access.sign-in-first")
    return actor


def gate_of(connection: HTTPConnection) -> Gate:
    """The gate of a request."""
    told = {"request": connection.state.request_id}
    return Gate(actor_of(connection), connection.app.state.portal.note, connection.url.path, told)


def check_thing(connection: HTTPConnection, action: Action, thing: Thing) -> None:
    """Authorize and audit one object, for routes that know it only when they run; what is refused is audited too."""
    gate_of(connection).demand(action, thing)


def _checker(need: Declared) -> DependsParam:
    async def check(request: Request) -> None:
        if request.method not in SAFE:
            await _csrf(request)
        if isinstance(need, Public):
            return
        actor = actor_of(request)
        if isinstance(need, Need):
            await run_in_threadpool(check_thing, request, need.action, need.of(request, actor))

    return Depends(check)  # type: ignore[no-any-return]


async def _csrf(request: Request) -> None:
    """A request that changes something and is carried by a cookie needs the session's token; a bearer token needs none."""
    origin = request.headers.get("origin")
    if origin is not None and not same_origin(request, origin):
        raise AccessError("access.csrf")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise AccessError("access.csrf")
    if request.state.by_token:
        return
    stated = request.headers.get("x-csrf-token", "")
    if not stated and "form" in request.headers.get("content-type", ""):
        stated = str((await request.form()).get("csrf", ""))
    if not request.state.csrf or not hmac.compare_digest(stated.encode(), request.state.csrf.encode()):
        raise AccessError("access.csrf")


def same_origin(connection: HTTPConnection, origin: str) -> bool:
    """Whether an Origin header names this server."""
    return origin == site_of(connection).origin


class Room(APIRouter):
    """Routes, each with its need."""

    def declared(self, method: str, path: str, need: Declared, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Register a route of ``method`` with its need."""

        def register(endpoint: Endpoint) -> Endpoint:
            dependencies = [*options.pop("dependencies", []), _checker(need)]
            extra = {**options.pop("openapi_extra", {}), "x-lingtan-needs": needs_text(need)}
            told = {status: dict(one) for status, one in options.pop("responses", {}).items()}
            # shapes of answers are only described: they are built when somebody asks for the description, not at each start
            shapes = {str(status): one.pop("model") for status, one in told.items() if "model" in one}
            self.add_api_route(
                path,
                endpoint,
                methods=[method],
                dependencies=dependencies,
                openapi_extra=extra,
                responses=told,
                **options,
            )
            SHAPES[method, endpoint] = shapes
            NEEDS[method, endpoint] = need
            return endpoint

        return register

    def page(self, path: str, need: Declared) -> Callable[[Endpoint], Endpoint]:
        """A page, or a part of one."""
        return self.declared("GET", path, need, response_model=None, include_in_schema=False)

    def act(self, path: str, need: Declared) -> Callable[[Endpoint], Endpoint]:
        """A form's target."""
        return self.declared("POST", path, need, response_model=None, include_in_schema=False)


NEEDS: dict[tuple[str, Any], Declared] = {}
SHAPES: dict[tuple[str, Any], dict[str, Any]] = {}  # of answers, by status


def needs_text(need: Declared) -> str:
    """A need in one word, for the API's description."""
    return f"{need.kind.value}:{need.action.value}" if isinstance(need, Need) else type(need).__name__.lower()


def routes_with_needs(routes: Sequence[Any], prefix: str = "") -> Iterator[tuple[str, str, Declared | None]]:
    """Every route as (method, path, need); None where none was declared."""
    for route in routes:
        path = prefix + getattr(route, "path", "")
        inner = getattr(route, "routes", None)
        endpoint = getattr(route, "endpoint", None)
        if inner is not None and endpoint is None:
            yield from routes_with_needs(inner, path)
        elif endpoint is not None:
            for method in sorted(getattr(route, "methods", None) or {"WEBSOCKET"}):
                if method != "HEAD":
                    yield method, path, NEEDS.get((method, endpoint))
