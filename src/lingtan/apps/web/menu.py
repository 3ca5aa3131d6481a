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


# the groups in the order of a park's work; the sentence of a heading is menu-group.<key>
MENU: dict[str, tuple[Entry, ...]] = {
    "": (Entry("overview", "/", Kind.OVERVIEW),),
    "measure": (
        Entry("energy", "/energy", Kind.READING, released=False),
        Entry("meters", "/meters", Kind.READING, released=False),
        Entry("alarms", "/alarms", Kind.ALARM),
        Entry("forms", "/forms", Kind.READING, Action.APPROVE),
    ),
    "account": (
        Entry("ledger", "/ledger", Kind.ENTRY),
        Entry("enterprises", "/enterprises", Kind.ENTERPRISE, pseudonym=False),
        Entry("bills", "/bills", Kind.BILL),
        Entry("closings", "/closings", Kind.ACCOUNT),
        Entry("reports", "/reports", Kind.REPORT, own=False),
    ),
    "green": (
        Entry("green", "/green", Kind.GREEN, released=False),
        Entry("certificates", "/certificates", Kind.GREEN, released=False),
    ),
    "run": (
        Entry("forecast", "/forecast", Kind.FORECAST, released=False),
        Entry("dispatch", "/dispatch", Kind.DISPATCH),
        Entry("planning", "/planning", Kind.PLAN),
    ),
    "check": (
        Entry("verification", "/verification", Kind.EVIDENCE),
        Entry("questions", "/questions", Kind.QUESTION),
        Entry("regulator", "/regulator", Kind.ENTERPRISE, own=False, released=False),
    ),
    "more": (
        Entry("wall", "/wall", Kind.OVERVIEW),
        Entry("functions", "/functions", Kind.OVERVIEW),
        Entry("users", "/users", Kind.USER),
        Entry("audit", "/audit", Kind.AUDIT),
    ),
}


@dataclass(frozen=True)
class Line:
    """A line of the menu as somebody sees it."""

    text: str
    path: str
    here: bool


@dataclass(frozen=True)
class Group:
    """Lines under a heading; the first group has none."""

    key: str
    title: str
    lines: tuple[Line, ...]


def menu_of(actor: Actor, lang: str, path: str) -> list[Group]:
    """The groups for somebody, with the line that is open marked; one's home stands at the top."""
    seen = {key: [e for e in entries if _sees(actor, e)] for key, entries in MENU.items()}
    here = max((e.path for es in seen.values() for e in es if _covers(e, path)), key=len, default="")
    home = home_of(actor)
    groups: dict[str, list[Line]] = {"": []}
    for key, entries in seen.items():
        for entry in entries:
            mine = entry.path == "/enterprises" and home.startswith("/enterprises/")
            opens = "/overview" if entry.path == "/" and home != "/" else home if mine else entry.path
            text = say("menu.my-enterprise" if mine else f"menu.{entry.key}", lang)
            line = Line(text, opens, entry.path == here or path == opens)
            if opens == home:
                groups[""].insert(0, line)
            else:
                groups.setdefault(key, []).append(line)
    return [Group(key, say(f"menu-group.{key}", lang) if key else "", tuple(lines)) for key, lines in groups.items()]


def _sees(actor: Actor, entry: Entry) -> bool:
    scope = scope_of(actor, entry.kind, entry.action)
    shown = {Scope.RELEASED: entry.released, Scope.OWN: entry.own, Scope.PSEUDONYM: entry.pseudonym}
    return scope is not None and shown.get(scope, True)


def _covers(entry: Entry, path: str) -> bool:
    return path == entry.path or (entry.path != "/" and path.startswith(f"{entry.path}/"))


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
