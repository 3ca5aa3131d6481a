"""The portal on loopback: how soon it answers, how soon a page is ready in a browser, what it holds of memory, what many users cost.

``python -m benchmarks.portal [--park DIR] [--only start,pages,load] [--minutes 2]``. Without ``--park`` a demo park of a year is made
(a minute); a given one is copied. A page is ready when it says so itself: the mark ``lingtan:drawn`` of ``portal.js``, set when every
chart is drawn. Prints a table, and the machine with its load: figures of a busy machine say so.
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import Figure, as_table, machine

CHROMIUM = os.environ.get("LINGTAN_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LISTENERS, ASKED_PER_S = 200, 20
# what the mixed load asks, and how often of a hundred
MIX: tuple[tuple[str, int], ...] = (
    ("/", 16), ("/overview/path.json", 10), ("/overview/mix.json", 10), ("/energy", 6), ("/energy/flows.json", 6),
    ("/energy/series/grid-import?period=2025", 8), ("/meters", 4), ("/ledger", 8), ("/closings", 4), ("/api/v1/indicators", 8),
    ("/api/v1/account", 6), ("/api/v1/account/postings?limit=1000", 4), ("/api/v1/live", 4), ("/api/v1/channels?limit=200", 2),
    ("/api/v1/channels/grid-import/series?start=2025-03-01&end=2025-04-01", 4),
)  # fmt: skip


@dataclass(frozen=True)
class Server:
    """A server process, its token and a session cookie of the operator."""

    process: Any  # psutil's
    url: str
    token: str
    cookie: str
    answered_s: float
    started_cpu_s: float

    def megabytes(self) -> float:
        """What the server itself holds; its children come and go."""
        return float(self.process.memory_info().rss) / 1e6

    def kinds(self) -> str:
        """Of that memory: what is the process's own, and what are files it has mapped, such as libraries."""
        told = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        own, files = (int(told.split(f"{k}:")[1].split()[0]) / 1000 for k in ("RssAnon", "RssFile"))
        return f"{own:.0f} own, {files:.0f} of files"

    def cpu_s(self) -> float:
        """Seconds of processor so far."""
        used = self.process.cpu_times()
        return float(used.user + used.system)


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """``lingtan serve`` on a workspace; waits for its first answer."""
    import httpx
    import psutil

    token, cookie = _credentials(root)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "lingtan", "serve", "--park", str(root), "--port", str(port)]
    begun = time.perf_counter()
    said = tempfile.TemporaryFile()  # noqa: SIM115  (open as long as the server)
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            if child.poll() is not None:
                said.seek(0)
                raise RuntimeError(said.read().decode()[-800:])
            try:
                httpx.get(f"{url}/sign-in", timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.02)
        took = time.perf_counter() - begun
        process = psutil.Process(child.pid)
        used = process.cpu_times()
        yield Server(process, url, token, cookie, took, used.user + used.system)
    finally:
        child.terminate()
        child.wait(60)
        said.close()


def _credentials(root: Path) -> tuple[str, str]:
    from lingtan.services.access.policy import POLICY
    from lingtan.services.access.sign_in import make_token, open_session
    from lingtan.wiring import now, open_access

    directory = open_access(root).directory
    user = directory.user("operator")
    assert user is not None
    scopes = frozenset(f"{kind.value}:{action.value}" for role, kind, action in POLICY if role is user.role)
    _, token = make_token(directory, user, "benchmark", scopes, at=now(), days=1)
    return token, open_session(directory, user, at=now(), second_factor=False).cookie


def start(root: Path) -> list[Figure]:
    """How soon the server answers, the middle of five."""
    took, cpu, held = [], [], []
    for _ in range(5):
        with serving(root) as server:
            took.append(server.answered_s)
            cpu.append(server.started_cpu_s)
            held.append(server.megabytes())
    note = f"{statistics.median(cpu):.2f} CPU s, {statistics.median(held):.0f} MB"
    return [Figure("serve: first answer", statistics.median(took), "s", 3.0, note=note)]


