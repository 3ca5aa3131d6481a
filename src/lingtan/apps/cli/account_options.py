"""Options that commands on accounts share."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import datetime

PeriodOption = Annotated[str, typer.Option("--period", help="Year, month: 2025 or 2025-03 · 期间")]
RulesOption = Annotated[str, typer.Option("--rules", help="Rule set, such as ndrc-910-2025 or ghg-protocol · 规则集")]
AsOfOption = Annotated[
    str, typer.Option("--as-of", help="Only what was known then: a time or a revision · 截至某时（或修订号）所知")
]
FloorOption = Annotated[
    float | None, typer.Option("--floor", min=0, max=1, help="Refuse below this coverage · 覆盖率下限")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, kept with the record · 原因，随记录保存")]


def parse_as_of(text: str, zone: str) -> "datetime | int | None":
    """A revision number, an instant or nothing."""
    from lingtan.base.time import parse_instant

    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) != 8 else parse_instant(text, zone)


def tonnes(micrograms: int) -> str:
    """Micrograms as tonnes with three places."""
    from lingtan.base.units import rounded

    return str(rounded(micrograms, 10**12, 3))
