"""Passkeys in Debian's Chromium with a virtual authenticator: made on the profile page, signed in with, refused, taken away."""

from typing import Any

import pytest

from lingtan.apps.web import limits
from tests.browser.sight import Seen, sign_in
from tests.browser.test_browser import chromium, url  # noqa: F401  (fixtures)
from tests.web.portal_case import PASSWORD

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _room(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests sign in more often than a person does; the limit has tests of its own."""
    monkeypatch.setitem(limits.CLASSES, "sign-in", (10.0, 100.0))


@pytest.fixture
def page(chromium: Any) -> Any:  # noqa: F811
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    found = context.new_page()
    yield found
    context.close()


def _device(page: Any) -> tuple[Any, str]:
    control = page.context.new_cdp_session(page)
    control.send("WebAuthn.enable")
    return control, control.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]


def _add(page: Any, label: str) -> None:
    page.fill("#pk-label", label)
    page.fill("#pk-pw", PASSWORD)
    page.click("form[data-passkey-new] .btn-primary")


def test_a_passkey_signs_in_until_it_is_taken_away(page: Any, url: str) -> None:  # noqa: F811
    here = url.replace("127.0.0.1", "localhost")
    seen = Seen(page, here)
    control, device = _device(page)
    sign_in(page, here, "operator", PASSWORD, "en")
    page.goto(f"{here}/profile")
    _add(page, "office laptop")
    page.wait_for_selector("td:has-text('office laptop')")
    kept = control.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert [c["rpId"] for c in kept] == ["localhost"]
    assert kept[0]["isResidentCredential"]

    for _ in range(2):
        page.click(".who-acts button")
        page.wait_for_url("**/sign-in")
        page.click("form[data-passkey] button")
        page.wait_for_url(f"{here}/")
    assert page.inner_text(".who small") == "Park operator"

    # a finger that is not the user's
    page.click(".who-acts button")
    page.wait_for_url("**/sign-in")
    control.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.click("form[data-passkey] button")
    page.wait_for_selector("form[data-passkey] [data-said]:not(:empty)")
    assert page.url.endswith("/sign-in")
    control.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})

    page.click("form[data-passkey] button")
    page.wait_for_url(f"{here}/")
    page.goto(f"{here}/profile")
    assert page.inner_text("td:has-text('office laptop')") == "office laptop"
    row = page.locator("tr", has_text="office laptop")
    row.locator("input[name=password]").fill(PASSWORD)
    row.locator("button").click()
    page.wait_for_load_state("load")
    assert not page.query_selector("td:has-text('office laptop')")
    page.click(".who-acts button")
    page.wait_for_url("**/sign-in")
    page.click("form[data-passkey] button")
    page.wait_for_selector("[data-said]:has-text('does not fit')")
    # the refusal itself is an answer that browsers write into the console
    assert [w for w in seen.wrong if "401" not in w] == []


def test_a_wrong_password_makes_no_passkey_and_an_address_offers_none(page: Any, url: str) -> None:  # noqa: F811
    here = url.replace("127.0.0.1", "localhost")
    control, device = _device(page)
    sign_in(page, here, "consultant", PASSWORD, "zh")
    page.goto(f"{here}/profile")
    page.fill("#pk-label", "x")
    page.fill("#pk-pw", "a wrong password")
    page.click("form[data-passkey-new] .btn-primary")
    page.wait_for_selector("[data-said]:has-text('当前密码错误')")
    assert control.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"] == []
    other = page.context.new_page()
    other.goto(f"{url}/sign-in")  # by its bare address
    assert other.query_selector("form[data-passkey]") is None
