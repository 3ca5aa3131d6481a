"""The API's app, mounted at ``/api/v1``."""

import logging
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from lingtan import __version__
from lingtan.apps.api.contract import Contract
from lingtan.apps.api.described import described
from lingtan.apps.api.docs_page import contents
from lingtan.apps.api.role_rooms import ROLE_ROOMS
from lingtan.apps.api.routes import (
    access,
    accounts,
    alarm_rules,
    alarms,
    bills,
    closings,
    dispatch,
    dispatch_runs,
    evidence,
    forecast,
    green,
    imports,
    ledger,
    meters,
    plans,
    readings,
    records,
    reports,
    series,
    tokens,
    webhooks,
)
from lingtan.apps.web.failures import plain_problem, problem
from lingtan.apps.web.need import Public, Room
from lingtan.apps.web.render import render
from lingtan.base.errors import LingtanError

log = logging.getLogger(__name__)
room = Room()
READ = ("application/json", "multipart/form-data", "application/x-www-form-urlencoded")
ROOMS: tuple[Room, ...] = (
    accounts.room,
    ledger.room,
    closings.room,
    readings.room,
    series.room,
    meters.room,
    imports.room,
    green.room,
    forecast.room,
    dispatch.room,
    dispatch_runs.room,
    reports.room,
    records.room,
    evidence.room,
    tokens.room,
    access.room,
    alarms.room,
    alarm_rules.room,
    webhooks.room,
    bills.room,
    plans.room,
    *ROLE_ROOMS,
    room,
)
ABOUT = """What a park's portal knows, for programs. 零碳园区门户的数据接口。

Sign requests with `Authorization: Bearer lt_…` (a token from the profile page, narrowed to scopes such as `account:read`).
Lists come as JSON, as CSV (`Accept: text/csv`) or as an Arrow stream (`Accept: application/vnd.apache.arrow.stream`);
`limit` is a page's size, `next` and the header `Link` the address of the page that follows, of the same run or revision.
Answers to GET have an `ETag` for `If-None-Match`; writes take an `Idempotency-Key` and are done once under it; errors are problem
details with a stable `code`. `Accept-Language` chooses zh or en. Times are UTC in ISO 8601; emissions in tCO2, energy in tce, exact
amounts in µg as text. `GET /live` also speaks WebSocket: a message a second with the shape `Live`, for whoever may read the overview.
"""


def create_api(portal: Any) -> FastAPI:
    """The mounted app."""
    api = FastAPI(
        title="Lingtan 零碳", version=__version__, description=ABOUT, openapi_url=None, docs_url=None, redoc_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    api.state.portal = portal
    for one in ROOMS:
        api.router.routes.extend(one.routes)
    _failures(api)
    api.add_middleware(Contract, portal=portal)
    return api


@room.declared("GET", "/openapi.json", Public("says what the API can do, nothing of the park"), include_in_schema=False)
def openapi(request: Request) -> Response:
    """The description."""
    return JSONResponse(described(request.app))


@room.declared(
    "GET",
    "/docs",
    Public("says what the API can do, nothing of the park"),
    response_model=None,
    include_in_schema=False,
)
def docs(request: Request) -> Response:
    """The description as a page, without anything from elsewhere."""
    return render(request, "api-docs.html", contents(described(request.app)), park=False)


def _failures(api: FastAPI) -> None:
    def lingtan(request: Request, error: Exception) -> Response:
        assert isinstance(error, LingtanError)
        return problem(request, error)

    def http(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 422)
        answer = plain_problem(request, status, f"http-{status}")
        answer.headers.update(getattr(error, "headers", None) or {})
        if status == 405:
            answer.headers["allow"] = ", ".join(sorted(_methods(request)))
        return answer

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        found = error.errors()
        problems = [{"where": ".".join(map(str, e["loc"])), "text": e["msg"]} for e in found]
        given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if any(e["loc"][:1] == ("body",) for e in found) and given not in ("", *READ):
            return plain_problem(request, 415, "http-415", problems=problems)
        return plain_problem(request, 422, "http-422", problems=problems)

    def bug(request: Request, error: Exception) -> Response:
        log.error("bug in %s %s", request.url.path, request.state.request_id, exc_info=error)
        return plain_problem(request, 500, "http-500")

    api.add_exception_handler(LingtanError, lingtan)
    api.add_exception_handler(HTTPException, http)
    api.add_exception_handler(RequestValidationError, invalid)
    api.add_exception_handler(Exception, bug)


def _methods(request: Request) -> set[str]:
    """What may be asked of an address, over all routes of its path."""
    fitting = [route for route in request.app.router.routes if route.matches(request.scope)[0] is not Match.NONE]
    return {method for route in fitting if route.path == fitting[0].path for method in route.methods}
