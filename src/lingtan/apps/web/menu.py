"""The menu: what works, and what the role may see of it."""

from dataclasses import dataclass

from lingtan.base.text import say
from lingtan.services.access.policy import Action, Actor, Kind, Scope, scope_of


@dataclass(frozen=True)
class Entry:
    """A line of the menu; it is shown to whoever may do ``action`` on objects of ``kind``."""

    key: str  # the sentence is menu.<key>
    path: str
    kind: Kind
    action: Action = Action.READ
    released: bool = True  # shown to those who see only what was released
    own: bool = True  # shown to those who see only their own


MENU = (
    Entry("overview", "/", Kind.OVERVIEW),
    Entry("energy", "/energy", Kind.READING, released=False),
    Entry("meters", "/meters", Kind.READING, released=False),
    Entry("green", "/green", Kind.GREEN, released=False),
    Entry("forecast", "/forecast", Kind.FORECAST, released=False),
    Entry("dispatch", "/dispatch", Kind.DISPATCH),
    Entry("regulator", "/regulator", Kind.ENTERPRISE, own=False),
    Entry("questions", "/questions", Kind.QUESTION),
    Entry("ledger", "/ledger", Kind.ENTRY),
    Entry("closings", "/closings", Kind.ACCOUNT),
    Entry("reports", "/reports", Kind.ACCOUNT),
    Entry("functions", "/functions", Kind.OVERVIEW),
    Entry("wall", "/wall", Kind.OVERVIEW),
    Entry("users", "/users", Kind.USER),
    Entry("audit", "/audit", Kind.AUDIT),
)


def menu_of(actor: Actor, lang: str, path: str) -> list[dict[str, object]]:
    """The lines for somebody, with the one that is open marked."""

    def sees(entry: Entry) -> bool:
        scope = scope_of(actor, entry.kind, entry.action)
        hidden = (scope is Scope.RELEASED and not entry.released) or (scope is Scope.OWN and not entry.own)
        return scope is not None and not hidden

    found = [e for e in MENU if sees(e)]

    def covers(entry: Entry) -> bool:
        return path == entry.path or (entry.path != "/" and path.startswith(f"{entry.path}/"))

    here = max((e.path for e in found if covers(e)), key=len, default="")
    return [{"key": e.key, "text": say(f"menu.{e.key}", lang), "path": e.path, "here": e.path == here} for e in found]
