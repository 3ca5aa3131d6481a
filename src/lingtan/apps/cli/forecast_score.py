"""``lingtan forecast score``: backtests."""

from pathlib import Path
from typing import Annotated

import typer

from lingtan.apps.cli.account_options import PeriodOption
from lingtan.apps.cli.forecast_options import hours_of, model_name
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


@command
def score(
    period: PeriodOption,
    sample: Annotated[bool, typer.Option("--sample", help="Every eleventh day, models every 3 months · 抽样")] = False,
    horizon: Annotated[str, typer.Option("--horizon", help="Such as 48h or 7d · 预测时长")] = "48h",
    hour: Annotated[int, typer.Option("--hour", min=0, max=23, help="Local hour of issue · 发布钟点")] = 0,
    page: Annotated[Path | None, typer.Option("--page", help="Write a page of charts · 输出图表网页")] = None,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Backtest a period with rolling origin against naive rules and climatology · 回测评分

    Example: lingtan forecast score --period 2025 --sample --page scores.html
    """
    from lingtan.base.text import say
    from lingtan.services.score_forecasts import score_forecasts, score_page
    from lingtan.wiring import forecast_sources

    said = language(lang)
    space = workspace(park, said)
    made = score_forecasts(
        space,
        forecast_sources(space),
        period,
        sample=sample,
        hours=hours_of(horizon),
        hour=hour,
        listener=listener(said, quiet=json_),
    )
    if page is not None:
        page.write_text(score_page(space, made, said), "utf-8")
        talk(say("forecast-table.page", said, path=page))
    if json_:
        answer({"score": made.id, **made.record})
        return
    if space.park.park.synthetic:
        talk(say("account-table.synthetic", said))
    result = made.result
    rivals = ("weekly-naive", "seasonal-naive", "climatology", "similar-days")
    rows = []
    for s in result.scores:
        if s.method == "forecast":
            gains = [result.skill(s.target, s.bucket_h, r) for r in rivals]
            rows.append(
                [
                    s.target,
                    f"≤ {s.bucket_h} h",
                    f"{s.mae:,.4g}",
                    f"{s.crps:,.4g}",
                    f"{s.covered_90:.0%}",
                    *("–" if g is None else f"{g:+.0%}" for g in gains),
                ]
            )
    heads = [say(f"forecast-table.{n}", said) for n in ("target", "horizon", "mae", "crps", "covered")]
    heads += [model_name(r, said) for r in rivals]
    title = say("forecast-table.scores", said, period=made.period.label, origins=len(result.origins))
    table(title, heads, rows, right=list(range(2, 9)))
    talk(say("forecast-table.score-kept", said, id=made.id))
