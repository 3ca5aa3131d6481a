"""``lingtan green``: whose kilowatt-hour was it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingtan.apps.cli import green_certificates, green_more, green_statement
from lingtan.apps.cli.account_options import AsOfOption, PeriodOption, parse_as_of
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
    from lingtan.green.rules import Ratio
    from lingtan.services.trace_green import GreenTrace

app = typer.Typer(help="Green power: tracing by the hour, ratios, certificates · 绿电", no_args_is_help=True)
green_more.register(app)
app.add_typer(green_certificates.app, name="certificates")
app.command("statement")(green_statement.statement)
StepOption = Annotated[str, typer.Option("--step", help="Interval: 15min, 30min or 1h · 时段长度")]
EnterpriseOption = Annotated[str, typer.Option("--enterprise", help="Only this enterprise · 只看该企业")]


@app.command("trace")
@command
def trace(
    period: PeriodOption,
    enterprise: EnterpriseOption = "",
    step: StepOption = "1h",
    as_of: AsOfOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Who used which kilowatt-hours: each consumer's sources, with losses and what nobody meters · 逐时溯源

    Example: lingtan green trace --period 2025 --step 15min
    """
    from lingtan.services.trace_green import trace_green

    said = language(lang)
    space = workspace(park, said)
    made = trace_green(
        space,
        period,
        step=step,
        as_of=parse_as_of(as_of, space.park.park.timezone),
        listener=listener(said, quiet=json_),
    )
    known_consumer(made, enterprise)
    if json_:
        answer(trace_json(made, enterprise))
    else:
        _print_trace(made, enterprise, said)


