"""The menu: what works, and what the role may see of it."""

from dataclasses import dataclass

from lingtan.base.text import say
from lingtan.services.access.policy import Action, Actor, Kind, scope_of


@dataclass(frozen=True)
class Entry:
    """A line of the menu; it is shown to whoever may do ``action`` on objects of ``kind``."""

    key: str  # the sentence is menu.<key>
    path: str
    kind: Kind
    action: Action = Action.READ


MENU = (
    Entry("overview", "/", Kind.OVERVIEW),
    Entry("energy", "/energy", Kind.READING),
    Entry("meters", "/meters", Kind.READING),
    Entry("ledger", "/ledger", Kind.ENTRY),
    Entry("closings", "/closings", Kind.ACCOUNT),
    Entry("wall", "/wall", Kind.OVERVIEW),
    Entry("users", "/users", Kind.USER),
    Entry("audit", "/audit", Kind.AUDIT),
)


def menu_of(actor: Actor, lang: str, path: str) -> list[dict[str, object]]:
    """The lines for somebody, with the one that is open marked."""
    found = [e for e in MENU if scope_of(actor, e.kind, e.action) is not None]

    def covers(entry: Entry) -> bool:
        return path == entry.path or (entry.path != "/" and path.startswith(f"{entry.path}/"))

    here = max((e.path for e in found if covers(e)), key=len, default="")
    return [{"key": e.key, "text": say(f"menu.{e.key}", lang), "path": e.path, "here": e.path == here} for e in found]
