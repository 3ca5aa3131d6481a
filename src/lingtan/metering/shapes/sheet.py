"""A table as it was read: cells of text, before anybody knows what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

import polars as pl


@dataclass(frozen=True)
class Sheet:
    """One table of a file.

    ``frame`` has text columns ``c0``, ``c1``, … and every row of the source, titles and headers included; its first row is
    row ``first_row`` of the source. A typed source (Parquet, Arrow) gives ``header`` and typed columns instead.
    ``width`` is the number of columns that the header may use: a further column holds fields too many.
    """

    file: str
    frame: pl.DataFrame
    name: str | None = None
    header: tuple[str, ...] | None = None
    first_row: int = 1
    width: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return PurePath(self.file).stem

    def head(self, rows: int = 40) -> list[list[str]]:
        """The first rows as plain text; empty cells are ''."""
        if self.header is not None:
            return [list(self.header)]
        return [["" if c is None else str(c).strip() for c in row] for row in self.frame.head(rows).iter_rows()]


@dataclass(frozen=True)
class Book:
    """The tables of one file, with the file's digest and how it was read."""

    file: str
    sha256: str
    reader: str
    sheets: tuple[Sheet, ...]
    notes: tuple[tuple[str, Mapping[str, str]], ...] = ()
