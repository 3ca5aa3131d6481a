"""How imports are shown: what was understood of a file, what became of it, the log and the quarantine."""

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer

from lingtan.apps.cli.options import table
from lingtan.base.text import say

if TYPE_CHECKING:
    from datetime import datetime

    from lingtan.services.import_readings import Imported
    from lingtan.services.preview import FileSeen, SeriesSeen, TableSeen

SHOWN = 12


def print_seen(seen: "FileSeen", lang: str, zone: str) -> None:
    """What was understood of a file."""
    typer.echo(say("import-show.title", lang, file=seen.file, reader=seen.reader))
    if seen.mapping:
        typer.echo("  " + say("import-show.mapping", lang, mapping=seen.mapping))
    counts = {c.channel: c for c in seen.channels}
    for one in seen.tables:
        typer.echo("  " + table_line(one, lang))
        rows = [series_row(s, counts, lang, zone) for s in one.series[:SHOWN]]
        heads = [
            say(f"import-show.{k}", lang) for k in ("name", "channel", "unit", "step", "readings", "first", "last")
        ]
        if rows:
            table("", heads, rows, right=[4])
        if len(one.series) > SHOWN:
            typer.echo("  " + say("import-show.more", lang, count=len(one.series) - SHOWN))
        if one.ignored:
            typer.echo("  " + say("import-show.ignored", lang, columns=", ".join(one.ignored[:SHOWN])))
    totals = {k: sum(getattr(t, k) for t in seen.tables) for k in ("missing", "beside")}
    typer.echo(
        "  "
        + say(
            "import-show.total",
            lang,
            readings=seen.readings,
            channels=len(seen.channels),
            repeated=seen.repeated,
            rejected=seen.rejected,
            **totals,
        )
    )
    for code, count in seen.reasons.items():
        text = say(code, lang, name="…", hint="…")
        typer.echo("  " + say("import-show.reason", lang, count=count, reason=text))
    for code, values in seen.notes:
        typer.echo("  " + say("import-show.note", lang, text=say(code, lang, **values)))
    for problem in seen.problems:
        typer.echo("  " + say("import-show.note", lang, text=problem.format(lang)))


def table_line(one: "TableSeen", lang: str) -> str:
    """Shape, header, times and stamps of a table in one line."""
    sheet = say("import-show.sheet", lang, sheet=one.sheet) if one.sheet else ""
    why = say(f"stamp-why.{one.stamp_why}", lang)
    return say(
        "import-show.table", lang, sheet=sheet, shape=say(f"shape.{one.shape}", lang),
        row=one.header_row or say("import-show.no-header", lang), column=one.time_column, zone=one.zone,
        zone_why=say(f"zone-why.{one.zone_why}", lang), stamps=say(f"stamp.{one.stamp}", lang, why=why),
    )  # fmt: skip


def series_row(series: "SeriesSeen", counts: dict[str, Any], lang: str, zone: str) -> list[str]:
    """A line of the table of series."""
    if series.channel is None:
        from lingtan.services.quarantine import reason

        why = reason(series.why or "import.unknown-channel", series.name, series.hint or "", lang)
        return [series.name, say("import-show.unmatched", lang, why=why), "", "", "", "", ""]
    seen = counts.get(series.channel)
    step = f"{int(series.step) // 60} min" if series.step and series.step.isdecimal() else series.step or ""
    return [
        series.name, series.channel, series.unit or "", step, str(seen.count if seen else 0),
        local(seen.first, zone) if seen else "", local(seen.last, zone) if seen else "",
    ]  # fmt: skip


def local(at: "datetime", zone: str) -> str:
    """An instant in the park's time, to the minute."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def print_outcome(done: "Imported", lang: str) -> None:
    """What became of a file."""
    values = {"rev": done.commit.rev if done.commit else "–", "rows": done.commit.rows if done.commit else 0}
    if done.error is not None:
        typer.echo(done.error.format(lang), err=True)
        return
    typer.echo(f"  → {say(f'import-status.{done.status}', lang, **values)}")
    if done.quarantine:
        typer.echo("  " + say("import-show.quarantine", lang, path=done.quarantine))


def as_json(done: "Imported", lang: str) -> dict[str, Any]:
    """An outcome as JSON."""
    return {
        "file": done.file,
        "status": done.status,
        "revision": done.commit.rev if done.commit else None,
        "quarantine": done.quarantine,
        "understood": done.seen.as_dict(lang) if done.seen else None,
        "error": None if done.error is None else {
            "code": done.error.code, "text": done.error.format(lang),
            "problems": [p.as_dict(lang) for p in done.error.problems],
        },
    }  # fmt: skip
