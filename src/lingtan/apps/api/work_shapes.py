"""Work in the background, as the API tells it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import Shape, answer
from lingtan.apps.api.shapes import Time
from lingtan.apps.web import work
from lingtan.apps.web.need import actor_of
from lingtan.apps.web.render import language_of


class ProgressShape(Shape):
    """How far work is; `total` null where it is not known."""

    text: str
    done: int | None
    total: int | None


class WorkProblem(Shape):
    """Why work failed; `problems` lists the places, or, for a plan that cannot be, the conflicting conditions and the ways out."""

    code: str
    text: str
    problems: list[dict[str, Any]]


class WorkShape(Shape):
    """Work in the background: `state` is running, done or failed; `answer` names what was kept."""

    work: str
    job: str
    state: str
    by: str
    begun_at: Time
    arguments: dict[str, Any]
    progress: ProgressShape | None
    answer: dict[str, Any] | None
    problem: WorkProblem | None


def started(request: Request, room: str, job: str, arguments: dict[str, Any]) -> Response:
    """Start work and say where it is watched: 202 with a Location."""
    made = work.begin(request.app.state.portal, room, job, arguments, by=actor_of(request).name)
    told = answer(request, work.told(made, language_of(request)), status=202)
    told.headers["location"] = "/".join(("/api/v1", "forecasts" if room == "forecast" else room, "work", made.id))
    return told


def watched(request: Request, room: str, name: str) -> Response:
    """A piece of work of a room."""
    return answer(request, work.told(work.find(request.app.state.portal, room, name), language_of(request)))
