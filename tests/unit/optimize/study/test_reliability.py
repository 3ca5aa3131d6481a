"""Outages of the connection: asked of the plan, played at every hour afterwards."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lingtan.optimize.study import answers, reliability
from lingtan.optimize.study.case import Chain
from lingtan.optimize.study.plan import solve_case
from study_case import SMALL, opened

ISLAND = SMALL.replace("hours: 336", "hours: 168").replace(
    "  intensity: 1.5\n", "  islanding_hours: 4\n  critical_share: 0.3\n"
)


def test_a_plan_survives_an_outage_that_begins_at_any_hour(tmp_path: Path) -> None:
    study = opened(tmp_path, ISLAND)
    case = study.case()
    plan = solve_case(case, study.rules)
    assert plan.status == "solved"
    assert plan.lower_bound <= plan.cost
    (played,) = plan.outages
    assert played.starts == 168
    assert played.worst_unserved_kwh <= 1e-2 * reliability.critical_kw(case).max()
    free = solve_case(replace(case, relax_targets=True), study.rules)
    assert free.cost < plan.lower_bound
    assert reliability.outages(case, [free.sizes], free.series)[0].failed > 0


def test_what_one_outage_needs_is_what_a_hand_would_count(tmp_path: Path) -> None:
    study = opened(tmp_path, ISLAND)
    case = study.case()
    critical = reliability.critical_kw(case)
    bare = {t.id: 0.0 for t in study.study.technologies}
    (found,) = reliability.outages(case, [bare], {})
    rolled = sum(np.roll(critical, -h) for h in range(4))
    assert found.worst_unserved_kwh == pytest.approx(float(np.max(rolled)))
    assert found.mean_unserved_share == pytest.approx(1.0)
    assert found.failed == 168


SCENARIOS = "scenarios:\n  - {id: a, probability: 0.5}\n  - {id: b, probability: 0.5, demand: 1.1}\n"
STAGES = "stages:\n  - {year: 2025}\n  - {year: 2030, demand: 1.3}\n"


def test_scenarios_that_are_planned_together_each_survive(tmp_path: Path) -> None:
    study = opened(tmp_path, ISLAND + SCENARIOS)
    chains = [study.chain(s) for s in study.study.scenarios]
    found = answers.scenarios(study.case(), study.rules, chains)
    assert [o.year for o in found.expected.outages] == ["a", "b"]
    for outage in found.expected.outages:
        assert outage.worst_unserved_kwh <= 1e-2 * reliability.critical_kw(study.case()).max()


def test_each_stage_of_a_pathway_survives_with_what_stands_then(tmp_path: Path) -> None:
    study = opened(tmp_path, ISLAND + STAGES)
    chains = [Chain(study.inputs, stage=s) for s in study.study.stages]
    found = answers.pathway(study.case(), study.rules, chains)
    assert found.status == "solved"
    assert [o.year for o in found.outages] == ["2025", "2030"]
    assert max(o.worst_unserved_kwh for o in found.outages) <= 2e-2 * reliability.critical_kw(study.case()).max()
    assert found.steps[1].stands["store"] >= found.steps[0].stands["store"]


def test_a_part_may_stay_unserved_and_loss_of_load_is_counted(tmp_path: Path) -> None:
    strict = opened(tmp_path, ISLAND)
    looser = ISLAND.replace("critical_share: 0.3", "critical_share: 0.3\n  unserved_share: 0.25\n  outages_per_year: 2")
    loose = opened(tmp_path, looser)
    full = solve_case(strict.case(), strict.rules)
    part = solve_case(loose.case(), loose.rules)
    assert part.lower_bound <= full.cost
    assert part.cost <= full.cost * (1 + 1e-3)
    (played,) = part.outages
    critical = reliability.critical_kw(loose.case())
    assert played.worst_unserved_kwh <= 0.25 * max(np.convolve(critical, np.ones(4), "valid")) * (1 + 1e-2)
    assert played.lole_h == pytest.approx(2 * played.mean_hours_lost)
    assert played.eens_kwh == pytest.approx(2 * played.mean_unserved_share * 4 * critical.mean(), rel=1e-6)
