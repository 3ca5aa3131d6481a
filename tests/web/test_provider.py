"""Signing in at a provider: a real one on 127.0.0.1, which is bent in every way that must not open the door."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

pytest.importorskip("authlib", reason="needs the extra 'sso'")

from joserfc.jwk import OctKey, RSAKey

from lingtan.apps.web.limits import Limits
from lingtan.base.errors import InputError
from lingtan.services.access.policy import Role
from lingtan.services.access.users import set_active
from lingtan.wiring import sign_in_provider
from tests.provider_case import CLIENT, SECRET, LocalProvider
from tests.web.portal_case import Browser, Clock, Portal

SETTINGS = """
issuer = "{issuer}"
client_id = "lingtan"
client_secret_file = "secret"
label = {{ zh = "园区统一身份", en = "Park account" }}
{more}
"""
GROUPS = """
role_claim = "groups"
enterprise_claim = "company"
[roles]
auditors = "verifier"
members = "enterprise"
heads = "admin"
"""


@pytest.fixture
def provider() -> Iterator[LocalProvider]:
    made = LocalProvider()
    yield made
    made.close()


def joined(portal: Portal, clock: Clock, provider: LocalProvider, more: str = "") -> Portal:
    """The portal with the provider, whose clock is the portal's."""
    (portal.root / "secret").write_text(SECRET + "\n")
    (portal.root / "sso.toml").write_text(SETTINGS.format(issuer=provider.issuer, more=more), encoding="utf-8")
    provider.clock = lambda: clock().timestamp()
    portal.provider = sign_in_provider(portal.root)
    return portal


@pytest.fixture
def portal(portal_and_clock: tuple[Portal, Clock], provider: LocalProvider) -> Portal:
    return joined(*portal_and_clock, provider)


def back_from(browser: Browser) -> str:
    """To the provider and to the address where it sends the browser back."""
    browser.portal.limits = Limits()
    answer = browser.get("/sign-in/provider")
    assert answer.status_code == 303, answer.text
    sent = httpx.get(answer.headers["location"])
    assert sent.status_code == 302
    address = urlsplit(sent.headers["location"])
    assert address.netloc == "park.test"
    return f"{address.path}?{address.query}"


def sign_in(browser: Browser) -> httpx.Response:
    return browser.get(back_from(browser))


def test_the_button_is_there_only_where_a_provider_is_set_up(
    portal_and_clock: tuple[Portal, Clock], provider: LocalProvider
) -> None:
    portal, clock = portal_and_clock
    assert "/sign-in/provider" not in Browser(portal).get("/sign-in").text
    assert Browser(portal).get("/sign-in/provider").status_code == 422
    page = Browser(joined(portal, clock, provider)).get("/sign-in?lang=zh").text
    assert 'href="/sign-in/provider"' in page
    assert "园区统一身份" in page


def test_somebody_with_an_account_signs_in_and_it_is_audited(portal: Portal) -> None:
    browser = Browser(portal)
    answer = sign_in(browser)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert browser.get("/energy").status_code == 200
    last = portal.audit.entries(after=portal.audit.last() - 1)[0]
    assert (last.actor, last.action, last.object) == ("operator", "sign-in", "/sign-in/provider")
    assert sign_in(Browser(portal)).status_code == 303  # and again


