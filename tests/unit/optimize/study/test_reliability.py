"""Outages of the connection: asked of the plan, played at every hour afterwards."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lingtan.base.errors import InputError
from lingtan.optimize.study import answers, reliability
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
    assert plan.outages is not None
    assert plan.outages.starts == 168
    assert plan.outages.worst_unserved_kwh <= 1e-2 * reliability.critical_kw(case).max()
    free = solve_case(replace(case, relax_targets=True), study.rules)
    assert free.cost < plan.lower_bound
    assert reliability.outages(case, free.sizes, free.series).failed > 0


def test_what_one_outage_needs_is_what_a_hand_would_count(tmp_path: Path) -> None:
    study = opened(tmp_path, ISLAND)
    case = study.case()
    critical = reliability.critical_kw(case)
    bare = {t.id: 0.0 for t in study.study.technologies}
    found = reliability.outages(case, bare, {})
    rolled = sum(np.roll(critical, -h) for h in range(4))
    assert found.worst_unserved_kwh == pytest.approx(float(np.max(rolled)))
    assert found.mean_unserved_share == pytest.approx(1.0)
    assert found.failed == 168


def test_stages_say_that_islanding_is_not_planned_for_them(tmp_path: Path) -> None:
    text = ISLAND + "scenarios:\n  - {id: a, probability: 0.5}\n  - {id: b, probability: 0.5, demand: 1.1}\n"
    study = opened(tmp_path, text)
    with pytest.raises(InputError, match="one year"):
        answers.scenarios(study.case(), study.rules, [study.chain(s) for s in study.study.scenarios])
