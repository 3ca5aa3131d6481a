"""``lingtan plan``: studies of the cheapest credible way to the target."""

from typing import Annotated

import typer

from lingtan.apps.cli.options import JsonOption, LangOption, answer, command, language, table

app = typer.Typer(help="Plan the cheapest credible way to zero carbon, with a proof · 规划", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Plan the cheapest credible way to zero carbon, with a proof · 规划"""


@app.command("library")
@command
def library(
    technology: Annotated[str, typer.Argument(help="One technology; all if not given · 技术")] = "",
    region: Annotated[str, typer.Option("--region", help="China, Europe, Global or US · 地区")] = "",
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Costs and efficiencies of technologies with ranges and sources · 技术库：成本、效率、区间与来源

    Example: lingtan plan library battery_ci_cabinet
    """
    from lingtan.base.errors import InputError
    from lingtan.base.ids import nearest
    from lingtan.base.text import say
    from lingtan.optimize.library import entries, names, technologies

    said = language(lang)
    if technology and technology not in technologies():
        raise InputError(
            "library.unknown", technology=technology, nearest=nearest(technology, names()) or ", ".join(names()[:8])
        )
    found = [
        e for e in entries() if (not technology or e.technology == technology) and (not region or e.region == region)
    ]
    if json_:
        answer([vars(e) for e in found])
        return
    rows = [
        [
            e.technology,
            e.zh if said == "zh" else e.en,
            e.parameter,
            e.year,
            e.value,
            f"{e.low}–{e.high}" if e.low is not None else "",
            e.unit,
            e.region,
            e.confidence,
            e.source_document,
        ]
        for e in found
    ]
    keys = ("technology", "name", "parameter", "year", "value", "range", "unit", "region", "confidence", "source")
    table(say("library.title", said), [say(f"library.columns.{k}", said) for k in keys], rows, right=[4])
