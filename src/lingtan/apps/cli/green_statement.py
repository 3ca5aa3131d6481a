"""``lingtan green statement``: a signed statement of whose kilowatt-hours an enterprise used."""

from pathlib import Path
from typing import Annotated

import typer

from lingtan.apps.cli.account_options import PeriodOption
from lingtan.apps.cli.options import (
    HERE,
    JsonOption,
    LangOption,
    ParkOption,
    answer,
    command,
    language,
    listener,
    workspace,
)


@command
def statement(
    enterprise: Annotated[str, typer.Option("--enterprise", help="Whose statement · 企业")],
    period: PeriodOption,
    out: Annotated[Path, typer.Option("--out", help="Signed pack (.zip); .pdf and .json beside it · 输出文件")],
    key: Annotated[Path | None, typer.Option("--key", help="Secret key file; else the workspace's · 私钥文件")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the files · 覆盖已有文件")] = False,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Green statement of an enterprise, signed: how many kWh, from which plants, in which hours, by which evidence · 绿电声明

    Example: lingtan green statement --enterprise battery-cells --period 2025 --out statement.zip
    """
    from lingtan.base.text import say
    from lingtan.services.evidence_keys import read_key, workspace_key
    from lingtan.services.green_statement import green_statement, write_statement
    from lingtan.wiring import report_writer

    said = language(lang)
    space = workspace(park, said)
    made_key = read_key(key) if key else workspace_key(space)[0]
    made = green_statement(
        space, enterprise, period, made_key, report_writer("pdf"), lang=said, listener=listener(said, quiet=json_)
    )
    files = write_statement(made, out, force=force)
    if json_:
        answer({"files": files, "key": made.key, "statement": made.statement})
        return
    typer.echo(say("green-statement.written", said, files=", ".join(map(str, files)), key=made.key))
