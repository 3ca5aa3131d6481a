"""The portal in Debian's Chromium: signing in, figures and passports, live power; no console error, nothing from elsewhere, axe.

Skips where there is no Chromium or playwright; with ``LINGTAN_REQUIRE_BROWSER=1`` that is a failure.
"""

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.sight import CHROMIUM, Seen, faults_of, launch, sign_in
from tests.web.portal_case import PASSWORD, make_portal

PAGES = {"operator": ("/", "/ledger", "/closings", "/profile", "/passport?figure=core"), "admin": ("/users", "/audit")}


def _missing(what: str) -> None:
    if os.environ.get("LINGTAN_REQUIRE_BROWSER"):
        pytest.fail(f"no {what}")
    pytest.skip(f"no {what} here; install it to try the portal in a browser")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright")
    if not Path(CHROMIUM).exists():
        _missing("Chromium")
    with sync_playwright() as play:
        browser = launch(play)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on a small closed park."""
    import uvicorn

    from lingtan.apps.web.app import create_app

    portal, _ = make_portal(tmp_path_factory.mktemp("browser") / "park")
    taken = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(portal), log_config=None, ws_max_size=65_536))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[taken])), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.mark.parametrize(("lang", "width"), [("zh", 1440), ("en", 390)])
def test_pages_are_sound_in_a_real_browser(chromium: Any, url: str, lang: str, width: int) -> None:
    faults = []
    for name, pages in PAGES.items():
        context = chromium.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()
        seen = Seen(page, url)
        sign_in(page, url, name, PASSWORD, lang)
        for path in pages:
            page.goto(url + path)
            faults += [f"{path} {fault}" for fault in faults_of(page, lang)]
        faults += seen.wrong
        context.close()
    assert not faults, "\n".join(faults)


def test_a_click_on_a_figure_opens_its_passport_and_live_power_comes(chromium: Any, url: str) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    seen = Seen(page, url)
    sign_in(page, url, "operator", PASSWORD, "zh")
    page.wait_for_selector(".live-table tr", timeout=10_000)
    page.click("a.figure >> nth=0")
    page.wait_for_selector("#passport .node", timeout=20_000)
    assert "tCO₂" in page.inner_text("#passport")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.getElementById('passport').open")
    assert seen.wrong == []
    context.close()
