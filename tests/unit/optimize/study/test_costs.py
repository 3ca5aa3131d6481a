"""What a technology costs and gives over its life: learning, degradation, retirement, units, shared benefits, subsidies."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lingtan.optimize.finance.projects import money
from lingtan.optimize.model import Model, Size
from lingtan.optimize.study.costs import costs_of
from lingtan.optimize.study.kinds import Making
from lingtan.optimize.study.plan import Plan, solve_case
from lingtan.services.studies import Opened
from study_case import SMALL, opened

PARTIES = (
    "parties:\n  - {id: company, role: park_company}\n  - {id: plant, role: enterprise}\n"
    "  - {id: service, role: energy_service, share_of_savings: 0.8}\n"
    "finance: {subsidy_cny: 100000, tax_rate: 0}\n"
)


def owned(text: str) -> str:
    return text.replace("{id: roof, kind: pv,", "{id: roof, kind: pv, party: company,").replace(
        "{id: store, kind: battery,", "{id: store, kind: battery, party: service,"
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Opened, Plan]:
    study = opened(tmp_path_factory.mktemp("costs"), owned(SMALL) + PARTIES)
    return study, solve_case(study.case(), study.rules, gap=1e-2, tidy=False)


def test_capex_learns_from_a_year_on(tmp_path: Path) -> None:
    study = opened(tmp_path, SMALL.replace("capex: 800,", "capex: 800, learning: {2028: 0.85, 2030: 0.75},")).study
    store = study.technologies[1]
    assert [costs_of(study, store, year=y).capex for y in (2025, 2027, 2028, 2029, 2035)] == [800, 800, 680, 680, 600]


def test_output_counts_at_its_mean_over_the_life(tmp_path: Path) -> None:
    study = opened(tmp_path, SMALL.replace("capex: 2700,", "capex: 2700, degradation: 0.01,"))
    making = Making(study.case(), Model(study.case().timeline()), study.study.technologies[0], 1.0)
    assert making.kept() == pytest.approx(np.mean([0.99**y for y in range(25)]))


def test_what_stands_is_gone_after_its_last_year(tmp_path: Path) -> None:
    text = SMALL.replace("existing: 1000}", "existing: 1000, existing_until: 2024}")
    study = opened(tmp_path, text)
    boiler = study.study.technologies[3]
    size = study.case().size(boiler, Model(study.case().timeline()))
    assert isinstance(size, Size)
    assert size.existing == 0.0
    kept = opened(tmp_path, text.replace("2024", "2025"))
    size = kept.case().size(kept.study.technologies[3], Model(kept.case().timeline()))
    assert isinstance(size, Size)
    assert size.existing == 1000.0


def test_sizes_come_in_whole_units(tmp_path: Path) -> None:
    text = SMALL.replace("hours: 336", "hours: 48").replace("kind: battery,", "kind: battery, unit_size: 700,")
    study = opened(tmp_path, text.split("targets:")[0])
    plan = solve_case(study.case(), study.rules, tidy=False)
    units = plan.sizes["store"] / 700
    assert units == pytest.approx(round(units), abs=1e-6)
    assert plan.lower_bound <= plan.cost


def test_what_a_service_company_does_not_keep_reaches_the_enterprise(shared: tuple[Opened, Plan]) -> None:
    study, plan = shared
    found = money(study.case(), plan, None)
    by_party = {s.party: s for s in found.parties}
    store = next(f.project for f in found.projects if f.project.id == "store")
    assert by_party["service"].flow.project.income == pytest.approx(0.8 * store.income)
    assert by_party["plant"].flow.project.income == pytest.approx(0.2 * store.income)
    assert by_party["plant"].capex == 0.0
    assert by_party["plant"].flow.npv > 0
    everything = sum(f.project.income for f in found.projects)
    assert sum(s.flow.project.income for s in found.parties) == pytest.approx(everything)
    assert any("gets" in line and "service" in line for line in by_party["plant"].flow.project.basis)


def test_the_rest_goes_where_the_study_says(shared: tuple[Opened, Plan]) -> None:
    study, plan = shared
    parties = [p.model_copy(update={"shares_with": "company"}) if p.id == "service" else p for p in study.study.parties]
    case = replace(study.case(), study=study.study.model_copy(update={"parties": parties}))
    assert "plant" not in {s.party for s in money(case, plan, None).parties}


def test_a_lump_subsidy_is_counted_once_and_shared_by_capex(shared: tuple[Opened, Plan]) -> None:
    study, plan = shared
    found = money(study.case(), plan, None)
    assert sum(f.project.subsidy for f in found.projects) == pytest.approx(100000)
    assert sum(s.flow.project.subsidy for s in found.parties) == pytest.approx(100000)
    shares = [f.project.subsidy / f.project.capex for f in found.projects]
    assert shares == pytest.approx([shares[0]] * len(shares))
