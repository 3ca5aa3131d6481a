"""The sections on the account: by category, enterprise, month and carrier, and what the power and heat was."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from lingtan.reports.document import Cell, Column, Section, Table
from lingtan.reports.told import TONNE, Told, decimal

WH_PER_10_MWH = 10**7  # 万kWh
MJ_PER_TJ = 10**6


def account_section(told: Told) -> Section:
    """Every measure by category, month and carrier; each table sums to the park."""
    tables = (
        _by(told, "category", "report.table-category", lambda c: told.say(f"category.{c}")),
        _by(told, "month", "report.table-month", lambda m: f"{m // 100}-{m % 100:02d}"),
        _by(told, "carrier", "report.table-carrier", lambda c: told.carriers.get(c, c)),
    )
    return Section("account", told.say("report.section-account"), (told.say("report.account-lead"),), tables)


def enterprise_section(told: Told) -> Section:
    """Enterprises where it arises, and after power, heat and fuel were moved to who used them; with intensities."""
    measures = told.measures
    moved = {m: told.sums(m, "enterprise", view="transfer") for m in measures}
    direct = {m: told.sums(m, "enterprise") for m in measures}
    names = sorted({e for m in measures for e in (*moved[m], *direct[m])}, key=lambda e: -moved[measures[0]].get(e, 0))
    columns = [Column(told.say("account-table.enterprise"), width=26)]
    columns += [
        Column(f"{told.say(f'measure.{m}')} {told.say(f'view.{v}')}", 2, width=14)
        for m in measures
        for v in ("direct", "transfer")
    ]
    year = int(str(told.record["period"])[:4])
    value = {e.id: e.output_value_cny.get(year) for e in told.park.enterprises}
    columns.append(Column(told.say("report.per-output"), 4, width=14))
    rows: list[list[Cell]] = []
    for e in names:
        row: list[Cell] = [told.enterprises.get(e, e)]
        row += [told.tonnes(t[m].get(e, 0)) for m in measures for t in (direct, moved)]
        money = value.get(e)
        row.append(
            decimal(Fraction(moved[measures[0]].get(e, 0), TONNE) / Fraction(money) * 10_000, 4) if money else None
        )
        rows.append(row)
    total: list[Cell] = [told.say("account-table.total")]
    total += [told.tonnes(told.account.total(m)) for m in measures for _ in "dt"]
    worth = sum((Fraction(v) for v in value.values() if v), Fraction(0))
    total.append(decimal(Fraction(told.account.total(measures[0]), TONNE) / worth * 10_000, 4) if worth else None)
    table = Table("enterprises", told.say("report.table-enterprise"), tuple(columns), [*rows, total], sums=True)
    return Section(
        "enterprises", told.say("report.section-enterprise"), (told.say("report.enterprise-lead"),), (table,)
    )


def kinds_section(told: Told) -> Section:
    """Power and heat by kind, and the certificates that were matched."""
    kinds: dict[tuple[str, str, str], int] = {}
    for (pool, side, kind, _), quantity in told.account.kinds.items():
        kinds[pool, side, kind] = kinds.get((pool, side, kind), 0) + quantity
    tables = []
    for pool, scale, unit in (("power", WH_PER_10_MWH, "万kWh"), ("heat", MJ_PER_TJ, "TJ")):
        rows: list[list[Cell]] = [
            [told.say(f"side.{s}"), told.say(f"kind.{k}"), decimal(Fraction(q, scale), 2)]
            for (p, s, k), q in sorted(kinds.items())
            if p == pool and q
        ]
        columns = (
            Column(told.say("account-table.side")),
            Column(told.say("account-table.kind"), width=26),
            Column(unit, 2, width=14),
        )
        if rows:
            tables.append(Table(f"kinds-{pool}", told.say(f"report.table-kinds-{pool}"), columns, rows))
    year = int(str(told.record["period"])[:4])
    held: list[list[Cell]] = [
        [c.id, told.enterprises.get(c.holder or "", c.holder or ""), told.say(f"report.certificate-{c.kind}"),
         decimal(Fraction(c.kwh, 10_000), 2), c.source]
        for c in told.park.certificates if c.year == year
    ]  # fmt: skip
    crossing = told.account.crossing
    words = told.say(
        "report.certificates",
        held=f"{decimal(Fraction(crossing.certificate_kwh, 10_000), 2):,}",
        covered=f"{decimal(Fraction(crossing.covered_wh, WH_PER_10_MWH), 2):,}",
        coverable=f"{decimal(Fraction(crossing.coverable_wh, WH_PER_10_MWH), 2):,}",
    )
    if held:
        heads = (
            Column(told.say("report.certificate"), width=18), Column(told.say("report.holder"), width=24),
            Column(told.say("account-table.kind")), Column("万kWh", 2), Column(told.say("account-table.source"), width=36),
        )  # fmt: skip
        tables.append(Table("certificates", told.say("report.table-certificates"), heads, held))
    return Section("kinds", told.say("report.section-kinds"), (words,), tuple(tables))


def detail_section(told: Told) -> Section:
    """Every posting, for spreadsheets: the sums of the tables can be made again from it."""
    columns = [
        Column(told.say(f"report.posting-{n}"), width=14)
        for n in (
            "view",
            "measure",
            "enterprise",
            "month",
            "category",
            "carrier",
            "activity",
            "kind",
            "point",
            "factor",
        )
    ]
    columns += [
        Column(told.say("report.posting-quantity"), 3, width=16),
        Column(told.say("report.posting-amount"), 6, width=16),
    ]
    rows: list[list[Cell]] = [
        [p.view, p.measure, p.enterprise, p.month, p.category, p.carrier, p.activity, p.kind, p.point, p.factor,
         decimal(Fraction(p.quantity, 1000), 3), decimal(Fraction(p.micrograms, TONNE), 6)]
        for p in told.account.postings
    ]  # fmt: skip
    table = Table("postings", told.say("report.table-postings"), tuple(columns), rows, detail=True)
    return Section("postings", told.say("report.section-postings"), (), (table,))


def _by(told: Told, field: str, title: str, name: Callable[[Any], str]) -> Table:
    measures = told.measures
    sums = {m: told.sums(m, field) for m in measures}
    keys = sorted({k for m in measures for k in sums[m]})
    rows: list[list[Cell]] = [[name(k), *(told.tonnes(sums[m].get(k, 0)) for m in measures)] for k in keys]
    rows.append([told.say("account-table.total"), *(told.tonnes(told.account.total(m)) for m in measures)])
    columns = (
        Column(told.say(f"report.by-{field}"), width=24),
        *(Column(told.say(f"measure.{m}"), 2, width=18) for m in measures),
    )
    return Table(f"by-{field}", told.say(title), columns, rows, sums=True)
