"""Rejected cells, kept for people: one CSV a file under ``quarantine/``, with place, text and reason."""

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lingtan.base.text import say
from lingtan.services.ports import BlobStore

if TYPE_CHECKING:
    from lingtan.services.preview import FileSeen

FOLDER = "quarantine"
COLUMNS = ("file", "sheet", "row", "column", "name", "text", "code", "reason")
_RISKY = r"^(?:[=@\t\r]|[+-](?:[^0-9.]|$))"  # a spreadsheet would run it


@dataclass(frozen=True)
class Quarantined:
    """A quarantine file: the rejected cells of one imported file."""

    name: str
    file: str
    rows: int
    path: str


def quarantine_name(seen: "FileSeen") -> str:
    """The blob of a file's rejects: the file's name and digest, so that the same file has one quarantine."""
    stem = re.sub(r"[^\w.-]+", "_", seen.file, flags=re.UNICODE).strip("._")[:60] or "file"
    return f"{FOLDER}/{stem}-{seen.sha256[:12]}.csv"


def keep_rejects(blobs: BlobStore, seen: "FileSeen", lang: str) -> str | None:
    """Write a file's rejects; None if there are none (an older list of the same file is emptied)."""
    name = quarantine_name(seen)
    if not seen.rejected:
        if blobs.get(name) is not None:
            blobs.put(name, as_csv(seen, lang))
        return None
    blobs.put(name, as_csv(seen, lang))
    return name


def as_csv(seen: "FileSeen", lang: str) -> bytes:
    """The rejects as CSV with a byte order mark, as Excel expects it; cells that a spreadsheet would run are quoted."""
    if not seen.rejected:
        return ("\ufeff" + ",".join(COLUMNS) + "\r\n").encode()
    import polars as pl

    lost = seen.rejects.sort("sheet", "row", "column", nulls_last=False, maintain_order=True)
    kinds = lost.select("code", "name", "hint").unique()
    reasons = [reason(c, n or "", h or "", lang) for c, n, h in kinds.iter_rows()]
    table = kinds.with_columns(reason=pl.Series(reasons, dtype=pl.String))
    joined = lost.join(table, on=["code", "name", "hint"], how="left", nulls_equal=True, maintain_order="left")
    joined = joined.with_columns(file=pl.lit(seen.file)).select(COLUMNS)
    shown = joined.with_columns(
        pl.when(pl.col(c).str.contains(_RISKY))
        .then(pl.lit("'") + pl.col(c).str.slice(0, 200))
        .otherwise(pl.col(c).str.slice(0, 200))
        .alias(c)
        for c in ("file", "sheet", "column", "name", "text", "reason")
    )
    return b"\xef\xbb\xbf" + shown.write_csv(line_terminator="\r\n").encode()


def reason(code: str, name: str, hint: str, lang: str) -> str:
    """Why a cell was rejected, in words."""
    return say(f"{code}-hint" if hint and _has_hint(code, lang) else code, lang, name=name, hint=hint)


def _has_hint(code: str, lang: str) -> bool:
    from lingtan.base.text import sentences

    return f"{code}-hint" in sentences(lang)


def quarantined(blobs: BlobStore) -> list[Quarantined]:
    """The quarantine files that hold anything."""
    found = []
    for name in blobs.names(f"{FOLDER}/"):
        rows = read_rejects(blobs, name)
        if rows:
            found.append(Quarantined(name, rows[0]["file"], len(rows), blobs.path(name)))
    return found


def read_rejects(blobs: BlobStore, name: str) -> list[dict[str, str]]:
    """The lines of a quarantine file."""
    data = blobs.get(name)
    return [] if data is None else list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
