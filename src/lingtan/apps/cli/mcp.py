"""``lingtan mcp``: figures for assistants over the Model Context Protocol."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingtan.apps.cli.options import HERE, LangOption, ParkOption, command, language

if TYPE_CHECKING:
    from lingtan.services.access.policy import Actor
    from lingtan.services.keep_run import Run
    from lingtan.services.read_for import Reader
    from lingtan.services.workspace import Workspace

app = typer.Typer()
TOKEN = "LINGTAN_MCP_TOKEN"


@app.callback(invoke_without_command=True)
@command
def mcp(
    park: ParkOption = HERE,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help=f"File with an API token; else {TOKEN} · 令牌文件")
    ] = None,
    lang: LangOption = "",
) -> None:
    """Serve figures to an assistant over stdin and stdout, read-only · 以 MCP 向智能助手提供只读数据

    Example: lingtan mcp --park demo-park --token-file assistant.token
    """
    from lingtan.apps.mcp.server import mcp_server
    from lingtan.base.errors import InputError, SourceError

    said = language(lang)
    secret = os.environ.get(TOKEN, "")
    if token_file is not None:
        try:
            secret = token_file.read_text(encoding="utf-8")
        except OSError as error:
            raise SourceError("workspace.unreadable", path=token_file, why=error.strerror) from None
    if not secret.strip():
        raise InputError("mcp.token", variable=TOKEN)
    reader = _reader(park.resolve(), secret.strip(), said)
    reader("start")
    mcp_server(reader, lang=said).run("stdio")


def _reader(root: Path, secret: str, lang: str) -> "Callable[[str], Reader]":
    """What the token's user may read, asked anew for each tool."""
    from lingtan.base.errors import AccessError
    from lingtan.services.access.gate import Gate
    from lingtan.services.access.sign_in import actor_of_token
    from lingtan.services.read_for import Reader
    from lingtan.wiring import PARK_FILE, now, open_access, open_workspace

    access = open_access(root)
    runs: dict[str, Run] = {}
    opened: dict[int, Workspace] = {}

    def note(actor: "Actor", action: str, kind: str, where: str, detail: "Mapping[str, Any]") -> None:
        access.audit.append(
            at=now(), actor=actor.name, role=actor.role.value, action=action, kind=kind, object=where, detail=detail
        )

    def reader(tool: str) -> Reader:
        # a token that was taken away, or a user who was disabled, reads no more
        actor = actor_of_token(access.directory, secret, at=now())
        if actor is None:
            raise AccessError("mcp.token-over")
        stamp = (root / PARK_FILE).stat().st_mtime_ns if (root / PARK_FILE).is_file() else 0
        if stamp not in opened:
            opened.clear()
            opened[stamp] = open_workspace(root, lang=lang)
        return Reader(opened[stamp], Gate(actor, note, f"mcp:{tool}"), lang, runs=runs)

    return reader
