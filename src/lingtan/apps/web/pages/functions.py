"""The twelve functions that the guide for energy-and-carbon management centers names: what serves each, what is missing."""

from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.web.need import Need, Room, actor_of
from lingtan.apps.web.render import render
from lingtan.services.access.policy import Action, Actor, Kind, Scope, scope_of

room = Room()
# state: whole (page and command), part (something is missing), command (works, but without a page yet), none
FUNCTIONS: tuple[tuple[int, str, tuple[tuple[str, Kind], ...], tuple[str, ...]], ...] = (
    (1, "whole", (("/energy", Kind.READING), ("/meters", Kind.READING)), ("readings", "park")),
    (2, "whole", (("/", Kind.OVERVIEW), ("/ledger", Kind.ENTRY)), ("account", "indicators")),
    (3, "whole", (("/energy", Kind.READING), ("/bills", Kind.BILL), ("/planning", Kind.PLAN)), ("plan", "bills")),
    (4, "part", (("/", Kind.OVERVIEW), ("/enterprises", Kind.ENTERPRISE)), ("indicators",)),
    (5, "whole", (("/energy", Kind.READING),), ("account",)),
    (6, "whole", (("/meters", Kind.READING), ("/dispatch", Kind.DISPATCH)), ("readings", "dispatch")),
    (7, "part", (("/", Kind.OVERVIEW), ("/alarms", Kind.ALARM), ("/forecast", Kind.FORECAST)), ("alarm", "forecast")),
    (8, "whole", (("/ledger", Kind.ENTRY), ("/closings", Kind.ACCOUNT)), ("account",)),
    (9, "none", (), ()),
    (10, "none", (), ()),
    (
        11,
        "whole",
        (("/verification", Kind.EVIDENCE), ("/questions", Kind.QUESTION), ("/reports", Kind.REPORT)),
        ("evidence", "report"),
    ),
    (12, "part", (("/green", Kind.GREEN), ("/certificates", Kind.GREEN)), ("green",)),
)


def _opens(actor: Actor, kind: Kind) -> bool:
    """Readings that were only released have no page of their own; pseudonyms have another."""
    scope = scope_of(actor, kind, Action.READ)
    unlisted = kind in (Kind.READING, Kind.GREEN, Kind.FORECAST) and scope is Scope.RELEASED
    return scope is not None and scope is not Scope.PSEUDONYM and not unlisted


@room.page("/functions", Need(Kind.OVERVIEW))
def functions(request: Request) -> Response:
    """The table; pages that the reader may not open are named, not linked."""
    actor = actor_of(request)
    rows = [
        (number, state, [(path, path.strip("/") or "overview", _opens(actor, kind)) for path, kind in pages], commands)
        for number, state, pages, commands in FUNCTIONS
    ]
    counts = {s: sum(f[1] == s for f in FUNCTIONS) for s in ("whole", "part", "none")}
    return render(request, "functions.html", {"rows": rows, "counts": counts})
