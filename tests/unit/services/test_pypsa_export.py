"""The exported network solves in PyPSA to the same cost, where PyPSA can say everything that the study says."""

from pathlib import Path

import pytest

from lingtan.base.errors import InputError
from lingtan.optimize.study.plan import solve_case
from lingtan.services.pypsa_network import network_of
from study_case import SMALL, opened


@pytest.mark.filterwarnings("ignore")
def test_pypsa_finds_the_same_cost(tmp_path: Path) -> None:
    pytest.importorskip("pypsa", reason="needs the extra pypsa")
    text = SMALL.replace(
        "  intensity: 1.5\n  certificates: {price_per_kwh: 0.006, maximum_kwh: 4000000}\n", "  carbon_price: 0\n"
    )
    text = text.replace("demand_cny_per_kw_month: 39", "demand_cny_per_kw_month: 0")
    # power as large as the energy and no least content: nothing that PyPSA cannot say
    text = text.replace("maximum: 8000, minimum_level: 0.05", "maximum: 8000, kw_per_kwh: 1.0")
    study = opened(tmp_path, text)
    plan = solve_case(study.case(), study.rules, gap=1e-6, tidy=False)
    network = network_of(study)
    network.optimize(solver_name="highs", log_to_console=False)
    assert plan.model is not None
    assert network.objective + plan.model.constant_cost == pytest.approx(plan.cost, rel=1e-6)


def test_without_pypsa_the_line_to_install_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pypsa", None)
    with pytest.raises(InputError, match=r"lingtan\[pypsa\]"):
        network_of(opened(tmp_path))
