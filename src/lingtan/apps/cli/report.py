"""``lingtan report``: write a report file."""

from pathlib import Path
from typing import Annotated

import typer

from lingtan.apps.cli.account_options import FloorOption, PeriodOption, RulesOption
from lingtan.apps.cli.options import (
    HERE,
    JsonOption,
    LangOption,
    ParkOption,
    answer,
    command,
    language,
    listener,
    talk,
    workspace,
)

app = typer.Typer(help="Report files · 报告", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Report files · 报告"""


@app.command("write")
@command
def write(
    period: PeriodOption,
    format: Annotated[str, typer.Option("--format", help="docx, xlsx or pdf · 格式")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="File to write · 输出文件")] = None,
    rules: RulesOption = "ndrc-910-2025",
    second: Annotated[
        str, typer.Option("--second", help="Rule set whose totals stand beside; empty for none · 对照规则集")
    ] = "ghg-protocol",
    floor: FloorOption = None,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Write the account report as Word, Excel or PDF · 生成核算报告（Word、Excel 或 PDF）

    Example: lingtan report write --period 2025 --format docx --out report.docx
    """
    from lingtan.base.text import say
    from lingtan.services.write_report import format_of, write_report
    from lingtan.wiring import report_writer

    said = language(lang)
    space = workspace(park, said)
    kind = format_of(format, out)
    path = out or space.root / "reports" / f"{space.park.park.id}-{period}-{rules}.{kind}"
    written = write_report(
        space, period, report_writer(kind), path, format=kind, rules=rules, second=second or None, floor=floor, lang=said,
        listener=listener(said, quiet=json_),
    )  # fmt: skip
    if json_:
        answer({"path": str(written.path), "format": kind, "bytes": written.bytes, "sha256": written.sha256,
                "run": written.run.id})  # fmt: skip
    else:
        typer.echo(str(written.path))
        talk(say("report.written", said, kib=f"{written.bytes / 1024:,.0f}", run=written.run.id))