@app.command("rules")
@command
def rules(
    period: PeriodOption,
    as_of: AsOfOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """The ratios that the notices ask for: numerator, denominator, margin, outlook to year end · 政策比例

    Example: lingtan green rules --period 2025
    """
    from lingtan.base.text import say
    from lingtan.services.green_rules import green_rules

    said = language(lang)
    space = workspace(park, said)
    when = parse_as_of(as_of, space.park.park.timezone)
    made = green_rules(space, period, as_of=when, listener=listener(said, quiet=json_))
    if json_:
        answer(
            {
                "trace": made.trace.id,
                "period": made.trace.period.label,
                "hours_with_data": made.hours_with_data,
                "quantities_wh": vars(made.quantities),
                "ratios": [ratio_json(r) for r in made.ratios],
                "at_year_end": [ratio_json(r) for r in made.at_year_end],
                "outlook": made.outlook,
                "choices": made.trace.park.tracing.direct_supply.model_dump(mode="json"),
            }
        )
        return
    if made.trace.park.park.synthetic:
        talk(say("account-table.synthetic", said))
    rows = [
        [
            say(f"green-ratio.{r.id}", said),
            _percent(r.value),
            ("≥ " if r.sense == "at_least" else "≤ ") + _percent(r.limit),
            say(f"indicator.met-{r.met}", said),
            _mwh(r.numerator),
            _mwh(r.denominator),
            _mwh(r.margin_wh),
            _percent(end.value),
            r.source,
        ]
        for r, end in zip(made.ratios, made.at_year_end, strict=True)
    ]
    names = ("ratio", "value", "limit", "met", "numerator", "denominator", "margin", "year-end", "source")
    title = say("green-table.rules", said, period=made.trace.period.label)
    table(title, [say(f"green-table.{n}", said) for n in names], rows, right=[1, 2, 4, 5, 6, 7])
    choice = made.trace.park.tracing.direct_supply
    talk(
        say(
            "green-table.choices",
            said,
            available=say(f"green-choice.{choice.available_generation}", said),
            raised=choice.load_share_raised_from,
        )
    )
    way = made.outlook if made.outlook in ("done", "line") else "shape"
    talk(say(f"green-outlook.{way}", said, year=made.outlook))


def known_consumer(made: "GreenTrace", enterprise: str) -> None:
    """Refuse an enterprise that the trace does not know."""
    from lingtan.base.errors import InputError
    from lingtan.base.ids import nearest

    names = {s.enterprise for s in made.flows.sinks.values()}
    if enterprise and enterprise not in names:
        raise InputError("green.no-consumer", enterprise=enterprise, nearest=nearest(enterprise, names) or min(names))


def trace_json(made: "GreenTrace", enterprise: str = "") -> dict[str, Any]:
    """A trace as JSON: by consumer the energy of each source, scores, losses. [Wh]"""
    from lingtan.green.summary import mix, score

    columns, kinds = made.traced.columns, made.flows.kinds
    consumers = {}
    for name, sink in made.flows.sinks.items():
        if enterprise and sink.enterprise != enterprise:
            continue
        rows = made.by_consumer[name]
        found = score(rows, columns, kinds, made.months, made.hours)
        consumers[name] = {
            "enterprise": sink.enterprise,
            "asset": sink.asset or None,
            "used_wh": int(rows.sum()),
            "by_source_wh": {c: int(v) for c, v in zip(columns, rows.sum(axis=1), strict=True)},
            "by_kind_wh": mix(name, rows, columns, kinds).wh,
            "scores": {k: _share(getattr(found, k).share) for k in ("hourly", "monthly", "yearly")},
        }
    return {
        "trace": made.id,
        "period": made.period.label,
        "step_s": made.step_s,
        "as_of": made.as_of,
        "rule": made.rule,
        "storage": made.park.tracing.storage,
        "losses": made.park.tracing.losses,
        "consumers": consumers,
        "exports": {n: mix(n, made.by_consumer[n], columns, kinds).wh for n in made.flows.exports},
        "losses_and_unmetered_wh": mix("", made.rest, columns, kinds).wh,
        "overmetered_wh": made.flows.overmetered_wh,
    }


def _print_trace(made: "GreenTrace", enterprise: str, lang: str) -> None:
    from lingtan.base.text import label, say
    from lingtan.green.summary import KINDS, mix, score

    if made.park.park.synthetic:
        talk(say("account-table.synthetic", lang))
    columns, kinds = made.traced.columns, made.flows.kinds
    names = {e.id: label(e.name, lang) for e in made.park.enterprises}
    shown = [k for k in KINDS if any(made.kind(c) == k for c in columns)]
    rows = []
    for name, sink in made.flows.sinks.items():
        if enterprise and sink.enterprise != enterprise:
            continue
        found = mix(name, made.by_consumer[name], columns, kinds)
        hourly = score(made.by_consumer[name], columns, kinds, made.months, made.hours).hourly.share
        who = names.get(sink.enterprise, sink.enterprise) + (f" · {sink.asset}" if sink.asset else "")
        rows.append((found.total, [who, *_energy(found.wh, shown), _mwh(found.total), _percent(hourly)]))
    cells = [r for _, r in sorted(rows, key=lambda pair: -pair[0])]
    if not enterprise:
        for name in made.flows.exports:
            found = mix(name, made.by_consumer[name], columns, kinds)
            cells.append([say("green-table.export", lang, name=name), *_energy(found.wh, shown), _mwh(found.total), ""])
        lost = mix("", made.rest, columns, kinds)
        cells.append([say("green-table.rest", lang), *_energy(lost.wh, shown), _mwh(lost.total), ""])
    heads = [say("green-table.consumer", lang), *(say(f"green-kind.{k}", lang) for k in shown)]
    heads += [say("green-table.total", lang), say("green-table.hourly", lang)]
    title = say(
        "green-table.trace",
        lang,
        period=made.period.label,
        rule=say(f"green-rule.{made.rule}", lang),
        storage=say(f"green-storage.{made.park.tracing.storage}", lang),
    )
    table(title, heads, cells, right=list(range(1, len(heads))))
    talk(say("green-table.kept", lang, trace=made.id, rev=made.as_of))


def _energy(wh: Mapping[str, int], kinds: list[str]) -> list[str]:
    return [_mwh(wh.get(k, 0)) for k in kinds]


def _mwh(wh: int) -> str:
    return f"{wh / 1e6:,.1f}"


def _percent(value: Any) -> str:
    return "–" if value is None else f"{float(value) * 100:.2f} %"


def _share(value: Any) -> float | None:
    return None if value is None else float(value)


def ratio_json(ratio: "Ratio") -> dict[str, Any]:
    """A ratio as JSON. [Wh]"""
    return {
        "id": ratio.id,
        "value": _share(ratio.value),
        "numerator_wh": ratio.numerator,
        "denominator_wh": ratio.denominator,
        "sense": ratio.sense,
        "limit": float(ratio.limit),
        "met": ratio.met,
        "margin_wh": ratio.margin_wh,
        "source": ratio.source,
    }