def pages(root: Path) -> list[Figure]:
    """In Chromium: the overview cold (empty cache) and warm, and a year of quarter-hours of one channel."""
    from playwright.sync_api import sync_playwright

    found = []
    with serving(root) as server, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        cold, warm, heavy, year, day = [], [], [], [], []
        for _ in range(7):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.add_cookies([{"name": "lt_session", "value": server.cookie, "url": server.url}])
            page = context.new_page()
            got = _count(page)
            cold.append(_ready(page, server.url + "/"))
            heavy.append(got["bytes"] / 1000)
            warm.append(_ready(page, server.url + "/"))
            year.append(_drawn(page, f"{server.url}/energy?period=2025&channel=grid-import"))
            day.append(_zoomed(page))
            context.close()
        browser.close()
        most = server.megabytes()
        time.sleep(12)  # free memory goes back every ten seconds
        held, kinds = server.megabytes(), server.kinds()
    middle = statistics.median
    found += [
        Figure("overview ready, cold", middle(cold), "ms", 1000.0, note=f"worst of 7: {max(cold):.0f}"),
        Figure("overview ready, warm", middle(warm), "ms", 500.0, note=f"worst of 7: {max(warm):.0f}"),
        Figure("overview cold, received", middle(heavy), "kB", 600.0),
        Figure("a year of one channel: asked to drawn", middle(year), "ms", 300.0, note=f"worst of 7: {max(year):.0f}"),
        Figure("zoomed to a week, the pause of 180 ms included", middle(day), "ms", note=f"worst of 7: {max(day):.0f}"),
        Figure("server after these pages", held, "MB", 250.0, note=f"{kinds}; {most:.0f} while they were asked"),
    ]
    return found


def _count(page: Any) -> dict[str, float]:
    """Bytes on the wire, as the browser counts them."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    got = {"bytes": 0.0}

    def more(event: Mapping[str, Any]) -> None:
        got["bytes"] += event["encodedDataLength"]

    session.on("Network.loadingFinished", more)
    return got


MARK = "performance.getEntriesByName('lingtan:drawn').at(-1)?.startTime ?? null"


def _ready(page: Any, url: str) -> float:
    """Milliseconds from the navigation's start until every chart of the page is drawn."""
    page.goto(url, wait_until="commit")
    page.wait_for_function(f"() => ({MARK}) !== null", timeout=30_000)
    return float(page.evaluate(f"() => {MARK}"))


DRAWING = """() => {
  const place = document.querySelector('.chart[data-chart=series]');
  const entry = performance.getEntriesByType('resource').find((e) => e.name.includes('/energy/series/'));
  return place?.dataset.at && entry ? Number(place.dataset.at) - entry.startTime : null;
}"""


def _drawn(page: Any, url: str) -> float:
    """Milliseconds from asking for the course until its chart is drawn."""
    page.goto(url, wait_until="commit")
    page.wait_for_function(f"() => ({DRAWING})() !== null", timeout=30_000)
    return float(page.evaluate(DRAWING))


ZOOM = """async () => {
  const place = document.querySelector('.chart[data-chart=series]');
  const begun = performance.now(), before = place.dataset.step;
  place.chart.dispatchAction({ type: 'dataZoom', start: 50, end: 52 });
  while (place.dataset.step === before) await new Promise((r) => requestAnimationFrame(r));
  return performance.now() - begun;
}"""


def _zoomed(page: Any) -> float:
    """Milliseconds from a zoom until the finer course is drawn; the pause that gathers wheel turns is in it."""
    return float(page.evaluate(ZOOM))


