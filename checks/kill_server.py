"""Kill ``lingtan serve`` at random moments of reads and writes, start it again, and look whether anybody lost anything.

    python checks/kill_server.py [--kills 60] [--minutes 20] [--longest 2.5] [--seed 1]

People sign in once, at the beginning. While the server lives, readers fetch pages and figures, listeners hear live power over WebSocket,
one writer pushes readings and another makes tokens. It is killed (SIGKILL) after a random time and started again, on the same port. Clients
know nothing of that: they go on and connect again by themselves.

At the end every acknowledged reading must be there once with its value, every acknowledged token must sign requests, nobody may have been
signed out, and the store, the closing and the audit log must be whole. Exit code 1 if not.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import websockets

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.web.portal_case import PASSWORD, make_portal

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
READERS, LISTENERS = 2, 4
PATIENCE_S = 300.0
PATHS = (
    "/",
    "/ledger",
    "/api/v1/indicators",
    "/api/v1/enterprises/b/postings",
    "/api/v1/channels/a-use/readings?start=2024-01-01&end=2024-03-01",
)
GONE = (httpx.TransportError, httpx.TimeoutException)


@dataclass
class Campaign:
    """What clients were told, and what went wrong."""

    port: int
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    readings: dict[str, float] = field(default_factory=dict)  # start -> value, acknowledged
    tokens: dict[str, str] = field(default_factory=dict)  # id -> secret, acknowledged
    again_s: list[float] = field(default_factory=list)  # from ready to a listener's first message
    ready_at: float = 0.0
    over: bool = False

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"http://127.0.0.1:{self.port}"

    def fault(self, text: str) -> None:
        """Note what must not be."""
        self.wrong.append(text)


def start(root: Path, port: int, log: Path) -> "subprocess.Popen[bytes]":
    """The server."""
    command = [sys.executable, "-m", "lingtan", "serve", "--park", str(root), "--port", str(port)]
    with open(log, "ab") as file:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=file)


async def ready(campaign: Campaign, child: "subprocess.Popen[bytes]") -> float:
    """Wait until it answers; how long it took. [s]"""
    begun = time.monotonic()
    async with httpx.AsyncClient() as client:
        while time.monotonic() - begun < PATIENCE_S:
            if child.poll() is not None:
                raise RuntimeError(f"the server ended by itself: {child.returncode}")
            with contextlib.suppress(*GONE):
                if (await client.get(f"{campaign.url}/healthz")).status_code == 200:
                    campaign.ready_at = time.monotonic()
                    return campaign.ready_at - begun
            await asyncio.sleep(0.05)
    raise RuntimeError("the server does not answer")


async def signed_in(campaign: Campaign, name: str) -> tuple[httpx.AsyncClient, str]:
    """A browser that is signed in, and its CSRF token."""
    client = httpx.AsyncClient(base_url=campaign.url, timeout=20, limits=httpx.Limits(max_keepalive_connections=0))
    page = (await client.get("/sign-in")).text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    answer = await client.post("/sign-in", data={"csrf": csrf, "name": name, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    page = (await client.get("/profile")).text
    return client, page.split('name="csrf" value="')[1].split('"')[0]


async def read(campaign: Campaign, client: httpx.AsyncClient, chance: random.Random) -> None:
    """Fetch pages and figures; a refusal would be a lost session."""
    while not campaign.over:
        path = chance.choice(PATHS)
        try:
            answer = await client.get(path)
        except GONE:
            campaign.counts["reads cut off"] += 1
            await asyncio.sleep(0.1)
            continue
        campaign.counts["reads"] += 1
        if answer.status_code not in (200, 429, 503):
            campaign.fault(f"{path}: {answer.status_code} {answer.headers.get('location', '')}")
        await asyncio.sleep(0.02)


async def listen(campaign: Campaign, client: httpx.AsyncClient) -> None:
    """Hear live power, and come back when it breaks off."""
    cookie, heard, pause = client.cookies["lt_session"], 0, 0.1
    while not campaign.over:
        try:
            address = f"ws://127.0.0.1:{campaign.port}/live"
            headers = {"cookie": f"lt_session={cookie}"}
            async with websockets.connect(address, origin=campaign.url, additional_headers=headers) as line:  # type: ignore[arg-type]
                async for _ in line:
                    if heard != campaign.ready_at:
                        heard = campaign.ready_at
                        campaign.again_s.append(time.monotonic() - heard)
                        campaign.counts["listeners connected"] += 1
                    campaign.counts["messages"] += 1
                    pause = 0.1
                    if campaign.over:
                        return
        except websockets.InvalidStatus as error:
            campaign.fault(f"live: {error.response.status_code}")
        except (OSError, websockets.WebSocketException, EOFError):
            pass
        await asyncio.sleep(pause)
        pause = min(pause * 2, 1.0)


async def push(campaign: Campaign, client: httpx.AsyncClient, csrf: str) -> None:
    """Push readings of an hour each; what is not acknowledged is sent again, as a meter box does."""
    number = 0
    while not campaign.over:
        start_ = (FIRST + timedelta(hours=number)).isoformat()
        body = {"channel": ["a-use"], "start": [start_], "value": [float(number)]}
        try:
            answer = await client.post("/api/v1/readings", json=body, headers={"x-csrf-token": csrf})
        except GONE:
            campaign.counts["pushes cut off"] += 1
            await asyncio.sleep(0.1)
            continue
        if answer.status_code in (200, 201):
            campaign.readings[start_] = float(number)
            number += 1
        elif answer.status_code not in (429, 503):
            campaign.fault(f"push: {answer.status_code} {answer.text[:200]}")
            return
        await asyncio.sleep(0.05)


async def make_tokens(campaign: Campaign, client: httpx.AsyncClient, csrf: str) -> None:
    """Make tokens, which are kept in the relational database."""
    number = 0
    while not campaign.over:
        number += 1
        body = {"label": f"box {number}", "scopes": ["overview:read"]}
        try:
            answer = await client.post("/api/v1/tokens", json=body, headers={"x-csrf-token": csrf})
        except GONE:
            campaign.counts["token writes cut off"] += 1
            await asyncio.sleep(0.1)
            continue
        if answer.status_code == 201:
            made = answer.json()
            campaign.tokens[made["id"]] = made["secret"]
        elif answer.status_code not in (429, 503):
            campaign.fault(f"token: {answer.status_code} {answer.text[:200]}")
            return
        await asyncio.sleep(0.1)


async def run(root: Path, kills: int, minutes: float, longest_s: float, seed: int) -> dict[str, Any]:
    """The campaign; its figures."""
    chance = random.Random(seed)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    campaign, log = Campaign(port), root.parent / "server.log"
    child = start(root, port, log)
    took = []
    try:
        await ready(campaign, child)
        (client, csrf), (other, _) = [await signed_in(campaign, name) for name in ("operator", "verifier")]
        before = (await client.get("/api/v1/closings")).json()["rows"]
        people = [asyncio.create_task(read(campaign, client, random.Random(seed + i))) for i in range(READERS)]
        people += [asyncio.create_task(listen(campaign, other if i % 2 else client)) for i in range(LISTENERS)]
        people += [
            asyncio.create_task(push(campaign, client, csrf)),
            asyncio.create_task(make_tokens(campaign, client, csrf)),
        ]
        over = time.monotonic() + minutes * 60
        while len(took) < kills and time.monotonic() < over:
            await asyncio.sleep(chance.uniform(0.05, longest_s))
            child.send_signal(signal.SIGKILL)
            child.wait()
            child = start(root, port, log)
            took.append(await ready(campaign, child))
        await asyncio.sleep(3)  # everybody comes back
        campaign.over = True
        await asyncio.wait_for(asyncio.gather(*people), 60)
        for who in (client, other):
            if (await who.get("/profile")).status_code != 200:
                campaign.fault("a session was lost")
        await look(campaign, client, before)
        await asyncio.gather(client.aclose(), other.aclose())
    finally:
        child.terminate()
        child.wait(20)
    offline(campaign, root)
    said = log.read_text(encoding="utf-8", errors="replace")
    if "Traceback" in said:
        campaign.fault(f"a traceback in the server's log: {said[said.index('Traceback') :][:3000]}")
    return {
        "kills": len(took), **dict(campaign.counts), "readings acknowledged": len(campaign.readings), "tokens acknowledged": len(campaign.tokens),
        "ready again, median s": round(statistics.median(took), 2), "listening again after ready, median s": round(statistics.median(campaign.again_s), 2),
        "wrong": campaign.wrong[:20],
    }  # fmt: skip


async def look(campaign: Campaign, client: httpx.AsyncClient, before: list[dict[str, Any]]) -> None:
    """Whether all that was acknowledged is there, once."""
    if (await client.get("/api/v1/closings")).json()["rows"] != before:
        campaign.fault("closings changed")
    span = {"start": FIRST.isoformat(), "end": (FIRST + timedelta(days=365)).isoformat(), "limit": "10000"}
    rows = (await client.get("/api/v1/channels/a-use/readings", params=span)).json()["rows"]
    found = Counter(datetime.fromisoformat(r["start"]).isoformat() for r in rows)
    values = {datetime.fromisoformat(r["start"]).isoformat(): r["value"] / 1000 for r in rows}
    for start_, value in campaign.readings.items():
        if found[start_] != 1 or values[start_] != value:
            campaign.fault(f"reading {start_}: {found[start_]} times, {values.get(start_)} for {value}")
    if len(rows) > len(campaign.readings) + 1:  # one may have landed without its acknowledgement
        campaign.fault(f"{len(rows)} readings, {len(campaign.readings)} acknowledged")
    kept = {r["id"] for r in (await client.get("/api/v1/tokens", params={"limit": "10000"})).json()["rows"]}
    if lost := campaign.tokens.keys() - kept:
        campaign.fault(f"{len(lost)} tokens are lost")
    for secret in list(campaign.tokens.values())[:5]:
        async with httpx.AsyncClient(base_url=campaign.url) as program:
            if (await program.get("/api/v1/park", headers={"authorization": f"Bearer {secret}"})).status_code != 200:
                campaign.fault("a token does not sign")


def offline(campaign: Campaign, root: Path) -> None:
    """The store and the audit log, by their own checks."""
    from lingtan.wiring import open_access, open_workspace

    for problem in open_workspace(root).store.verify():
        campaign.fault(f"store: {problem}")
    log = open_access(root).audit
    for problem in log.verify():
        campaign.fault(f"audit: {problem}")
    campaign.counts["audit lines"] = log.last()


def main() -> int:
    """Run a campaign."""
    parser = argparse.ArgumentParser(description="Kill the portal's server at random moments.")
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=20, help="no more kills after so long")
    parser.add_argument(
        "--longest", type=float, default=2.5, help="seconds from ready to its death; more on a busy machine"
    )
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "park"
        portal, _ = make_portal(root)
        portal.close()
        found = asyncio.run(run(root, asked.kills, asked.minutes, asked.longest, asked.seed))
    print(
        json.dumps({**found, "seconds": round(time.monotonic() - begun), "cores": os.cpu_count()}, ensure_ascii=False)
    )
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
