"""The green statement as a document: the machine-readable statement comes in, a document for any writer goes out."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from lingtan.base.text import label, say
from lingtan.reports.document import Cell, Column, Document, Section, Table


def statement_document(statement: Mapping[str, Any], lang: str) -> Document:
    """One enterprise's statement in one language."""

    def t(key: str, **values: Any) -> str:
        return say(f"green-statement.{key}", lang, **values)

    who, used = label(statement["enterprise"]["name"], lang), int(statement["used_wh"])
    park = label(statement["park"]["name"], lang)
    green = int(statement["green_wh"])
    facts = (
        (t("enterprise"), f"{who} ({statement['enterprise']['id']})"),
        (t("park"), f"{park} ({statement['park']['id']})"),
        (t("period"), statement["period"]),
        (t("used"), f"{_mwh(used):,.3f} MWh"),
        (t("green"), f"{_mwh(green):,.3f} MWh ({_share(green, used)})"),
        (t("hourly"), _percent(statement["scores"]["hourly"])),
        (t("rule"), say(f"green-rule.{statement['method']['rule']}", lang)),
        (t("trace"), statement["method"]["trace"]),
        (t("as-of"), f"{statement['evidence']['as_of']} · {statement['evidence']['head'][:16]}"),
    )
    sections = (
        Section("sources", t("sources"), (t("sources-text"),), (_sources(statement, lang),)),
        Section("months", t("months"), (t("months-text"),), (_months(statement, lang), _day(statement, lang))),
        Section("emissions", t("emissions"), (t("emissions-text"),), (_emissions(statement, lang),)),
        Section("evidence", t("evidence"), _evidence(statement, lang), _papers(statement, lang), (t("verify"),)),
    )
    notice = say("account-table.synthetic", lang) if statement["park"]["synthetic"] else ""
    return Document(lang, t("title"), f"{who} · {statement['period']}", facts, sections, notice)


def _mwh(wh: int) -> Decimal:
    return Decimal(wh) / 1_000_000


def _share(part: int, whole: int) -> str:
    return "–" if not whole else f"{Decimal(part) / whole * 100:.2f} %"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value * 100:.2f} %"


def _heads(names: Sequence[str], lang: str) -> list[str]:
    return [say(f"green-statement.{n}", lang) for n in names]


def _sources(statement: Mapping[str, Any], lang: str) -> Table:
    heads = _heads(("source", "kind", "mwh", "part"), lang)
    rows: list[Sequence[Cell]] = [
        (
            label(s["name"], lang),
            say(f"green-kind.{s['kind']}", lang),
            _mwh(s["wh"]),
            _share(s["wh"], statement["used_wh"]),
        )
        for s in statement["sources"]
        if s["wh"]
    ]
    rows.append((say("green-statement.total", lang), "", _mwh(statement["used_wh"]), "100.00 %"))
    columns = (Column(heads[0], width=24), Column(heads[1]), Column(heads[2], 3), Column(heads[3]))
    return Table("sources", say("green-statement.sources", lang), columns, rows, sums=True)


def _months(statement: Mapping[str, Any], lang: str) -> Table:
    heads = _heads(("month", "used", "green", "part"), lang)
    rows: list[Sequence[Cell]] = [
        (m["month"], _mwh(m["used_wh"]), _mwh(m["green_wh"]), _share(m["green_wh"], m["used_wh"]))
        for m in statement["months"]
    ]
    columns = (Column(heads[0]), Column(heads[1], 3), Column(heads[2], 3), Column(heads[3]))
    return Table("months", say("green-statement.months", lang), columns, rows)


def _day(statement: Mapping[str, Any], lang: str) -> Table:
    heads = _heads(("hour", "used", "green", "part"), lang)
    rows: list[Sequence[Cell]] = [
        (f"{h:02d}:00", _mwh(d["used_wh"]), _mwh(d["green_wh"]), _share(d["green_wh"], d["used_wh"]))
        for h, d in enumerate(statement["hours_of_day"])
    ]
    columns = (Column(heads[0]), Column(heads[1], 3), Column(heads[2], 3), Column(heads[3]))
    return Table("hours", say("green-statement.hours", lang), columns, rows)


def _emissions(statement: Mapping[str, Any], lang: str) -> Table:
    heads = _heads(("method", "tco2", "factor"), lang)
    rows: list[Sequence[Cell]] = [
        (
            say(f"green-statement.{name}", lang),
            None if value is None else Decimal(str(value)) / 1000,
            statement["factors"].get("grid" if name == "traced" else name, "–"),
        )
        for name, value in statement["emissions_kg"].items()
    ]
    columns = (Column(heads[0], width=20), Column(heads[1], 3), Column(heads[2], width=24))
    return Table("emissions", say("green-statement.emissions", lang), columns, rows)


def _evidence(statement: Mapping[str, Any], lang: str) -> tuple[str, ...]:
    told = statement["evidence"]
    return (
        say("green-statement.channels", lang, own=", ".join(told["channels"]), count=len(told["source_channels"])),
        say("green-statement.certificates", lang, kwh=f"{told['certificates_kwh']:,}", year=statement["period"][:4]),
    )


def _papers(statement: Mapping[str, Any], lang: str) -> tuple[Table, ...]:
    found = []
    if statement["agreements"]:
        heads = _heads(("contract", "source", "mwh", "document"), lang)
        rows: list[Sequence[Cell]] = [
            (a["id"], a["source"], _mwh(a["delivered_wh"]), a["document"]) for a in statement["agreements"]
        ]
        columns = (Column(heads[0]), Column(heads[1]), Column(heads[2], 3), Column(heads[3], width=24))
        found.append(Table("agreements", say("green-statement.agreements", lang), columns, rows))
    if statement["certificates"]:
        heads = _heads(("serials", "plant", "month", "count"), lang)
        cells: list[Sequence[Cell]] = [
            (c["serials"], c["plant"], c["month"], c["certificates"]) for c in statement["certificates"][:200]
        ]
        columns = (Column(heads[0], width=28), Column(heads[1]), Column(heads[2]), Column(heads[3], 0))
        found.append(Table("certificates", say("green-statement.certificate-list", lang), columns, cells))
    return tuple(found)
