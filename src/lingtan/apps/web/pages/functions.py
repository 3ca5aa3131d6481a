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
    (3, "part", (("/energy", Kind.READING),), ("plan", "bills")),
    (4, "part", (("/", Kind.OVERVIEW),), ("indicators",)),
    (5, "whole", (("/energy", Kind.READING),), ("account",)),
    (6, "part", (("/meters", Kind.READING),), ("readings", "dispatch")),
    (7, "part", (("/", Kind.OVERVIEW),), ("forecast",)),
    (8, "whole", (("/ledger", Kind.ENTRY), ("/closings", Kind.ACCOUNT)), ("account",)),
    (9, "none", (), ()),
    (10, "none", (), ()),
    (11, "whole", (("/reports", Kind.ACCOUNT), ("/closings", Kind.ACCOUNT)), ("evidence", "report")),
    (12, "part", (("/green", Kind.GREEN),), ("green",)),
)
NAMES = {
    "/": "overview",
    "/energy": "energy",
    "/meters": "meters",
    "/ledger": "ledger",
    "/closings": "closings",
    "/reports": "reports",
    "/green": "green",
}


def _opens(actor: Actor, kind: Kind) -> bool:
    """Readings that were only released have no page of their own."""
    scope = scope_of(actor, kind, Action.READ)
    return scope is not None and not (kind in (Kind.READING, Kind.GREEN) and scope is Scope.RELEASED)


@room.page("/functions", Need(Kind.OVERVIEW))
def functions(request: Request) -> Response:
    """The table; pages that the reader may not open are named, not linked."""
    actor = actor_of(request)
    rows = [
        (number, state, [(path, NAMES[path], _opens(actor, kind)) for path, kind in pages], commands)
        for number, state, pages, commands in FUNCTIONS
    ]
    counts = {s: sum(f[1] == s for f in FUNCTIONS) for s in ("whole", "part", "none")}
    return render(request, "functions.html", {"rows": rows, "counts": counts})
