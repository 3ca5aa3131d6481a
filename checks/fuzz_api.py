"""Schemathesis over the whole API, as every role, against a real server on loopback: no 5xx, no gap between description and answers.

``python -m checks.fuzz_api [--park DIR] [--examples N] [--roles operator,verifier] [--seed N]``. Without ``--park`` a small closed
park is made; a given one is copied, for the writes are real. Exit code 1 where anything is found; the findings are printed.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lingtan.apps.web import limits
from lingtan.apps.web.portal import Portal
from lingtan.services.access.policy import Role

ROLES = tuple(r.value for r in Role)
PHASES = "examples,coverage,fuzzing,stateful"
# what a valid request may still be told: its objects are not there, not allowed, contradict the data, or make no sense together
FINE = ["2xx", "304", "401", "403", "404", "409", "413", "415", "422"]
# how a request that is wrong may be refused
REFUSED = ["400", "401", "403", "404", "405", "409", "413", "415", "422"]
LEFT_OUT = (
    "object_level_authorization",
)  # the matrix test tries every route as every role against own and foreign objects
MOST_S = 180  # a write that accounts a year takes its time


@dataclass(frozen=True)
class Served:
    """A server on loopback, its portal and a token of every role."""

    url: str
    portal: Portal
    tokens: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """What a run as one role found."""

    role: str
    seconds: float
    cases: int
    operations: int
    failures: Sequence[str]


@contextmanager
def served(root: Path) -> Iterator[Served]:
    """Serve a workspace with a user of every role; the rate limits are wide, for one caller asks everything."""
    import uvicorn

    from lingtan.apps.web.app import create_app
    from lingtan.apps.web.serve import open_portal

    for name in limits.CLASSES:
        limits.CLASSES[name] = (1e6, 1e6)
    portal = open_portal(root)
    tokens = {role: _token(portal, role) for role in ROLES}
    taken = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(portal), log_level="error", access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield Served(f"http://127.0.0.1:{taken.getsockname()[1]}", portal, tokens)
    finally:
        server.should_exit = True
        thread.join(20)
        portal.close()


def _token(portal: Portal, role: str) -> str:
    from lingtan.services.access.policy import POLICY
    from lingtan.services.access.sign_in import make_token
    from lingtan.services.access.users import add_user

    name = f"fuzz-{role}"
    members = [e.id for e in portal.space().park.enterprises]
    own = _member(portal, members) if role == "enterprise" else None
    user = portal.directory.user(name) or add_user(
        portal.directory, name, Role(role), password=None, enterprise=own, members=members
    )
    scopes = frozenset(f"{kind.value}:{action.value}" for r, kind, action in POLICY if r.value == role)
    return make_token(portal.directory, user, "fuzz", scopes, at=portal.clock(), days=2)[1]


def _member(portal: Portal, members: Sequence[str]) -> str:
    """An enterprise that has meters of its own."""
    return next((m.enterprise for m in portal.space().park.meters if m.enterprise in members), members[0])


def words(portal: Portal) -> dict[str, tuple[Sequence[str], Sequence[str]]]:
    """Real values to try among the made ones: a dictionary's values, and the parameters that draw from it."""
    from lingtan.park.model import channels
    from lingtan.services.closings import closings

    space = portal.space()
    kept = [c.id for c in closings(space)]
    runs = [*portal.records(), *kept]
    months = sorted({m for c in space.store.commits() for m in c.parts})
    return {
        "channels": (list(channels(space.park))[:200], ("channel",)),
        "enterprises": ([e.id for e in space.park.enterprises], ("enterprise",)),
        "closings": (kept or ["none"], ("closing",)),
        "runs": (runs or ["none"], ("run", "before", "after")),
        "periods": (["2025", *months[:3]], ("period", "month")),
        "times": ([f"{months[0]}-01", f"{months[-1]}-28", "2025-02-01T00:00:00+08:00"], ("start", "end", "at")),
        "figures": (["core", "co2", "tce_equivalent", "clean_energy", "co2/category=power"], ("figure", "measure")),
    }


