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
def verify(
    head: Annotated[str, typer.Option("--head", help="A head noted earlier: NUMBER:HASH · 此前记下的末行标记")] = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Check the chain of the audit log and its end; exit 3 where it is broken · 校验审计日志的哈希链与末行

    Example: lingtan audit verify --head 128:9f2c…
    """
    import re

    from lingtan.base.errors import DataError, InputError
    from lingtan.base.text import say
    from lingtan.wiring import open_access

    said = language(lang)
    workspace(park, said)
    if head and re.fullmatch(r"\d{1,15}:[0-9a-f]{64}", head) is None:
        raise InputError("access.audit-head", value=head[:100])
    log = open_access(park).audit
    broken = log.verify(head)
    if json_:
        answer({"sound": not broken, "broken": broken, "head": log.head()})
        if broken:
            raise typer.Exit(3)
        return
    if broken:
        raise DataError("access.audit-broken", where="; ".join(broken[:5]), number=len(broken))
    talk(say("access.audit-sound", said))


@app.command("head")
@command
def head(park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = "") -> None:
    """The number and hash of the newest line, to keep elsewhere · 末行标记，请另处保存

    Example: lingtan audit head
    """
    from lingtan.wiring import open_access

    workspace(park, language(lang))
    found = open_access(park).audit.head()
    if json_:
        answer({"head": found})
    else:
        typer.echo(found)


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
