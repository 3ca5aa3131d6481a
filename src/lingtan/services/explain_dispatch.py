"""Solve a kept schedule's horizon again without a limit that its reasons name, or put all its reasons to the test."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lingtan.base.errors import InputError
from lingtan.optimize.dispatch.counterfactual import Without, without
from lingtan.optimize.dispatch.explanation import Checker
from lingtan.optimize.dispatch.inputs import Inputs
from lingtan.optimize.dispatch.planner import RESERVE, Planner
from lingtan.optimize.dispatch.reasons import Reason
from lingtan.optimize.dispatch.record import Description
from lingtan.optimize.dispatch.schedule import Schedule
from lingtan.services.dispatch_store import description_of, kept_inputs
from lingtan.services.workspace import Workspace

SAME_KW = 1e-4  # relative
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
    description, inputs = _kept(workspace, schedule, file)
    step = Planner(description, gap=1e-4, time_limit_s=30.0, reserve=RESERVE).plan(inputs)
    return without(description, step, limit, asset, reserve=RESERVE)


@dataclass(frozen=True)
class Checked:
    """A reason of a kept schedule put to the test at each of its steps: how many the test confirms, finds tied, or refutes."""

    number: int  # of the reason in the schedule
    confirmed: int
    degenerate: int
    refuted: int
    moved: int  # steps at which the plan made again has another set-point, so that nothing can be said


def check_reasons(
    workspace: Workspace, schedule: Schedule, asset: str = "", *, file: Path | None = None
) -> list[Checked]:
    """Each hour of a kept schedule's reasons, solved again without the limit or price that it names.

    The horizon is planned again on what was known, with the schedule's own commitment.

    Raises
    ------
    InputError
        ``dispatch.inputs-not-kept`` for a schedule of an older version.
    """
    description, inputs = _kept(workspace, schedule, file)
    commitment = {k: np.asarray(v) for k, v in schedule.set_points.items() if k.endswith(".on")}
    planner = Planner(description, gap=1e-4, time_limit_s=30.0, reserve=RESERVE)
    checker = Checker(description, planner.price(planner.plan(inputs, held=commitment)))
    found = []
    for number, told in enumerate(schedule.reasons):
        if asset and told["asset"] != asset:
            continue
        reason = Reason(**told)
        name = checker.trials.column_of(reason)
        before, now = (np.asarray(s.get(name, ())) for s in (schedule.set_points, checker.step.series))
        verdicts, moved = Counter[str](), 0
        for t in range(reason.first, reason.last):
            if not len(now) or (len(before) and abs(before[t] - now[t]) > SAME_KW * max(1.0, abs(before[t]))):
                moved += 1
            else:
                verdicts[checker.claim(reason, t).verdict] += 1
        found.append(Checked(number, verdicts["confirmed"], verdicts["degenerate"], verdicts["refuted"], moved))
    return found


def _kept(workspace: Workspace, schedule: Schedule, file: Path | None) -> tuple[Description, Inputs]:
    description, _ = description_of(workspace, file)
    inputs = kept_inputs(workspace, description, schedule)
    if inputs is None:
        raise InputError("dispatch.inputs-not-kept", id=schedule.id)
    return description, inputs
