"""The app: guard, pages, API, static files. A route without a declared need keeps it from starting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.routing import WebSocketRoute

from lingtan.apps.api.app import create_api
from lingtan.apps.web import assets, failures
from lingtan.apps.web.guard import Guard
from lingtan.apps.web.live import NEED, live
from lingtan.apps.web.need import NEEDS, Room, routes_with_needs
from lingtan.apps.web.pages import (
    admin,
    alarm_rules,
    alarms,
    bills,
    closings,
    dispatch,
    dispatch_backtests,
    dispatch_file,
    dispatch_plant,
    energy,
    forecast,
    forecast_scores,
    functions,
    green,
    ledger,
    meters,
    overview,
    passkeys,
    passports,
    plan,
    plan_answers,
    plan_charts,
    plan_edit,
    plan_files,
    profile,
    reports,
    sign_in,
    wall,
    webhooks,
)
from lingtan.apps.web.portal import Portal
from lingtan.apps.web.role_rooms import ROLE_ROOMS
from lingtan.apps.web.tidy import tidy

ROOMS: tuple[Room, ...] = (
    assets.room,
    sign_in.room,
    overview.room,
    *ROLE_ROOMS,
    passports.room,
    energy.room,
    meters.room,
    alarms.room,
    alarm_rules.room,
    webhooks.room,
    green.room,
    forecast.room,
    forecast_scores.room,
    dispatch.room,
    dispatch_plant.room,
    dispatch_backtests.room,
    dispatch_file.room,
    bills.room,
    plan.room,
    plan_files.room,
    plan_edit.room,
    plan_charts.room,
    plan_answers.room,
    reports.room,
    functions.room,
    wall.room,
    ledger.room,
    closings.room,
    admin.room,
    profile.room,
    passkeys.room,
)


def create_app(portal: Portal) -> FastAPI:
    """The ASGI app of a portal.

    Raises
    ------
    RuntimeError
        If a route declares no need.
    """

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        portal.studies.revive()
        portal.watchman.start()
        tidying = asyncio.create_task(tidy(portal))
        yield
        tidying.cancel()
        portal.close()

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=life, redirect_slashes=False)
    app.state.portal = portal
    for room in ROOMS:
        app.router.routes.extend(room.routes)
    for path in ("/live", "/api/v1/live"):
        app.router.routes.append(WebSocketRoute(path, live))
    NEEDS["WEBSOCKET", live] = NEED
    app.mount("/api/v1", create_api(portal))
    failures.install_for_pages(app)
    bare = [f"{method} {path}" for method, path, need in routes_with_needs(app.routes) if need is None]
    if bare:
        raise RuntimeError(f"routes without a declared need: {', '.join(bare)}")
    app.add_middleware(Guard, portal=portal)
    return app
