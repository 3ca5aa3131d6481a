"""``lingtan dispatch backtest``."""

from typing import Annotated, Any

import typer

from lingtan.apps.cli.dispatch_options import FileOption, KnownOption, open_known
from lingtan.apps.cli.dispatch_tables import print_backtest
from lingtan.apps.cli.options import HERE, JsonOption, LangOption, ParkOption, answer, command, language, listener, talk


@command
def backtest(
    period: Annotated[str, typer.Argument(help="Year, month or day · 年、月或日")],
    ways: Annotated[
        list[str] | None, typer.Option("--way", help="rules, habit, day-ahead, scenarios or hourly; repeat · 方式")
    ] = None,
    expect: Annotated[
        str,
        typer.Option("--expect", help="forecast: as it would have been issued; week: last week's values · 预期来源"),
    ] = "forecast",
    known: KnownOption = "",
    carbon_price: Annotated[
        float | None, typer.Option("--carbon-price", min=0, max=10_000, help="CNY/tCO2, else as described · 碳价")
    ] = None,
    file: FileOption = None,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """What the past would have cost under each way to run, with regret · 回测

    Example: lingtan dispatch backtest 2025-07
    """
    from lingtan.base.text import say
    from lingtan.services.backtest_dispatch import backtest_dispatch
    from lingtan.wiring import forecast_sources, now

    opened, said = open_known(park, lang, known), language(lang)

    def hear(way: str, done: int, total: int) -> None:
        if not json_ and (done == total or done % 30 == 0):
            talk(f"{say(f'dispatch.way-{way}', said)} {done}/{total}")

    chosen = tuple(ways) if ways else ("rules", "habit", "day-ahead", "hourly")
    result: dict[str, Any] = backtest_dispatch(
        opened,
        period,
        ways=chosen,
        file=file,
        expect=expect,
        carbon_price=carbon_price,
        sources=forecast_sources(opened),
        now=now(),
        hear=hear,
        listener=listener(said, quiet=json_),
    )
    if json_:
        answer(result)
    else:
        print_backtest(result, said)
