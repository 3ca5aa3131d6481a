"""Alarms in the portal and the API: own ones only, filters, acknowledge, rules with history, targets, webhooks, live counts."""

import re

import pytest

from lingtan.services.alarm_ports import Wanted
from lingtan.services.alarms import tell
from web.portal_case import ALARMS, FOREIGN, OWN, Browser, Clock, Portal

PAGES = (
    "/alarms",
    "/alarms?state=all&severity=warning",
    "/alarms/rules",
    "/alarms/rules/new?kind=finding",
    "/alarms/rules/over-rating",
    "/alarms/targets",
)


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Webhooks to this machine may be made."""
    monkeypatch.setenv("LINGTAN_NOTIFY_ALLOW", "127.0.0.1")


@pytest.mark.parametrize("path", [*PAGES, f"/alarms/one/{ALARMS[OWN]}"])
def test_every_page_opens_in_both_languages_without_a_bare_key(browser: Browser, path: str) -> None:
    browser.become("operator")
    for lang in ("zh", "en"):
        answer = browser.get(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        assert answer.status_code == 200, answer.text[:500]
        main = answer.text.partition("<main")[2]
        assert not re.findall(r">(?:alarms?|finding-kind)\.[a-z_-]+", main)


def test_a_member_sees_and_acknowledges_its_own_alone(browser: Browser) -> None:
    browser.become("enterprise")
    page = browser.get("/alarms").text
    assert ALARMS[OWN] in page
    assert ALARMS[FOREIGN] not in page
    assert "/alarms/rules" not in page
    assert ALARMS[FOREIGN] not in browser.get(f"/alarms?enterprise={FOREIGN}&state=all").text
    rows = browser.get(f"/api/v1/alarms?enterprise={FOREIGN}&state=all").json()
    assert [r["enterprise"] for r in rows["rows"]] == [OWN]
    assert browser.get("/api/v1/alarms/counts").json()["unseen"] == 1
    # a list with another's alarm in it is refused as a whole
    both = {"alarm": [ALARMS[OWN], ALARMS[FOREIGN]], "csrf": browser.csrf}
    assert browser.ask("POST", "/alarms/acknowledge", data=both).status_code == 403
    book = browser.portal.space().alarms()
    assert {a.state for a in book.alarms(Wanted())} == {"open"}
    assert (
        browser.ask(
            "POST", "/alarms/acknowledge", data={"alarm": [ALARMS[OWN]], "text": "seen", "csrf": browser.csrf}
        ).status_code
        == 303
    )
    assert {a.enterprise: a.state for a in book.alarms(Wanted())} == {OWN: "acknowledged", FOREIGN: "open"}
    lines = [(e.action, e.actor, e.object) for e in browser.portal.audit.entries(limit=1000) if e.kind == "alarm"]
    assert ("acknowledge", "enterprise", ALARMS[OWN]) in lines
    assert any(a == "write-refused" for a, _, _ in lines)


def test_remarks_are_kept_and_what_people_type_is_shown_as_text(browser: Browser) -> None:
    browser.become("operator")
    name = ALARMS[OWN]
    assert browser.post(f"/alarms/one/{name}/comments", text="<script>alert(1)</script>").status_code == 303
    page = browser.get(f"/alarms/one/{name}").text
    assert "&lt;script&gt;alert(1)" in page
    assert browser.post(f"/alarms/one/{name}/comments", text=" ").status_code == 422
    answer = browser.ask(
        "POST", f"/api/v1/alarms/{name}/acknowledge", json={"text": "on site"}, headers={"x-csrf-token": browser.csrf}
    )
    assert answer.status_code == 200, answer.text
    assert [(n["act"], n["by"]) for n in answer.json()["notes"]] == [
        ("raised", ""),
        ("comment", "operator"),
        ("acknowledged", "operator"),
    ]
    assert answer.json()["state"] == "acknowledged"


def test_the_list_is_cut_by_severity_and_enterprise_and_pages_through(portal_and_clock: tuple[Portal, Clock]) -> None:
    portal, _ = portal_and_clock
    browser = Browser(portal).become("operator")
    for i in range(7):
        tell(portal.space(), f"x.thing-{i}", severity="notice")
    assert browser.get("/api/v1/alarms?severity=warning").json()["count"] == 2
    assert browser.get(f"/api/v1/alarms?enterprise={FOREIGN}").json()["count"] == 1
    first = browser.get("/api/v1/alarms?limit=4").json()
    second = browser.get(first["next"]).json()
    third = browser.get(second["next"]).json()
    names = [r["id"] for page in (first, second, third) for r in page["rows"]]
    assert (len(names), len(set(names)), third["next"], first["count"]) == (9, 9, None, 9)
    assert browser.get("/api/v1/alarms?severity=loud").status_code == 422
    csv = browser.get("/api/v1/alarms", accept="text/csv")
    assert csv.text.splitlines()[0].lstrip("\ufeff").startswith("id,rule,code,severity,state")


def test_a_rule_is_stated_by_a_form_and_its_history_is_kept(browser: Browser) -> None:
    browser.become("operator")
    form = {
        "kind": "limit", "id": "load-a", "name_zh": "负荷", "severity": "serious", "active": "1", "c-of": "unit", "c-above": "300",
        "c-hysteresis": "0.1", "channels": "a-use", "delay_minutes": "15", "quiet_minutes": "60", "told": "all", "reason": "contract",
    }  # fmt: skip
    assert browser.post("/alarms/rules", **form).status_code == 303
    told = browser.get("/api/v1/alarm-rules/load-a").json()
    assert told["rule"]["condition"] == {
        "kind": "limit",
        "of": "unit",
        "above": "300",
        "below": None,
        "hysteresis": "0.1",
    }
    assert (told["rule"]["name"], told["version"], told["packaged"]) == ({"zh": "负荷", "en": "负荷"}, 1, False)
    assert [(v["by"], v["reason"]) for v in told["versions"]] == [("operator", "contract")]
    wrong = browser.post("/alarms/rules", **{**form, "c-above": "many", "channels": "a-usee"})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.text  # what was typed is still there
    changed = told["rule"] | {"severity": "notice"}
    sent = {"rule": changed, "reason": "milder"}
    answer = browser.ask("PUT", "/api/v1/alarm-rules/load-a", json=sent, headers={"x-csrf-token": browser.csrf})
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert (
        browser.ask("PUT", "/api/v1/alarm-rules/other", json=sent, headers={"x-csrf-token": browser.csrf}).status_code
        == 422
    )
    assert browser.post("/alarms/rules/load-a/drop", reason="not needed").status_code == 303
    assert browser.get("/alarms/rules/load-a").status_code == 422


def test_a_robot_needs_its_secret_on_the_server_not_in_the_form(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, allowed: None
) -> None:
    browser.become("operator")
    form = {"id": "ops", "kind": "wecom", "label": "值班群", "secret": "ops", "least": "notice"}
    refused = browser.post("/alarms/targets", **form)
    assert refused.status_code == 422
    assert "LINGTAN_SECRET_OPS" in refused.text
    monkeypatch.setenv("LINGTAN_SECRET_OPS", "hidden-key")
    monkeypatch.setenv("LINGTAN_WECOM_URL", "http://127.0.0.1:9/send")
    assert browser.post("/alarms/targets", **form).status_code == 303
    page = browser.get("/alarms/targets").text
    assert "值班群" in page
    assert "hidden-key" not in page
    assert browser.post("/alarms/targets/ops/test").status_code == 303
    assert "test" in {d.event for d in browser.portal.space().alarms().deliveries()}
    assert browser.post("/alarms/targets/ops/active", active="false").status_code == 303
    assert browser.get("/api/v1/alarm-targets").json()["rows"][0]["active"] is False
    assert browser.post("/alarms/targets/ops/drop").status_code == 303


def test_webhooks_are_the_administrators_and_their_key_is_shown_once(browser: Browser, allowed: None) -> None:
    browser.become("admin")
    sent = {"id": "scada", "url": "http://127.0.0.1:9/in", "events": ["alarm.raised", "readings.imported"]}
    made = browser.ask("POST", "/api/v1/webhooks", json=sent, headers={"x-csrf-token": browser.csrf})
    assert made.status_code == 201, made.text
    assert made.json()["secret"].startswith("whsec_")
    assert "secret" not in browser.get("/api/v1/webhooks").json()["rows"][0]
    assert made.json()["secret"] not in browser.get("/webhooks").text
    twice = browser.ask("POST", "/api/v1/webhooks", json=sent, headers={"x-csrf-token": browser.csrf})
    assert twice.status_code == 422
    page = browser.post("/webhooks/scada/secret").text
    renewed = re.search(r"whsec_[A-Za-z0-9+/=]+", page.replace("&#43;", "+"))
    assert renewed is not None
    assert renewed[0] != made.json()["secret"]
    tell(browser.portal.space(), "x.y")
    (row,) = browser.get("/api/v1/webhooks/scada/deliveries").json()["rows"]
    assert (row["event"], row["state"]) == ("alarm.raised", "waiting")
    changed = browser.ask(
        "PATCH", "/api/v1/webhooks/scada", json={"active": False}, headers={"x-csrf-token": browser.csrf}
    )
    assert (changed.json()["active"], changed.json()["events"]) == (False, sent["events"])
    assert browser.ask("DELETE", "/api/v1/webhooks/scada", headers={"x-csrf-token": browser.csrf}).status_code == 204
    browser.become("operator")
    assert browser.get("/webhooks").status_code == 403


def test_a_webhook_to_the_inside_is_refused(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINGTAN_NOTIFY_ALLOW", raising=False)
    browser.become("admin")
    for url in ("https://127.0.0.1/", "https://169.254.169.254/latest/meta-data", "file:///etc/passwd"):
        refused = browser.post("/webhooks", id="x", url=url, events="alarm.raised")
        assert refused.status_code == 422
    assert browser.get("/api/v1/webhooks").json()["rows"] == []


def test_the_overview_and_the_live_feed_count_what_one_may_see(portal_and_clock: tuple[Portal, Clock]) -> None:
    portal, _ = portal_and_clock
    page = Browser(portal).become("operator").get("/").text
    assert re.search(r'data-count="warning">\s*2<', page)
    for name, many in (("operator", 2), ("enterprise", 1), ("verifier", None)):
        user = portal.directory.user(name)
        assert user is not None
        counts = portal.watchman.counts(user.actor)
        assert (None if counts is None else counts["unseen"]) == many
    assert "data-count" not in Browser(portal).become("verifier").get("/").text


def test_the_watchman_delivers_looks_at_the_clock_and_has_months_checked(
    portal_and_clock: tuple[Portal, Clock],
) -> None:
    from lingtan.services.watch_months import due_month

    portal, _ = portal_and_clock
    space = portal.space()
    month = due_month(space)
    assert month == "2025-02"
    portal.watchman._deliver()
    portal.watchman._look_at_clock()
    portal.watchman._check()  # the case's background does its jobs at once
    assert due_month(space) == "2025-01"
    portal.watchman._check()
    assert due_month(space) == ""
