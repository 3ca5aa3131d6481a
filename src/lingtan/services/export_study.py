"""The answers of a study for others: workbook, series, figures, the model itself."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lingtan.base.errors import DataError, InputError, SourceError
from lingtan.base.text import label, say
from lingtan.optimize.study.record import Study
from lingtan.services.run_study import ANSWERS
from lingtan.services.studies import Opened, Readings, kept, open_study, read_bytes, results_folder

WEEK = 168


def export_study(path: Path, out: Path, *, lang: str = "zh", readings: Readings | None = None) -> list[Path]:
    """Write what the ending of ``out`` asks for; a folder gets figures.

    Raises
    ------
    InputError
        ``study.unknown-export`` for an unknown ending.
    DataError
        ``study.not-run`` if the answers are not there yet.
    """
    kinds: dict[str, Callable[[], bytes]] = {
        ".xlsx": lambda: workbook(path, lang),
        ".yaml": lambda: _as_yaml(path),
        ".yml": lambda: _as_yaml(path),
        ".parquet": lambda: _series(path),
        ".mps": lambda: _mps(open_study(path, readings)),
        ".nc": lambda: _pypsa(open_study(path, readings)),
    }
    suffix = out.suffix.lower()
    if not suffix:
        return figures(path, out, lang)
    if suffix not in kinds:
        raise InputError("study.unknown-export", suffix=suffix)
    return [_write(out, kinds[suffix]())]


def _write(path: Path, data: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise SourceError("study.unwritable", path=path, why=error.strerror or "") from None
    return path


def _answers(path: Path) -> dict[str, dict[str, Any]]:
    found = {name: kept(results_folder(path), name) for name in ANSWERS}
    there = {k: v for k, v in found.items() if v is not None}
    if not there:
        raise DataError("study.not-run", study=path, answer="plan")
    return there


def _series(path: Path) -> bytes:
    file = results_folder(path) / "series.parquet"
    if not file.is_file():
        raise DataError("study.not-run", study=path, answer="plan")
    return read_bytes(file)


def _as_yaml(path: Path) -> bytes:
    data = read_bytes(path)
    if path.suffix.lower() == ".xlsx":
        from lingtan.services.study_workbook import yaml_from_workbook

        return yaml_from_workbook(data, path.name)
    return data


def _mps(opened: Opened) -> bytes:
    from lingtan.optimize.export_mps import as_mps
    from lingtan.optimize.study.build import build, intensity_classes

    caps = intensity_classes(opened.study, opened.rules, opened.case().hours_share)
    model = build(opened.case(), cap=caps[0] if caps else None)
    return as_mps(model, opened.study.study.id).encode()


def _pypsa(opened: Opened) -> bytes:
    from lingtan.services.pypsa_network import network_bytes

    return network_bytes(opened)


def _study(path: Path) -> Study | None:
    from lingtan.optimize.study.file import parse_study

    return parse_study(_as_yaml(path), path.name)[0]


# ------------------------------------------------------------------ workbook


def workbook(path: Path, lang: str) -> bytes:
    """Every answer as sheets of a workbook: sizes, costs, money by year, project table, frontier, pathway, series."""
    from io import BytesIO

    import pyarrow.parquet as pq
    import xlsxwriter

    found = _answers(path)
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "nan_inf_to_errors": True}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for name, (head, rows) in sheets(found, _study(path), lang).items():
            sheet = book.add_worksheet(name[:31])
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, 0, 26)
            sheet.set_column(1, max(len(head) - 1, 1), 16)
            sheet.write_row(0, 0, head, bold)
            for i, row in enumerate(rows, 1):
                for j, cell in enumerate(row):
                    if isinstance(cell, int | float) and not isinstance(cell, bool):
                        sheet.write_number(i, j, cell)
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
        out[say("plan.sheets.proof", lang)] = (head("item", "value"), [[k, plan.get(k)] for k in facts])
        out[say("plan.sheets.sizes", lang)] = (
            head("technology", "kind", "size", "unit", "existing", "built", "capex", "capex-total", "source"),
            [
                [
                    t["id"],
                    t["kind"],
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
        out[say("plan.sheets.costs", lang)] = (head("item", "cost"), [[k, v] for k, v in plan["cost_items"].items()])
        out[say("plan.sheets.indicators", lang)] = (
            head("indicator", "value", "unit", "target"),
            [
                [say(f"plan.indicators.{i['id']}", lang), i["value"], i["unit"], i["target"]]
                for i in plan.get("indicators", [])
            ],
        )
        out[say("plan.sheets.factors", lang)] = (head("factor", "source"), [[k, v] for k, v in plan["factors"].items()])
        out |= _money_sheets(plan, head, lang)
        out[say("plan.sheets.projects", lang)] = project_table(plan, found.get("pathway"), study, lang)
        bills = plan.get("bills")
        if bills:
            keys = ("connection", "month", "total_cny", "energy_kwh", "max_demand_kw")
            out[say("plan.sheets.bills", lang)] = (list(keys), [[b[k] for k in keys] for b in bills["months"]])
    if "frontier" in found:
        keys = ("emissions_t", "cost", "lower_bound", "gap", "marginal_cny_per_t", "average_cny_per_t")
        out[say("plan.sheets.frontier", lang)] = (
            head("emissions", "cost", "bound", "gap", "marginal", "average"),
            [[p[k] for k in keys] for p in found["frontier"]["points"]],
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
            head("technology", "least", "optimum", "most", "verdict"),
            [
                [r["technology"], r["least"], r["optimum"], r["most"], say(f"plan.verdict.{r['verdict']}", lang)]
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
        say("plan.sheets.finance", lang): ([*head("project"), *keys, *head("source")], summary),
        say("plan.sheets.cash-flow", lang): ([*head("project"), *names], years),
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


# ------------------------------------------------------------------- figures


def figures(path: Path, folder: Path, lang: str) -> list[Path]:
    """Dispatch weeks, duration curves, energy flow, roadmap and frontier as SVG."""
    found = _answers(path)
    made: dict[str, str] = {}
    if "plan" in found and found["plan"].get("technologies"):
        made |= _plan_figures(path, found["plan"], lang)
    made |= _answer_figures(found, lang)
    return [_write(folder / f"{name}.svg", text.encode()) for name, text in made.items()]


def _plan_figures(path: Path, plan: Mapping[str, Any], lang: str) -> dict[str, str]:
    from io import BytesIO

    import numpy as np
    import pyarrow.parquet as pq

    from lingtan.optimize.study import svg

    table = pq.read_table(BytesIO(_series(path)))
    columns = {name: np.asarray(table.column(name).to_numpy()) for name in table.column_names if name != "time_utc"}
    flows = plan["node_flows_kwh"]
    made: dict[str, str] = {}
    study = _study(path)
    electric = [n.id for n in study.nodes if n.carrier == "electricity"] if study is not None else []
    if electric and study is not None:
        node = electric[0]
        supply = {
            k: columns[f"{k} [kW]"] / 1000
            for k, v in sorted(flows[node].items(), key=lambda kv: -kv[1])
            if v > 0 and f"{k} [kW]" in columns
        }
        load = np.sum([columns[f"{d.id} [kW]"] / 1000 for d in study.demands if d.node == node], axis=0)
        for name, start in (("winter", 24 * 14), ("summer", 24 * 196)):
            if start + WEEK <= len(load):
                cut = slice(start, start + WEEK)
                title = say(f"plan.figures.week-{name}", lang)
                made[f"week-{name}"] = svg.stacked(
                    title,
                    {k: v[cut].tolist() for k, v in list(supply.items())[:9]},
                    (say("plan.figures.load", lang), load[cut].tolist()),
                    (say("plan.figures.day", lang), "MW"),
                    [(24 * d + 12, str(d + 1)) for d in range(7)],
                )
        names = {k: np.sort(v)[::-1].tolist() for k, v in list(supply.items())[:6]}
        names[say("plan.figures.load", lang)] = np.sort(load)[::-1].tolist()
        made["duration"] = svg.curves(
            say("plan.figures.duration", lang), names, (say("plan.figures.hours", lang), "MW")
        )
    links = []
    for node, parts in flows.items():
        for name, value in parts.items():
            owner = name.split(".")[0]
            if name.endswith(("charge", "discharge")):
                continue
            links.append((owner, node, value / 1e6) if value > 0 else (node, owner, -value / 1e6))
    made["energy-flow"] = svg.sankey(say("plan.figures.flow", lang), links, "GWh")
    made["cost"] = svg.bars(
        say("plan.figures.cost", lang),
        {"": {k: v / 1e6 for k, v in plan["cost_items"].items() if v > 0}},
        ("", say("plan.figures.million", lang)),
    )
    return made


def _answer_figures(found: Mapping[str, Mapping[str, Any]], lang: str) -> dict[str, str]:
    from lingtan.optimize.study import svg

    made = {}
    if "frontier" in found:
        points = found["frontier"]["points"]
        made["frontier"] = svg.points(
            say("plan.frontier-title", lang),
            [p["emissions_t"] for p in points],
            [p["cost"] / 1e6 for p in points],
            ("tCO2", say("plan.figures.million", lang)),
        )
    if "pathway" in found and found["pathway"]["steps"]:
        steps = found["pathway"]["steps"]
        made["roadmap"] = svg.bars(
            say("plan.figures.roadmap", lang),
            {str(s["year"]): {k: v / 1000 for k, v in s["stands"].items() if v > 0} for s in steps},
            ("", "MW, MWh"),
        )
        made["roadmap-intensity"] = svg.points(
            say("plan.figures.intensity", lang),
            [s["year"] for s in steps],
            [s["intensity"] for s in steps],
            ("", "tCO2/tce"),
        )
    return made
