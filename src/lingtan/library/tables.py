"""Arrow tables as what a caller works with."""

from collections.abc import Callable
from typing import Any, Literal

import pyarrow as pa

from lingtan.base.errors import InputError

Tables = Literal["pandas", "polars", "arrow"]


def converted(table: pa.Table, to: Tables) -> Any:
    """An Arrow table as what was asked for."""
    makers: dict[str, Callable[[pa.Table], Any]] = {"pandas": _pandas, "polars": _polars, "arrow": lambda t: t}
    if to not in makers:
        raise InputError("library.unknown-tables", tables=str(to), known=", ".join(makers))
    return makers[to](table)


def _pandas(table: pa.Table) -> Any:
    return table.to_pandas()


def _polars(table: pa.Table) -> Any:
    import polars as pl

    return pl.from_arrow(table)


def per_thousand(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.divide(pc.cast(column, pa.float64()), 1000.0)


def floated(value: Any) -> float | None:
    return None if value is None else float(value)


def plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
