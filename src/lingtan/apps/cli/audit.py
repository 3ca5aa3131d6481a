"""``lingtan audit``: the audit log."""

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

app = typer.Typer(help="The audit log · 审计日志", no_args_is_help=True)


@app.command("verify")
@command
def verify(park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = "") -> None:
    """Check the chain of the audit log; exit 3 where it is broken · 校验审计日志的哈希链

    Example: lingtan audit verify
    """
    from lingtan.base.errors import DataError
    from lingtan.base.text import say
    from lingtan.wiring import open_access

    said = language(lang)
    workspace(park, said)
    log = open_access(park).audit
    broken = log.verify()
    if json_:
        answer({"sound": not broken, "broken": broken})
        if broken:
            raise typer.Exit(3)
        return
    if broken:
        raise DataError("access.audit-broken", where="; ".join(broken[:5]), number=len(broken))
    talk(say("access.audit-sound", said))


@app.command("list")
@command
def list_(
    after: Annotated[int, typer.Option("--after", min=0, help="Lines after this number · 起始序号")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10000, help="How many · 条数")] = 200,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Lines of the audit log, oldest first · 列出审计日志

    Example: lingtan audit list --limit 50
    """
    from lingtan.base.text import say
    from lingtan.base.time import iso
    from lingtan.wiring import open_access

    said = language(lang)
    workspace(park, said)
    lines = open_access(park).audit.entries(after=after, limit=limit)
    if json_:
        answer([{**vars(e), "at": iso(e.at)} for e in lines])
        return
    rows = [[e.seq, iso(e.at), e.actor, e.role, e.action, e.kind, e.object] for e in lines]
    names = ("seq", "at", "actor", "role", "action", "kind", "object")
    table(say("menu.audit", said), [say(f"access.column-{n}", said) for n in names], rows, right=[0])
