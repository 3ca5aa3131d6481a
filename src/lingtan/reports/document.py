"""A document as data: what every writer (Word, Excel, PDF) gets."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

Cell = str | Decimal | int | None


@dataclass(frozen=True)
class Column:
    """A column; of numbers, ``digits`` says how many decimals are shown. A share is shown in percent."""

    title: str
    digits: int | None = None
    share: bool = False
    width: int = 12

    @property
    def number(self) -> bool:
        """Whether the cells are numbers."""
        return self.digits is not None


@dataclass(frozen=True)
class Table:
    """A table; ``sums`` says that the last row is the total. A ``detail`` is for spreadsheets only."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]
    sums: bool = False
    note: str = ""
    detail: bool = False


@dataclass(frozen=True)
class Section:
    """A chapter: paragraphs, then tables, then closing paragraphs."""

    id: str
    title: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A whole report; ``notice`` stands on every page."""

    lang: str
    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    notice: str = ""


def shown(cell: Cell, column: Column) -> str:
    """A cell as text: thousands set off, decimals as the column says."""
    if cell is None:
        return ""
    if isinstance(cell, str) or column.digits is None:
        return str(cell)
    if column.share:
        return f"{cell * 100:,.{column.digits}f} %"
    return f"{cell:,.{column.digits}f}"