Bend = Callable[[dict[str, Any]], dict[str, Any]]
WRONG: dict[str, Bend] = {
    "issuer": lambda c: {**c, "iss": "http://127.0.0.1:1"},
    "audience": lambda c: {**c, "aud": "another"},
    "two audiences without azp": lambda c: {**c, "aud": [CLIENT, "another"]},
    "nonce": lambda c: {**c, "nonce": "replayed"},
    "no nonce": lambda c: {k: v for k, v in c.items() if k != "nonce"},
    "expired": lambda c: {**c, "exp": c["iat"] - 120},
    "not yet": lambda c: {**c, "iat": c["iat"] + 3600, "exp": c["exp"] + 3600},
    "no expiry": lambda c: {k: v for k, v in c.items() if k != "exp"},
    "no subject": lambda c: {k: v for k, v in c.items() if k != "sub"},
    "subject that is no text": lambda c: {**c, "sub": 7},
    "access token of another": lambda c: {**c, "at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_token_that_is_wrong_opens_nothing(portal: Portal, provider: LocalProvider, what: str) -> None:
    provider.bend = WRONG[what]
    browser = Browser(portal)
    answer = sign_in(browser)
    assert answer.status_code == 401, what
    assert "lt_session" not in answer.headers.get("set-cookie", "")
    assert portal.audit.entries(after=portal.audit.last() - 1)[0].action == "sign-in-access.sso"


@pytest.mark.parametrize("which", ["another's key", "a shared secret"])
def test_a_token_that_the_provider_did_not_sign_opens_nothing(
    portal: Portal, provider: LocalProvider, which: str
) -> None:
    provider.signer = RSAKey.generate_key(2048) if which == "another's key" else OctKey.import_key(SECRET * 2)
    provider.algorithm = "RS256" if which == "another's key" else "HS256"
    assert sign_in(Browser(portal)).status_code == 401


def test_a_key_that_was_changed_since_is_read_again(portal: Portal, provider: LocalProvider) -> None:
    assert sign_in(Browser(portal)).status_code == 303
    provider.key = provider.signer = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    assert sign_in(Browser(portal)).status_code == 303


def test_an_answer_counts_once_in_one_browser_and_for_ten_minutes(
    portal: Portal, portal_and_clock: tuple[Portal, Clock]
) -> None:
    browser = Browser(portal)
    address = back_from(browser)
    stranger = Browser(portal)
    stranger.get("/sign-in")
    assert stranger.get(address).status_code == 401  # the state belongs to another browser
    browser = Browser(portal)
    address = back_from(browser)
    kept = browser.cookies
    assert browser.get(address).status_code == 303
    browser.cookies = kept
    assert browser.get(address).status_code == 401  # once
    browser = Browser(portal)
    address = back_from(browser)
    portal_and_clock[1].later(minutes=11)
    assert browser.get(address).status_code == 401


def test_a_bent_way_back_opens_nothing(portal: Portal) -> None:
    for change in ({"state": "x"}, {"code": "x"}, {"iss": "http://127.0.0.1:1"}, {"error": "access_denied"}):
        browser = Browser(portal)
        address = urlsplit(back_from(browser))
        told = {k: v[0] for k, v in parse_qs(address.query).items()} | change
        assert browser.ask("GET", address.path, params=told).status_code == 401, change


def test_whoever_has_no_account_stays_outside(portal: Portal, provider: LocalProvider) -> None:
    for person in (
        {"sub": "s-9", "preferred_username": "stranger"},
        {"sub": "s-9", "preferred_username": "../admin"},
        {"sub": "s-9"},
        {"sub": "s-9", "groups": ["heads"]},  # no role is mapped here
    ):
        provider.person = person
        assert sign_in(Browser(portal)).status_code == 401
    assert portal.directory.user("stranger") is None
    provider.person = {"sub": "s-1", "preferred_username": "operator"}
    set_active(portal.directory, "operator", active=False)
    assert sign_in(Browser(portal)).status_code == 401


def test_a_name_that_is_given_away_at_the_provider_opens_nothing(portal: Portal, provider: LocalProvider) -> None:
    assert sign_in(Browser(portal)).status_code == 303
    provider.person = {"sub": "s-2", "preferred_username": "operator"}
    assert sign_in(Browser(portal)).status_code == 401
    provider.person = {"sub": "s-1", "preferred_username": "admin"}  # the subject counts, not the name
    browser = Browser(portal)
    assert sign_in(browser).status_code == 303
    assert browser.get("/users").status_code == 403


def test_an_address_counts_only_once_it_was_confirmed(
    portal_and_clock: tuple[Portal, Clock], provider: LocalProvider
) -> None:
    portal = joined(*portal_and_clock, provider, 'claim = "email"')
    user = portal.directory.user("operator")
    assert user is not None
    portal.directory.put_user(type(user)(**{**vars(user), "name": "wang@park.example"}))
    provider.person = {"sub": "s-3", "email": "wang@park.example"}
    assert sign_in(Browser(portal)).status_code == 401
    provider.person["email_verified"] = True
    assert sign_in(Browser(portal)).status_code == 303


def test_groups_that_are_mapped_give_a_role_and_take_it_away(
    portal_and_clock: tuple[Portal, Clock], provider: LocalProvider
) -> None:
    portal = joined(*portal_and_clock, provider, GROUPS)
    provider.person = {"sub": "g-1", "preferred_username": "chen", "name": "陈核查", "groups": ["staff", "auditors"]}
    assert sign_in(Browser(portal)).status_code == 303
    user = portal.directory.user("chen")
    assert user is not None
    assert (user.role, user.label, user.password) == (Role.VERIFIER, "陈核查", None)
    provider.person |= {"groups": ["members"], "company": "a"}
    assert sign_in(Browser(portal)).status_code == 303
    assert portal.directory.user("chen").actor.enterprise == "a"  # type: ignore[union-attr]
    for wrong in ({"groups": ["members"], "company": "elsewhere"}, {"groups": []}, {"groups": ["members", "heads"]}):
        provider.person |= wrong
        assert sign_in(Browser(portal)).status_code == 401, wrong
    # whoever had an account before keeps the role that was given here
    provider.person = {"sub": "g-2", "preferred_username": "operator", "groups": ["heads"]}
    assert sign_in(Browser(portal)).status_code == 303
    assert portal.directory.user("operator").role is Role.OPERATOR  # type: ignore[union-attr]


def test_a_provider_that_does_not_answer_is_said_and_passwords_go_on(portal: Portal, provider: LocalProvider) -> None:
    provider.close()
    browser = Browser(portal)
    assert browser.get("/sign-in/provider").status_code == 503
    assert browser.sign_in("operator").status_code == 303


@pytest.mark.parametrize(
    "text",
    [
        'issuer = "http://id.example"\nclient_id = "x"', 'client_id = "x"', 'issuer = "https://id.example"\nclient_id = ""',
        'issuer = "https://id.example"\nclient_id = "x"\nclient_secret = "not in this file"',
        'issuer = "https://id.example"\nclient_id = "x"\nrole_claim = "groups"',
        'issuer = "https://id.example"\nclient_id = "x"\nrole_claim = "groups"\nroles = { a = "enterprise" }',
        'issuer = "https://id.example"\nclient_id = "x"\nrole_claim = "groups"\nroles = { a = "king" }', "issuer =",
    ],
)  # fmt: skip
def test_settings_that_are_not_right_are_refused_whole(tmp_path: Path, text: str) -> None:
    (tmp_path / "sso.toml").write_text(text)
    with pytest.raises(InputError) as refused:
        sign_in_provider(tmp_path)
    assert refused.value.code == "access.sso-settings"
    assert sign_in_provider(tmp_path / "elsewhere") is None


def test_two_at_once_with_one_answer_are_one(portal: Portal) -> None:
    browser = Browser(portal)
    address = back_from(browser)
    found: list[int] = []
    twin = Browser(portal)
    twin.cookies = httpx.Cookies(browser.cookies)
    threads = [threading.Thread(target=lambda b=b: found.append(b.get(address).status_code)) for b in (browser, twin)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [303, 401]
