"""Plans of a small study: proof, sizes, bills by the one bill function, the account of the spine, answers beyond the cheapest."""

import itertools
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key
from lingtan.carbon.factors import FactorBook
from lingtan.metering.readings import SCHEMA
from lingtan.optimize.study import answers
from lingtan.optimize.study.bills import plan_bills
from lingtan.optimize.study.build import build
from lingtan.optimize.study.case import Chain
from lingtan.optimize.study.plan import Plan, solve_case
from lingtan.optimize.study.site import account, site
from lingtan.services.run_study import ANSWERS, run_study
from lingtan.services.studies import Opened, check_study_file, results_folder
from lingtan.services.sweep_study import sweep_study
from study_case import SMALL, opened, write

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return opened(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def plan(small: Opened) -> Plan:
    return solve_case(small.case(), small.rules)


def test_the_plan_carries_its_proof(plan: Plan) -> None:
    assert plan.status == "solved"
    assert plan.lower_bound <= plan.cost
    assert plan.gap <= 0.01
    assert sum(plan.items.values()) == pytest.approx(plan.cost, rel=1e-6)


def test_sizes_are_such_as_a_person_writes_down(small: Opened, plan: Plan) -> None:
    for t in small.study.technologies:
        size = plan.sizes[t.id]
        assert t.existing <= size <= max(t.maximum, t.existing)
        assert float(f"{size:.3g}") == pytest.approx(size)


def test_needs_are_served_in_every_hour(small: Opened, plan: Plan) -> None:
    s = plan.series
    load = small.case().demand_kw(small.study.demands[0])
    supply = (
        s["grid.import"]
        - s["grid.export"]
        + s["roof.power"]
        + s["store.discharge"]
        - s["store.charge"]
        - s["pump.input"]
    )
    assert np.abs(supply - load).max() < 1e-3 * load.max()


def test_the_intensity_limit_holds(plan: Plan) -> None:
    assert plan.tallies["emissions"] <= 1.5 * plan.tallies["energy"] * (1 + 1e-6)


def test_a_looser_limit_never_costs_more(small: Opened) -> None:
    costs = []
    for limit in (1.5, 1.7, 2.5):
        targets = small.study.targets.model_copy(update={"intensity": limit, "certificates": None})
        case = small.with_study(small.study.model_copy(update={"targets": targets})).case()
        costs.append(solve_case(case, small.rules, tidy=False))
    assert all(a.cost >= b.lower_bound for a, b in itertools.pairwise(costs))
    assert costs[0].cost > costs[2].cost


def test_an_unused_technology_changes_nothing(small: Opened, plan: Plan) -> None:
    dear = small.study.technologies[0].model_copy(update={"id": "dear", "capex": 1e6})
    study = small.study.model_copy(update={"technologies": [*small.study.technologies, dear]})
    found = solve_case(small.with_study(study).case(), small.rules)
    assert found.cost == pytest.approx(plan.cost, rel=2e-3)
    assert found.sizes["dear"] == 0


def test_bills_of_the_year_are_the_cost_of_the_grid(tmp_path: Path) -> None:
    year = opened(tmp_path, SMALL.replace(", hours: 336", ", hours: 744"))
    case = year.case()
    found = solve_case(case, year.rules)
    bills = plan_bills(case, found)
    assert len(bills) == 1
    paid = found.items["grid.import"] + found.items["grid.demand"]
    assert float(bills[0].total) == pytest.approx(paid, rel=2e-4)


def test_the_indicator_of_the_plan_is_that_of_the_account_of_the_park(tmp_path: Path) -> None:
    """The simulated year written as readings of a park and accounted by the spine: the last printed digit agrees."""
    from lingtan.services.run_account import run_account
    from lingtan.services.show_indicators import show_indicators
    from lingtan.wiring import open_workspace

    year = opened(tmp_path, SMALL.replace(", hours: 336", "").replace("gap: 0.001", "gap: 0.01"))
    case = year.case()
    found = solve_case(case, year.rules)
    made = site(case, found)
    _, printed = account(made, year.rules, FactorBook.packaged(), 2025)
    folder = tmp_path / "park"
    folder.mkdir()
    (folder / "park.yaml").write_text(made.park.model_dump_json(by_alias=True, exclude_defaults=True), encoding="utf-8")
    space = open_workspace(folder, clock=lambda: NOW)
    start = int(case.chains[0].inputs.start.timestamp()) * 1_000_000
    for name, values in made.readings.items():
        count = len(values)
        batch = pa.table(
            {
                "channel": pa.array(np.full(count, channel_key(name)), pa.int64()),
                "start": pa.array(start + np.arange(count) * 3_600_000_000, pa.int64()).cast(
                    pa.timestamp("us", tz="UTC")
                ),
                "seconds": pa.array(np.full(count, 3600), pa.int32()),
                "value": pa.array(values, pa.int64()),
                "quality": pa.array(np.zeros(count), pa.int8()),
                "method": pa.array(np.zeros(count), pa.int8()),
                "available_at": pa.array([None] * count, pa.timestamp("us", tz="UTC")),
            },
            schema=SCHEMA,
        )
        space.store.commit(batch, kind="import", at=NOW, channels={str(channel_key(name)): name})
    shown = show_indicators(space, run_account(space, "2025", rules=year.study.targets.rules))
    mine = {i.id: i for i in printed}
    assert {"core", "clean_energy", "direct_supply"} <= set(mine)
    for indicator in shown.indicators:
        twin = mine[indicator.id]
        assert (twin.value, twin.numerator, twin.denominator) == (
            indicator.value,
            indicator.numerator,
            indicator.denominator,
        )
    core = mine["core"]
    assert float(core.numerator) == pytest.approx(found.tallies["emissions"] / 1000, rel=2e-3)
    assert float(core.denominator) == pytest.approx(found.tallies["energy"] / 1000, rel=1e-5)


def test_stated_process_emissions_are_in_the_account_to_the_kilogram(tmp_path: Path) -> None:
    text = (
        SMALL.replace(", hours: 336", "")
        .replace("gap: 0.001", "gap: 0.05")
        .replace("intensity: 1.5", "process_t: 812.345")
    )
    year = opened(tmp_path, text)
    found = solve_case(year.case(), year.rules, tidy=False)
    made = site(year.case(), found)
    assert made.readings["process-output"].sum() == 812_345_000  # g
    core = next(i for i in account(made, year.rules, FactorBook.packaged(), 2025)[1] if i.id == "core")
    assert float(core.numerator) == pytest.approx(found.tallies["emissions"] / 1000, rel=2e-3)


def test_the_frontier_falls_and_costs_rise(small: Opened) -> None:
    points = answers.frontier(small.case(), small.rules, steps=4)
    emissions = [p.emissions_t for p in points]
    assert emissions == sorted(emissions, reverse=True)
    assert all(b.cost >= a.lower_bound for a, b in itertools.pairwise(points))
    assert all(p.marginal_cny_per_t >= 0 for p in points)


def test_least_carbon_spends_the_budget_and_no_more(small: Opened) -> None:
    points = answers.frontier(small.case(), small.rules, steps=3)
    budget = points[1].cost
    found = answers.least_carbon(small.case(), small.rules, budget)
    assert found.cost <= budget * (1 + 1e-6)
    assert found.emissions_t <= points[1].emissions_t * (1 + 2e-3) + 1e-3


def test_alternatives_hold_the_optimum_between_their_ends(small: Opened, plan: Plan) -> None:
    found = answers.alternatives(small.case(), small.rules, plan, within=0.02, only=("roof", "pump"))
    assert {r.technology for r in found} == {"roof", "pump"}
    for r in found:
        assert r.least <= plan.sizes[r.technology] * 1.02 + 5
        assert r.most >= plan.sizes[r.technology] * 0.98 - 5
        assert r.verdict in ("always", "optional", "never")


STAGES = SMALL + "stages:\n  - {year: 2025, intensity: 2.5}\n  - {year: 2030, intensity: 1.0, demand: 1.1}\n"


def test_a_pathway_meets_the_limit_of_each_stage(tmp_path: Path) -> None:
    study = opened(tmp_path, STAGES)
    chains = [Chain(study.inputs, stage=s) for s in study.study.stages]
    found = answers.pathway(study.case(), study.rules, chains)
    assert found.status == "solved"
    assert [s.year for s in found.steps] == [2025, 2030]
    assert all(s.intensity <= limit * (1 + 1e-4) for s, limit in zip(found.steps, (2.5, 1.0), strict=True))
    first, last = found.steps
    assert last.stands["roof"] >= first.stands["roof"] - 1e-3
    assert found.lower_bound <= found.cost


SCENARIOS = SMALL + (
    "scenarios:\n  - {id: usual, probability: 0.5}\n  - {id: dear, probability: 0.5, energy_price: 1.4, weather_seed: 9}\n"
)


def test_scenarios_together_cost_at_least_what_foresight_does(tmp_path: Path) -> None:
    study = opened(tmp_path, SCENARIOS)
    chains = [study.chain(s) for s in study.study.scenarios]
    found = answers.scenarios(study.case(), study.rules, chains, gap=1e-4)
    assert found.value_of_information >= -2e-4 * found.expected.cost
    worst = {k: max(v for v in row.values() if v is not None) for k, row in found.regret.items()}
    assert worst["minimax"] <= min(worst.values()) + 2e-3 * found.expected.cost
    assert found.value_of_flexibility is not None
    assert found.value_of_flexibility >= -1e-3 * found.expected.cost


def test_one_number_of_a_study_can_be_varied(small: Opened) -> None:
    changed = answers.varied(small.study, "technologies.roof.capex", 2.0)
    assert changed.technologies[0].capex == 5400
    assert answers.varied(small.study, "demands.all.factor", 1.1).demands[1].factor == pytest.approx(1.1)
    assert answers.varied(small.study, "targets.intensity", 2.0).targets.intensity == 3.0
    with pytest.raises(InputError, match="no number"):
        answers.varied(small.study, "technologies.roof.colour", 2.0)


def test_every_answer_is_kept_as_json(tmp_path: Path) -> None:
    text = (
        STAGES
        + SCENARIOS.removeprefix(SMALL)
        + "sensitivities:\n  - {id: s, path: technologies.roof.capex, factors: [0.5]}\n"
    )
    study = opened(tmp_path, text)
    for name in ANSWERS:
        result = run_study(study, name, now=NOW, steps=3, budget=1e8, only=["roof"])
        kept = json.loads((results_folder(study.path) / f"{name}.json").read_text(encoding="utf-8"))
        assert kept["answer"] == name
        assert result["digest"] == study.digest
    plan = json.loads((results_folder(study.path) / "plan.json").read_text(encoding="utf-8"))
    assert {"cost", "lower_bound", "gap", "finance", "why"} <= set(plan)
    with pytest.raises(InputError, match="no answer"):
        run_study(study, "oracle", now=NOW)


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    study = opened(tmp_path)
    stopped = run_study(study, now=NOW, hear=lambda key, p: p.iteration < 12)
    assert stopped["status"] == "stopped"
    assert (results_folder(study.path) / "state.npz").is_file()
    done = run_study(study, now=NOW)
    assert done["status"] == "solved"
    assert not (results_folder(study.path) / "state.npz").exists()


def test_an_infeasible_study_says_who_conflicts_and_the_way_out(tmp_path: Path) -> None:
    text = SMALL.replace("intensity: 1.5", "intensity: 0.01").replace("maximum_kwh: 4000000", "maximum_kwh: 1000")
    result = run_study(opened(tmp_path, text), now=NOW)
    assert result["status"] == "infeasible"
    assert any(c["name"] == "intensity" for c in result["conflict"])
    assert result["relaxation"]


def test_a_sweep_keeps_each_run_and_skips_it_next_time(tmp_path: Path) -> None:
    text = SMALL + (
        "sensitivities:\n  - {id: a, path: technologies.roof.capex, factors: [0.5, 1.0]}\n"
        "  - {id: b, path: technologies.roof.colour, factors: [1.0]}\n"
    )
    path = write(tmp_path, text)
    first = sweep_study(path, processes=1)
    assert (len(first.done), len(first.failed), first.skipped) == (2, 1, 0)
    assert first.failed[0]["error"]["code"] == "study.no-such-path"
    assert first.done[0]["cost"] <= first.done[1]["cost"] * (1 + 1e-3)
    again = sweep_study(path, processes=1)
    assert (len(again.done), again.skipped) == (2, 2)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("engine", ["processes", "dask", "ray"])
def test_a_sweep_runs_side_by_side_and_keeps_failures_apart(tmp_path: Path, engine: str) -> None:
    if engine != "processes":
        pytest.importorskip({"dask": "distributed", "ray": "ray"}[engine])
    text = SMALL.replace("hours: 336", "hours: 72") + (
        "sensitivities:\n  - {id: a, path: technologies.roof.capex, factors: [0.5, 1.0]}\n"
        "  - {id: b, path: technologies.roof.colour, factors: [1.0]}\n"
    )
    path = write(tmp_path, text)
    first = sweep_study(path, processes=2, engine=engine)
    assert (len(first.done), len(first.failed), first.skipped) == (2, 1, 0)
    again = sweep_study(path, processes=2, engine=engine)
    assert (len(again.done), again.skipped) == (2, 2)


def test_the_workbook_holds_the_same_study(tmp_path: Path) -> None:
    from lingtan.optimize.study.file import load_study
    from lingtan.services.study_workbook import workbook_from_yaml, yaml_from_workbook

    sheet = workbook_from_yaml(STAGES.encode())
    assert load_study(yaml_from_workbook(sheet, "x.xlsx")) == load_study(STAGES.encode())
    (tmp_path / "x.xlsx").write_bytes(sheet)
    found, problems = check_study_file(tmp_path / "x.xlsx")
    assert found is not None, problems
    with pytest.raises(InputError, match="workbook"):
        yaml_from_workbook(b"PK nonsense", "x.xlsx")


def test_exports_are_written(tmp_path: Path, small: Opened) -> None:
    import xml.etree.ElementTree as ElementTree

    from lingtan.services.export_study import export_study, project_table

    study = opened(tmp_path, STAGES)
    result = run_study(study, now=NOW)
    run_study(study, "frontier", now=NOW, steps=3)
    run_study(study, "pathway", now=NOW)
    for name in ("a.xlsx", "a.parquet", "a.mps", "a.yaml"):
        assert export_study(study.path, tmp_path / "out" / name)[0].stat().st_size > 100
    figures = export_study(study.path, tmp_path / "figures", lang="en")
    assert {"energy-flow.svg", "frontier.svg", "roadmap.svg", "duration.svg"} <= {f.name for f in figures}
    for figure in figures:
        ElementTree.parse(figure)
    columns, rows = project_table(result, None, study.study, "zh")
    assert "投资（万元）" in columns
    assert [r[0] for r in rows] == [t["id"] for t in result["technologies"] if t["built"]]
    with pytest.raises(InputError):
        export_study(study.path, tmp_path / "a.docx")


def test_the_template_is_a_good_study_in_both_forms(tmp_path: Path) -> None:
    from lingtan.services.start_study import start_study

    for name in ("site.yaml", "site.xlsx"):
        found, problems = check_study_file(start_study(tmp_path / name))
        assert found is not None, problems
        assert not problems
        assert len(build(found.case()).columns) > 15
    with pytest.raises(InputError, match="--force"):
        start_study(tmp_path / "site.yaml")


def test_the_schema_accepts_the_template() -> None:
    from importlib.resources import files

    import jsonschema
    from ruamel.yaml import YAML

    from lingtan.optimize.study.file import study_schema

    text = files("lingtan.optimize.study").joinpath("templates", "study.yaml").read_text(encoding="utf-8")
    jsonschema.validate(YAML(typ="safe", pure=True).load(text), study_schema())
