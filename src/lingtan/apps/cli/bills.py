"""``lingtan bills``: electricity bills from the park's own readings, and the same months paid in other ways."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
    from lingtan.park.tariffs.bill import Bill, Line
    from lingtan.park.tariffs.compare import Comparison
    from lingtan.services.make_bills import Made

app = typer.Typer()
PeriodOption = Annotated[str, typer.Option("--period", help="Month or year: 2025-03 or 2025 · 月或年")]
ConnectionOption = Annotated[str, typer.Option("--connection", help="One connection; all if not given · 接入点")]
FloorOption = Annotated[float, typer.Option("--floor", min=0, max=1, help="Least coverage · 覆盖率下限")]


@app.callback(invoke_without_command=True)
@command
def show(
    context: typer.Context,
    period: Annotated[str, typer.Option("--period", help="Month or year: 2025-03 or 2025 · 月或年")] = "",
    connection: ConnectionOption = "",
    floor: FloorOption = 0.95,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """The bill of each connection and month, line by line · 逐项列出各接入点各月电费

    Example: lingtan bills --period 2025-03
    """
    if context.invoked_subcommand is not None:
        return
    if not period:
        raise typer.BadParameter("--period 2025-03")
    from lingtan.base.text import say
    from lingtan.services.make_bills import make_bills

    said = language(lang)
    space = workspace(park, said)
    found = make_bills(space, period, connection=connection, floor=floor, listener=listener(said, quiet=json_))
    if json_:
        answer([as_json(made) for made in found])
        return
    if space.park.park.synthetic:
        talk(say("bill.synthetic", said))
    for made in found:
        _print(made, said)


@app.command("compare")
@command
def compare(
    period: PeriodOption,
    connection: ConnectionOption = "",
    floor: FloorOption = 0.95,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Demand, contract or capacity; ordinary or 1192: the same months paid in every way · 需量、容量与 1192 比价

    Example: lingtan bills compare --period 2025
    """
    from lingtan.base.text import say
    from lingtan.services.make_bills import compare_tariffs

    said = language(lang)
    space = workspace(park, said)
    found = compare_tariffs(space, period, connection=connection, floor=floor, listener=listener(said, quiet=json_))
    if json_:
        answer([compared_json(name, now, result, said) for name, (now, result) in found.items()])
        return
    for name, (now, result) in found.items():
        paid = sum((b.total for b in now), Decimal(0))
        rows: list[list[Any]] = [[say("bill.now", said), None, f"{paid:,.2f}", None]]
        for option in result.options:
            words = f"{say(f'bill.options.{option.basis}', said)}, {say(f'bill.options.{option.pricing}', said)}"
            if option.total is None:
                why = option.problem.format(said) if option.problem else ""
                rows.append([words, None, say("bill.cannot", said, why=why), None])
            else:
                rows.append([words, option.contract_kw, f"{option.total:,.2f}", f"{option.total - paid:+,.2f}"])
        columns = [say(f"bill.{c}", said) for c in ("option", "contract", "amount", "saving")]
        table(say("bill.compare-title", said, months=len(now), connection=name), columns, rows, right=[1, 2, 3])
        if result.break_even_kwh is not None:
            actual = sum((b.usage.total_kwh for b in now), Decimal(0)) / len(now)
            energy = f"{result.break_even_kwh / 1_000_000:.3f}"
            typer.echo(say("bill.break-even", said, energy=energy, actual=f"{actual / 1_000_000:.3f}"))


def compared_json(name: str, now: "list[Bill]", result: "Comparison", lang: str) -> dict[str, Any]:
    """The ways to pay of one connection side by side; money as exact text."""
    return {
        "connection": name,
        "now_cny": sum((b.total for b in now), Decimal(0)),
        "months": [f"{b.month:%Y-%m}" for b in now],
        "energy_kwh": sum((b.usage.total_kwh for b in now), Decimal(0)),
        "break_even_kwh_per_month": result.break_even_kwh,
        "options": [
            {
                "option": o.name,
                "basis": o.basis,
                "pricing": o.pricing,
                "contract_kw": o.contract_kw,
                "total_cny": o.total,
                "months_cny": [b.total for b in o.bills],
                "problem": o.problem.as_dict(lang) if o.problem else None,
            }
            for o in result.options
        ],
    }


def as_json(made: "Made") -> dict[str, Any]:
    """A bill as JSON; money and energy as exact text."""
    bill = made.bill
    return {
        "tariff": bill.tariff,
        "connection": bill.connection,
        "month": f"{bill.month:%Y-%m}",
        "pricing": bill.pricing,
        "basis": bill.basis,
        "total_cny": bill.total,
        "average_cny_per_kwh": bill.average,
        "energy_kwh": bill.usage.total_kwh,
        "energy_by_period_kwh": dict(bill.usage.kwh),
        "max_demand_kw": bill.usage.max_kw,
        "demand_minutes": made.demand_minutes,
        "export_kwh": bill.usage.export_kwh,
        "coverage": made.coverage,
        "estimated": made.estimated,
        "divided_kwh": made.divided_kwh,
        "lines": [line.as_dict() for line in bill.lines],
        "sources": dict(bill.sources),
    }


def _print(made: "Made", lang: str) -> None:
    from lingtan.base.text import say

    bill: Bill = made.bill
    rows = [_row(line, lang) for line in bill.lines]
    rows.append([say("bill.total", lang), None, None, None, None, f"{bill.total:,.2f}", None])
    columns = [say(f"bill.{c}", lang) for c in ("item", "period", "quantity", "unit", "price", "amount", "source")]
    title = say("bill.title", lang, month=f"{bill.month:%Y-%m}", connection=bill.connection, tariff=bill.tariff)
    table(title, columns, rows, right=[2, 4, 5])
    typer.echo(
        say(
            "bill.average",
            lang,
            average=bill.average,
            energy=f"{bill.usage.total_kwh:,.0f}",
            demand=f"{bill.usage.max_kw or 0:,.1f}",
        )
    )
    typer.echo(say("bill.coverage", lang, coverage=f"{made.coverage:.1%}", estimated=f"{made.estimated:.1%}"))


def _row(line: "Line", lang: str) -> list[Any]:
    from lingtan.base.text import say

    head, _, name = line.item.partition(".")
    words = say(f"bill.items.{head}", lang, name=name)
    period = say(f"bill.periods.{line.period}", lang) if line.period else None
    quantity = f"{line.quantity:,.3f}" if line.quantity is not None else None
    price = f"{line.price.normalize():f}" if line.price is not None else None
    return [words, period, quantity, line.unit, price, f"{line.amount:,.2f}", line.source]
