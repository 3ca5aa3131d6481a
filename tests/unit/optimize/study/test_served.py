"""The energy that is wasted cannot loosen the limit of the core indicator."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from lingtan.optimize.study.plan import solve_case
from lingtan.optimize.study.served import at_served_energy
from study_case import SMALL, opened


def test_energy_is_fixed_again_until_the_answer_takes_what_it_was_allowed_for() -> None:
    told: list[float] = []

    def again(energies: Sequence[float]) -> float:
        told.append(energies[0])
        return 100.0 + (energies[0] - 100.0) / 4  # what an answer takes beyond its needs shrinks with what it may take

    found = at_served_energy(140.0, lambda taken: [taken], again, lambda one, two: one == two)
    assert told[:3] == [140.0, 110.0, 102.5]
    assert found == pytest.approx(100.0, rel=2e-4)
    assert found >= told[-1] * (1 - 1e-4)


def test_the_first_answer_stays_where_fixing_costs_nothing_or_cannot_be() -> None:
    assert at_served_energy(140.0, lambda a: [a], lambda _: 140.0, lambda one, two: one == two) == 140.0
    assert at_served_energy(140.0, lambda a: [a], lambda _: None, lambda one, two: one == two) == 140.0


@pytest.mark.parametrize("limit", [1.5, 1.0, 0.7])
def test_a_lossy_store_cannot_buy_emissions(tmp_path: Path, limit: float) -> None:
    study = opened(tmp_path, SMALL.replace("intensity: 1.5", f"intensity: {limit}"))
    plan = solve_case(study.case(), study.rules, gap=1e-3, tidy=False)
    assert plan.status == "solved"
    assert plan.tallies["emissions"] <= limit * plan.tallies["energy"] * (1 + 1e-3)
    free = solve_case(replace(study.case(), relax_targets=True), study.rules, gap=1e-3, tidy=False)
    # beyond the losses of a store that is used it takes no more than the needs do
    assert plan.tallies["energy"] <= free.tallies["energy"] * 1.15
