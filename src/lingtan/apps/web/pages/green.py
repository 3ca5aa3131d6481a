"""Green power: who used how much of it in the same hour, month and year, with certificates, and what that means in carbon."""

import re

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from lingtan.apps.web.need import Need, Room, actor_of
from lingtan.apps.web.portal import newest_year
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import LingtanError
from lingtan.base.text import label
from lingtan.services.access.policy import Action, Actor, Kind, Scope, Thing, scope_of

room = Room()


def _own(connection: HTTPConnection, actor: Actor) -> Thing:
    """The park's green power, or one's own."""
    own = scope_of(actor, Kind.GREEN, Action.READ) is Scope.OWN
    return Thing(Kind.GREEN, enterprise=actor.enterprise if own else None)


@room.page("/green", Need(Kind.GREEN, thing=_own))
def green(request: Request, period: str = "") -> Response:
    """The scores of the park and each enterprise, or of one's own; traced in the background."""
    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    years = portal.years() or [newest_year(space)]
    year = period if re.fullmatch(r"\d{4}", period) else years[0]
    own = _own(request, actor_of(request)).enterprise or ""
    key = ("green", year, own, space.store.head(), space.park_commit.content)
    task = portal.tasks.get(key)
    if task is None:
        task = portal.tasks[key] = portal.background.submit("figures", "green", {"period": year, "enterprise": own})
    made, failure = None, None
    if task.future.done():
        error = task.future.exception()
        made = None if error else task.future.result()
        failure = error.format(lang) if isinstance(error, LingtanError) else str(error) if error else None
    names = {e.id: label(e.name, lang, e.id) for e in space.park.enterprises}
    return render(
        request, "green.html", {"made": made, "failure": failure, "year": year, "years": years, "names": names}
    )