def configuration(portal: Portal, folder: Path) -> Path:
    """Schemathesis' settings as a file."""
    lines = []
    found = words(portal)
    for name, (values, _) in found.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(list(values), ensure_ascii=False)}"]
    lines.append("[parameters]")
    for name, (_, parameters) in found.items():
        lines += [f'{p} = {{ dictionary = "{name}", probability = 0.7 }}' for p in parameters]
    lines += ["[checks.positive_data_acceptance]", f"expected-statuses = {json.dumps(FINE)}"]
    lines += ["[checks.negative_data_rejection]", f"expected-statuses = {json.dumps(REFUSED)}"]
    file = folder / "schemathesis.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def fuzz(
    server: Served,
    role: str,
    *,
    examples: int,
    seed: int,
    folder: Path,
    phases: str = PHASES,
    only: str = "",
    seconds: int = 0,
) -> Found:
    """Run schemathesis as one role."""
    report = folder / f"{role}.json"
    command = [
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
        "--config-file", str(configuration(server.portal, folder)), "run", f"{server.url}/api/v1/openapi.json",
        "--header", f"Authorization: Bearer {server.tokens[role]}", "--checks", "all", "--exclude-checks", ",".join(LEFT_OUT),
        "--phases", phases, "--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure", "--no-shrink",
        "--generation-database", "none", "--warnings", "off", "--request-timeout", str(MOST_S), "--max-response-time", str(MOST_S), "--report", "json", "--report-json-path", str(report), "--no-color",
        *(["--include-path-regex", only] if only else []), *(["--max-time", str(seconds)] if seconds else []),
    ]  # fmt: skip
    begun = time.monotonic()
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"}, check=False
    )
    (folder / f"{role}.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    told = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    return Found(role, time.monotonic() - begun, *_read(told, done))


def _read(told: Mapping[str, Any], done: "subprocess.CompletedProcess[str]") -> tuple[int, int, Sequence[str]]:
    """Cases, operations tested, and a line for each failure."""
    failures = [f"{f['title']} ×{f['count']}: {', '.join(f['operations'][:6])}" for f in told.get("failures", ())]
    failures += [str(e)[:300] for e in told.get("errors", ())]
    if not told or (done.returncode and not failures):
        failures.append(f"exit {done.returncode}: {(done.stdout + done.stderr)[-600:]}")
    return told.get("test_cases", {}).get("generated", 0), told.get("operations", {}).get("tested", 0), failures


def main() -> int:
    """Exit code 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--park", type=Path, help="a workspace to copy; else a small closed one is made")
    parser.add_argument("--examples", type=int, default=50, help="cases of each operation while fuzzing")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--roles", default=",".join(ROLES))
    parser.add_argument("--phases", default=PHASES)
    parser.add_argument("--only", default="", help="only paths that fit this expression")
    parser.add_argument("--seconds", type=int, default=0, help="at most so long for each role")
    parser.add_argument("--keep", type=Path, help="a folder for the reports")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-api-") as made:
        folder = asked.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        root = Path(made) / "park"
        if asked.park:
            shutil.copytree(asked.park, root)
        else:
            _small(root)
        found = []
        with served(root) as server:
            for role in asked.roles.split(","):
                one = fuzz(
                    server, role, examples=asked.examples, seed=asked.seed, folder=folder, phases=asked.phases, only=asked.only,
                    seconds=asked.seconds,
                )  # fmt: skip
                found.append(one)
                print(
                    f"{role:<11} {one.operations:4d} operations {one.cases:7,d} cases {one.seconds:6.0f} s  {len(one.failures)} failures",
                    flush=True,
                )
                for line in one.failures:
                    print(f"  {line}", flush=True)
    kinds = Counter(line.partition(" ×")[0] for one in found for line in one.failures)
    print(f"{sum(one.cases for one in found):,} cases, seed {asked.seed}: {dict(kinds) or 'nothing found'}")
    return 1 if kinds else 0


def _small(root: Path) -> None:
    from tests.closing_case import filled

    from lingtan.services.close_period import close_period

    close_period(filled(root), "2025", floor=0.0, reason="fuzz")


if __name__ == "__main__":
    sys.exit(main())
