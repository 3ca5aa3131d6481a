"""Where the header stands and what its columns are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from lingtan.base.errors import InputError, Place, Problem
from lingtan.base.ids import nearest
from lingtan.metering.shapes import words
from lingtan.metering.shapes.mapping import Mapping
from lingtan.metering.shapes.sheet import Sheet
from lingtan.metering.shapes.stamps import Clock, instants

TIMES = ("time", "date", "month", "start", "end")
_SERIAL = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Layout:
    """A header: its texts, units and roles by column, and the body below it (with ``row``, the source row)."""

    sheet: Sheet
    header_row: int | None
    headers: tuple[str, ...]
    units: tuple[str | None, ...]
    roles: tuple[str | None, ...]
    body: pl.DataFrame
    columns: tuple[str, ...]

    def where(self, *wanted: str) -> list[int]:
        """Indices of the columns with one of the roles."""
        return [i for i, r in enumerate(self.roles) if r in wanted]

    def column(self, i: int) -> str:
        """The name of column ``i`` in ``body``."""
        return self.columns[i]


def layout(sheet: Sheet, mapping: Mapping) -> Layout | None:
    """The header of a sheet, or None if no row looks like one."""
    if sheet.header is not None:
        return _state(_build(sheet, None, list(sheet.header), [None] * len(sheet.header), sheet.frame), mapping)
    head = sheet.head()
    if not head:
        return None
    if mapping.header_row is not None:
        at = mapping.header_row - sheet.first_row
        if not 0 <= at < len(head):
            raise InputError("import.no-header-row", file=sheet.file, row=mapping.header_row)
    else:
        scores = [_score(head, r) for r in range(min(len(head), 30))]
        at = max(range(len(scores)), key=lambda r: (scores[r], -r))
        if scores[at] <= 0:
            headless = _headless(sheet, head)
            return None if headless is None else _state(headless, mapping)
    texts, units, depth = _merged_rows(head, at)
    return _state(_build(sheet, sheet.first_row + at, texts, units, sheet.frame.slice(at + depth), at + depth), mapping)


def _build(
    sheet: Sheet, row: int | None, texts: Sequence[str], units: Sequence[str | None], body: pl.DataFrame, skip: int = 0
) -> Layout:
    width = sheet.width or len(texts)
    texts, units = list(texts)[:width], list(units)[:width]
    headers = [words.plain(t) for t in texts]
    own = [words.split_unit(h)[1] for h in headers]
    numbered = body.with_row_index("row", offset=sheet.first_row + skip + (1 if sheet.header is not None else 0))
    roles = [words.role(h) if h else None for h in headers]
    return Layout(
        sheet,
        row,
        tuple(headers),
        tuple(u or o for u, o in zip(units, own, strict=True)),
        tuple(roles),
        numbered,
        tuple(body.columns),
    )


def _state(found: Layout, mapping: Mapping) -> Layout:
    """The layout with the roles that the mapping states; raises InputError for columns that are not there."""
    roles = list(found.roles)
    problems: list[Problem] = []

    def put(names: str | list[str] | None, role: str) -> None:
        stated = [names] if isinstance(names, str) else names or []
        if stated:
            for i, old in enumerate(roles):
                same = role in ("time", "name", "value") and (old == role or (role == "time" and old in TIMES))
                roles[i] = "skip" if same else old
        for k, name in enumerate(stated):
            at = [i for i, h in enumerate(found.headers) if words.key(h) == words.key(name) or f"c{i + 1}" == name]
            if not at:
                known = nearest(name, found.headers) or ", ".join(h for h in found.headers if h)[:200]
                place = Place(file=found.sheet.file, sheet=found.sheet.name, row=found.header_row)
                problems.append(Problem("import.no-column", place, {"column": name, "nearest": known}))
                continue
            last = role == "time" and len(stated) == 2
            roles[at[0]] = ("date" if k == 0 else "clock") if last else role

    put(mapping.time, "time")
    put(mapping.start, "start")
    put(mapping.end, "end")
    put(mapping.name, "name")
    put(mapping.value, "value")
    put(mapping.unit_column, "unit")
    put(mapping.quality, "quality")
    for name in mapping.ignore:
        for i, h in enumerate(found.headers):
            if words.key(h) == words.key(name):
                roles[i] = "skip"
    for stated in mapping.channels:
        for i, h in enumerate(found.headers):
            if words.key(h) == words.key(str(stated)) and roles[i] not in TIMES:
                roles[i] = None  # a stated name is a series, whatever it looks like
    if problems:
        raise InputError("import.bad-mapping", file=found.sheet.file, problems=problems)
    return replace(found, roles=tuple(roles))


def _score(head: list[list[str]], r: int) -> float:
    """How much row ``r`` looks like a header: known roles, a time among them, numbers below and not in it."""
    row = [words.plain(c) for c in head[r]]
    filled = [c for c in row if c]
    if len(filled) < 2:
        return 0
    roles = [words.role(c) for c in row if c]
    labels = sum(1 for c in filled if point_minutes(c) is not None or _is_period(c))
    numeric = sum(1 for c in filled if words.looks_numeric(c))
    if numeric > labels or (numeric and numeric * 2 > len(filled) and labels < 12):
        return 0
    data = next((x for x in head[r + 1 :] if sum(1 for c in x if c) > 1), None)
    if data is None:
        return 0
    below = any(words.looks_numeric(c) for x in head[r + 1 : r + 6] for c in x)
    score = sum(1.0 for x in roles if x is not None) + 0.1 * len(filled) / max(1, len(row))
    score += 4 * any(x in TIMES for x in roles) + (3 if labels >= 12 else 0)
    if labels >= 2 and labels * 2 >= len(filled) - 3:
        score += 2
    return score if below and score >= 1 else 0


def _is_period(text: str) -> bool:
    return (
        re.fullmatch(
            r"(?:(?:19|20|21)\d\d年?)|(?:(?:19|20|21)\d\d[-年./])?\d{1,2}月(?:份)?|(?:19|20|21)\d\d-\d\d", text
        )
        is not None
    )


def _merged_rows(head: list[list[str]], at: int) -> tuple[list[str], list[str | None], int]:
    """Headers of one to three rows as one, units from a row of units, and how many rows they take."""
    texts = list(head[at])
    units: list[str | None] = [None] * len(texts)
    depth = 1
    while depth < 3 and at + depth < len(head):
        row = head[at + depth]
        filled = [c for c in row if c]
        if not filled or any(words.looks_numeric(c) for c in filled):
            break
        if all(words.known_unit(c) for c in filled if c):
            units = [words.known_unit(c) if c else u for c, u in zip(row, units, strict=False)]
            depth += 1
            continue
        first_time = next((i for i, t in enumerate(texts) if words.role(t) in TIMES), None)
        if first_time is None or (row[first_time] and row[first_time] != texts[first_time]):
            break
        for i, low in enumerate(row):
            if low and low != texts[i]:
                texts[i] = f"{texts[i]} {low}".strip()
        depth += 1
    return texts, units, depth


def _headless(sheet: Sheet, head: list[list[str]]) -> Layout | None:
    """A table without a header: a column of times, one of numbers, perhaps one of names."""
    row = next((r for r in head if sum(1 for c in r if c) >= 2), None)
    if row is None:
        return None
    sample = pl.Series([c or None for c in row])
    times = instants(sample, Clock()).at
    roles: list[str | None] = []
    for i, cell in enumerate(row):
        if times[i] is not None and "time" not in roles:
            roles.append("time")
        elif words.looks_numeric(cell):
            roles.append("value")
        else:
            roles.append("name" if cell and "name" not in roles else "skip")
    if "time" not in roles or roles.count("value") < 1:
        return None
    headers = [f"c{i + 1}" for i in range(len(row))]
    made = _build(sheet, None, headers, [None] * len(row), sheet.frame, 0)
    return replace(made, roles=tuple(roles[: len(made.headers)]))


def point_minutes(text: str) -> tuple[str, int] | None:
    """What a label of a day row says: (``clock``, minutes) or (``point``, number); None if it is no such label."""
    tight = re.sub(r"\s+", "", text.lower())
    tight = re.split(r"[-~至](?=\d)", tight)[0]
    tight = re.sub(r"^(?:t|有功|功率|电量|u|表码|示数)(?=\d{1,2}:?\d{2})|\(.*\)$", "", tight)
    found = re.fullmatch(r"(?:1899-12-3[01]|1900-01-0[01])?(\d{1,2})[:时点](\d{2})?(?::00|分)?", tight)
    if found:
        minutes = int(found.group(1)) * 60 + int(found.group(2) or 0)
        return ("clock", minutes) if minutes <= 1440 else None
    found = re.fullmatch(r"(\d{2})(\d{2})", tight)
    if found and int(found.group(1)) <= 24 and int(found.group(2)) < 60:
        return ("clock", int(found.group(1)) * 60 + int(found.group(2)))
    found = re.fullmatch(r"(?:[pvhtrde_]|点|第|data|point|value|c)*_?(\d{1,3})(?:点|\.0)?", tight)
    if found and 0 <= int(found.group(1)) <= 288:
        return ("point", int(found.group(1)))
    if _SERIAL.fullmatch(tight) and 0 < float(tight) <= 1:  # Excel's time of day
        return ("clock", round(float(tight) * 1440))
    return None
