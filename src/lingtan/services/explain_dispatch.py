"""Solve a kept schedule's horizon again without a limit that its reasons name."""

from pathlib import Path

from lingtan.base.errors import InputError
from lingtan.optimize.dispatch.counterfactual import Without, without
from lingtan.optimize.dispatch.inputs import Horizon, State
from lingtan.optimize.dispatch.planner import Planner
from lingtan.optimize.dispatch.schedule import Schedule
from lingtan.services.dispatch_series import expected_inputs, month_peaks
from lingtan.services.dispatch_store import description_of
from lingtan.services.workspace import Workspace

LIMITS = (
    "month-peak", "price-spread", "carbon", "carbon-cap", "export-share", "grid-limit", "export-limit", "must-run",
    "must-take", "ramp", "capacity", "content", "departure",
)  # fmt: skip


def without_limit(
    workspace: Workspace, schedule: Schedule, limit: str, asset: str = "", *, file: Path | None = None
) -> Without:
    """The horizon planned with and without the limit, on what is known of it now.

    Raises
    ------
    InputError
        ``dispatch.unknown-limit``.
    """
    if limit not in LIMITS:
        raise InputError("dispatch.unknown-limit", limit=limit, known=", ".join(LIMITS))
    description, _ = description_of(workspace, file)
    horizon = Horizon(schedule.start, schedule.steps, schedule.step_minutes, description.timezone)
    state = State(peak_kw=month_peaks(workspace, description, schedule.start))
    inputs = expected_inputs(workspace, description, horizon, state)
    step = Planner(description, gap=1e-4, time_limit_s=30.0).plan(inputs)
    return without(description, step, limit, asset)
