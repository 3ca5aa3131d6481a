"""The monthly form (月报表) of an enterprise: what is to be filled in, what a filled form says, and every problem with its place."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key, nearest
from lingtan.base.text import label, say
from lingtan.base.time import Period
from lingtan.base.units import MILLI
from lingtan.carbon.address import month_text
from lingtan.metering.readings import Quality
from lingtan.metering.shapes.numbers import is_missing, parse_number
from lingtan.metering.shapes.sheet import Book, Sheet
from lingtan.park.activities import Activity
from lingtan.park.carriers import carriers
from lingtan.park.model import Channel, channels, owner
from lingtan.services.ingest import known_channels
from lingtan.services.keep_run import Run
from lingtan.services.workspace import Workspace

COLUMNS = ("channel", "name", "group", "activity", "unit", "value", "note")
GROUPS = {"electricity": "power", "heat": "heat", "fossil": "fuel", "biomass": "fuel", "other_energy": "fuel", "water": "water",
          "solid_waste": "waste", "waste_energy": "waste-energy", "product": "product"}  # fmt: skip
ORDER = ("power", "heat", "fuel", "product", "water", "waste", "waste-energy", "other")
MOST_ROWS = 5000
LEAP = 3  # times the month before: a remark
OTHER_WORDS = {
    "channel": ("通道", "channel", "channel id"), "unit": ("单位", "unit"), "value": ("本月数值", "数值", "value", "value of the month"),
    "month": ("月份", "month"), "enterprise": ("企业代码", "enterprise id", "enterprise"),
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One line of the form. ``known`` is what stands for the month already, ``before`` the month before. [channel unit]

    ``fillable`` lines are those that are reported by the month; others are read by meters and only shown.
    """

    channel: str
    name: str
    group: str
    activity: str
    unit: str
    fillable: bool
    level: bool
    known: Fraction | None
    before: Fraction | None


@dataclass(frozen=True)
class Entry:
    """A value that a form states for a field; ``replaces`` what is known, ``leap`` is far from the month before."""

    channel: str
    value: Fraction
    row: int
    known: Fraction | None
    replaces: bool
    leap: bool


@dataclass(frozen=True)
class FormProblem:
    """What is wrong at a place of the file; ``code`` is the sentence ``forms.<code>``."""

    code: str
    sheet: str
    row: int
    column: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class FilledForm:
    """What a file was understood to say."""

    entries: tuple[Entry, ...]
    problems: tuple[FormProblem, ...]
    empty: tuple[str, ...]  # fillable channels without a value


def form_fields(workspace: Workspace, enterprise: str, month: str, lang: str, run: Run | None = None) -> list[Field]:
    """The lines of the form of a month, energy first; of metered channels the sums of ``run``."""
    park = workspace.park
    span = month_span(workspace, month)
    kinds, sizes = carriers(park), known_channels(park)
    mine = {
        n: c
        for n, (m, c) in channels(park).items()
        if owner(park, m, c) == enterprise and c.activity is not Activity.REFERENCE
    }
    monthly = [n for n, c in mine.items() if is_monthly(c)]
    known = _known(workspace, mine, monthly, span)
    earlier = Period.parse(_before(month), park.park.timezone)
    before = _known(workspace, mine, monthly, earlier)
    sums = _sums(run, month) if run is not None else {}
    found = []
    for name, channel in mine.items():
        size = sizes[name].size
        fillable = name in monthly
        now = known.get(name) if fillable else sums.get(channel_key(name))
        unit = channel.unit if fillable else kinds[channel.carrier].unit
        found.append(
            Field(
                name, label(channel.name, lang, name), GROUPS.get(kinds[channel.carrier].group, "other"), channel.activity.value, unit, fillable,
                channel.kind == "level", None if now is None else now / size if fillable else now,
                before[name] / size if fillable and name in before else None,
            )
        )  # fmt: skip
    return sorted(found, key=lambda f: (not f.fillable, ORDER.index(f.group), f.channel))


