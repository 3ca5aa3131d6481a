"""What an operation costs, what it uses of each total, and how far it misses any row."""

import numpy as np

from lingtan.optimize.model import FloatArray, IntArray, Model, Values


def terms_by_step(model: Model, series: FloatArray, here: slice = slice(None)) -> FloatArray:
    """What the columns use of each total, by step."""
    steps = len(model.timeline)
    out = np.zeros((len(model.totals), len(range(*here.indices(steps)))))
    for k, total in enumerate(model.totals):
        for column, value in total.terms:
            out[k] += np.broadcast_to(np.asarray(value, float), (steps,))[here] * series[column, here]
    return out


def cost_of(model: Model, series: FloatArray, chosen: FloatArray) -> float:
    """The cost of a series for each column and a value for each global column."""
    steps = len(model.timeline)
    total = model.constant_cost + float(sum(g.cost * v for g, v in zip(model.globals, chosen, strict=True)))
    for i, column in enumerate(model.columns):
        if np.any(column.cost):
            total += float(np.broadcast_to(np.asarray(column.cost, float), (steps,)) @ series[i])
    return total


def violation(model: Model, series: FloatArray, chosen: FloatArray) -> float:
    """The largest violation of a bound, row or total, relative to the largest need (totals to what they add up)."""
    steps = len(model.timeline)

    def spread(values: Values) -> FloatArray:
        return np.broadcast_to(np.asarray(values, float), (steps,))

    def at(part: int | IntArray) -> FloatArray:
        number = np.broadcast_to(np.asarray(part, np.int64), (steps,))
        return np.asarray(np.where(number >= 0, chosen[np.maximum(number, 0)], 0.0), float)

    uppers = [spread(r.upper) for r in model.rows]
    need = max((float(np.abs(u[np.isfinite(u)]).max(initial=0.0)) for u in uppers), default=1.0)
    worst = 0.0
    for i, column in enumerate(model.columns):
        upper = spread(column.upper)
        if column.within is not None:
            upper = np.where(column.within >= 0, np.minimum(upper, spread(column.share) * at(column.within)), upper)
        worst = max(worst, float((series[i] - upper).max()), float((spread(column.lower) - series[i]).max()))
    for row, most in zip(model.rows, uppers, strict=True):
        value = np.zeros(steps)
        for c, factor in row.now:
            value += spread(factor) * series[c]
        for c, factor in row.before:
            value += spread(factor) * _earlier(model, c, series[c])
        for part, factor in row.fixed:
            value += spread(factor) * at(part)
        worst = max(worst, float((value - most).max()), float((spread(row.lower) - value).max()))
    worst /= max(need, 1e-9)
    used = terms_by_step(model, series)
    for k, total in enumerate(model.totals):
        parts = [v * chosen[g] for g, v in total.fixed]
        amount = float(used[k].sum() + sum(parts))
        scale = float(np.abs(used[k]).sum() + sum(abs(v) for v in parts)) or 1.0
        worst = max(worst, float(amount - total.upper) / scale, float(total.lower - amount) / scale)
    return worst


def _earlier(model: Model, column: int, values: FloatArray) -> FloatArray:
    """The value of a column one step before each step."""
    timeline, stated = model.timeline, model.columns[column].before
    earlier = np.roll(values, 1)
    if isinstance(stated, str):
        earlier[timeline.starts] = values[timeline.ends]
    else:
        earlier[timeline.starts] = np.broadcast_to(stated, timeline.starts.shape)
    return earlier
