"""``lingtan green score``, ``contracts`` and ``intensity``."""

from pathlib import Path
from typing import Annotated, Any

import typer

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

EnterpriseOption = Annotated[str, typer.Option("--enterprise", help="Only this enterprise · 只看该企业")]
OutOption = Annotated[Path | None, typer.Option("--out", help="File: .csv, .parquet or .json · 输出文件")]


def register(app: typer.Typer) -> None:
    """Add the commands to ``lingtan green``."""
    for name, function in (("score", score), ("contracts", contracts), ("intensity", intensity)):
        app.command(name)(function)


@command
def score(
    period: PeriodOption,
    enterprise: EnterpriseOption = "",
    as_of: AsOfOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Green by hour, month and year; emissions by location, market and trace; the hours that cost · 绿电匹配度

    Example: lingtan green score --period 2025
    """
    from lingtan.base.text import label, say
    from lingtan.services.green_scores import green_scores

    said = language(lang)
    space = workspace(park, said)
    when = parse_as_of(as_of, space.park.park.timezone)
    made = green_scores(space, period, enterprise=enterprise, as_of=when, listener=listener(said, quiet=json_))
    if enterprise and not made.scores:
        from lingtan.base.errors import InputError
        from lingtan.base.ids import nearest

        known = made.trace.enterprises
        raise InputError("green.no-consumer", enterprise=enterprise, nearest=nearest(enterprise, known) or known[0])
    if json_:
        answer({"trace": made.trace.id, "period": made.trace.period.label, "factors": vars(made.factors),
                "scores": [score_json(s) for s in made.scores]})  # fmt: skip
        return
    if made.trace.park.park.synthetic:
        talk(say("account-table.synthetic", said))
    names = {e.id: label(e.name, said) for e in made.trace.park.enterprises}
    rows = [
        [
            names.get(s.name, s.name) if s.name else say("green-more.park", said),
            *(_percent(getattr(s.matching, k).share) for k in ("hourly", "monthly", "yearly")),
            _percent(s.with_certificates),
            *(_tonnes(v) for v in (s.location_kg, s.market_kg, s.traced_kg)),
        ]
        for s in made.scores
    ]
    heads = [say(f"green-more.{n}", said) for n in
             ("who", "hourly", "monthly", "yearly", "certified", "location", "market", "traced")]  # fmt: skip
    title = say("green-more.scores", said, period=made.trace.period.label)
    table(title, heads, rows, right=list(range(1, 8)))
    first = made.scores[0]
    worst = [[at.strftime("%Y-%m-%d %H:%M"), f"{wh / 1e6:,.3f}"] for at, wh in first.worst]
    table(say("green-more.worst", said), [say("green-more.hour", said), "MWh"], worst, right=[1])
    talk(
        say("green-more.factors", said, **{k: made.factors.sources.get(k, "–") for k in ("location", "market", "grid")})
    )


@command
def contracts(
    period: PeriodOption,
    enterprise: EnterpriseOption = "",
    step: Annotated[str, typer.Option("--step", help="Interval: 15min, 30min or 1h · 时段长度")] = "1h",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Agreements and green trades: contracted, metered and settled volumes by month · 合同电量与结算电量

    Example: lingtan green contracts --period 2025
    """
    from lingtan.base.text import say
    from lingtan.services.green_contracts import green_contracts

    said = language(lang)
    space = workspace(park, said)
    made, found = green_contracts(space, period, step=step, listener=listener(said, quiet=json_))
    found = [s for s in found if enterprise in ("", s.enterprise)]
    if json_:
        answer({"trace": made.id, "contracts": [
            {**vars(s), "deviation_wh": s.deviation_wh, "amount_cny": s.amount_cny} for s in found]})  # fmt: skip
        return
    if not found:
        talk(say("green-more.no-contracts", said))
        return
    rows = []
    for name in dict.fromkeys(s.contract for s in found):
        mine = [s for s in found if s.contract == name]
        amounts = [s.amount_cny for s in mine if s.amount_cny is not None]
        generated = [s.generated_wh for s in mine if s.generated_wh is not None]
        rows.append([
            name, say(f"green-more.{mine[0].sort}", said), mine[0].enterprise, mine[0].source,
            _mwh(sum(s.contracted_wh for s in mine)), _mwh(sum(generated)) if generated else "–",
            _mwh(sum(s.metered_wh for s in mine)), _mwh(sum(s.settled_wh for s in mine)),
            _mwh(sum(s.deviation_wh for s in mine)), f"{sum(amounts):,.2f}" if amounts else "–", mine[0].document,
        ])  # fmt: skip
    heads = ("contract", "sort", "enterprise", "source", "contracted", "generated", "metered", "settled", "deviation",
             "amount", "document")  # fmt: skip
    title = say("green-more.contracts", said, period=made.period.label)
    table(title, [say(f"green-more.{h}", said) for h in heads], rows, right=list(range(4, 10)))


@command
def intensity(
    period: PeriodOption,
    out: OutOption = None,
    as_of: AsOfOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Average and marginal carbon intensity of electricity, heat and steam by hour · 逐时碳强度

    Example: lingtan green intensity --period 2025 --out intensity.parquet
    """
    import numpy as np

    from lingtan.base.text import say
    from lingtan.services.green_intensity import green_intensity

    said = language(lang)
    space = workspace(park, said)
    when = parse_as_of(as_of, space.park.park.timezone)
    made = green_intensity(space, period, as_of=when, listener=listener(said, quiet=json_))
    if out is not None:
        _write(made.table(), out)
        talk(say("green-more.written", said, file=out))
    if json_:
        hours = [at.isoformat() for at in made.hours]
        answer({"period": made.period.label, "hours": hours, "carriers": [
            {"carrier": i.carrier, "unit": i.unit, "average": _plain(i.average), "marginal": _plain(i.marginal)}
            for i in made.carriers]})  # fmt: skip
        return
    rows = [
        [i.carrier, f"{np.nanmean(i.average):.4f}", f"{np.nanmin(i.average):.4f}", f"{np.nanmax(i.average):.4f}",
         f"{np.nanmean(i.marginal):.4f}", i.unit]
        for i in made.carriers
    ]  # fmt: skip
    heads = [say(f"green-more.{n}", said) for n in ("carrier", "mean", "low", "high", "marginal", "unit")]
    table(say("green-more.intensity", said, period=made.period.label), heads, rows, right=[1, 2, 3, 4])


def _write(data: Any, out: Path) -> None:
    """A table as CSV, Parquet or JSON rows, by the file's ending."""
    from lingtan.base.errors import InputError

    ending = out.suffix.lower()
    if ending == ".parquet":
        import pyarrow.parquet as pq

        pq.write_table(data, out, compression="zstd")
    elif ending == ".csv":
        from pyarrow import csv

        csv.write_csv(data, out)
    elif ending == ".json":
        import json

        out.write_text(json.dumps(data.to_pylist(), default=str), encoding="utf-8")
    else:
        raise InputError("green.bad-ending", ending=ending or "–")


def _plain(values: Any) -> list[float | None]:
    return [None if v != v else round(float(v), 9) for v in values]


def score_json(s: Any) -> dict[str, Any]:
    """A score as JSON."""
    shares = {k: getattr(s.matching, k) for k in ("hourly", "monthly", "yearly")}
    return {
        "name": s.name or None,
        **{k: None if v.share is None else float(v.share) for k, v in shares.items()},
        "matched_wh": {k: v.matched_wh for k, v in shares.items()},
        "used_wh": s.matching.hourly.used_wh,
        "certificates_kwh": s.certificates_kwh,
        "yearly_with_certificates": None if s.with_certificates is None else float(s.with_certificates),
        "location_kg": s.location_kg,
        "market_kg": s.market_kg,
        "traced_kg": s.traced_kg,
        "worst_hours": [{"hour": at.isoformat(), "missed_wh": wh} for at, wh in s.worst],
    }


def _percent(value: Any) -> str:
    return "–" if value is None else f"{float(value) * 100:.2f} %"


def _tonnes(kg: float | None) -> str:
    return "–" if kg is None else f"{kg / 1000:,.1f}"


def _mwh(wh: int) -> str:
    return f"{wh / 1e6:,.1f}"
