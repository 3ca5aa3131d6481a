"""Options that the commands of ``lingtan dispatch`` share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lingtan.apps.cli.options import workspace

if TYPE_CHECKING:
    from lingtan.services.workspace import Workspace

FileOption = Annotated[
    Path | None, typer.Option("--file", help="Dispatch file; else dispatch.yaml, else from the park file · 调度文件")
]
AtOption = Annotated[
    str,
    typer.Option(
        "--at", help="First instant, local time; else now or where readings end · 起始时刻", show_default=False
    ),
]
ByOption = Annotated[str, typer.Option("--by", help="Who does it · 操作人", show_default="the user of this computer")]
KnownOption = Annotated[
    str,
    typer.Option("--known", help="When a reading was known: live, stamp, interval or commit · 读数何时已知",
                 show_default="LINGTAN_KNOWN, else live"),
]  # fmt: skip
IdArgument = Annotated[str, typer.Argument(help="Schedule; the newest without one · 计划编号")]


def open_known(park: Path, lang: str, known: str) -> "Workspace":
    """The workspace, with the rule that says when a reading counts as known."""
    from dataclasses import replace

    from lingtan.services.known_when import known_rule

    found = workspace(park, lang)
    return replace(found, known=known_rule(known)) if known else found
