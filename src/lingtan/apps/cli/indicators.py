"""``lingtan indicators``: the core indicator and the guiding ones."""

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import typer

from lingtan.apps.cli.account_options import AsOfOption, FloorOption, PeriodOption, RulesOption, parse_as_of
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
    from lingtan.carbon.indicators import Indicator
    from lingtan.services.show_indicators import Shown

app = typer.Typer(help="The core and guiding indicators · 核心指标与引导性指标", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The core and guiding indicators · 核心指标与引导性指标"""


@app.command("show")
@command
def show(
    period: PeriodOption,
    rules: RulesOption = "ndrc-910-2025",
    as_of: AsOfOption = "",
    floor: FloorOption = None,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Each indicator with its formula, coverage, target and interval · 各指标及其公式、覆盖率、目标和区间

    Example: lingtan indicators show --period 2025
    """
    from lingtan.services.run_account import run_account
    from lingtan.services.show_indicators import show_indicators

    said = language(lang)
    space = workspace(park, said)
    when = parse_as_of(as_of, space.park.park.timezone)
    made = run_account(space, period, rules=rules, as_of=when, floor=floor, listener=listener(said, quiet=json_))
    shown = show_indicators(space, made)
    if json_:
        from lingtan.apps.cli.intensity_table import intensities_as_json

        found = [as_json(i) for i in shown.indicators]
        answer({"run": made.record, "indicators": found, "intensities": intensities_as_json(made)})
    else:
        from lingtan.apps.cli.intensity_table import print_intensities

        print_indicators(shown, said)
        print_intensities(made, said)


def as_json(indicator: "Indicator") -> dict[str, Any]:
    """An indicator as JSON; exact fractions are given as decimal text."""
    plain: dict[str, Any] = dict(vars(indicator))
    plain["met"] = indicator.met
    plain["interval"] = vars(indicator.interval) if indicator.interval else None
    plain["details"] = [{k: _plain(v) for k, v in d.items()} for d in indicator.details]
    plain["extra"] = {k: _plain(v) for k, v in indicator.extra.items()}
    return {k: _plain(v) for k, v in plain.items()}


def _plain(value: Any) -> Any:
    return f"{float(value):.12g}" if isinstance(value, Fraction) else value


def print_indicators(shown: "Shown", lang: str) -> None:
    """One row an indicator, then what the core lacks, the notes and the products."""
    from lingtan.base.text import label, say

    if shown.run.park.park.synthetic:
        talk(say("account-table.synthetic", lang))
    rows = []
    for i in shown.indicators:
        rows.append(
            [
                say(f"indicator.{i.id}", lang),
                _number(i.value, i.unit, lang),
                _target(i, lang),
                say(f"indicator.met-{'excluded' if i.excluded else i.met}", lang),
                _band(i),
                f"{i.interval.probability:.0%}" if i.interval and i.interval.probability is not None else "",
                f"{float(i.coverage):.2%}" if i.coverage is not None else "",
                say(f"formula.{i.id}", lang),
                i.id,
            ]
        )
    names = ("indicator", "value", "target", "met", "interval", "probability", "coverage", "formula", "figure")
    title = say("indicator.title", lang, period=shown.run.record["period"], rules=label(shown.run.rules.title, lang))
    table(title, [say(f"indicator.column-{n}", lang) for n in names], rows, right=[1, 2, 5, 6])
    core = shown.indicators[0] if shown.indicators else None
    if core is not None:
        talk(_core_sentence(core, lang))
    for i in shown.indicators:
        for note in i.notes:
            talk(f"  {say(f'indicator.{i.id}', lang)}: {say(note, lang, reason=i.excluded or '')}")
    products = next((i.details for i in shown.indicators if i.id == "product_energy"), ())
    if products:
        cells = [
            [d["product"], d["enterprise"], _figure(d["kgce_per_unit"]), _figure(d["limit"]), d["unit"], d["standard"],
             say(f"indicator.met-{d['met']}", lang)]
            for d in products
        ]  # fmt: skip
        heads = ("product", "enterprise", "unit-energy", "limit", "unit", "standard", "met")
        table(say("indicator.products", lang), [say(f"indicator.column-{h}", lang) for h in heads], cells, right=[2, 3])


def _core_sentence(core: "Indicator", lang: str) -> str:
    from lingtan.base.text import say

    parts = [
        say("indicator.core-parts", lang, co2=f"{float(core.numerator):,.1f}", tce=f"{float(core.denominator):,.1f}")
    ]
    gap = core.extra.get("gap_tco2")
    if isinstance(gap, Fraction):
        key = "indicator.core-over" if gap > 0 else "indicator.core-under"
        tce = core.extra["gap_tce"]
        assert isinstance(tce, Fraction)
        parts.append(say(key, lang, co2=f"{abs(float(gap)):,.1f}", tce=f"{abs(float(tce)):,.1f}"))
    return " ".join(parts)


def _number(value: Fraction | None, unit: str, lang: str) -> str:
    from lingtan.base.text import say
    from lingtan.base.units import rounded

    if value is None:
        return say("indicator.no-value", lang)
    return f"{rounded(value * 100, 1, 2)} %" if unit == "1" else f"{rounded(value, 1, 4)} {unit.replace('CO2', 'CO₂')}"


def _target(indicator: "Indicator", lang: str) -> str:
    if indicator.target is None:
        return "–"
    sign = "≤" if indicator.lower_is_better else "≥"
    return f"{sign} {_number(indicator.target, indicator.unit, lang)}"


def _band(indicator: "Indicator") -> str:
    if indicator.interval is None:
        return ""
    low, high = indicator.interval.low, indicator.interval.high
    return f"{low:.1%} … {high:.1%}" if indicator.unit == "1" else f"{low:.4f} … {high:.4f}"


def _figure(value: object) -> str:
    return f"{float(value):,.2f}" if isinstance(value, Fraction) else ""
