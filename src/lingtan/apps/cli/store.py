"""``lingtan store``: what the workspace keeps."""

from pathlib import Path
from typing import Annotated

import typer

from lingtan.apps.cli.options import (
    HERE,
    JsonOption,
    LangOption,
    ParkOption,
    answer,
    command,
    language,
    table,
    talk,
    workspace,
)

app = typer.Typer(help="What the workspace keeps: readings, log, copies · 数据仓", no_args_is_help=True)


@app.command("log")
@command
def log(
    last: Annotated[int, typer.Option("--last", min=1, help="The newest so many · 最近若干条")] = 30,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Every commit, newest last: what came, when, why · 提交日志

    Example: lingtan store log --last 10
    """
    from lingtan.base.text import say
    from lingtan.base.time import iso

    said = language(lang)
    commits = workspace(park, said).store.commits()[-last:]
    if json_:
        answer([{**vars(c), "at": iso(c.at)} for c in commits])
        return
    rows = [
        [c.rev, iso(c.at), c.kind, c.rows or "", c.source.get("file", ""), c.reason or "", c.content[:12]]
        for c in commits
    ]
    names = ("rev", "at", "kind", "rows", "file", "reason", "content")
    table(say("store-table.log", said), [say(f"store-table.{n}", said) for n in names], rows, right=[0, 3])


@app.command("status")
@command
def status(park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = "") -> None:
    """How much is kept, and what waits to be sealed · 数据仓现状

    Example: lingtan store status
    """
    from lingtan.base.text import say
    from lingtan.services.seal_readings import complete_before

    said = language(lang)
    space = workspace(park, said)
    commits = space.store.commits()
    waiting = space.store.unsealed()
    found = {
        "head": space.store.head(),
        "commits": len(commits),
        "readings_received": sum(c.rows for c in commits),
        "waiting_files": waiting.files,
        "waiting_rows": waiting.rows,
        "waiting_bytes": waiting.bytes,
        "waiting_months": list(waiting.months),
        "complete_before": complete_before(space),
    }
    if json_:
        answer(found)
        return
    rows = [
        [say(f"store-table.{name}", said), ", ".join(value) if isinstance(value, list) else value]
        for name, value in found.items()
    ]
    table(say("store-table.status", said), [say("store-table.what", said), say("store-table.value", said)], rows)


@app.command("seal")
@command
def seal(
    before: Annotated[str, typer.Option("--before", help="Only months before this one: 2025-03 · 仅封存此月之前")] = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Move readings that wait into the month tables · 将读数封存到月表

    Example: lingtan store seal --before 2025-03
    """
    from lingtan.base.text import say
    from lingtan.services.seal_readings import seal_readings

    said = language(lang)
    report = seal_readings(workspace(park, said), before=before or None)
    if json_:
        answer(vars(report))
    elif report.rows:
        months = ", ".join(report.months)
        talk(say("store-table.sealed", said, rows=report.rows, months=months, superseded=report.superseded))
    else:
        talk(say("store-table.nothing-to-seal", said))


@app.command("verify")
@command
def verify(park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = "") -> None:
    """Check the chain of commits, every file's digest and the number of rows · 核验数据仓

    Example: lingtan store verify
    """
    from lingtan.base.errors import DataError
    from lingtan.base.text import say

    said = language(lang)
    store = workspace(park, said).store
    problems = store.verify()
    if problems:
        raise DataError("store.not-whole", problems=problems)
    commits = store.commits()
    found = {"head": store.head(), "hash": commits[-1].hash if commits else "", "problems": []}
    if json_:
        answer(found)
    else:
        talk(say("store-table.whole", said, rev=found["head"], hash=str(found["hash"])[:16]))


@app.command("backup")
@command
def backup(
    to: Annotated[Path, typer.Argument(help="The new file, such as backup.tar · 备份文件")],
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Copy the whole workspace to one file; others may go on reading · 备份整个工作区

    Example: lingtan store backup ../park-2026-01.tar
    """
    from lingtan.base.text import say
    from lingtan.services.back_up import back_up
    from lingtan.wiring import portal_snapshot

    said = language(lang)
    space = workspace(park, said)
    found = back_up(space, str(to), portal=portal_snapshot(park))
    if json_:
        answer(found)
        return
    talk(say("store-table.backed-up", said, path=to, files=found["files"], bytes=found["bytes"], rev=found["rev"]))
    if found["portal"]:
        talk(say("store-table.backed-up-portal", said))


@app.command("restore")
@command
def restore(
    archive: Annotated[Path, typer.Argument(help="A file that `store backup` made · 备份文件")],
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Make a workspace from a backup in an empty folder, every byte checked · 由备份恢复

    Example: lingtan store restore ../park-2026-01.tar --park new-folder
    """
    import getpass

    from lingtan.base.errors import DataError
    from lingtan.base.text import say
    from lingtan.wiring import now, open_access, restore_workspace

    said = language(lang)
    found = restore_workspace(archive, park)
    broken: list[str] = []
    if found["portal"]:
        log = open_access(park).audit
        broken = log.verify()
        detail = {"rev": found["rev"], "backup": archive.name}
        who = f"cli:{getpass.getuser()}"[:63]
        log.append(
            at=now(), actor=who, role="admin", action="write-restore", kind="setting", object="store", detail=detail
        )
    if json_:
        answer({**found, "audit": broken})
        return
    talk(say("store-table.restored", said, path=park, files=found["files"], rev=found["rev"]))
    if broken:
        raise DataError("access.audit-broken", where="; ".join(broken[:5]), number=len(broken))
    if found["portal"]:
        talk(say("store-table.restored-portal", said))