def is_monthly(channel: Channel) -> bool:
    """Whether a channel is reported by the month."""
    return channel.step == "1month" and channel.kind in ("interval", "level")


def month_span(workspace: Workspace, month: str) -> Period:
    """A month of the park.

    Raises
    ------
    InputError
        ``forms.month``.
    """
    if len(month) != 7:
        raise InputError("forms.month", month=month[:20])
    return Period.parse(month, workspace.park.park.timezone)


def form_csv(fields: Sequence[Field], enterprise: str, month: str, lang: str) -> bytes:
    """The form as CSV, with the mark by which spreadsheets know Chinese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([say("forms.word-enterprise", lang), enterprise])
    writer.writerow([say("forms.word-month", lang), month])
    writer.writerow([say(f"forms.word-{c}", lang) for c in COLUMNS])
    for f in fields:
        writer.writerow(form_row(f, lang))
    return ("\ufeff" + out.getvalue()).encode()


def form_row(field: Field, lang: str) -> list[str]:
    """The cells of a line, as the template has them."""
    note = say(
        "forms.note-level" if field.level else "forms.note-fill" if field.fillable else "forms.note-metered", lang
    )
    value = "" if field.known is None else plain(field.known)
    return [
        field.channel, field.name, say(f"forms.group-{field.group}", lang), say(f"activity.{field.activity}", lang), field.unit, value, note
    ]  # fmt: skip


def read_form(workspace: Workspace, path: Path, enterprise: str, month: str, fields: Sequence[Field]) -> FilledForm:
    """What a filled form says; all problems at once.

    Raises
    ------
    InputError
        If the file is no table at all.
    """
    reader = workspace.files()
    try:
        book: Book = reader.read(path)
    finally:
        reader.close()
    entries: list[Entry] = []
    problems: list[FormProblem] = []
    seen: dict[str, int] = {}
    there = {f.channel: f for f in fields}
    headed = False
    for sheet in book.sheets:
        rows = [["" if c is None else str(c).strip() for c in r] for r in sheet.frame.head(MOST_ROWS).iter_rows()]
        at = _header(rows)
        if at is None:
            continue
        headed = True
        problems += _stated(sheet, rows[: at[0]], enterprise, month)
        _lines(sheet, rows, at, there, seen, entries, problems)
    if not headed:
        problems.append(FormProblem("no-header", "", 0, "", {}))
    filled = {e.channel for e in entries}
    empty = tuple(f.channel for f in fields if f.fillable and f.channel not in filled)
    return FilledForm(tuple(entries), tuple(problems), empty)


def plain(value: Fraction) -> str:
    """A number as people type it, exactly where three decimals suffice."""
    text = f"{float(value):.3f}".rstrip("0").rstrip(".")
    return text or "0"


Header = tuple[int, dict[str, int]]


def _header(rows: Sequence[Sequence[str]]) -> Header | None:
    """The row of the headers and where its columns stand."""
    for i, row in enumerate(rows[:40]):
        words = [c.lower() for c in row]
        places = {
            key: next((j for j, w in enumerate(words) if w in OTHER_WORDS[key]), None)
            for key in ("channel", "value", "unit")
        }
        if places["channel"] is not None and places["value"] is not None:
            return i, {k: j for k, j in places.items() if j is not None}
    return None


def _stated(sheet: Sheet, rows: Sequence[Sequence[str]], enterprise: str, month: str) -> list[FormProblem]:
    """Whether the head of the form is that of this enterprise and month."""
    found = []
    for i, row in enumerate(rows):
        for j, cell in enumerate(row[:-1]):
            word, said = cell.lower().rstrip(":："), row[j + 1]
            if word in OTHER_WORDS["enterprise"] and said and said != enterprise:
                found.append(
                    FormProblem(
                        "other-enterprise", sheet.name or "", _row(sheet, i), letter(j + 1), {"said": said[:60]}
                    )
                )
            if word in OTHER_WORDS["month"] and said and _month(said) != month:
                found.append(
                    FormProblem(
                        "other-month",
                        sheet.name or "",
                        _row(sheet, i),
                        letter(j + 1),
                        {"said": said[:40], "month": month},
                    )
                )
    return found


def _lines(
    sheet: Sheet,
    rows: Sequence[Sequence[str]],
    header: Header,
    fields: Mapping[str, Field],
    seen: dict[str, int],
    entries: list[Entry],
    problems: list[FormProblem],
) -> None:
    at, places = header

    def wrong(code: str, i: int, column: str, **values: str) -> None:
        problems.append(FormProblem(code, sheet.name or "", _row(sheet, i), letter(places[column]), values))

    for i, row in enumerate(rows[at + 1 :], at + 1):
        name = row[places["channel"]] if places["channel"] < len(row) else ""
        text = row[places["value"]] if places["value"] < len(row) else ""
        if not name and not text:
            continue
        field = fields.get(name)
        if field is None:
            wrong("unknown", i, "channel", said=name[:60], nearest=nearest(name, fields) or "–")
            continue
        value = None if is_missing(text) else parse_number(text)
        if not field.fillable:
            if value is not None and field.known is not None and plain(value) != plain(field.known):
                wrong("metered", i, "value", channel=name)
            continue
        if name in seen:
            wrong("twice", i, "channel", channel=name, first=str(seen[name]))
            continue
        seen[name] = _row(sheet, i)
        unit = row[places["unit"]] if places.get("unit", len(row)) < len(row) else ""
        if unit and unit.lower() != field.unit.lower():
            wrong("unit", i, "unit", said=unit[:20], unit=field.unit)
            continue
        if is_missing(text):
            continue
        if value is None:
            wrong("number", i, "value", said=text[:40])
        elif value < 0:
            wrong("negative", i, "value", said=text[:40])
        elif value > 10**12:
            wrong("too-large", i, "value", said=text[:40])
        else:
            replaces = field.known is not None and plain(field.known) != plain(value)
            before = field.before
            leap = before is not None and before > 0 and not (before / LEAP <= value <= before * LEAP)
            entries.append(Entry(name, value, _row(sheet, i), field.known, replaces, leap))


def _row(sheet: Sheet, index: int) -> int:
    return sheet.first_row + index


def letter(column: int) -> str:
    """A column as spreadsheets call it, counted from 0."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _month(text: str) -> str:
    """``2025-12``, ``2025年12月``, ``2025/12`` and a date in it as ``2025-12``."""
    digits = "".join(c if c.isdigit() else " " for c in text).split()
    if len(digits) >= 2 and len(digits[0]) == 4 and 1 <= int(digits[1]) <= 12:
        return f"{digits[0]}-{int(digits[1]):02d}"
    return f"{text[:4]}-{text[4:]}" if len(text) == 6 and text.isdigit() else text


def _before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02d}"


def _known(
    workspace: Workspace, mine: Mapping[str, Channel], monthly: Sequence[str], span: Period
) -> dict[str, Fraction]:
    """What stands for a month, in stored units: the interval of the month, or the level at its end."""
    keys = {channel_key(n): n for n in monthly}
    if not keys:
        return {}
    found: dict[str, Fraction] = {}
    table = workspace.store.readings(channels=list(keys), start=span.start, end=span.end + timedelta(seconds=1))
    columns = (table.column(c).to_pylist() for c in ("channel", "start", "seconds", "value", "quality"))
    for key, start, seconds, value, quality in zip(*columns, strict=True):
        name = keys[key]
        level = mine[name].kind == "level"
        here = start == span.end if level else (start == span.start and seconds > 0)
        if here and value is not None and quality != int(Quality.ESTIMATED):
            found[name] = Fraction(value, MILLI)
    return found


def _sums(run: Run, month: str) -> dict[int, Fraction]:
    columns = (run.sums.column(c).to_pylist() for c in ("channel", "month", "value"))
    return {c: Fraction(v, MILLI) for c, m, v in zip(*columns, strict=True) if month_text(m) == month}
