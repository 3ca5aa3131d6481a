"""The answers of a study as figures: dispatch weeks, duration curves, energy flow, roadmap, frontier."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lingtan.base.text import say
from lingtan.optimize.study.record import Study
from lingtan.services.study_kept import kept_answers, kept_series, study_record, write_file
from lingtan.services.study_words import owner_name, part_name

WEEK = 168


def figures(path: Path, folder: Path, lang: str) -> list[Path]:
    """Dispatch weeks, duration curves, energy flow, roadmap and frontier as SVG."""
    found = kept_answers(path)
    made: dict[str, str] = {}
    if "plan" in found and found["plan"].get("technologies"):
        made |= _plan_figures(path, found["plan"], lang)
    made |= _answer_figures(found, study_record(path), lang)
    return [write_file(folder / f"{name}.svg", text.encode()) for name, text in made.items()]


def _plan_figures(path: Path, plan: Mapping[str, Any], lang: str) -> dict[str, str]:
    from io import BytesIO

    import numpy as np
    import pyarrow.parquet as pq

    from lingtan.optimize.study import svg

    table = pq.read_table(BytesIO(kept_series(path)))
    columns = {name: np.asarray(table.column(name).to_numpy()) for name in table.column_names if name != "time_utc"}
    flows = plan["node_flows_kwh"]
    made: dict[str, str] = {}
    study = study_record(path)
    electric = [n.id for n in study.nodes if n.carrier == "electricity"] if study is not None else []
    if electric and study is not None:
        node = electric[0]
        # a plant's column may be its fuel: what arrives at the node is drawn
        arrives = {k: v / (plan["flows_kwh"].get(k) or v) for k, v in flows[node].items()}
        supply = {
            part_name(k, study, lang): columns[f"{k} [kW]"] * arrives[k] / 1000
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
        here = owner_name(node, study, lang)
        given = {name.split(".")[0] for name, value in parts.items() if value > 0}
        for name, value in parts.items():
            if name.endswith(("charge", "discharge")):
                continue
            owner = name.split(".")[0]
            word = owner_name(owner, study, lang)
            if value > 0:
                links.append((word, here, value / 1e6))
            else:  # what gives and takes stands on both sides, so that flows go one way
                links.append((here, part_name(name, study, lang) if owner in given else word, -value / 1e6))
    made["energy-flow"] = svg.sankey(say("plan.figures.flow", lang), links, "GWh")
    made["cost"] = svg.bars(
        say("plan.figures.cost", lang),
        {"": {part_name(k, study, lang): v / 1e6 for k, v in plan["cost_items"].items() if v > 0}},
        ("", say("plan.figures.million", lang)),
    )
    return made


def _answer_figures(found: Mapping[str, Mapping[str, Any]], study: Study | None, lang: str) -> dict[str, str]:
    from lingtan.optimize.study import svg

    made = {}
    if "frontier" in found:
        points = found["frontier"]["points"]
        made["frontier"] = svg.points(
            say("plan.frontier-title", lang),
            [p["emissions_t"] for p in points],
            [p["cost"] / 1e6 for p in points],
            ("tCO₂", say("plan.figures.million", lang)),
        )
    if "pathway" in found and found["pathway"]["steps"]:
        steps = found["pathway"]["steps"]
        made["roadmap"] = svg.bars(
            say("plan.figures.roadmap", lang),
            {
                str(s["year"]): {part_name(k, study, lang): v / 1000 for k, v in s["stands"].items() if v > 0}
                for s in steps
            },
            ("", "MW, MWh"),
        )
        made["roadmap-intensity"] = svg.points(
            say("plan.figures.intensity", lang),
            [s["year"] for s in steps],
            [s["intensity"] for s in steps],
            ("", "tCO₂/tce"),
        )
    return made
