r"""Parts that add up: medians of meters, enterprises and park made to agree, each giving way by how unsure it is.

Least squares under the sums of a tree: going up, a node's own forecast M (variance V) is joined with the sum of its parts
S (variance W) in proportion to what each knows; going down, what a part must give is its share of the variance,
:math:`c_i = m_i + v_i (M - \sum m) / \sum v`. It is the weighted reconciliation of Wickramasuriya et al. (2019) with a diagonal
covariance, solved exactly on the tree.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from lingtan.forecast.calibration import monotone
from lingtan.forecast.record import MEDIAN, QUANTILES, Target

Floats = npt.NDArray[np.float64]
TINY = 1e-12
WIDE = 2 * 1.2816  # standard deviations from the 10 % to the 90 % quantile of a normal distribution


def reconciled(targets: Sequence[Target], values: Mapping[str, Floats]) -> dict[str, Floats]:
    """Quantiles whose medians add up from parts to totals.

    ``values`` are (steps, quantiles) by target; a target without a forecast of its own that has parts becomes their sum.
    Bands move with their median; the band of a total is never wider than those of its parts together, nor
    narrower than if the parts did not know of each other. No value leaves what is possible for its target.
    """
    by_id = {t.id: t for t in targets}
    parts: dict[str, list[str]] = {}
    for t in targets:
        if t.parent in by_id and (t.id in values or any(c.parent == t.id for c in targets)):
            parts.setdefault(str(t.parent), []).append(t.id)
    medians: dict[str, Floats] = {}
    unsure: dict[str, Floats] = {}
    roots = [t.id for t in targets if t.parent not in by_id and (t.id in values or t.id in parts)]
    for root in roots:
        _up(root, parts, values, medians, unsure)
        _down(root, parts, medians, unsure, by_id)
    found: dict[str, Floats] = {}
    for root in roots:
        _close(root, parts, values, medians, by_id, found)
    return found


def _spread(values: Floats) -> Floats:
    q = list(QUANTILES)
    return np.asarray(((values[:, q.index(0.9)] - values[:, q.index(0.1)]) / WIDE) ** 2 + TINY)


def _up(
    node: str,
    parts: Mapping[str, list[str]],
    values: Mapping[str, Floats],
    medians: dict[str, Floats],
    unsure: dict[str, Floats],
) -> None:
    below = parts.get(node, [])
    for child in below:
        _up(child, parts, values, medians, unsure)
    own = values.get(node)
    if not below:
        assert own is not None
        medians[node], unsure[node] = own[:, MEDIAN].copy(), _spread(own)
        return
    total = np.sum([medians[c] for c in below], axis=0)
    doubt = np.sum([unsure[c] for c in below], axis=0)
    if own is None:
        medians[node], unsure[node] = total, doubt
        return
    mine = _spread(own)
    medians[node] = (own[:, MEDIAN] * doubt + total * mine) / (doubt + mine)
    unsure[node] = doubt * mine / (doubt + mine)


def _down(
    node: str,
    parts: Mapping[str, list[str]],
    medians: dict[str, Floats],
    unsure: Mapping[str, Floats],
    by_id: Mapping[str, Target],
) -> None:
    below = parts.get(node, [])
    if not below:
        return
    for _ in range(3):  # what a part cannot give at its bound, the others give
        gap = medians[node] - np.sum([medians[c] for c in below], axis=0)
        doubt = np.sum([unsure[c] for c in below], axis=0)
        for c in below:
            t = by_id[c]
            medians[c] = np.clip(medians[c] + unsure[c] / doubt * gap, t.lowest, t.highest)
    for c in below:
        _down(c, parts, medians, unsure, by_id)
    medians[node] = np.sum([medians[c] for c in below], axis=0)


def _close(
    node: str,
    parts: Mapping[str, list[str]],
    values: Mapping[str, Floats],
    medians: Mapping[str, Floats],
    by_id: Mapping[str, Target],
    found: dict[str, Floats],
) -> None:
    below = parts.get(node, [])
    for c in below:
        _close(c, parts, values, medians, by_id, found)
    middle = medians[node] if not below else np.sum([found[c][:, MEDIAN] for c in below], axis=0)
    away = None
    if below:
        gaps = np.stack([found[c] - found[c][:, MEDIAN : MEDIAN + 1] for c in below])
        most = gaps.sum(axis=0)
        least = np.sign(most) * np.sqrt((gaps**2).sum(axis=0))
        own = values.get(node)
        away = least if own is None else own - own[:, MEDIAN : MEDIAN + 1]
        away = np.where(most >= 0, np.clip(away, least, most), np.clip(away, most, least))
    else:
        away = values[node] - values[node][:, MEDIAN : MEDIAN + 1]
    t = by_id[node]
    moved = np.clip(middle[:, None] + away, t.lowest, max(t.highest, 0.0) if not below else np.inf)
    moved[:, MEDIAN] = middle
    found[node] = monotone(moved, QUANTILES)
