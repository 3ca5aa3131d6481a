"""Headers, CSRF, lock-out, rate limits, sessions, set-up."""

import re
from dataclasses import replace
from datetime import timedelta

import pyotp

from lingtan.apps.web.guard import MAX_BODY
from lingtan.services.access import sign_in as signing
from tests.web.portal_case import PASSWORD, Browser, Clock, Portal


def test_every_answer_carries_the_security_headers(browser: Browser) -> None:
    browser.become("operator")
    for path in (
        "/",
        "/sign-in",
        "/nowhere",
        "/api/v1/park",
        "/api/v1/nowhere",
        "/static/0/app/portal.css",
        "/healthz",
    ):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-request-id"]
        assert ("immutable" in headers["cache-control"]) == path.startswith("/static/")


def test_pages_hold_no_inline_script_style_or_handler(browser: Browser) -> None:
    browser.become("admin")
    for path in (
        "/",
        "/ledger",
        "/closings",
        "/users",
        "/audit",
        "/profile",
        "/sign-in",
        "/api/v1/docs",
        "/passport?figure=core",
    ):
        text = browser.get(path).text
        assert "<style" not in text
        assert " style=" not in text
        assert "<script>" not in text
        assert " onclick=" not in text
        assert "http://" not in text.replace("http://www.w3.org", "")


def test_a_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    answer = browser.sign_in("operator")
    assert answer.status_code == 303
    said = answer.headers.get_list("set-cookie")
    session = next(c for c in said if c.startswith("lt_session="))
    assert "HttpOnly" in session
    assert "samesite=lax" in session.lower()
    assert "Secure" not in session
    assert browser.get("/").status_code == 200


def test_with_tls_cookies_are_secure_and_the_browser_stays_with_tls(portal_and_clock: tuple[Portal, Clock]) -> None:
    browser = Browser(portal_and_clock[0], base="https://park.test")
    answer = browser.sign_in("operator")
    assert "Secure" in next(c for c in answer.headers.get_list("set-cookie") if c.startswith("lt_session="))
    assert "max-age" in answer.headers["strict-transport-security"]


def test_a_form_without_the_sessions_token_is_refused(browser: Browser) -> None:
    browser.become("operator")
    for headers in ({}, {"x-csrf-token": "wrong"}):
        answer = browser.ask("POST", "/profile/language", data={"lang": "en"}, headers=headers)
        assert answer.status_code == 403
    token = {"x-csrf-token": browser.csrf}
    assert browser.ask("POST", "/profile/language", data={"lang": "en"}, headers=token).status_code == 303
    foreign = {**token, "origin": "http://evil.test"}
    assert browser.ask("POST", "/profile/language", data={"lang": "en"}, headers=foreign).status_code == 403
    assert (
        browser.ask(
            "POST", "/profile/language", data={"lang": "en"}, headers={**token, "sec-fetch-site": "cross-site"}
        ).status_code
        == 403
    )
    assert browser.ask("POST", "/api/v1/tokens", json={"label": "x", "scopes": ["account:read"]}).status_code == 403


def test_signing_in_wants_the_forms_token(browser: Browser) -> None:
    assert browser.ask("POST", "/sign-in", data={"name": "operator", "password": PASSWORD}).status_code == 403


def test_too_many_failures_lock_the_account_for_a_while(portal_and_clock: tuple[Portal, Clock]) -> None:
    portal, clock = portal_and_clock
    browser = Browser(portal)
    browser.get("/sign-in")
    for _ in range(signing.FREE_FAILURES):
        assert browser.post("/sign-in", name="operator", password="wrong password").status_code == 401
    assert browser.post("/sign-in", name="operator", password=PASSWORD).status_code == 429
    clock.later(hours=9)
    assert browser.sign_in("operator").status_code == 303
    actions = [e.action for e in portal.audit.entries(limit=1000)]
    assert actions.count("sign-in-access.sign-in") == signing.FREE_FAILURES


def test_whoever_knocks_too_often_has_to_wait(browser: Browser) -> None:
    found = [browser.ask("POST", "/sign-in", data={"name": "x", "password": "y"}).status_code for _ in range(14)]
    assert 429 in found


