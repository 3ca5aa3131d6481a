"""A page of live power outlives its server: it says that the line is lost, and comes back by itself when the server does."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from socket import create_server
from typing import Any

import httpx

from tests.browser.sight import sign_in
from tests.browser.test_browser import chromium  # noqa: F401  (a fixture)
from tests.web.portal_case import PASSWORD, make_portal


def _start(root: Path, port: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "lingtan", "serve", "--park", str(root), "--port", str(port)]
    child = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=dict(os.environ))
    until = time.monotonic() + 180
    while True:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                return child
        except httpx.TransportError:
            if time.monotonic() > until:
                child.kill()
                child.wait()
                raise
            time.sleep(0.1)


def test_a_page_comes_back_by_itself_after_the_server_was_killed(chromium: Any, tmp_path: Path) -> None:  # noqa: F811
    root = tmp_path / "park"
    portal, _ = make_portal(root)
    portal.close()
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    child = _start(root, port)
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    try:
        sign_in(page, url, "operator", PASSWORD, "en")
        page.goto(f"{url}/")
        # the small park has no readings of this day of the year: its messages say so
        place = page.locator("[data-live]").first
        lost, none = place.get_attribute("data-lost"), place.get_attribute("data-none")
        at = page.locator("[data-live] .live-at").first
        until = time.monotonic() + 60
        while at.inner_text() != none:
            assert time.monotonic() < until, "no message came"
            time.sleep(0.1)
        child.send_signal(signal.SIGKILL)
        child.wait()
        until = time.monotonic() + 20
        while at.inner_text() != lost:
            assert time.monotonic() < until
            time.sleep(0.1)
        child = _start(root, port)
        until = time.monotonic() + 90
        while at.inner_text() != none:
            assert time.monotonic() < until, "the page did not come back"
            time.sleep(0.1)
        # the session outlived the server too: a page opens without signing in
        page.goto(f"{url}/ledger")
        assert page.url == f"{url}/ledger"
    finally:
        child.terminate()
        child.wait(20)
        page.context.close()
