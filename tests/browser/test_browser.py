"""The portal in Debian's Chromium: signing in, figures and passports, live power; no console error, nothing from elsewhere, axe.

Skips where there is no Chromium or playwright; with ``LINGTAN_REQUIRE_BROWSER=1`` that is a failure.
"""

import asyncio
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.portal_case import PASSWORD, make_portal

CHROMIUM = os.environ.get("LINGTAN_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-dev-shm-usage",
]  # fmt: skip
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
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
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
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


class Seen:
    """What a page said and asked for."""

    def __init__(self, page: Any, url: str) -> None:
        self.wrong: list[str] = []
        page.on(
            "console",
            lambda m: self.wrong.append(f"console {m.type}: {m.text}") if m.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda e: self.wrong.append(f"page error: {e}"))
        page.on(
            "request",
            lambda r: (
                None
                if r.url.startswith((url, "data:", url.replace("http", "ws")))
                else self.wrong.append(f"external: {r.url}")
            ),
        )


def _charts(page: Any) -> None:
    script = "[...document.querySelectorAll('.chart')].every((c) => c.dataset.drawn && c.dataset.drawn !== 'waiting')"
    until = time.monotonic() + 15
    while not page.evaluate(script):
        assert time.monotonic() < until, "charts are not drawn"
        time.sleep(0.05)


def _sign_in(page: Any, url: str, name: str, lang: str) -> None:
    page.goto(f"{url}/sign-in?lang={lang}")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("form .btn-primary")
    page.wait_for_load_state("load")


@pytest.mark.parametrize(("lang", "width"), [("zh", 1440), ("en", 390)])
def test_pages_are_sound_in_a_real_browser(chromium: Any, url: str, lang: str, width: int) -> None:
    import axe_playwright_python

    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    faults = []
    for name, pages in PAGES.items():
        context = chromium.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()
        seen = Seen(page, url)
        _sign_in(page, url, name, lang)
        for path in pages:
            page.goto(url + path)
            _charts(page)
            page.evaluate(axe)
            found = page.evaluate("(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags } })", TAGS)
            faults += [f"{path} {v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append(f"{path} is wider than the screen")
        faults += seen.wrong
        context.close()
    assert not faults, "\n".join(faults)


def test_a_click_on_a_figure_opens_its_passport_and_live_power_comes(chromium: Any, url: str) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    seen = Seen(page, url)
    _sign_in(page, url, "operator", "zh")
    page.wait_for_selector(".live-table tr", timeout=10_000)
    page.click("a.figure >> nth=0")
    page.wait_for_selector("#passport .node", timeout=20_000)
    assert "tCO₂" in page.inner_text("#passport")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.getElementById('passport').open")
    assert seen.wrong == []
    context.close()
