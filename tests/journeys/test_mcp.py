"""Assistants over the Model Context Protocol: the official client, a real process, each role, and nothing written."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="needs the extra 'mcp'")

from mcp import Client, StdioServerParameters
from mcp.types import TextResourceContents

from lingtan.apps.cli.mcp import TOKEN, _reader
from lingtan.apps.mcp.server import mcp_server
from lingtan.services.access.sign_in import make_token
from lingtan.services.access.tokens import possible_scopes
from lingtan.services.access.users import set_active
from lingtan.wiring import open_access
from tests.web.portal_case import make_portal

TOOLS = {
    "park", "periods", "indicators", "ledger", "enterprises", "passport", "channels", "series", "green_share", "alarms", "data_quality",
    "find_word",
}  # fmt: skip
SPAN = {"start": "2025-01-10", "end": "2025-01-12", "points": 10}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("mcp") / "park"
    portal, _ = make_portal(root)
    portal.close()
    return root


@pytest.fixture
def park(closed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(closed, tmp_path / "park"))


def token(root: Path, name: str, scopes: frozenset[str] | None = None) -> str:
    directory = open_access(root).directory
    user = directory.user(name)
    assert user is not None
    asked = scopes or frozenset(possible_scopes(user.actor))
    return make_token(directory, user, "assistant", asked, at=datetime.now(UTC))[1]


def here(root: Path, secret: str, ask: Callable[[Client], Awaitable[Any]]) -> Any:
    """With a server in this process."""

    async def go() -> Any:
        async with Client(mcp_server(_reader(root, secret, "en"))) as client:
            return await ask(client)

    return asyncio.run(go())


async def call(client: Client, name: str, **arguments: Any) -> tuple[bool, Any]:
    """Whether it was refused, and what was said."""
    made = await client.call_tool(name, arguments)
    if made.is_error:
        return True, getattr(made.content[0], "text", "")
    return False, made.structured_content


def files(root: Path) -> dict[str, bytes]:
    """Everything that matters of a workspace: not the caches, nor the database with its audit log."""
    kept = [p for p in root.rglob("*") if p.is_file() and "cache" not in p.parts and "portal.sqlite" not in p.name]
    return {str(p.relative_to(root)): p.read_bytes() for p in kept if p.name not in ("lock", "writer")}


def test_an_assistant_reads_figures_with_passports_from_a_real_server(park: Path) -> None:
    (park / "assistant.token").write_text(token(park, "operator") + "\n")
    before = files(park)
    words = ["-m", "lingtan", "mcp", "--park", str(park), "--token-file", str(park / "assistant.token"), "--lang", "en"]
    server = StdioServerParameters(command=sys.executable, args=words, env={**os.environ, TOKEN: ""})

    async def go() -> None:
        async with Client(server, read_timeout_seconds=60) as client:
            tools = (await client.list_tools()).tools
            assert {t.name for t in tools} == TOOLS
            assert all(t.annotations and t.annotations.read_only_hint for t in tools)
            assert all(t.description for t in tools)
            refused, found = await call(client, "indicators")
            assert not refused, found
            core = next(i for i in found["indicators"] if i["figure"] == "core")
            assert found["run"]["period"] == "2025"
            assert found["run"]["synthetic"] in (True, False)
            refused, told = await call(client, "passport", figure=core["figure"], depth=5)
            assert not refused, told
            assert told["passport"]["children"]
            assert told["run"]["result"] == found["run"]["result"]
            refused, ledger = await call(client, "ledger")
            assert not refused, ledger
            assert ledger["level"] == "enterprise"
            assert sum(int(x["micrograms"]) for x in ledger["lines"]) == int(ledger["total"]["micrograms"])
            refused, told = await call(client, "passport", figure=ledger["lines"][0]["figure"])
            assert not refused, told
            resources = await client.list_resources()
            assert {str(r.uri) for r in resources.resources} == {"lingtan://glossary", "lingtan://park"}
            content = (await client.read_resource("lingtan://passport/co2/category=power")).contents[0]
            assert isinstance(content, TextResourceContents)
            assert json.loads(content.text)["figure"] == "co2/category=power"
            words = (await client.read_resource("lingtan://glossary")).contents[0]
            assert isinstance(words, TextResourceContents)
            assert any(w["name"] == "carrier" and w["zh"] == "能源品种" for w in json.loads(words.text))

    asyncio.run(go())
    assert files(park) == before


# role -> what it may ask for at all; the year is closed
MAY = {
    "admin": TOOLS,
    "operator": TOOLS,
    "enterprise": {"park", "indicators", "ledger", "enterprises", "channels", "alarms", "series", "find_word", "passport"},
    "consultant": {"park", "periods", "indicators", "ledger", "enterprises", "green_share", "data_quality", "find_word", "passport"},
    "verifier": {"park", "periods", "indicators", "ledger", "enterprises", "green_share", "data_quality", "channels", "find_word", "passport"},
    "regulator": {"park", "periods", "indicators", "ledger", "enterprises", "find_word", "passport"},
}  # fmt: skip


@pytest.mark.parametrize("role", MAY)
def test_each_role_reads_what_the_policy_says_and_no_more(park: Path, role: str) -> None:
    async def ask(client: Client) -> dict[str, tuple[bool, Any]]:
        found = {}
        for name in TOOLS:
            more = {"passport": {"figure": "core"}, "series": {"channel": "a-use", **SPAN}, "find_word": {"word": "碳"}}
            found[name] = await call(client, name, **more.get(name, {}))
        found["foreign series"] = await call(client, "series", channel="b-use", **SPAN)
        found["foreign figure"] = await call(client, "passport", figure="co2/enterprise=b", depth=5)
        found["foreign ledger"] = await call(client, "ledger", enterprise="b")
        return found

    found = here(park, token(park, role), ask)
    assert {n for n in TOOLS if not found[n][0]} == MAY[role], {n: v for n, (r, v) in found.items() if r}
    for name in TOOLS - MAY[role]:
        assert "access.refused" in found[name][1] or "figure.no-run" in found[name][1], (name, found[name])
    whole = role in ("admin", "operator")
    assert found["foreign series"][0] is not whole
    # a consultant sees released totals of members, but only their formula
    assert found["foreign figure"][0] is (role in ("enterprise", "regulator"))
    assert found["foreign ledger"][0] is (role not in ("admin", "operator", "verifier"))
    text = json.dumps(found["ledger"][1])
    if role in ("consultant", "regulator"):
        assert "enterprise=" not in text
    if role == "enterprise":
        assert found["ledger"][1]["where"] == {"enterprise": "a"}
        assert [e["enterprise"] for e in found["enterprises"][1]["enterprises"]] == ["a"]
        assert {c["enterprise"] for c in found["channels"][1]["channels"]} == {"a"}
    if role == "regulator":
        assert all(e["enterprise"].startswith("E-") for e in found["enterprises"][1]["enterprises"])
    if role == "consultant":
        assert found["passport"][1]["deepest_allowed"] <= 2
        assert found["foreign figure"][1]["deepest_allowed"] == 1


def test_reads_of_others_data_and_refusals_stand_in_the_audit_log(park: Path) -> None:
    here(park, token(park, "operator"), lambda c: call(c, "ledger", enterprise="b"))
    here(park, token(park, "enterprise"), lambda c: call(c, "ledger", enterprise="b"))
    lines = open_access(park).audit.entries(limit=1000)
    told = [(e.actor, e.action, e.object, e.detail.get("enterprise")) for e in lines[-2:]]
    assert told == [("operator", "read", "mcp:ledger", "b"), ("enterprise", "read-refused", "mcp:ledger", "b")]


def test_a_token_narrows_and_ends_while_the_server_runs(park: Path) -> None:
    secret = token(park, "operator", frozenset({"overview:read"}))

    async def ask(client: Client) -> list[tuple[bool, Any]]:
        found = [await call(client, "indicators"), await call(client, "periods"), await call(client, "ledger")]
        set_active(open_access(park).directory, "operator", active=False)
        return [*found, await call(client, "indicators")]

    found = here(park, secret, ask)
    assert [refused for refused, _ in found] == [False, True, True, True]
    assert "mcp.token-over" in found[-1][1]


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("indicators", {"period": "1999"}, "figure.no-run"), ("indicators", {"run": "2025-x@9"}, "account."),
        ("ledger", {"measure": "gold"}, "read.measure"), ("passport", {"figure": "nothing/here=1"}, "figure.unknown"),
        ("series", {"channel": "nowhere", **SPAN}, "portal.unknown-channel"), ("alarms", {"state": "loud"}, "read.alarm-state"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_with_what_to_do(park: Path, name: str, arguments: dict[str, Any], code: str) -> None:
    refused, text = here(park, token(park, "operator"), lambda c: call(c, name, **arguments))
    assert refused
    assert code in text, text


def test_without_a_good_token_there_is_no_server(park: Path) -> None:
    from typer.testing import CliRunner

    from lingtan.apps.cli.main import app

    for secret, code, word in (("", 2, TOKEN), ("lt_wrong", 5, "token")):
        made = CliRunner().invoke(app, ["mcp", "--park", str(park), "--lang", "en"], env={TOKEN: secret})
        assert made.exit_code == code
        assert word in made.output
