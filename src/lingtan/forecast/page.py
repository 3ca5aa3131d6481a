"""A page of charts about a backtest, complete in one HTML file: what was known when, skill, coverage."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from lingtan.base.text import say
from lingtan.forecast.backtest import Backtest, Score
from lingtan.forecast.record import MEDIAN, Forecast

Floats = npt.NDArray[np.float64]
WIDTH, HEIGHT, LEFT, BOTTOM = 720, 210, 62, 34
STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans SC",sans-serif;max-width:860px;margin:2rem auto;padding:0 1rem;color:#1d2733}
svg{width:100%;height:auto;background:#fff} h2{margin-top:2.2rem} .note{color:#51606f}
table{border-collapse:collapse;width:100%} td,th{padding:.2rem .6rem;border-bottom:1px solid #dde3e9;text-align:right}
td:first-child,th:first-child{text-align:left} text{font-size:11px;fill:#51606f} .warn{background:#fff4d6;padding:.4rem .8rem}
"""


def page(
    result: Backtest,
    *,
    title: str,
    lang: str,
    zone: str,
    synthetic: bool,
    names: Mapping[str, str],
    shown: Sequence[str],
) -> str:
    """The page in one language; ``shown`` are the targets whose forecasts are drawn."""
    parts = [f"<h1>{escape(title)}</h1>"]
    if synthetic:
        parts.append(f'<p class="warn">{escape(say("account-table.synthetic", lang))}</p>')
    parts.append(
        f"<p>{escape(say('forecast-page.lead', lang, origins=len(result.origins), trained=len(result.trained)))}</p>"
    )
    parts.append(f"<h2>{escape(say('forecast-page.known', lang))}</h2>")
    for made, actual in result.samples:
        for name in shown:
            if name in made.series:
                parts.append(fan(made, name, actual[name], names.get(name, name), lang, zone))
    parts.append(f"<h2>{escape(say('forecast-page.skill', lang))}</h2>")
    parts.append(skills(result, names, lang))
    parts.append(f"<h2>{escape(say('forecast-page.coverage', lang))}</h2>")
    parts.append(coverage(result.scores, lang))
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>{"".join(parts)}</body></html>'
    )


def fan(made: Forecast, name: str, actual: Floats, title: str, lang: str, zone: str) -> str:
    """One forecast with its bands, and what came."""
    series = made.series[name]
    values = series.values
    top = float(np.nanmax(np.concatenate([values[:, -1], actual[np.isfinite(actual)]]))) or 1.0
    low = min(float(np.nanmin(values[:, 0])), 0.0)
    n = made.steps

    def x(i: float) -> float:
        return LEFT + (WIDTH - LEFT - 8) * i / max(n - 1, 1)

    def y(v: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 12) * (v - low) / max(top - low, 1e-9)

    def band(a: int, b: int, opacity: float) -> str:
        up = " ".join(f"{x(i):.1f},{y(values[i, b]):.1f}" for i in range(n))
        down = " ".join(f"{x(i):.1f},{y(values[i, a]):.1f}" for i in reversed(range(n)))
        return f'<polygon points="{up} {down}" fill="#2b7bba" fill-opacity="{opacity}"/>'

    came, run = [], []
    for i in range(n):
        if np.isfinite(actual[i]):
            run.append(f"{x(i):.1f},{y(actual[i]):.1f}")
        elif run:
            came.append(run)
            run = []
    came.append(run)
    lines = "".join(
        f'<polyline points="{" ".join(r)}" fill="none" stroke="#d1495b" stroke-width="1.3"/>' for r in came if r
    )
    middle = " ".join(f"{x(i):.1f},{y(values[i, MEDIAN]):.1f}" for i in range(n))
    times = [t.astimezone(ZoneInfo(zone)) for t in made.times]
    ticks = "".join(
        f'<line x1="{x(i):.1f}" x2="{x(i):.1f}" y1="12" y2="{HEIGHT - BOTTOM}" stroke="#e3e8ee"/>'
        f'<text x="{x(i) + 2:.1f}" y="{HEIGHT - BOTTOM + 13}">{t:%m-%d %H:%M}</text>'
        for i, t in enumerate(times)
        if t.minute == 0 and t.hour % (6 if n <= 200 else 24) == 0
    )
    scale = "".join(
        f'<text x="{LEFT - 5}" y="{y(v) + 4:.1f}" text-anchor="end">{v:,.0f}</text>' for v in np.linspace(low, top, 4)
    )
    known = say(
        "forecast-page.caption", lang, issued=_local(made.issued_at, zone),
        until=_local(series.known_until, zone) if series.known_until else "–", model=say(f"forecast-model.{series.model}", lang),
    )  # fmt: skip
    return (
        f'<figure><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{ticks}{scale}'
        f'{band(0, len(made.quantiles) - 1, 0.18)}{band(2, 4, 0.3)}<polyline points="{middle}" fill="none" stroke="#1b4f7a" stroke-width="1.2"/>'
        f"{lines}</svg><figcaption><b>{escape(title)}</b> [{escape(series.target.unit)}] · "
        f'<span class="note">{escape(known)}</span></figcaption></figure>'
    )


