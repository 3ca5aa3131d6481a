"""The indicators of a period, from a run."""

from dataclasses import dataclass

from lingtan.carbon.indicators import Indicator, indicators
from lingtan.park.carriers import carriers
from lingtan.services.run_account import Run
from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class Shown:
    """A run and its indicators."""

    run: Run
    indicators: list[Indicator]


def show_indicators(workspace: Workspace, run: Run) -> Shown:
    """Compute every indicator that the run's rule set sets targets for."""
    accounting = run.park.accounting
    book = workspace.factors().with_values(
        accounting.carriers, carriers=carriers(run.park), equivalent=accounting.equivalent_kgce_per_kwh
    )
    quantities = {(row["channel"], row["month"]): int(row["value"]) for row in run.sums.to_pylist()}
    return Shown(run, indicators(run.account, quantities, book))
