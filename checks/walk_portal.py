"""Walk the portal of a park as each role, in both languages and three widths, with a picture of every page.

``python checks/walk_portal.py DIR OUT [--roles operator,verifier] [--langs zh,en] [--widths 1440,1920,390] [--deep 2]``

DIR is a workspace (it is copied, the original stays as it is). Every page that the menu of a role names is opened, and of
the links on it as many of one shape as ``--deep`` says. OUT gets the pictures and ``faults.txt``: console errors, requests
to elsewhere, charts that stay empty, what axe finds against WCAG 2.2 A and AA, wrong units, cut text. Exit code 1 if there is
any. Needs the extra ``browser`` and Chromium.
"""

import argparse
import asyncio
import re
import secrets
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.browser.sight import Seen, faults_of, launch, sign_in

ENTERPRISE = "foundry"  # a member of the demo park
ALWAYS = ("/profile", "/functions")
LEFT_OUT = re.compile(
    r"download|export|\.(csv|xlsx|pdf|docx|zip|json|parquet|nc|mps|svg|yaml|geojson)\b|/sign-out|lang=|format=|/api/"
)
HEIGHT = 900
SIDE = 4  # pages under one path, such as those of many enterprises, for each step of --deep


def people(folder: Path) -> dict[str, tuple[str, str]]:
    """A user of each role, made for the walk: name and password."""
    from lingtan.services.access.policy import Role
    from lingtan.services.access.users import add_user
    from lingtan.wiring import open_access

    directory = open_access(folder).directory
    found = {}
    for role in Role:
        password = secrets.token_urlsafe(12)
        member = ENTERPRISE if role is Role.ENTERPRISE else None
        add_user(directory, f"walk-{role.value}", role, password=password, enterprise=member, label="", lang="zh")
        found[role.value] = (f"walk-{role.value}", password)
    return found


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The portal on a free port of this machine."""
    import uvicorn

    from lingtan.apps.web.app import create_app
    from lingtan.apps.web.serve import open_portal

    taken = socket.create_server(("127.0.0.1", 0))
    app = create_app(open_portal(folder))
    running = uvicorn.Server(uvicorn.Config(app, log_config=None, ws_max_size=65_536))
    thread = threading.Thread(target=lambda: asyncio.run(running.serve(sockets=[taken])), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    running.should_exit = True
    thread.join(20)


def shape(path: str) -> str:
    """A path with what differs between objects of one kind left out: the last parts and the values of its query."""
    head, _, query = path.partition("?")
    parts = [p if re.fullmatch(r"[a-z][a-z-]*", p) else "*" for p in head.split("/")]
    return "/".join(parts) + "?" + ",".join(sorted(p.partition("=")[0] for p in query.split("&")))


def links(page: Any, url: str) -> list[str]:
    """Where the page leads to on this server."""
    found = page.evaluate(
        "[...document.querySelectorAll('main a[href]')].map((a) => String(a.href.baseVal ?? a.href)).map((h) => new URL(h, location.href).href)"
    )
    own = [link.removeprefix(url).split("#")[0] for link in found if link.startswith(url)]
    return [path for path in dict.fromkeys(own) if path and not LEFT_OUT.search(path)]


def paths(page: Any, url: str, deep: int) -> Iterator[str]:
    """The pages of whoever is signed in: the menu first, then what hangs on each."""
    menu = page.evaluate("[...document.querySelectorAll('nav a[href]')].map((a) => a.getAttribute('href'))")
    waiting = list(dict.fromkeys([*menu, *ALWAYS]))
    seen: dict[str, int] = {}
    done: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        kind, beside = shape(path), f"{path.rpartition('/')[0]}/"
        if path in done or seen.get(kind, 0) >= deep or (path not in menu and seen.get(beside, 0) >= SIDE * deep):
            continue
        seen[beside] = seen.get(beside, 0) + 1
        done.add(path)
        seen[kind] = seen.get(kind, 0) + 1
        yield path
        waiting += links(page, url)


def walk(
    browser: Any, url: str, role: str, person: tuple[str, str], lang: str, width: int, out: Path, deep: int
) -> Any:
    """Open every page of a role; its pictures go to ``out``, its faults are returned with the number of pages."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT}, locale="zh-CN" if lang == "zh" else "en-GB"
    )
    page = context.new_page()
    seen = Seen(page, url)
    sign_in(page, url, *person, lang)
    faults, number = [], 0
    for number, path in enumerate(paths(page, url, deep), 1):
        begun = time.monotonic()
        try:
            answer = page.goto(url + path, wait_until="load", timeout=60_000)
            wrong = faults_of(page, lang)
            if answer is None or answer.status >= 400:
                wrong.append(f"answer {answer.status if answer else 'none'}")
        except Exception as error:
            wrong = [f"{type(error).__name__}: {str(error).splitlines()[0]}"]
        name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")[:60] or "home"
        page.screenshot(path=str(out / f"{role}-{lang}-{width}-{number:02d}-{name}.png"), full_page=True)
        faults += [f"{role} {lang} {width} {path}: {w}" for w in [*wrong, *seen.taken()]]
        print(f"{role} {lang} {width} {path}: {len(wrong)} faults, {time.monotonic() - begun:.1f} s", flush=True)
    context.close()
    return faults, number


def main() -> int:
    """Exit code 1 if something is wrong with a page."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description="Walk the portal as each role.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--roles", default="admin,operator,enterprise,consultant,verifier,regulator")
    parser.add_argument("--langs", default="zh,en")
    parser.add_argument("--widths", default="1440,1920,390")
    parser.add_argument("--deep", type=int, default=1)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    faults, pages = [], 0
    with tempfile.TemporaryDirectory() as made, sync_playwright() as play:
        folder = Path(made) / "park"
        shutil.copytree(asked.folder, folder)
        who = people(folder)
        browser = launch(play)
        with server(folder) as url:
            for role in asked.roles.split(","):
                for lang in asked.langs.split(","):
                    for width in asked.widths.split(","):
                        found, count = walk(browser, url, role, who[role], lang, int(width), asked.out, asked.deep)
                        faults += found
                        pages += count
        browser.close()
    (asked.out / "faults.txt").write_text("\n".join(faults) + "\n", encoding="utf-8")
    print("\n".join(faults))
    print(f"{pages} pages, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