def skills(result: Backtest, names: Mapping[str, str], lang: str) -> str:
    """Skill against each baseline, by target and horizon; what loses is red."""
    rivals = ("weekly-naive", "seasonal-naive", "climatology", "similar-days")
    heads = [say("forecast-table.target", lang), say("forecast-table.horizon", lang), say("forecast-table.mae", lang)]
    heads += [say("forecast-table.covered", lang), *(say(f"forecast-model.{r}", lang) for r in rivals)]
    rows = []
    for s in result.scores:
        if s.method != "forecast":
            continue
        cells = [names.get(s.target, s.target), f"≤ {s.bucket_h} h", f"{s.mae:,.3g}", f"{s.covered_90:.0%}"]
        marks = []
        for rival in rivals:
            gain = result.skill(s.target, s.bucket_h, rival)
            marks.append(
                "<td>–</td>"
                if gain is None
                else f'<td style="color:{"#b3261e" if gain < 0 else "#1d2733"}">{gain:+.0%}</td>'
            )
        rows.append("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in cells) + "".join(marks) + "</tr>")
    head = "".join(f"<th>{escape(h)}</th>" for h in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def coverage(scores: Sequence[Score], lang: str) -> str:
    """What share of values the 90 % and 50 % bands held, by horizon, over all targets."""
    own = [s for s in scores if s.method == "forecast"]
    bars = []
    for i, bucket in enumerate(sorted({s.bucket_h for s in own})):
        mine = [s for s in own if s.bucket_h == bucket]
        weight = sum(s.counted or s.values for s in mine)
        for j, (want, got) in enumerate(
            [
                (0.9, sum(s.covered_90 * (s.counted or s.values) for s in mine) / weight),
                (0.5, sum(s.covered_50 * (s.counted or s.values) for s in mine) / weight),
            ]
        ):
            y = 14 + i * 52 + j * 22
            bars.append(
                f'<text x="0" y="{y + 12}">≤ {bucket} h · {want:.0%}</text><rect x="110" y="{y}" width="{got * 560:.1f}" height="15" fill="#2b7bba" '
                f'fill-opacity="{0.85 if j == 0 else 0.5}"/><line x1="{110 + want * 560:.1f}" x2="{110 + want * 560:.1f}" y1="{y - 2}" y2="{y + 17}" '
                f'stroke="#d1495b" stroke-width="2"/><text x="{116 + got * 560:.1f}" y="{y + 12}">{got:.1%}</text>'
            )
    high = 20 + 52 * len({s.bucket_h for s in own})
    label = escape(say("forecast-page.coverage", lang))
    return f'<svg viewBox="0 0 {WIDTH} {high}" role="img" aria-label="{label}">{"".join(bars)}</svg>'


def _local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
