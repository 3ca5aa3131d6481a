"""Separated text: which sign separates, how wide the table is, and rows of unequal length."""

from collections import Counter
from io import BytesIO

import polars as pl

from lingtan.adapters.readers.encoding import Text
from lingtan.adapters.readers.limits import Limits
from lingtan.base.errors import InputError
from lingtan.metering.shapes.sheet import Sheet

DELIMITERS = (",", "\t", ";", "|")
HEAD_LINES = 60
_QUOTE = '"'


def read_text(text: Text, file: str, limits: Limits, delimiter: str | None = None) -> Sheet:
    """A text file as a sheet; fields beyond the usual number stand in one further column.

    Raises
    ------
    InputError
        ``import.empty`` if there is nothing in it, ``import.too-wide``, ``import.no-table``.
    """
    data = text.data.rstrip(b"\x1a")
    if not data or data.isspace():
        raise InputError("import.empty", file=file)
    data, first_row = _without_blank_head(data)
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    lines = data[: 4 << 20].decode("utf-8", "replace").splitlines()[:HEAD_LINES]
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == 5:
        delimiter = delimiter or lines[0].strip()[-1]
    sign = delimiter or _delimiter(lines)
    width = _width(lines, sign)
    if width > limits.columns:
        raise InputError("import.too-wide", file=file, columns=width, limit=limits.columns)
    names = [f"c{i}" for i in range(width + 1)]
    quote: str | None = _QUOTE
    try:
        frame = _parse(data, sign, names, quote)
    except pl.exceptions.PolarsError:
        try:
            frame = _parse(data, sign, names, None)
        except pl.exceptions.PolarsError:
            raise InputError("import.no-table", file=file) from None
    if frame.height == 1 and len(lines) > 2 and quote:  # a quote that never ends swallowed the file
        frame = _parse(data, sign, names, None)
    if frame[names[-1]].null_count() == frame.height:
        frame = frame.drop(names[-1])
    return Sheet(file, frame, first_row=first_row, width=width, facts={"delimiter": sign, "encoding": text.encoding})


def _parse(data: bytes, sign: str, names: list[str], quote: str | None) -> pl.DataFrame:
    return pl.read_csv(
        BytesIO(",".join(names).replace(",", sign).encode() + b"\n" + data),  # so that the first line sets no width
        separator=sign,
        quote_char=quote,
        schema=dict.fromkeys(names, pl.String),
        truncate_ragged_lines=True,
        infer_schema=False,
        raise_if_empty=False,
    )


def _without_blank_head(data: bytes) -> tuple[bytes, int]:
    """The data from the first line with anything in it, and that line's number."""
    rest = data.lstrip(b"\r\n")
    return rest, data[: len(data) - len(rest)].count(b"\n") + 1


def _fields(line: str, sign: str) -> int:
    """Fields of a line; a sign between quotes separates nothing."""
    if _QUOTE in line:
        line = "".join(line.split(_QUOTE)[0::2])
    return line.count(sign) + 1


def _delimiter(lines: list[str]) -> str:
    """The sign that cuts most lines into the same number of fields."""
    filled = [x for x in lines if x.strip()]

    def score(sign: str) -> tuple[int, int]:
        counts = Counter(n for x in filled if (n := _fields(x, sign)) > 1)
        if not counts:
            return (0, 0)
        width, often = counts.most_common(1)[0]
        return (often, width)

    return max(DELIMITERS, key=lambda s: (score(s), -DELIMITERS.index(s)))


def _width(lines: list[str], sign: str) -> int:
    """The usual number of fields; of equally usual ones the larger."""
    counts = Counter(n for x in lines if x.strip() and (n := _fields(x, sign)) > 1)
    return max(counts.items(), key=lambda c: (c[1], c[0]))[0] if counts else 1
