"""``lingtan account``: run and show an account."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingtan.apps.cli import account_close, account_explain
from lingtan.apps.cli.account_options import AsOfOption, FloorOption, PeriodOption, RulesOption, parse_as_of
from lingtan.apps.cli.account_options import tonnes as _tonnes
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
    from lingtan.services.run_account import Run
    from lingtan.services.workspace import Workspace

app = typer.Typer(help="The carbon and energy account · 碳与能源核算", no_args_is_help=True)
app.command("explain")(account_explain.explain)
app.command("close")(account_close.close)
app.command("restate")(account_close.restate)
app.command("diff")(account_close.diff)
app.command("list")(account_close.list_)
app.command("show")(account_close.show)


@app.command("run")
@command
def run(
    period: PeriodOption,
    month: Annotated[str, typer.Option("--month", help="One month of the year, such as 03 · 月份")] = "",
    rules: RulesOption = "ndrc-910-2025",
    as_of: AsOfOption = "",
    floor: FloorOption = None,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Account a period under a rule set · 按规则集核算一个期间

    Example: lingtan account run --period 2025 --rules ndrc-910-2025
    """
    from lingtan.base.text import say
    from lingtan.services.closings import current_closing
    from lingtan.services.run_account import run_account

    said = language(lang)
    space = workspace(park, said)
    label = f"{period}-{int(month):02d}" if month.isdecimal() else (month or period)
    made = run_account(
        space,
        label,
        rules=rules,
        as_of=parse_as_of(as_of, space.park.park.timezone),
        floor=floor,
        listener=listener(said, quiet=json_),
    )
    closing = current_closing(space, made.period.label, rules)
    if json_:
        answer({**as_json(made), "closing": closing.record["id"] if closing else None})
        return
    print_account(space, made, said)
    if closing is not None:
        same = closing.record["result"] == made.record["result"]
        talk(say(f"closing.run-{'same' if same else 'differs'}", said, period=made.period.label, closing=closing.id))


@app.command("factors")
@command
def factors(
    period: PeriodOption,
    rules: RulesOption = "ndrc-910-2025",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """The factors that an account of the park uses, with their sources · 核算所用因子及其来源

    Example: lingtan account factors --period 2025
    """
    from lingtan.base.text import say
    from lingtan.base.time import Period
    from lingtan.carbon.account import compile_account
    from lingtan.park.carriers import carriers
    from lingtan.services.run_account import find_rules

    said = language(lang)
    space = workspace(park, said)
    accounting = space.park.accounting
    book = space.factors().with_values(
        accounting.carriers, carriers=carriers(space.park), equivalent=accounting.equivalent_kgce_per_kwh
    )
    year = Period.parse(period, space.park.park.timezone).year
    used = compile_account(space.park, find_rules(space, rules), book, year).factors()
    if json_:
        answer([f.as_dict() for f in used.values()])
        return
    rows = [
        [f.id, f"{float(f.value):.6g}", f.unit, f.source, f.source_ref, f.confidence, f.source_link]
        for f in used.values()
    ]
    names = ["id", "value", "unit", "source", "reference", "confidence", "link"]
    table(say("account-table.factors", said), [say(f"account-table.{n}", said) for n in names], rows, right=[1])


def as_json(made: "Run") -> dict[str, Any]:
    """A run as JSON: its record, totals and postings."""
    account = made.account
    totals = {m.id: _tonnes(account.total(m.id)) for m in made.rules.measures}
    return {
        "run": made.record,
        "totals": totals,
        "units": {m.id: m.unit for m in made.rules.measures},
        "certificates": {
            "held_kwh": account.crossing.certificate_kwh,
            "covered_kwh": account.crossing.covered_wh // 1000,
            "coverable_kwh": account.crossing.coverable_wh // 1000,
        },
        "exports_unattributed_kwh": account.crossing.unattributed_wh // 1000,
        "power_kinds": [
            {
                "pool": p,
                "side": s,
                "kind": k,
                "month": m,
                "quantity_milli": v,
                "figure": f"{p}/side={s}/kind={k}/month={m // 100:04d}-{m % 100:02d}",
            }
            for (p, s, k, m), v in sorted(account.kinds.items())
        ],
        "postings": [vars(p) for p in account.postings],
        "open_points": [p.model_dump() for p in made.rules.open_points],
    }


def print_account(space: "Workspace", made: "Run", lang: str) -> None:
    """Tables by category and by enterprise, what the power was, and what to do next."""
    from lingtan.base.text import label, say
    from lingtan.carbon.points import operator

    account, rules = made.account, made.rules
    if made.park.park.synthetic:
        talk(say("account-table.synthetic", lang))
    measures = [m.id for m in rules.measures]
    names = [say(f"measure.{m}", lang) for m in measures]
    categories = sorted({p.category for p in account.postings if p.view == "direct"})
    rows = [
        [say(f"category.{c}", lang), *(_shown(account.total(m, category=c)) for m in measures), f"…/category={c}"]
        for c in categories
    ]
    rows.append([say("account-table.total", lang), *(_shown(account.total(m)) for m in measures), " | ".join(measures)])
    right = list(range(1, 1 + 2 * len(measures)))
    title = say("account-table.by-category", lang, period=made.record["period"], rules=label(rules.title, lang))
    heads = [say("account-table.category", lang), *names, say("account-table.figure", lang)]
    table(title, heads, rows, right=right[: len(measures)])
    who = {e.id: label(e.name, lang) for e in made.park.enterprises} | {"park": say("account-table.park", lang)}
    who.setdefault(operator(made.park), operator(made.park))
    totals: dict[tuple[str, str, str], int] = {}
    for p in account.postings:
        for view in ("direct", "transfer") if p.view == "direct" else ("transfer",):
            key = (p.measure, p.enterprise, view)
            totals[key] = totals.get(key, 0) + p.micrograms
    shown = sorted({e for _, e, _ in totals}, key=lambda e: -totals.get((measures[0], e, "transfer"), 0))
    rows = [
        [
            who.get(e, e),
            *(_shown(totals.get((m, e, v), 0)) for m in measures for v in ("direct", "transfer")),
        ]
        for e in shown
    ]
    rows.append([say("account-table.total", lang), *(_shown(account.total(m)) for m in measures for _ in "dt")])
    columns = [f"{n} {say(f'view.{v}', lang)}" for n in names for v in ("direct", "transfer")]
    table(
        say("account-table.by-enterprise", lang),
        [say("account-table.enterprise", lang), *columns],
        rows,
        right=right,
    )
    kinds: dict[tuple[str, str, str], int] = {}
    for (pool, side, kind, _), quantity in account.kinds.items():
        kinds[pool, side, kind] = kinds.get((pool, side, kind), 0) + quantity
    rows = [
        [
            say(f"pool.{p}", lang),
            say(f"side.{s}", lang),
            say(f"kind.{k}", lang),
            f"{q / 1e6:,.1f}",
            f"{p}/side={s}/kind={k}",
        ]
        for (p, s, k), q in sorted(kinds.items())
        if q
    ]
    heads = [say(f"account-table.{n}", lang) for n in ("pool", "side", "kind", "quantity", "figure")]
    table(say("account-table.kinds", lang), heads, rows, right=[3])
    talk(say("account-table.kept", lang, run=made.id, result=made.account.digest[:16], rev=made.record["as_of"]))


def _shown(micrograms: int) -> str:
    """Tonnes for people, with thousands set off."""
    from lingtan.base.units import rounded

    return f"{rounded(micrograms, 10**12, 3):,}"
