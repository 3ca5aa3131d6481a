"""What a shape yields: cells with a name and a time, and the rows that could not be taken apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

# one line of the quarantine file: source row, column, original text, why; names and values are for the sentence
REJECT_SCHEMA: dict[str, Any] = {
    "sheet": pl.String,
    "row": pl.UInt32,
    "column": pl.String,
    "text": pl.String,
    "code": pl.String,
    "name": pl.String,
    "hint": pl.String,
}


@dataclass(frozen=True)
class Name:
    """What a file calls a series: ids of the row and header of the column, its unit, and hints.

    ``channel`` is set where the shape itself knows the channel; ``add`` says that such cells of one time are summed (tiers).
    """

    parts: tuple[str, ...]
    column: str
    unit: str | None = None
    hint: str = ""
    channel: str | None = None
    code: str | None = None
    add: bool = False

    @property
    def text(self) -> str:
        """The name for people."""
        return " / ".join(p for p in self.parts if p) or self.column


@dataclass(frozen=True)
class Cells:
    """Cells of one table.

    ``frame`` has row, name (index into ``names``), at (UTC) and text; sometimes seconds, quality, unit, and point (index
    into ``columns``, the header of the cell). ``cumulative``: values are sums since ``at`` over ``seconds``.
    """

    shape: str
    frame: pl.DataFrame
    names: Sequence[Name]
    header_row: int | None = None
    time_column: str = ""
    precision: str = "instant"
    stamp_evidence: tuple[str, str] | None = None  # (start or end, why)
    rejects: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECT_SCHEMA))
    totals: int = 0
    remarks: int = 0
    ignored: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    cumulative: bool = False


def no_rejects() -> pl.DataFrame:
    """An empty table of rejects."""
    return pl.DataFrame(schema=REJECT_SCHEMA)


def reject(frame: pl.DataFrame, code: str, *, column: Any, text: Any, name: Any = "", hint: Any = "") -> pl.DataFrame:
    """Rows of ``frame`` (with ``row``) as rejects; the other arguments are expressions or constants."""
    parts = {"column": column, "text": text, "name": name, "hint": hint}
    made = {k: v if isinstance(v, pl.Expr) else pl.lit(v) for k, v in parts.items()}
    return frame.select(
        sheet=pl.lit(None, dtype=pl.String),
        row=pl.col("row").cast(pl.UInt32),
        column=made["column"].cast(pl.String),
        text=made["text"].cast(pl.String),
        code=pl.lit(code),
        name=made["name"].cast(pl.String),
        hint=made["hint"].cast(pl.String),
    )


def indexed(frame: pl.DataFrame, ids: Sequence[str], target: str = "who") -> tuple[pl.DataFrame, list[tuple[str, ...]]]:
    """``frame`` with a number for each distinct combination of its ``ids`` columns, and the combinations in that order."""
    if not ids:
        return frame.with_columns(pl.lit(0, dtype=pl.UInt32).alias(target)), [()]
    if len(ids) == 1 and frame[ids[0]].dtype == pl.String:
        coded = frame[ids[0]].to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
        if not coded.null_count:
            who = pl.Series(target, coded.indices).cast(pl.UInt32)
            return frame.with_columns(who), [(str(v).strip(),) for v in pl.Series(coded.dictionary).to_list()]
    distinct = frame.select(ids).unique(maintain_order=True).with_row_index(target)
    joined = frame.join(distinct, on=list(ids), how="left", nulls_equal=True, maintain_order="left")
    combos = [tuple("" if v is None else str(v).strip() for v in row) for row in distinct.select(ids).iter_rows()]
    return joined, combos