def load(root: Path, minutes: float) -> list[Figure]:
    """200 listeners and 20 requests a second for some minutes: times, memory, processor."""
    with serving(root) as server:
        made = asyncio.run(_load(server, minutes))
    times, failures, early, late, cpu, messages, gaps, span = made
    ordered = sorted(times)
    p95 = ordered[int(len(ordered) * 0.95)]
    p50 = statistics.median(ordered)
    each = messages / LISTENERS / span
    return [
        Figure("load: p95 of requests", p95, "ms", 300.0, note=f"{len(times):,} requests, median {p50:.0f} ms, {failures} failed"),
        Figure("load: messages to each listener", each, "Hz", 0.95, least=True, note=f"longest pause {max(gaps):.1f} s"),
        Figure("load: server's processor", cpu / span, "cores", note=f"{span:.0f} s"),
        Figure("load: memory, end against begin", late / early, "times", 1.1, note=f"{early:.0f} → {late:.0f} MB"),
        Figure("load: memory at the end, with its listeners", late, "MB"),
    ]  # fmt: skip


async def _load(
    server: Server, minutes: float
) -> tuple[list[float], int, float, float, float, int, list[float], float]:
    import httpx
    import websockets

    gaps, counts, times, failed = [0.0] * LISTENERS, [0] * LISTENERS, [], [0]
    stop = asyncio.Event()

    async def listen(number: int) -> None:
        address = server.url.replace("http", "ws") + "/api/v1/live"
        async with websockets.connect(
            address, additional_headers={"authorization": f"Bearer {server.token}"}
        ) as socket:
            last = time.perf_counter()
            while not stop.is_set():
                json.loads(await socket.recv())
                now = time.perf_counter()
                if counts[number]:
                    gaps[number] = max(gaps[number], now - last)
                last = now
                counts[number] += 1

    async def ask(client: "httpx.AsyncClient", path: str) -> None:
        begun = time.perf_counter()
        try:
            answer = await client.get(path)
            failed[0] += answer.status_code != 200
        except httpx.HTTPError:
            failed[0] += 1
        times.append((time.perf_counter() - begun) * 1000)

    paths = [path for path, share in MIX for _ in range(share)]
    headers = {"cookie": f"lt_session={server.cookie}"}
    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=30, limits=limits) as client:
        for path, _ in MIX:  # the first of each loads what it needs
            await ask(client, path)
        times.clear()
        listeners = [asyncio.create_task(listen(n)) for n in range(LISTENERS)]
        await asyncio.sleep(3)
        counts[:] = [0] * LISTENERS
        begun, cpu, asked = time.perf_counter(), server.cpu_s(), 0
        tasks: set[asyncio.Task[None]] = set()
        early = 0.0
        while (passed := time.perf_counter() - begun) < minutes * 60:
            if not early and passed > min(20.0, minutes * 15):
                early = server.megabytes()
            while asked < passed * ASKED_PER_S:
                task = asyncio.create_task(ask(client, paths[asked * 37 % len(paths)]))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                asked += 1
            await asyncio.sleep(0.01)
        span, used, late = time.perf_counter() - begun, server.cpu_s() - cpu, server.megabytes()
        messages = sum(counts)
        await asyncio.gather(*tasks)
        stop.set()
        await asyncio.wait(listeners, timeout=10)
        for one in listeners:
            one.cancel()
    return times, failed[0], early or late, late, used, messages, gaps, span


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; exit code 1 where one misses what is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--park", type=Path, help="a demo workspace to copy; else one is made")
    parser.add_argument("--only", default="start,pages,load")
    parser.add_argument("--minutes", type=float, default=2.0, help="how long the load lasts")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="portal-") as made:
        root = Path(made) / "park"
        if asked.park:
            shutil.copytree(asked.park, root)
        else:
            subprocess.run([sys.executable, "-m", "lingtan", "demo", "--out", str(root), "--no-serve"], check=True)
        works = {"start": lambda: start(root), "pages": lambda: pages(root), "load": lambda: load(root, asked.minutes)}
        before = machine()
        found = [figure for name in asked.only.split(",") for figure in works[name]()]
    print(f"{before}\n")
    print(as_table(found))
    return 0 if all(f.good for f in found) else 1


if __name__ == "__main__":
    sys.exit(main())
