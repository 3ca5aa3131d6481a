"""Errors as people and programs read them: a page, a part of a page, or problem+json."""

import logging
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import AccessError, LingtanError
from lingtan.base.text import say

log = logging.getLogger(__name__)
# names that do not exist
NAMELESS = frozenset(
    {
        "forecast.no-run", "forecast.no-target", "forecast.no-score", "forecast.none-kept", "forecast.no-scores",
        "dispatch.no-schedule", "dispatch.no-roll", "dispatch.no-backtest",
    }
)  # fmt: skip


def status_of(error: LingtanError) -> int:
    """The HTTP status of an error: 401 where somebody must sign in, 404 for names that do not exist."""
    if error.code in (
        "access.sign-in-first",
        "access.sign-in",
        "access.code",
        "access.passkey",
        "access.sso",
        "access.sso-nobody",
    ):
        return 401
    if error.code in ("access.locked", "access.busy", "api.too-fast"):
        return 429
    if error.code == "api.media-type":
        return 415
    if error.code in NAMELESS or error.code.startswith(("figure.unknown", "account.unknown", "portal.unknown")):
        return 404
    return error.http_status


def problem(request: Request, error: LingtanError) -> JSONResponse:
    """RFC 9457 problem details."""
    lang = language_of(request)
    body = {
        "type": f"https://lingtan.example/problems/{error.code}",
        "title": error.code,
        "status": status_of(error),
        "detail": error.format(lang),
        "instance": request.url.path,
        "code": error.code,
        "request_id": request.state.request_id,
        "problems": [p.as_dict(lang) for p in error.problems],
    }
    return JSONResponse(
        body, status_of(error), media_type="application/problem+json", headers=_challenge(status_of(error))
    )


def _challenge(status: int) -> dict[str, str]:
    return {"www-authenticate": "Bearer"} if status == 401 else {}


def plain_problem(request: Request, status: int, code: str, **values: Any) -> JSONResponse:
    """Problem details of what is no Lingtan error."""
    detail = say(f"portal.http-{status}", language_of(request))
    body = {
        "type": "about:blank", "title": code, "status": status, "detail": detail, "instance": request.url.path, "code": code,
        "request_id": request.state.request_id, **values,
    }  # fmt: skip
    return JSONResponse(body, status, media_type="application/problem+json")


def page_failure(request: Request, status: int, text: str, code: str) -> Response:
    """An error as a page; a part of a page gets only the sentence."""
    part = request.headers.get("hx-request") == "true"
    values = {"status": status, "text": text, "code": code, "request_id": request.state.request_id}
    return render(request, "failure-part.html" if part else "failure.html", values, status=status)


def install_for_pages(app: FastAPI) -> None:
    """Handlers of the portal's pages."""

    def lingtan(request: Request, error: Exception) -> Response:
        assert isinstance(error, LingtanError)
        if isinstance(error, AccessError) and error.code == "access.sign-in-first":
            if request.headers.get("hx-request") == "true":
                return Response(status_code=401, headers={"hx-redirect": "/sign-in"})
            if request.method == "GET" and _wants_page(request):
                return RedirectResponse("/sign-in", 303)
        if "application/json" in request.headers.get("accept", ""):
            return problem(request, error)
        return page_failure(request, status_of(error), error.format(language_of(request)), error.code)

    def http(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 422)
        if request.url.path.startswith("/api/"):
            return plain_problem(request, status, f"http-{status}")
        return page_failure(request, status, _words(request, status), f"http-{status}")

    def bug(request: Request, error: Exception) -> Response:
        log.error("bug in %s %s", request.url.path, request.state.request_id, exc_info=error)
        return page_failure(request, 500, _words(request, 500), "http-500")

    app.add_exception_handler(LingtanError, lingtan)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, http)
    app.add_exception_handler(Exception, bug)


def _words(request: Request, status: int) -> str:
    known = status if status in (404, 405, 413, 422, 429, 500) else 500
    return say(f"portal.http-{known}", language_of(request))


def _wants_page(request: Request) -> bool:
    accepted = request.headers.get("accept", "*/*")
    return "text/html" in accepted or "*/*" in accepted
