"""An enterprise's energy statement as a document for any writer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lingtan.base.text import say, sentences
from lingtan.reports.document import Cell, Column, Document, Section, Table
from lingtan.reports.told import TONNE, decimal


@dataclass(frozen=True)
class QuantityRow:
    """A quantity with its words; ``before`` is that of the month before."""

    name: str
    activity: str
    unit: str
    quantity: Fraction
    before: Fraction | None
    covered: Fraction | None
    estimated: Fraction | None


@dataclass(frozen=True)
class AmountRow:
    """A measure of the account. [µg]"""

    measure: str
    direct: int
    transfer: int
    before: int | None
    by_category: Mapping[str, int]


@dataclass(frozen=True)
class CostRow:
    """Energy of a period of the day at its price; the fixed part has no price. [kWh], [CNY/kWh], [CNY]"""

    period: str
    kwh: Decimal
    price: Decimal | None
    amount: Decimal


@dataclass(frozen=True)
class StatementFacts:
    """Everything that the document says."""

    park: str
    enterprise: str
    enterprise_id: str
    period: str
    run: str
    as_of: str
    synthetic: bool
    quantities: Sequence[QuantityRow]
    amounts: Sequence[AmountRow]
    costs: Sequence[CostRow]
    cost_total: Decimal | None
    cost_share: Decimal | None
    cost_failed: str  # a sentence, where there is no cost


def energy_statement_document(told: StatementFacts, lang: str) -> Document:
    """The statement in one language."""

    def t(key: str, **values: object) -> str:
        return say(f"statement.{key}", lang, **values)

    facts = (
        (t("enterprise"), f"{told.enterprise} ({told.enterprise_id})"),
        (t("park"), told.park),
        (t("period"), told.period),
        (t("run"), told.run),
        (t("as-of"), told.as_of),
    )
    sections = [
        Section("energy", t("section-energy"), (t("energy-lead"),), (_quantities(told, lang),)),
        _cost(told, lang),
        Section("carbon", t("section-carbon"), (t("carbon-lead"),), _carbon(told, lang)),
    ]
    notice = say("report.synthetic", lang) if told.synthetic else ""
    return Document(lang, t("title"), f"{told.enterprise} · {told.period}", facts, tuple(sections), notice)


def _quantities(told: StatementFacts, lang: str) -> Table:
    names = ("what", "activity", "quantity", "unit", "before", "covered", "estimated")
    titles = [say(f"statement.{n}", lang) for n in names]
    columns = (
        Column(titles[0], width=22), Column(titles[1], width=16), Column(titles[2], 1, width=16), Column(titles[3], width=8),
        Column(titles[4], 1, width=16), Column(titles[5], 2, share=True), Column(titles[6], 2, share=True),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [q.name, q.activity, decimal(q.quantity, 1), q.unit, None if q.before is None else decimal(q.before, 1),
         None if q.covered is None else decimal(q.covered, 4), None if q.estimated is None else decimal(q.estimated, 4)]
        for q in told.quantities
    ]  # fmt: skip
    return Table("quantities", say("statement.section-energy", lang), columns, rows)


def _cost(told: StatementFacts, lang: str) -> Section:
    title, lead = say("statement.section-cost", lang), say("statement.cost-lead", lang)
    if told.cost_total is None:
        return Section("cost", title, (told.cost_failed,))
    heads = [say(f"statement.{n}", lang) for n in ("tou", "kwh", "price", "amount")]
    columns = (
        Column(heads[0], width=30),
        Column(heads[1], 1, width=16),
        Column(heads[2], 4, width=14),
        Column(heads[3], 2, width=16),
    )
    rows: list[list[Cell]] = [
        [_period(c.period, lang), c.kwh if c.period else None, c.price, c.amount] for c in told.costs
    ]
    energy = sum((c.kwh for c in told.costs), Decimal(0))
    rows.append([say("statement.total", lang), energy, None, told.cost_total])
    table = Table("cost", title, columns, rows, sums=True)
    share = "" if told.cost_share is None else say("statement.cost-share", lang, share=f"{told.cost_share:.2%}")
    return Section("cost", title, (lead, share) if share else (lead,), (table,))


def _carbon(told: StatementFacts, lang: str) -> tuple[Table, ...]:
    heads = [say(f"statement.{n}", lang) for n in ("measure", "direct", "transfer", "before")]
    columns = (Column(heads[0], width=26), *(Column(h, 3, width=16) for h in heads[1:]))
    rows: list[list[Cell]] = [
        [say(f"measure.{a.measure}", lang), _t(a.direct), _t(a.transfer), None if a.before is None else _t(a.before)]
        for a in told.amounts
    ]
    tables = [Table("amounts", say("statement.section-carbon", lang), columns, rows)]
    first = told.amounts[0] if told.amounts else None
    if first is not None and first.by_category:
        made: list[list[Cell]] = [[say(f"category.{c}", lang), _t(v)] for c, v in first.by_category.items()]
        made.append([say("statement.total", lang), _t(first.transfer)])
        title = say("statement.by-category", lang)
        two = (
            Column(say("account-table.category", lang), width=30),
            Column(say(f"measure.{first.measure}", lang), 3, width=18),
        )
        tables.append(Table("categories", title, two, made, sums=True))
    return tuple(tables)


def _t(micrograms: int) -> Decimal:
    return decimal(Fraction(micrograms, TONNE), 3)


def _period(period: str, lang: str) -> str:
    key = f"bill.periods.{period}"
    if not period:
        return say("statement.fixed", lang)
    return say(key, lang) if key in sentences(lang) else period
