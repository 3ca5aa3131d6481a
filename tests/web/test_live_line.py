"""The live line: it ends for whoever is signed out or disabled while it is open; others' pages and strangers may not listen."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from lingtan.apps.web import live
from lingtan.services.access.sign_in import make_token
from lingtan.services.access.users import set_active
from tests.web.portal_case import Browser


def listen(
    browser: Browser, headers: dict[str, str], after: Callable[[], Any] = lambda: None, most: int = 6
) -> list[str]:
    """What the server sends on a line, till it closes it or ``most`` messages came; ``after`` is done after the first."""
    sent: list[str] = []

    async def go() -> None:
        gone = asyncio.Event()
        begun = False

        async def receive() -> dict[str, Any]:
            nonlocal begun
            if not begun:
                begun = True
                return {"type": "websocket.connect"}
            await gone.wait()
            return {"type": "websocket.disconnect", "code": 1000}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message["type"].removeprefix("websocket."))
            if sent.count("send") == 1 and message["type"] == "websocket.send":
                after()
            if sent.count("send") >= most or message["type"] == "websocket.close":
                gone.set()

        scope = {
            "type": "websocket", "path": "/live", "raw_path": b"/live", "query_string": b"", "root_path": "", "scheme": "ws",
            "headers": [(k.encode(), v.encode()) for k, v in {"host": "park.test", **headers}.items()], "client": ("127.0.0.1", 5),
            "server": ("park.test", 80), "subprotocols": [], "extensions": {},
        }  # fmt: skip
        await asyncio.wait_for(browser.app(scope, receive, send), 30)  # type: ignore[arg-type]

    asyncio.run(go())
    return sent


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TICK_S", 0.02)
    monkeypatch.setattr(live, "CHECK_TICKS", 2)


def cookie(browser: Browser) -> dict[str, str]:
    return {"cookie": f"lt_session={browser.cookies['lt_session']}"}


def test_whoever_is_signed_in_hears_on(browser: Browser) -> None:
    browser.become("operator")
    assert listen(browser, cookie(browser))[:7] == ["accept", *["send"] * 6]


@pytest.mark.parametrize("how", ["disabled", "signed out", "token dropped"])
def test_the_line_ends_with_the_right_to_it(browser: Browser, how: str) -> None:
    browser.become("operator")
    directory = browser.portal.directory
    user = directory.user("operator")
    assert user is not None
    token, secret = make_token(directory, user, "t", frozenset({"overview:read"}), at=browser.portal.clock())
    headers = {"authorization": f"Bearer {secret}"} if how == "token dropped" else cookie(browser)

    def end() -> None:
        if how == "disabled":
            set_active(directory, "operator", active=False)
        elif how == "signed out":
            directory.end_sessions(user="operator")
        else:
            directory.drop_token(token.id)

    assert listen(browser, headers, end) == ["accept", "send", "close"]


def test_strangers_and_other_sites_pages_may_not_listen(browser: Browser) -> None:
    assert listen(browser, {}) == ["close"]
    browser.become("operator")
    assert listen(browser, {**cookie(browser), "origin": "http://evil.test"}) == ["close"]
    assert listen(browser, {**cookie(browser), "origin": "http://park.test"})[0] == "accept"
