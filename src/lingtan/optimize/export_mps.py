"""The model as text in the free MPS format, so that any other solver can check it."""

from collections.abc import Iterator

import numpy as np

from lingtan.optimize.highs import Arrays, arrays
from lingtan.optimize.model import Model


def as_mps(model: Model, name: str = "park") -> str:
    """The whole text."""
    return "".join(f"{line}\n" for line in mps_lines(model, name))


def mps_lines(model: Model, name: str = "park") -> Iterator[str]:
    """Line by line; columns are ``name[step]`` and the names of sizes, rows likewise.

    The constant of the cost stands, as usual, with the opposite sign on the right side of the objective.
    """
    a = arrays(model)
    columns, rows = column_names(model), row_names(model)
    yield f"NAME {name}"
    yield "ROWS"
    yield " N cost"
    for row, low, high in zip(rows, a.row_lower, a.row_upper, strict=True):
        yield f" {_sense(low, high)} {row}"
    yield "COLUMNS"
    yield from _columns(a, columns, rows)
    yield "RHS"
    if a.constant:
        yield f" RHS cost {_number(-a.constant)}"
    for row, low, high in zip(rows, a.row_lower, a.row_upper, strict=True):
        side = high if np.isfinite(high) else low
        if np.isfinite(side) and side:
            yield f" RHS {row} {_number(side)}"
    ranged = [(r, lo, hi) for r, lo, hi in zip(rows, a.row_lower, a.row_upper, strict=True) if _is_range(lo, hi)]
    if ranged:
        yield "RANGES"
        for row, low, high in ranged:
            yield f" RNG {row} {_number(high - low)}"
    yield "BOUNDS"
    for column, low, high in zip(columns, a.lower, a.upper, strict=True):
        if low == high:
            yield f" FX BND {column} {_number(low)}"
            continue
        if low:
            yield f" LO BND {column} {_number(low)}"
        if np.isfinite(high):
            yield f" UP BND {column} {_number(high)}"
    yield "ENDATA"


def column_names(model: Model) -> list[str]:
    """One for each value: ``name[step]``, then the sizes."""
    steps = range(len(model.timeline))
    return [f"{_word(c.name)}[{t}]" for c in model.columns for t in steps] + [_word(g.name) for g in model.globals]


def row_names(model: Model) -> list[str]:
    """One for each row, in the order of the arrays: bounds by sizes, rows of steps, totals."""
    names = []
    for column in model.columns:
        if column.within is not None:
            names += [f"{_word(column.name)}.within[{t}]" for t in np.flatnonzero(column.within >= 0)]
    names += [f"{_word(row.name)}[{t}]" for row in model.rows for t in range(len(model.timeline))]
    return names + [_word(total.name) for total in model.totals]


def _columns(a: Arrays, columns: list[str], rows: list[str]) -> Iterator[str]:
    marked = False
    for j, column in enumerate(columns):
        if bool(a.whole[j]) != marked:
            marked = not marked
            yield f" MARKER{j} 'MARKER' '{'INTORG' if marked else 'INTEND'}'"
        entries = range(a.matrix.indptr[j], a.matrix.indptr[j + 1])
        if a.cost[j] or not len(entries):
            yield f" {column} cost {_number(a.cost[j])}"
        for i in entries:
            yield f" {column} {rows[a.matrix.indices[i]]} {_number(a.matrix.data[i])}"
    if marked:
        yield " MARKEREND 'MARKER' 'INTEND'"


def _sense(low: float, high: float) -> str:
    if low == high:
        return "E"
    if np.isfinite(high):
        return "L"
    return "G" if np.isfinite(low) else "N"


def _is_range(low: float, high: float) -> bool:
    return bool(np.isfinite(low) and np.isfinite(high) and low != high)


def _number(value: float) -> str:
    return f"{value:.12g}"


def _word(name: str) -> str:
    return name.replace(" ", "_")
