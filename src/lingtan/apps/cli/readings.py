"""``lingtan readings``: bring meter data in, see what came, look at what was refused.

``check``, ``repair``, ``estimate`` and ``revert`` stand in ``readings_edit``; its ``register(app)`` adds them here.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lingtan.apps.cli.options import (
    HERE,
    JsonOption,
    LangOption,
    ParkOption,
    answer,
    command,
    language,
    listener,
    table,
    talk,
    workspace,
)

if TYPE_CHECKING:
    from lingtan.services.preview import FileSeen

app = typer.Typer(help="Meter data · 计量数据", no_args_is_help=True)


@app.command("import")
@command
def import_(
    files: Annotated[list[Path], typer.Argument(help="CSV, Excel, Parquet or Arrow files · 文件")],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="YAML file that says what the columns are · 映射文件")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what was understood, write nothing · 只看不写")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing · 不再询问")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Write content anew that later revisions changed · 重新写入已被更改的内容")
    ] = False,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Import meter files: each is understood, shown, then written as a whole or not at all · 导入计量文件

    Example: lingtan readings import load-2025.xlsx bills/*.csv --dry-run
    """
    from lingtan.apps.cli.readings_show import as_json, print_outcome, print_seen
    from lingtan.services.import_readings import import_files

    said = language(lang)
    space = workspace(park, said)
    zone = space.park.park.timezone
    asking = not (yes or dry_run or json_) and sys.stdin.isatty() and sys.stdout.isatty()

    def agree(seen: "FileSeen") -> bool:
        from lingtan.base.text import say

        if not json_:
            print_seen(seen, said, zone)
        return not asking or typer.confirm(say("import-show.ask", said), default=True)

    done = import_files(
        space, files, mapping, again=again, dry_run=dry_run, agree=agree, listener=listener(said, quiet=json_),
        heard=None if json_ else lambda one: print_outcome(one, said),
    )  # fmt: skip
    if json_:
        answer([as_json(one, said) for one in done])
    refused = [one for one in done if one.error is not None]
    if refused:
        raise typer.Exit(refused[0].error.exit_code if refused[0].error else 2)


@app.command("log")
@command
def log(
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest last · 条数")] = 50,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """The commits of readings so far: imports, repairs, estimates · 读数提交记录

    Example: lingtan readings log --limit 10
    """
    from lingtan.apps.cli.readings_show import local
    from lingtan.base.text import say
    from lingtan.base.time import iso

    said = language(lang)
    space = workspace(park, said)
    commits = [c for c in space.store.commits() if c.rows][-limit:]
    if json_:
        answer([{"rev": c.rev, "at": iso(c.at), "kind": c.kind, "rows": c.rows, "content": c.content,
                 "reason": c.reason, "source": dict(c.source), "months": sorted(c.parts)} for c in commits])  # fmt: skip
        return
    if not commits:
        talk(say("import-show.empty-log", said))
        return
    heads = [say(f"import-show.{k}", said) for k in ("rev", "at", "kind", "rows", "rejected", "file")]
    rows = [
        [c.rev, local(c.at, space.park.park.timezone), c.kind, c.rows, c.source.get("rejected", ""),
         c.source.get("file") or c.reason or ""]
        for c in commits
    ]  # fmt: skip
    table(say("import-show.log", said), heads, rows, right=[0, 3, 4])


@app.command("quarantine")
@command
def quarantine(
    file: Annotated[str, typer.Argument(help="Show the cells of this file · 文件")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many cells · 条数")] = 50,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Cells that were rejected, with the reason · 被拒绝的单元格

    Example: lingtan readings quarantine load-2025.xlsx
    """
    from lingtan.base.text import say
    from lingtan.services.quarantine import quarantined, read_rejects

    said = language(lang)
    space = workspace(park, said)
    found = [q for q in quarantined(space.blobs) if not file or Path(file).name == q.file]
    if json_:
        answer([{**vars(q), "cells": read_rejects(space.blobs, q.name)[:limit]} for q in found])
        return
    if not found:
        talk(say("import-show.no-quarantine", said))
        return
    if not file:
        heads = [say(f"import-show.{k}", said) for k in ("file", "rejected", "path")]
        table(say("import-show.quarantine-title", said), heads, [[q.file, q.rows, q.path] for q in found], right=[1])
        return
    heads = [say(f"import-show.{k}", said) for k in ("row", "column", "name", "text", "why")]
    for q in found:
        cells = read_rejects(space.blobs, q.name)[:limit]
        rows = [[c["row"], c["column"], c["name"], c["text"], c["reason"]] for c in cells]
        table(q.path, heads, rows, right=[0])


if importlib.util.find_spec("lingtan.apps.cli.readings_edit"):
    importlib.import_module("lingtan.apps.cli.readings_edit").register(app)
