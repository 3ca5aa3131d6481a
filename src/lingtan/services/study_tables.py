"""The answers of a study as a workbook: sizes, costs, money by year, the project table, frontier, pathway, series."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lingtan.base.text import label, say
from lingtan.optimize.study.record import Study
from lingtan.services.studies import results_folder
from lingtan.services.study_kept import kept_answers, study_record
from lingtan.services.study_why_tables import why_sheets
from lingtan.services.study_words import part_name


def workbook(path: Path, lang: str) -> bytes:
    """Every answer as sheets of a workbook: sizes, costs, money by year, project table, frontier, pathway, series."""
    from io import BytesIO

    import pyarrow.parquet as pq
    import xlsxwriter

    found = kept_answers(path)
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "nan_inf_to_errors": True}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        forms = {d: book.add_format({"num_format": "#,##0" + (f".{'0' * d}" if d else "")}) for d in (0, 2, 4)}
        for name, (head, rows) in sheets(found, study_record(path), lang).items():
            sheet = book.add_worksheet(name[:31])
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, 0, 26)
            sheet.set_column(1, max(len(head) - 1, 1), 16)
            sheet.write_row(0, 0, head, bold)
            for i, row in enumerate(rows, 1):
                for j, cell in enumerate(row):
                    if isinstance(cell, bool):
                        sheet.write_string(i, j, "✓" if cell else "")
                    elif isinstance(cell, int):
                        sheet.write_number(i, j, cell)
                    elif isinstance(cell, float):
                        sheet.write_number(i, j, cell, forms[0 if abs(cell) >= 1e4 else 2 if abs(cell) >= 10 else 4])
                    elif cell is not None:
                        sheet.write_string(i, j, str(cell))
        series = results_folder(path) / "series.parquet"
        if series.is_file():
            table = pq.read_table(series)
            sheet = book.add_worksheet(say("plan.sheets.series", lang))
            sheet.freeze_panes(1, 1)
            sheet.write_row(0, 0, table.column_names, bold)
            for j, column in enumerate(table.columns):
                values = column.to_pylist()
                sheet.write_column(1, j, [v if isinstance(v, float) else f"{v:%Y-%m-%d %H:%M}" for v in values])
    return buffer.getvalue()


Sheet = tuple[list[str], list[list[Any]]]


def sheets(found: Mapping[str, Mapping[str, Any]], study: Study | None, lang: str) -> dict[str, Sheet]:
    """The tables of all answers by the name of their sheet."""

    def head(*keys: str) -> list[str]:
        return [say(f"plan.columns.{k}", lang) for k in keys]

    out: dict[str, Sheet] = {}
    plan = found.get("plan")
    if plan and plan.get("technologies"):
        facts = (
            "status",
            "cost",
            "lower_bound",
            "gap",
            "hours",
            "target_tco2_per_tce",
            "served_difference",
            "certificates_kwh",
            "digest",
            "code",
            "made_at",
        )
        out[say("plan.sheets.proof", lang)] = (
            head("item", "value"),
            [[say(f"plan.facts.{k}", lang), _fact(k, plan.get(k), lang)] for k in facts],
        )
        out[say("plan.sheets.sizes", lang)] = (
            head("technology", "kind", "size", "unit", "existing", "built", "capex", "capex-total", "source"),
            [
                [
                    t["id"],
                    say(f"plan.kinds.{t['kind']}", lang),
                    t["size"],
                    t["unit"],
                    t["existing"],
                    t["built"],
                    t.get("capex_cny_per_unit"),
                    t.get("capex_cny"),
                    "; ".join(f"{k}: {v}" for k, v in t.get("sources", {}).items()),
                ]
                for t in plan["technologies"]
            ],
        )
        out[say("plan.sheets.costs", lang)] = (
            head("item", "cost"),
            [[part_name(k, study, lang), v] for k, v in plan["cost_items"].items()],
        )
        out[say("plan.sheets.indicators", lang)] = (
            head("indicator", "value", "unit", "target", "met"),
            [
                [say(f"plan.indicators.{i['id']}", lang), _number(i["value"]), i["unit"], i["target"], i["met"]]
                for i in plan.get("indicators", [])
            ],
        )
        out |= why_sheets(plan, head, lang)
        out[say("plan.sheets.factors", lang)] = (head("factor", "source"), [[k, v] for k, v in plan["factors"].items()])
        out |= _money_sheets(plan, head, lang)
        out[say("plan.sheets.projects", lang)] = project_table(plan, found.get("pathway"), study, lang)
        bills = plan.get("bills")
        if bills:
            keys = ("total_cny", "energy_kwh", "max_demand_kw")
            out[say("plan.sheets.bills", lang)] = (
                head("connection", "month", "bill", "energy", "max-demand"),
                [[b["connection"], b["month"], *(_number(b[k]) for k in keys)] for b in bills["months"]],
            )
    if "frontier" in found:
        columns = ("emissions_t", "cost", "lower_bound", "gap", "marginal_cny_per_t", "average_cny_per_t")
        out[say("plan.sheets.frontier", lang)] = (
            head("emissions", "cost", "bound", "gap", "marginal", "average"),
            [[p[k] for k in columns] for p in found["frontier"]["points"]],
        )
    if "pathway" in found:
        out[say("plan.sheets.pathway", lang)] = (
            head("year", "years", "emissions", "intensity", "capex-total", "built"),
            [
                [
                    s["year"],
                    s["years"],
                    s["emissions_t"],
                    s["intensity"],
                    s["capex_cny"],
                    ", ".join(f"{k} {v:,.0f}" for k, v in s["built"].items()),
                ]
                for s in found["pathway"]["steps"]
            ],
        )
    if "alternatives" in found:
        out[say("plan.sheets.alternatives", lang)] = (
            head("technology", "least-proven", "least", "optimum", "most", "most-proven", "verdict"),
            [
                [
                    r["technology"],
                    *(r.get(k) for k in ("least_proven", "least", "optimum", "most", "most_proven")),
                    say(f"plan.verdict.{r['verdict']}", lang),
                ]
                for r in found["alternatives"]["ranges"]
            ],
        )
    if "scenarios" in found:
        names = list(found["scenarios"]["alone"])
        out[say("plan.sheets.regret", lang)] = (
            [*head("plan"), *names],
            [[k, *(row[n] for n in names)] for k, row in found["scenarios"]["regret"].items()],
        )
    return out


def _fact(key: str, value: Any, lang: str) -> Any:
    return say(f"plan.status.{value}", lang) if key == "status" else value


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)


def _money_sheets(plan: Mapping[str, Any], head: Callable[..., list[str]], lang: str) -> dict[str, Sheet]:
    money = plan.get("finance")
    if not money:
        return {}
    flows = (
        ([money["park"]] if money["park"] else [])
        + money["projects"]
        + [{**p, "id": f"→ {p['party']}"} for p in money["parties"]]
    )
    keys = (
        "capex",
        "npv",
        "irr_after_tax",
        "irr_equity",
        "payback_years",
        "payback_discounted_years",
        "lcoe_cny_per_kwh",
        "dscr_least",
        "dscr_mean",
        "abatement_cny_per_t",
    )
    summary = [[f["id"], *(f[k] for k in keys), "; ".join(f["basis"])] for f in flows]
    years = [[f["id"], *(y[k] for k in y)] for f in flows for y in f["years"]]
    names = list(flows[0]["years"][0]) if flows else []
    return {
        say("plan.sheets.finance", lang): (
            [*head("project"), *(say(f"plan.money.{k}", lang) for k in keys), *head("source")],
            summary,
        ),
        say("plan.sheets.cash-flow", lang): ([*head("project"), *(say(f"plan.money.{n}", lang) for n in names)], years),
    }


def project_table(plan: Mapping[str, Any], path: Mapping[str, Any] | None, study: Study | None, lang: str) -> Sheet:
    """The project table of the application outline (annex 2 of notice 910): name, owner, content, investment, period, meaning."""
    entries = {t.id: t for t in study.technologies} if study is not None else {}
    parties = {p.id: label(p.name, lang, p.id) for p in study.parties} if study is not None else {}
    flows = {f["id"]: f for f in (plan.get("finance") or {}).get("projects", [])}
    steps = path["steps"] if path else []
    year = study.study.year if study is not None else None
    rows = []
    for t in plan["technologies"]:
        if not t["built"]:
            continue
        entry = entries.get(t["id"])
        owner = parties.get(entry.party or "", entry.party or "") if entry else ""
        built = [s["year"] for s in steps if t["id"] in s["built"]]
        period = f"{min(built)}–{max(built)}" if built else str(year or "")
        name = label(entry.name, lang, t["id"]) if entry else t["id"]
        kind = say("plan.kinds." + t["kind"], lang)
        content = f"{kind} {t['built']:,.0f} {t['unit']}"
        back = flows.get(t["id"], {}).get("payback_years")
        rows.append(
            [
                name,
                owner,
                content,
                round(t.get("capex_cny", 0.0) / 1e4, 1),
                period,
                say(f"plan.tasks.{_task(t['kind'])}", lang),
                None if back is None else round(back, 1),
            ]
        )
    columns = [
        say(f"plan.project.{k}", lang) for k in ("name", "owner", "content", "investment", "period", "task", "payback")
    ]
    return columns, rows


def _task(kind: str) -> str:
    """Which of the eight tasks of the notice a kind serves."""
    if kind in ("waste_heat", "orc", "heat_exchanger", "letdown"):
        return "resources"
    if kind in (
        "heat_pump",
        "electric_chiller",
        "absorption_chiller",
        "electric_boiler",
        "gas_boiler",
        "gas_chp",
        "extraction_chp",
    ):
        return "saving"
    if kind in ("link", "charging_fleet"):
        return "infrastructure"
    return "technology" if kind == "carbon_capture" else "energy"
