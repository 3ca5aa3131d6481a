"""Solve a kept schedule's horizon again without a limit that its reasons name."""

from pathlib import Path

from lingtan.base.errors import InputError
from lingtan.optimize.dispatch.counterfactual import Without, without
from lingtan.optimize.dispatch.planner import RESERVE, Planner
from lingtan.optimize.dispatch.schedule import Schedule
from lingtan.services.dispatch_store import description_of, kept_inputs
from lingtan.services.workspace import Workspace

LIMITS = (
    "month-peak", "price-spread", "carbon", "carbon-cap", "export-share", "grid-limit", "export-limit", "must-run",
    "must-take", "ramp", "capacity", "content", "departure",
)  # fmt: skip


def without_limit(
    workspace: Workspace, schedule: Schedule, limit: str, asset: str = "", *, file: Path | None = None
) -> Without:
    """The horizon planned with and without the limit, on what was known when it was made.

    Raises
    ------
    InputError
        ``dispatch.unknown-limit``; ``dispatch.inputs-not-kept`` for a schedule of an older version.
    """
    if limit not in LIMITS:
        raise InputError("dispatch.unknown-limit", limit=limit, known=", ".join(LIMITS))
    description, _ = description_of(workspace, file)
    inputs = kept_inputs(workspace, description, schedule)
    if inputs is None:
        raise InputError("dispatch.inputs-not-kept", id=schedule.id)
    step = Planner(description, gap=1e-4, time_limit_s=30.0, reserve=RESERVE).plan(inputs)
    return without(description, step, limit, asset, reserve=RESERVE)
