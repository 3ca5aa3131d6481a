"""One gate: routes that know their object only when they run ask the policy then, and no face lets through what services refuse."""

import ast
from pathlib import Path
from typing import Any

import pytest

import lingtan.apps
from lingtan.apps.web.need import SignedIn, routes_with_needs
from lingtan.services.access import gate, policy
from lingtan.services.access.gate import Gate
from lingtan.services.access.policy import Action, Actor, Kind, Role, Scope, Thing
from tests.web.portal_case import Browser

APPS = Path(lingtan.apps.__file__).parent
# the asker's own account: there is no other object in it
OWN_ACCOUNT = ("/profile", "/sign-out", "/api/v1/me")
SPAN = "start=2025-01-30&end=2025-02-01"
# how to ask the routes that want something said
ASKED: dict[str, dict[str, Any]] = {
    "/passport": {"params": "figure=core"}, "/api/v1/explain": {"params": "figure=core"},
    "/api/v1/series": {"params": f"channel=a-use&{SPAN}"},
    "/api/v1/readings": {"json": {"channel": ["a-use"], "start": ["2026-01-01T00:00:00Z"], "value": [1]}},
}  # fmt: skip


class Consulted(dict[Any, Scope]):
    """The policy table, which notes that it was looked into."""

    times = 0

    def get(self, key: Any, default: Any = None) -> Any:
        self.times += 1
        return super().get(key, default)


def test_a_route_that_lists_or_finds_its_object_itself_asks_the_policy(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Consulted(policy.POLICY)
    monkeypatch.setattr(policy, "POLICY", table)
    # what a page may show in its menu does not count
    monkeypatch.setattr("lingtan.apps.web.render.menu_of", lambda *_: [])
    browser.become("operator")
    tried = 0
    for method, path, need in routes_with_needs(browser.app.routes):
        if not isinstance(need, SignedIn) or path.startswith(OWN_ACCOUNT) or method == "WEBSOCKET":
            continue
        table.times, tried = 0, tried + 1
        url = path
        for name in ("enterprise", "channel", "alarm", "rule", "run", "form", "staged", "digest", "name", "target"):
            url = url.replace(f"{{{name}}}", "a")
        more = ASKED.get(path, {})
        answer = browser.ask(method, url, headers={"x-csrf-token": browser.csrf, "accept": "application/json"}, **more)
        where = f"{method} {path} ({answer.status_code}: {answer.text[:200]})"
        # what is wrong with the request itself may be said before
        asked = table.times > 0 or (path not in ASKED and answer.status_code in (404, 415, 422) and method != "GET")
        assert asked, f"{where}: the policy was not asked; if it wants a query, tell this test how to ask"
        assert answer.status_code < 500, where
    assert tried >= 6


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lingtan.services.access"):
            found |= {f"{(node.module or '').rsplit('.', 1)[-1]}.{a.name}" for a in node.names}
    return found


def test_faces_do_not_keep_a_policy_of_their_own() -> None:
    """They may look what to show (``allowed``, ``scope_of``); letting through is the gate's, and the table is the services'."""
    files = [p for p in APPS.rglob("*.py") if "cli" not in p.parts]
    assert len(files) > 30
    wrong = {
        str(p.relative_to(APPS)): found
        for p in files
        if (found := _imports(p) & {"policy.POLICY", "policy.authorize"}) and p.name != "live.py"
    }
    assert wrong == {}


def test_the_gate_audits_refusals_writes_and_reads_of_others_data_and_nothing_else() -> None:
    notes: list[tuple[Any, ...]] = []
    actor = Actor("wang", Role.ENTERPRISE, "a")
    made = Gate(actor, lambda *told: notes.append(told[1:]), "/here", {"request": "7"})
    made.demand(Action.READ, Thing(Kind.READING, "a"))
    assert notes == []
    made.demand(Action.WRITE, Thing(Kind.READING, "a"))
    with pytest.raises(policy.AccessError):
        made.demand(Action.READ, Thing(Kind.READING, "b"))
    told = {"enterprise": "a", "request": "7"}
    refused = {"enterprise": "b", "request": "7"}
    assert notes == [("write", "reading", "/here", told), ("read-refused", "reading", "/here", refused)]
    assert made.scope(Kind.READING) is Scope.OWN
    assert made.scope(Kind.PLAN) is None
    assert gate.allowed is policy.allowed