def test_the_second_factor_is_asked_for(portal_and_clock: tuple[Portal, Clock]) -> None:
    portal, clock = portal_and_clock
    secret = pyotp.random_base32()
    user = portal.directory.user("operator")
    assert user is not None
    portal.directory.put_user(replace(user, totp=secret))
    browser = Browser(portal)
    answer = browser.sign_in("operator")
    assert answer.status_code == 401
    assert 'name="code"' in answer.text
    assert (
        browser.post("/sign-in", name="operator", password=PASSWORD, code=pyotp.TOTP(secret).at(clock())).status_code
        == 303
    )


def test_a_second_factor_counts_only_once_it_was_confirmed(portal_and_clock: tuple[Portal, Clock]) -> None:
    portal, clock = portal_and_clock
    browser = Browser(portal).become("operator")
    browser.get("/profile")
    page = browser.post("/profile/totp", password=PASSWORD)
    assert "data:image/svg+xml;base64," in page.text
    found = re.search(r'<code class="secret">([A-Z2-7]+)</code>', page.text)
    assert found
    secret = found[1]
    assert portal.directory.user("operator").totp is None  # type: ignore[union-attr]
    assert browser.post("/profile/totp/confirm", code="000000").status_code == 422
    page = browser.post("/profile/totp/confirm", code=pyotp.TOTP(secret).at(clock()))
    assert page.status_code == 200
    assert portal.directory.user("operator").totp == secret  # type: ignore[union-attr]
    code = re.search(r"<li><code>([a-z0-9-]+)</code></li>", page.text)
    assert code
    stranger = Browser(portal)
    stranger.sign_in("operator")
    assert stranger.post("/sign-in", name="operator", password=PASSWORD, code=code[1]).status_code == 303
    stranger = Browser(portal)
    stranger.sign_in("operator")
    assert stranger.post("/sign-in", name="operator", password=PASSWORD, code=code[1]).status_code == 401  # once


def test_a_disabled_user_is_out_at_once(browser: Browser) -> None:
    from lingtan.services.access.users import set_active

    browser.become("operator")
    assert browser.get("/").status_code == 200
    set_active(browser.portal.directory, "operator", active=False)
    assert browser.get("/").status_code == 303


def test_a_session_ends_when_it_is_idle(portal_and_clock: tuple[Portal, Clock]) -> None:
    portal, clock = portal_and_clock
    browser = Browser(portal).become("operator")
    clock.at += signing.IDLE + timedelta(minutes=1)
    assert browser.get("/").status_code == 303


def test_a_body_beyond_the_limit_is_refused(browser: Browser) -> None:
    browser.become("operator")
    answer = browser.ask(
        "POST", "/profile/language", content=b"x" * (MAX_BODY + 1), headers={"x-csrf-token": browser.csrf}
    )
    assert answer.status_code == 413


def test_the_first_visit_makes_an_administrator_once(portal_and_clock: tuple[Portal, Clock], tmp_path: object) -> None:
    from sqlalchemy import delete

    from lingtan.adapters.relational.tables import users

    portal, _ = portal_and_clock
    with portal.directory._engine.begin() as connection:  # type: ignore[attr-defined]
        connection.execute(delete(users))
    browser = Browser(portal)
    assert browser.get("/sign-in").headers["location"] == "/setup"
    browser.get("/setup")
    form = {"name": "root", "password": PASSWORD, "again": PASSWORD}
    assert browser.post("/setup", code="wrong", **form).status_code == 403
    assert browser.post("/setup", code=portal.setup_code, **form).status_code == 303
    assert browser.get("/users").status_code == 200
    other = Browser(portal)
    assert other.get("/setup").headers["location"] == "/sign-in"


def test_reads_of_others_data_and_refusals_stand_in_the_audit_log(browser: Browser) -> None:
    browser.become("operator").get("/api/v1/enterprises/b/postings")
    browser.become("enterprise").get("/api/v1/enterprises/b/postings")
    lines = browser.portal.audit.entries(limit=1000)
    assert [(e.actor, e.action, e.detail.get("enterprise")) for e in lines[-2:]] == [
        ("operator", "read", "b"),
        ("enterprise", "read-refused", "b"),
    ]
    assert browser.portal.audit.verify() == []
