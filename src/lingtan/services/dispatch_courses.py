"""Which hours and series erred together in the weeks that are known: the courses of a plan on scenarios."""

from collections.abc import Sequence

import numpy as np

from lingtan.optimize.dispatch.inputs import Horizon
from lingtan.optimize.dispatch.replay import weekly_naive
from lingtan.optimize.dispatch.trajectories import PastErrors, past_errors
from lingtan.services.dispatch_expected import Recent


def week_errors(known: Recent, horizon: Horizon, names: Sequence[str]) -> PastErrors | None:
    """How the last weeks left the week before, at this time of each day: which hours and series erred together.

    Past issues of forecasts are not kept with what they said of every hour; of these only the ranks are used.
    """
    series = {n: known.series[n] for n in names if n in known.series}
    if not series:
        return None
    begin = len(next(iter(series.values())))
    seconds = np.arange(horizon.steps) * horizon.step_minutes * 60
    offset = int(horizon.start.timestamp()) - (int(known.start.timestamp()) + begin * known.step_s)
    at = np.maximum(seconds + offset, 0) // known.step_s
    day, week = 86_400 // known.step_s, 7 * 86_400 // known.step_s
    naive = weekly_naive(series, known.step_s / 3600)
    found = past_errors(naive, series, begin, int(at[-1]) + 1, day=day, earliest=week)
    return None if found is None else PastErrors({n: v[:, at] for n, v in found.by_series.items()})
