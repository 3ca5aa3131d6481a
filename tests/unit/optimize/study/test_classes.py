"""Size classes where several years are solved together, and the bound over classes."""

from dataclasses import replace
from pathlib import Path

import pytest

from lingtan.optimize.limits import IntensityCap
from lingtan.optimize.solve import solve
from lingtan.optimize.study import answers
from lingtan.optimize.study.case import Chain
from lingtan.optimize.study.classes import out_of_reach
from lingtan.optimize.study.plan import solve_case
from study_case import SMALL, opened

BY_CLASS = (
    SMALL.replace("intensity: 1.5", "intensity: size_class")
    .replace("hours: 336", "hours: 168")
    .replace("maximum_kwh: 4000000", "maximum_kwh: 40000000")
)
STAGED = BY_CLASS + (
    "stages:\n  - {year: 2025, intensity: size_class}\n  - {year: 2030, intensity: size_class, demand: 1.6}\n"
)


def graded(rules, energy_tce: float):  # type: ignore[no-untyped-def]
    """The rule set with a first class from a tenth of this energy and a second one from 1.5 times it."""
    low, high = rules.thresholds
    top = energy_tce * 1.5
    return rules.model_copy(
        update={
            "thresholds": (
                low.model_copy(update={"from_tce": energy_tce * 0.1, "to_tce": top, "limit": "1.2"}),
                high.model_copy(update={"from_tce": top, "to_tce": None, "limit": "1.6"}),
            )
        }
    )


def test_each_stage_meets_the_limit_of_the_class_it_falls_in(tmp_path: Path) -> None:
    study = opened(tmp_path, STAGED)
    case = study.case()
    free = solve_case(replace(case, relax_targets=True), study.rules, tidy=False)
    rules = graded(study.rules, free.tallies["energy"] / 1000 / case.hours_share)
    chains = [Chain(study.inputs, stage=s) for s in study.study.stages]
    found = answers.pathway(case, rules, chains)
    assert found.status == "solved"
    assert found.lower_bound <= found.cost
    edge = float(rules.thresholds[1].from_tce) * case.hours_share
    for step in found.steps:
        limit = 1.2 if step.energy_tce < edge else 1.6
        assert step.intensity <= limit * (1 + 1e-3)
    assert found.served_difference is not None


def test_the_bound_is_the_smallest_over_the_classes(tmp_path: Path) -> None:
    study = opened(tmp_path, BY_CLASS)
    case = study.case()
    free = solve_case(replace(case, relax_targets=True), study.rules, tidy=False)
    rules = graded(study.rules, free.tallies["energy"] / 1000 / case.hours_share)
    plan = solve_case(case, rules, tidy=False)
    costs = [cost for status, cost in plan.classes.values() if status == "solved"]
    assert len(plan.classes) == 3
    assert plan.lower_bound <= min(costs)
    assert plan.tallies["emissions"] <= 1.2 * plan.tallies["energy"] * (1 + 1e-3)
    # a run that was stopped in the first class proves nothing about the others
    stopped = solve_case(case, rules, listener=lambda key, p: p.iteration < 12, tidy=False)
    assert stopped.status == "stopped"
    assert stopped.lower_bound == -float("inf")


def test_scenarios_respect_their_classes(tmp_path: Path) -> None:
    text = BY_CLASS + "scenarios:\n  - {id: usual, probability: 0.5}\n  - {id: more, probability: 0.5, demand: 1.2}\n"
    study = opened(tmp_path, text)
    case = study.case()
    free = solve_case(replace(case, relax_targets=True), study.rules, tidy=False)
    rules = graded(study.rules, free.tallies["energy"] / 1000 / case.hours_share)
    chains = [study.chain(s) for s in study.study.scenarios]
    found = answers.scenarios(case, rules, chains)
    loose = replace(
        case,
        study=study.study.model_copy(update={"targets": study.study.targets.model_copy(update={"intensity": None})}),
    )
    assert found.expected.cost > answers.scenarios(loose, rules, chains).expected.cost * (1 + 1e-3)
    assert found.expected.lower_bound == pytest.approx(found.expected.cost, rel=2e-2)


def test_a_class_whose_energy_is_out_of_reach_is_proven_so(tmp_path: Path) -> None:
    study = opened(tmp_path, BY_CLASS)
    case = study.case()
    energy = solve_case(replace(case, relax_targets=True), study.rules, tidy=False).tallies["energy"]
    far = IntensityCap("intensity", 0.3, energy_from=energy * 1e3)
    near = IntensityCap("intensity", 0.3, energy_from=energy * 0.5, energy_to=energy * 2)
    low = IntensityCap("intensity", 0.3, energy_to=energy * 1e-3)
    assert out_of_reach(case, [far], solve)
    assert out_of_reach(case, [low], solve)
    assert not out_of_reach(case, [near], solve)
    assert not out_of_reach(case, [None], solve)
