"""The sections on the indicators: the core one in words and formula, the guiding ones in a table, the products."""

from decimal import Decimal
from fractions import Fraction

from lingtan.base.text import label
from lingtan.carbon.indicators import Indicator
from lingtan.reports.document import Column, Section, Table
from lingtan.reports.told import Told, decimal


def core_section(told: Told) -> Section | None:
    """The core indicator with its formula, its parts, its limit and how sure it is."""
    core = told.core
    if core is None or core.value is None:
        return None
    lines = [
        told.say("report.core-formula"),
        told.say(
            "report.core-value",
            co2=f"{decimal(core.numerator, 1):,}",
            tce=f"{decimal(core.denominator, 1):,}",
            value=decimal(core.value, 4),
        ),
    ]
    size = core.extra.get("size_class")
    if core.target is not None and isinstance(size, str):
        lines.append(told.say("report.core-limit", size=told.say(f"report.size-{size}"), limit=decimal(core.target, 1)))
        gap, gap_tce = core.extra["gap_tco2"], core.extra["gap_tce"]
        assert isinstance(gap, Fraction)
        assert isinstance(gap_tce, Fraction)
        lines.append(
            told.say(
                "indicator.core-over" if gap > 0 else "indicator.core-under",
                co2=f"{decimal(abs(gap), 1):,}",
                tce=f"{decimal(abs(gap_tce), 1):,}",
            )
        )
    if core.interval is not None:
        low, high = (f"{x:.4f}" for x in (core.interval.low, core.interval.high))
        lines.append(told.say("report.core-interval", low=low, high=high))
        if core.interval.probability is not None:
            lines.append(told.say("report.core-probability", probability=f"{core.interval.probability:.0%}"))
    lines += [told.say(note, reason=core.excluded or "") for note in core.notes]
    return Section("core", told.say("report.section-core"), tuple(lines))


def guiding_section(told: Told) -> Section | None:
    """All indicators in a table, then the products that stand behind the one on unit energy."""
    if not told.indicators:
        return None
    names = ("indicator", "value", "target", "met", "interval", "probability", "coverage")
    columns = tuple(Column(told.say(f"indicator.column-{n}"), width=26 if n == "indicator" else 16) for n in names)
    rows = [_row(told, i) for i in told.indicators]
    tables = [Table("indicators", told.say("report.table-indicators"), columns, rows)]
    products = next((i.details for i in told.indicators if i.id == "product_energy"), ())
    if products:
        names_of = {p.id: label(p.name, told.lang) for p in told.park.products}
        heads = (
            Column(told.say("indicator.column-product"), width=26), Column(told.say("indicator.column-enterprise"), width=24),
            Column(told.say("report.output"), 1), Column(told.say("indicator.column-unit"), width=6),
            Column(told.say("indicator.column-unit-energy"), 2), Column(told.say("indicator.column-limit"), 2),
            Column(told.say("indicator.column-standard"), width=20), Column(told.say("indicator.column-met"), width=8),
        )  # fmt: skip
        cells = [
            [
                names_of.get(str(d["product"]), str(d["product"])),
                told.enterprises.get(str(d["enterprise"]), str(d["enterprise"])),
                _number(d["output"], 1),
                str(d["unit"]),
                _number(d["kgce_per_unit"], 2),
                _number(d["limit"], 2),
                str(d["standard"] or ""),
                told.say(f"indicator.met-{d['met']}"),
            ]
            for d in products
        ]
        tables.append(Table("products", told.say("report.table-products"), heads, cells))
    notes = [
        f"{told.say(f'indicator.{i.id}')}：{told.say(note, reason=i.excluded or '')}"
        for i in told.indicators
        if i.id != "core"
        for note in i.notes
    ]
    return Section("guiding", told.say("report.section-guiding"), (), tuple(tables), tuple(notes))


def _row(told: Told, i: Indicator) -> list[str]:
    band, sure = "", ""
    if i.interval is not None:
        style = "{:.1%}" if i.unit == "1" else "{:.4f}"
        band = f"{style.format(i.interval.low)} – {style.format(i.interval.high)}"
        sure = "" if i.interval.probability is None else f"{i.interval.probability:.0%}"
    sign = "≤" if i.lower_is_better else "≥"
    return [
        told.say(f"indicator.{i.id}"),
        _figure(told, i.value, i.unit),
        "–" if i.target is None else f"{sign} {_figure(told, i.target, i.unit)}",
        told.say(f"indicator.met-{'excluded' if i.excluded else i.met}"),
        band,
        sure,
        "" if i.coverage is None else f"{float(i.coverage):.2%}",
    ]


def _figure(told: Told, value: Fraction | None, unit: str) -> str:
    if value is None:
        return told.say("indicator.no-value")
    return f"{decimal(value * 100, 2)} %" if unit == "1" else f"{decimal(value, 4)} {unit.replace('CO2', 'CO₂')}"


def _number(value: object, digits: int) -> Decimal | None:
    return decimal(value, digits) if isinstance(value, Fraction) else None
