"""``lingtan forecast``: what will be."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingtan.apps.cli import forecast_score
from lingtan.apps.cli.account_options import AsOfOption
from lingtan.apps.cli.forecast_options import hours_of, instant, local, model_name, revision, utc
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

if TYPE_CHECKING:
    from lingtan.services.run_forecast import Issued
    from lingtan.services.workspace import Workspace

app = typer.Typer(
    help="Forecasts of loads, PV, wind and prices: train, run, show, explain, score · 预测", no_args_is_help=True
)
app.command("score")(forecast_score.score)
AtOption = Annotated[
    str, typer.Option("--at", help="When it is issued, local time; else now or where readings end · 发布时刻")
]
MetersOption = Annotated[bool, typer.Option("--meters", help="Sub-meters too, coherent with their enterprise · 含分表")]
RunOption = Annotated[str, typer.Option("--run", help="A kept forecast; else the newest · 已保存的预测")]


@app.command("train")
@command
def train(
    at: AtOption = "",
    days: Annotated[int, typer.Option("--days", min=21, max=1100, help="Days to learn from · 学习天数")] = 150,
    meters: MetersOption = False,
    as_of: AsOfOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Learn from what was known at a time; the model is kept · 训练模型

    Example: lingtan forecast train --at 2025-10-01
    """
    from lingtan.base.text import say
    from lingtan.services.forecast_models import train_forecast
    from lingtan.wiring import forecast_sources

    said = language(lang)
    space = workspace(park, said)
    made, panel, kept = train_forecast(
        space,
        forecast_sources(space),
        instant(space, at),
        days=days,
        meters=meters,
        as_of=revision(space, as_of),
        listener=listener(said, quiet=json_),
    )
    if json_:
        answer(
            {
                "model": made.digest,
                "trained_at": utc(made.trained_at),
                "kept_before": kept,
                "kinds": {k: {"rows": m.rows, "targets": len(panel.of(k))} for k, m in made.kinds.items()},
                "inputs": made.inputs,
                "left_out": [dict(n) for n in panel.left_out],
            }
        )
        return
    rows = [[say(f"forecast-kind.{k}", said), len(panel.of(k)), f"{m.rows:,}"] for k, m in made.kinds.items()]
    heads = [say(f"forecast-table.{n}", said) for n in ("kind", "targets", "rows")]
    table(say("forecast-table.trained", said, at=local(space, utc(made.trained_at))), heads, rows, right=[1, 2])
    talk(say("forecast-table.model-kept" if kept else "forecast-table.model-new", said, model=made.digest[:16]))
    _notes(panel.left_out, said)


