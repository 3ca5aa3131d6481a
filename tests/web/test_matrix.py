"""Every route as every role against own and foreign objects: what happens is what the policy table says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lingtan.apps.web.need import Need, Public, SignedIn, needs_text, routes_with_needs
from lingtan.services.access.policy import POLICY, Actor, Kind, Scope, Thing, allowed
from tests.web.portal_case import ALARMS, FOREIGN, OWN, PEOPLE, Browser

CHANNEL = {OWN: "a-use", FOREIGN: "b-use"}
TARGET = {OWN: "a:electricity", FOREIGN: "b:electricity"}
# routes whose enterprise stands in the query
BY_QUERY = ("/ledger", "/ledger/as-of", "/green/passport")
# pages on the readings of the whole park: a member has no part of them
WHOLE_PARK = (
    "/energy/flows", "/meters/findings", "/meters/proposals", "/meters/quarantine", "/reports", "/regulator", "/verification",
    "/forecast/run", "/forecast/work", "/bills/parts.json", "/bills/compare",
    "/alarms/rules", "/alarms/targets",
)  # fmt: skip
# what the API tells of the open present, whatever was closed
UNRELEASED = tuple(
    f"/api/v1/{x}"
    for x in (
        "enterprises/{enterprise}/statement",
        "enterprises/{enterprise}/green-statement",
        "forms",
        "certificates",
        "findings",
        "proposals",
        "quarantine",
        "commits",
        "green/trace",
        "green/scores",
        "green/contracts",
        "green/intensity",
        "green/rules",
    )
)
NOT_TRIED = {"/sign-out", "/profile/sessions/end"}  # end the very session


@dataclass(frozen=True)
class Case:
    """One route with an object of one enterprise, or the park's."""

    method: str
    path: str
    need: Any
    enterprise: str | None

    @property
    def url(self) -> str:
        values = {
            "enterprise": self.enterprise or OWN, "channel": CHANNEL[self.enterprise or OWN], "target": TARGET[self.enterprise or OWN], "period": "2025", "name": "nobody",
            "token": "00", "digest": "0", "format": "docx", "name:path": "app/icon.svg", "question": "q0001",
            "alarm": ALARMS[self.enterprise or OWN],
        }  # fmt: skip
        made = re.sub(r"\{([^}]+)\}", lambda m: values.get(m[1], "nothing"), self.path)
        if self.path in BY_QUERY:
            at = "&at=2026-01-20" if self.path.endswith("as-of") else ""
            return f"{made}?{f'enterprise={self.enterprise}' if self.enterprise else ''}{at}"
        return f"{made}?start=2025-01-30&end=2025-02-01" if "{channel}" in self.path else made

    def thing(self, actor: Actor) -> Thing:
        """The object that the request is about, worked out apart from the app."""
        kind = self.need.kind
        if kind is Kind.TOKEN:
            return Thing(kind, owner=actor.name)
        named = self.enterprise
        page = not self.path.startswith(("/api/", *WHOLE_PARK))
        if page and named is None and POLICY.get((actor.role, kind, self.need.action)) is Scope.OWN:
            named = actor.enterprise  # a page that names no enterprise shows a member its own
        # the year is closed, so figures are released; raw readings never are
        raw = (
            "{channel}" in self.path
            or self.path.startswith(UNRELEASED)
            or kind is Kind.FORECAST
            or (not self.path.startswith("/api/") and kind in (Kind.READING, Kind.GREEN))
        )
        return Thing(kind, enterprise=named, released=not raw)


def cases(browser: Browser) -> Iterator[Case]:
    for method, path, need in routes_with_needs(browser.app.routes):
        if method == "WEBSOCKET" or path in NOT_TRIED:
            continue
        owned = any(x in path for x in ("{enterprise}", "{channel}", "{target}", "{alarm}")) or path in BY_QUERY
        for enterprise in (OWN, FOREIGN) if owned else (None,):
            yield Case(method, path, need, enterprise)
        if path in BY_QUERY:
            yield Case(method, path, need, None)


def test_every_route_declares_what_it_needs(browser: Browser) -> None:
    found = list(routes_with_needs(browser.app.routes))
    assert len(found) > 40
    assert [f"{m} {p}" for m, p, need in found if need is None] == []


@pytest.mark.parametrize("name", ["nobody", *PEOPLE])
def test_every_route_answers_as_the_policy_says(browser: Browser, name: str) -> None:
    actor = None
    if name != "nobody":
        user = browser.become(name).portal.directory.user(name)
        assert user is not None
        actor = user.actor
    wrong = []
    tried = list(cases(browser))
    assert len(tried) > 40
    for case in tried:
        answer = browser.ask(
            case.method, case.url, headers={"x-csrf-token": browser.csrf, "accept": "application/json"}
        )
        status = answer.status_code
        refused = status in (401, 403)
        if isinstance(case.need, Public):
            right = not refused or name == "nobody"  # forms want a token that nobody has yet
        elif actor is None:
            right = refused
        elif isinstance(case.need, SignedIn):
            right = status != 401 and status < 500
        else:
            assert isinstance(case.need, Need)
            right = refused is not allowed(actor, case.need.action, case.thing(actor)) and status < 500
        if not right:
            wrong.append(f"{case.method} {case.url} as {name}: {status} ({needs_text(case.need)})")
    assert not wrong, "\n".join(wrong)


def test_a_token_narrows_to_its_scopes(browser: Browser) -> None:
    from lingtan.services.access.sign_in import make_token

    portal = browser.portal
    user = portal.directory.user("operator")
    assert user is not None
    _, secret = make_token(portal.directory, user, "t", frozenset({"account:read"}), at=portal.clock())
    bearer = {"authorization": f"Bearer {secret}"}
    assert browser.ask("GET", "/api/v1/account", headers=bearer).status_code == 200
    assert browser.ask("GET", "/api/v1/indicators", headers=bearer).status_code == 403
    assert browser.ask("GET", "/api/v1/account/postings", headers=bearer).status_code == 403
    assert browser.ask("GET", "/api/v1/account", headers={"authorization": "Bearer lt_wrong"}).status_code == 401


@pytest.mark.parametrize(
    ("name", "figure", "status"),
    [
        ("operator", "co2/enterprise=b/month=2025-01", 200),
        ("enterprise", "co2/enterprise=a/month=2025-01", 200),
        ("enterprise", "co2/enterprise=b/month=2025-01", 403),
        ("enterprise", "quantity/channel=b-use", 403),
        ("enterprise", "quantity/channel=a-use", 200),
        ("enterprise", "core", 200),
        ("enterprise", "co2", 403),
        ("regulator", "co2/category=power", 200),
        ("regulator", "co2/enterprise=a", 403),
        ("verifier", "co2/enterprise=a", 200),  # the year is closed
        ("consultant", "quantity/channel=a-use", 403),
    ],
)
def test_a_passport_opens_as_far_as_the_role_may_look(browser: Browser, name: str, figure: str, status: int) -> None:
    browser.become(name)
    run = "2025-ndrc-910-2025@0" if name == "verifier" else ""
    answer = browser.ask("GET", "/api/v1/explain", params={"figure": figure, "run": run, "depth": 5})
    assert answer.status_code == status, answer.text
    if (
        status == 200
        and name in ("enterprise", "regulator")
        and "enterprise=" not in figure
        and "channel" not in figure
    ):
        assert answer.json()["most"] <= 2
        assert '"kind": "posting"' not in answer.text
        assert "enterprise=" not in answer.text
