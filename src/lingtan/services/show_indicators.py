"""The indicators of a period, from a run."""

from dataclasses import dataclass

from lingtan.carbon.indicators import Indicator
from lingtan.services.keep_run import Run
from lingtan.services.run_account import coverage_floor, refuse_thin
from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class Shown:
    """A run and its indicators."""

    run: Run
    indicators: list[Indicator]


def show_indicators(workspace: Workspace, run: Run) -> Shown:
    """Every indicator that the run's rule set sets targets for; of a closed period those that were frozen.

    Raises
    ------
    DataError
        ``account.insufficient`` below the park's ``coverage_floor.indicator``, with every channel's coverage.
    """
    refuse_thin(run.account.coverage, coverage_floor(run.park, "indicator", 0.0), run.park)
    return Shown(run, run.indicators)
