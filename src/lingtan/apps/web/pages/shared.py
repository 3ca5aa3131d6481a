"""What pages on accounts share: which run is meant, and the page while there is none."""

from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.web.need import actor_of
from lingtan.apps.web.portal import Shown
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import InputError
from lingtan.base.ids import nearest
from lingtan.base.text import say, sentences
from lingtan.services.access.policy import Action, Kind, Scope, scope_of


def choose(request: Request, period: str, run: str, *, refresh: bool = True, kind: Kind = Kind.ACCOUNT) -> Shown | None:
    """The run that is asked for; roles that see only what was released get the newest closing instead of an open run."""
    portal = request.app.state.portal
    scope = scope_of(actor_of(request), kind, Action.READ)
    if not run and scope is Scope.RELEASED:
        from lingtan.services.closings import closings

        found = [c for c in closings(portal.space()) if not period or c.record["period"] == period]
        if not found:
            return None
        run = found[-1].id
    shown: Shown | None = portal.shown(period, run=run, refresh=refresh)
    return shown


def waiting(request: Request, period: str, *, again: str = "") -> Response:
    """The page while the first account is worked out: progress, or why it cannot be made."""
    portal, lang = request.app.state.portal, language_of(request)
    from lingtan.apps.web.portal import newest_year

    failure = portal.failure(period or newest_year(portal.space()))
    task = portal.background.running("account")
    told = dict(task.progress) if task is not None else {}
    words = ""
    if task is not None:
        key = f"progress.{told.get('key', '')}"
        values = {"done": told.get("done"), "total": told.get("total"), **told.get("values", {})}
        words = say(key, lang, **values) if key in sentences(lang) else say("portal.waiting", lang)
    values = {
        "failure": failure,
        "progress": words,
        "done": told.get("done") or 0,
        "total": told.get("total"),
        "again": again or request.url.path,
    }
    return render(request, "wait.html", values)


def member(request: Request, enterprise: str) -> None:
    """Refuse an enterprise that the park does not have.

    Raises
    ------
    InputError
        ``portal.unknown-enterprise`` with the nearest known one.
    """
    known = [e.id for e in request.app.state.portal.space().park.enterprises] + ["park"]
    if enterprise not in known:
        raise InputError(
            "portal.unknown-enterprise", enterprise=enterprise[:60], nearest=nearest(enterprise, known) or known[0]
        )
