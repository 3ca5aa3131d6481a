"""Upper bounds that the rows imply for columns that state none: the proof needs every column in a box.

A row :math:`\\sum a_i x_i = b` with all other columns in boxes bounds each of its columns; a few rounds of this reach
surplus, flows between levels and slack columns. A column that the rows do not bound either (two links that may send in
circles) gets :data:`ASSUMED` times the largest need and is reported.
"""

from dataclasses import dataclass

import numpy as np

from lingtan.optimize.chain.problem import Entries
from lingtan.optimize.model import FloatArray

ROUNDS = 6
ASSUMED = 1e3


@dataclass
class _Term:
    """One column's part of a row, at each step: coefficients and the column's upper bound (lower bounds are 0)."""

    column: int
    lag: int
    value: FloatArray


def implied_bounds(most: FloatArray, now: Entries, back: Entries, fixed: FloatArray, b: FloatArray) -> FloatArray:
    """``most`` with its infinite values replaced by what the rows imply, where they do.

    Parameters
    ----------
    most : array [n, T]
        Upper bounds, infinite where a column states none.
    now, back : Entries
        Coefficients at the step and one before.
    fixed : array [2, R, T]
        Least and greatest of what global columns bring to each row.
    b : array [R, T]
        Right-hand side.
    """
    most = most.copy()
    rows: dict[int, list[_Term]] = {}
    for entries, lag in ((now, 0), (back, 1)):
        for row, column, value in zip(entries.row, entries.column, entries.value, strict=True):
            rows.setdefault(int(row), []).append(_Term(int(column), lag, value))
    for _ in range(ROUNDS):
        open_columns = {int(c) for c in np.flatnonzero(np.isinf(most).any(axis=1))}
        if not open_columns:
            break
        changed = False
        for row, terms in rows.items():
            if any(term.column in open_columns for term in terms):
                changed |= _tighten(most, terms, b[row], fixed[:, row], open_columns)
        if not changed:
            break
    return most


def _tighten(most: FloatArray, terms: list[_Term], b: FloatArray, fixed: FloatArray, open_columns: set[int]) -> bool:
    least_parts, greatest_parts = [], []
    for term in terms:
        top = most[term.column]
        if term.lag:
            top = np.concatenate([[0.0], top[:-1]])
        with np.errstate(invalid="ignore"):
            reach = np.where(term.value == 0.0, 0.0, term.value * top)
        least_parts.append(np.minimum(reach, 0.0))
        greatest_parts.append(np.maximum(reach, 0.0))
    changed = False
    for i, term in enumerate(terms):
        if term.lag or term.column not in open_columns:
            continue
        least, greatest = fixed[0].copy(), fixed[1].copy()
        for k in range(len(terms)):
            if k != i:
                least += least_parts[k]
                greatest += greatest_parts[k]
        a = term.value
        with np.errstate(divide="ignore", invalid="ignore"):
            bound = np.where(a > 0, (b - least) / a, np.where(a < 0, (b - greatest) / a, np.inf))
        bound = np.where(np.isnan(bound), np.inf, np.maximum(bound, 0.0))
        tighter = np.isinf(most[term.column]) & np.isfinite(bound)
        if tighter.any():
            most[term.column] = np.where(tighter, bound, most[term.column])
            changed = True
    return changed
