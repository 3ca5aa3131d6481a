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
    pseudonym: bool = True  # shown to those who know pseudonyms only


MENU = (
    Entry("overview", "/", Kind.OVERVIEW),
    Entry("energy", "/energy", Kind.READING, released=False),
    Entry("meters", "/meters", Kind.READING, released=False),
    Entry("green", "/green", Kind.GREEN, released=False),
    Entry("certificates", "/certificates", Kind.GREEN, released=False),
    Entry("forecast", "/forecast", Kind.FORECAST, released=False),
    Entry("dispatch", "/dispatch", Kind.DISPATCH),
    Entry("enterprises", "/enterprises", Kind.ENTERPRISE, pseudonym=False),
    Entry("forms", "/forms", Kind.READING, Action.APPROVE),
    Entry("verification", "/verification", Kind.EVIDENCE),
    Entry("questions", "/questions", Kind.QUESTION),
    Entry("regulator", "/regulator", Kind.ENTERPRISE, own=False, released=False),
    Entry("ledger", "/ledger", Kind.ENTRY),
    Entry("closings", "/closings", Kind.ACCOUNT),
    Entry("bills", "/bills", Kind.BILL),
    Entry("planning", "/planning", Kind.PLAN),
    Entry("reports", "/reports", Kind.REPORT, own=False),
    Entry("functions", "/functions", Kind.OVERVIEW),
    Entry("wall", "/wall", Kind.OVERVIEW),
    Entry("users", "/users", Kind.USER),
    Entry("audit", "/audit", Kind.AUDIT),
)


def menu_of(actor: Actor, lang: str, path: str) -> list[dict[str, object]]:
    """The lines for somebody, with the one that is open marked."""

    def sees(entry: Entry) -> bool:
        scope = scope_of(actor, entry.kind, entry.action)
        shown = {Scope.RELEASED: entry.released, Scope.OWN: entry.own, Scope.PSEUDONYM: entry.pseudonym}
        return scope is not None and shown.get(scope, True)

    found = [e for e in MENU if sees(e)]

    def covers(entry: Entry) -> bool:
        return path == entry.path or (entry.path != "/" and path.startswith(f"{entry.path}/"))

    here = max((e.path for e in found if covers(e)), key=len, default="")
    home = home_of(actor)
    lines: list[dict[str, object]] = []
    for entry in found:
        mine = entry.path == "/enterprises" and home.startswith("/enterprises/")
        opens = "/overview" if entry.path == "/" and home != "/" else home if mine else entry.path
        key = "my-enterprise" if mine else entry.key
        chosen = entry.path == here or path == opens
        lines.append({"key": key, "text": say(f"menu.{key}", lang), "path": opens, "here": chosen})
    return sorted(lines, key=lambda line: line["path"] != home)  # one's home comes first


def home_of(actor: Actor) -> str:
    """Where somebody's work begins: members at their own enterprise, verifiers and regulators at their view, others at the overview."""
    scope = scope_of(actor, Kind.ENTERPRISE, Action.READ)
    if scope is Scope.OWN and actor.enterprise is not None:
        return f"/enterprises/{actor.enterprise}"
    if scope is Scope.PSEUDONYM:
        return "/regulator"
    if scope is Scope.RELEASED and scope_of(actor, Kind.EVIDENCE, Action.READ) is not None:
        return "/verification"
    return "/"