@app.command("run")
@command
def run(
    at: AtOption = "",
    horizon: Annotated[str, typer.Option("--horizon", help="Such as 48h or 7d · 预测时长")] = "48h",
    start: Annotated[str, typer.Option("--start", help="Where it begins, if later than issued · 起始时刻")] = "",
    meters: MetersOption = False,
    as_of: AsOfOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Forecast every target from what was known at a time; daily and intraday updates are further runs · 发布预测

    Example: lingtan forecast run --at "2025-10-16 08:00" --horizon 48h
    """
    from lingtan.services.run_forecast import run_forecast
    from lingtan.wiring import forecast_sources

    said = language(lang)
    space = workspace(park, said)
    made = run_forecast(
        space,
        forecast_sources(space),
        instant(space, at),
        hours=hours_of(horizon),
        start=instant(space, start),
        meters=meters,
        as_of=revision(space, as_of),
        listener=listener(said, quiet=json_),
    )
    if json_:
        answer({"run": made.id, "trained_now": made.trained, **made.forecast.as_dict()})
        return
    _print(space, made, said)


@app.command("show")
@command
def show(
    target: Annotated[str, typer.Argument(help="One target, hour by hour; else all of them · 预测对象")] = "",
    run_: RunOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """A kept forecast: all targets, or one of them by the hour · 查看预测

    Example: lingtan forecast show park:electricity
    """
    from lingtan.base.errors import InputError
    from lingtan.base.ids import nearest
    from lingtan.base.text import say
    from lingtan.services.run_forecast import load_forecast

    said = language(lang)
    space = workspace(park, said)
    made = load_forecast(space, run_)
    found = made.forecast
    if target and target not in found.series:
        raise InputError("forecast.no-target", target=target, nearest=nearest(target, found.series) or "–")
    if json_:
        told = found.as_dict()
        if target:
            told["series"] = [s for s in told["series"] if s["target"]["id"] == target]
        answer({"run": made.id, **told})
        return
    if not target:
        _print(space, made, said)
        return
    series = found.series[target]
    hour = max(3600 // found.step_s, 1)
    rows = [
        [
            local(space, found.times[i]),
            *(_amount(v, series.target.unit) for v in series.values[i : i + hour].mean(axis=0)),
        ]
        for i in range(0, found.steps, hour)
    ]
    heads = [say("forecast-table.time", said), *(f"{q:.0%}" for q in found.quantiles)]
    title = say(
        "forecast-table.one", said, target=target, unit=series.target.unit, model=model_name(series.model, said)
    )
    table(title, heads, rows, right=list(range(1, 1 + len(found.quantiles))))


@app.command("explain")
@command
def explain(
    target: Annotated[str, typer.Argument(help="Such as pharma:electricity · 预测对象")],
    day: Annotated[int, typer.Option("--day", min=0, max=6, help="Days after the forecast's start · 第几天")] = 0,
    run_: RunOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Why a forecast is as it is: what moves it, and days that were like it · 解释预测

    Example: lingtan forecast explain park:electricity
    """
    from dataclasses import asdict

    from lingtan.base.text import say
    from lingtan.services.run_forecast import explain_forecast
    from lingtan.wiring import forecast_sources

    said = language(lang)
    space = workspace(park, said)
    kept, why = explain_forecast(
        space, forecast_sources(space), target, run_, day=day, listener=listener(said, quiet=json_)
    )
    series = kept.forecast.series[target]
    if json_:
        answer(
            {
                "run": kept.id,
                "target": target,
                "day": day,
                "unit": why.target.unit,
                "model": series.model,
                "reason": series.reason,
                "base": why.base,
                "drivers": why.drivers,
                "median_before_sums": why.median,
                "similar_days": [asdict(d) for d in why.similar],
            }
        )
        return
    if series.fallback:
        talk(say(f"forecast.reason-{series.reason}", said, target=target, model=model_name(series.model, said)))
    rows = [[say("forecast-driver.base", said), _amount(why.base, why.target.unit), ""]]
    ordered = sorted(why.drivers.items(), key=lambda d: -abs(d[1]))
    share = abs(why.base) or 1.0
    rows += [
        [say(f"forecast-driver.{g}", said), _amount(v, why.target.unit, "+"), f"{v / share:+.1%}"]
        for g, v in ordered
        if v
    ]
    rows.append([say("forecast-driver.median", said), _amount(why.median, why.target.unit), ""])
    heads = [say("forecast-table.driver", said), why.target.unit, "%"]
    table(
        say("forecast-table.why", said, target=target, day=day, at=local(space, kept.forecast.issued_at)),
        heads,
        rows,
        right=[1, 2],
    )
    rows = [
        [
            d.day.isoformat(),
            say(f"forecast-day.{d.kind}", said),
            _amount(d.mean, why.target.unit),
            "" if d.temperature_c is None else f"{d.temperature_c:.1f}",
            f"{d.away:.1%}",
        ]
        for d in why.similar
    ]
    heads = [say(f"forecast-table.{n}", said) for n in ("day", "kind-of-day", "mean", "temperature", "away")]
    table(say("forecast-table.similar", said), heads, rows, right=[2, 3, 4])


@app.command("fetch")
@command
def fetch(
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Ask the weather server of LINGTAN_WEATHER_URL for the coming week and keep its answer · 获取天气预报

    Example: lingtan forecast fetch
    """
    from lingtan.base.text import say
    from lingtan.wiring import fetch_forecast_weather

    said = language(lang)
    space = workspace(park, said)
    count = fetch_forecast_weather(space)
    if json_:
        answer({"rows": count})
    else:
        talk(say("forecast-table.fetched", said, rows=count))


def _amount(value: float, unit: str, sign: str = "") -> str:
    """A power or flow to a tenth, a price to a thousandth."""
    return format(value, f"{sign},.{3 if unit.startswith('CNY') else 1}f")


def _print(space: "Workspace", made: "Issued", lang: str) -> None:
    from lingtan.base.text import say

    found = made.forecast
    if space.park.park.synthetic:
        talk(say("account-table.synthetic", lang))
    hours = found.step_s / 3600
    day = min(found.steps, round(24 / hours))
    rows = []
    for name, s in found.series.items():
        first = s.values[:day]
        rows.append(
            [
                name,
                s.target.unit,
                _amount(first[:, 3].mean(), s.target.unit),
                " – ".join(_amount(first[:, q].mean(), s.target.unit) for q in (0, -1)),
                _amount(first[:, 3].max(), s.target.unit),
                model_name(s.model, lang),
                " ".join(say(f"forecast-flag.{f}", lang) for f in s.flags),
                local(space, s.known_until) if s.known_until else "–",
            ]
        )
    heads = [
        say(f"forecast-table.{n}", lang)
        for n in ("target", "unit", "mean", "band", "peak", "model", "flags", "known-until")
    ]
    until = found.start + timedelta(seconds=found.step_s * found.steps)
    title = say(
        "forecast-table.issued", lang, at=local(space, found.issued_at), start=local(space, found.start),
        end=local(space, until),
    )  # fmt: skip
    table(title, heads, rows, right=[2, 3, 4])
    _notes([n for n in found.notes if not str(n["code"]).startswith("forecast.flag-")], lang)
    talk(say("forecast-table.run-kept", lang, run=made.id, weather=say(f"forecast-weather.{found.weather}", lang)))


def _notes(notes: Any, lang: str) -> None:
    from lingtan.base.text import say

    for note in notes:
        values = {k: v for k, v in note.items() if k != "code"}
        if "model" in values:
            values["model"] = model_name(values["model"], lang)
        talk(say(note["code"], lang, **values))
