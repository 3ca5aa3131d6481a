"""Import meter files: read, recognise, show what was understood, commit each file as one batch."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from lingtan.base.errors import InputError, LingtanError, SourceError
from lingtan.base.ids import channel_key, digest
from lingtan.metering.shapes.mapping import Mapping, parse_mapping
from lingtan.metering.shapes.recognise import Names, Recognised, recognise
from lingtan.metering.shapes.settle import settle
from lingtan.metering.shapes.sheet import Book
from lingtan.services.ports import Commit, FileReader, Listener, Progress, silent
from lingtan.services.preview import FileSeen, file_seen
from lingtan.services.quarantine import keep_rejects
from lingtan.services.seal_readings import seal_if_due
from lingtan.services.since_january import to_months
from lingtan.services.watch_readings import readings_came
from lingtan.services.workspace import Workspace

KIND = "import"
SIDECAR = ".mapping.yaml"


@dataclass(frozen=True)
class Imported:
    """What became of a file.

    ``status``: ``committed``; ``duplicate`` (every reading is current already); ``superseded`` (later commits changed
    some: ``again`` posts it anew); ``nothing`` (no reading in it); ``dry-run``; ``declined``; ``refused`` (see ``error``).
    """

    file: str
    status: str
    seen: FileSeen | None = None
    commit: Commit | None = None
    quarantine: str | None = None
    error: LingtanError | None = None


@dataclass(frozen=True)
class Understood:
    """A file between being read and being written."""

    seen: FileSeen
    batch: pa.Table
    mapping: Mapping
    twice: tuple[MappingOf[str, Any], ...] = ()


def import_files(
    workspace: Workspace,
    paths: Iterable[Path | str],
    mapping: Mapping | Path | None = None,
    *,
    again: bool = False,
    dry_run: bool = False,
    listener: Listener = silent,
    agree: Callable[[FileSeen], bool] | None = None,
    heard: Callable[[Imported], None] | None = None,
) -> list[Imported]:
    """Import files, each atomically; the outcome of each in the order given.

    Parameters
    ----------
    mapping
        What a person says about the files, or the file that says it; without it ``<file>.mapping.yaml`` beside a file.
    again
        Post content anew that later commits superseded.
    dry_run
        Understand everything, write nothing.
    agree
        Is shown what was understood of each file before it is written; False leaves the file out.
    heard
        Is told what became of each file as soon as it is known.

    Raises
    ------
    InputError
        If the mapping is wrong. A file that cannot be used is ``refused`` and does not keep others from being imported.
    SourceError
        If the store cannot be written.
    """
    stated = read_mapping(mapping) if isinstance(mapping, Path) else mapping
    names: dict[str, Names] = {}
    files = [Path(p) for p in paths]
    outcomes: list[Imported | None] = [None] * len(files)
    later: list[tuple[Any, int, Path, Book, Mapping, str | None]] = []

    def tell(i: int, done: Imported) -> None:
        outcomes[i] = done
        if heard is not None:
            heard(done)

    def finish(i: int, path: Path, book: Book, own: Mapping, origin: str | None, tables: Any = None) -> None:
        made = understand(workspace, book, _names(workspace, names, own), origin, tables)
        tell(i, write(workspace, path, made, again=again, dry_run=dry_run, agree=agree))

    reader = workspace.files()
    try:
        for i, path in enumerate(files):
            listener(Progress("import", i, len(files), {"file": path.name}))
            try:
                own, origin = _mapping_of(path, stated, mapping)
                book = _read(reader, path, own)
                tables = recognise(book, _names(workspace, names, own))
                last = max((_last(t) for t in tables[0] if t.cells.cumulative), default=None)
                if last is not None:  # sums since January need the sums before them
                    later.append((last, i, path, book, own, origin))
                else:
                    finish(i, path, book, own, origin, tables)
            except InputError as error:
                tell(i, Imported(str(path), "refused", error=error))
            except SourceError as error:
                if error.code.startswith("store."):
                    raise
                tell(i, Imported(str(path), "refused", error=error))
        for _, i, path, book, own, origin in sorted(later, key=lambda x: (x[0], x[1])):
            try:
                finish(i, path, book, own, origin)
            except InputError as error:
                tell(i, Imported(str(path), "refused", error=error))
        listener(Progress("import", len(files), len(files), {"file": files[-1].name if files else ""}))
    finally:
        reader.close()
    if not dry_run:
        seal_if_due(workspace)
    return [o for o in outcomes if o is not None]


def read_mapping(path: Path) -> Mapping:
    """The mapping in a file."""
    try:
        return parse_mapping(path.read_text(encoding="utf-8-sig"), path.name)
    except FileNotFoundError:
        raise InputError("import.no-file", file=str(path)) from None
    except UnicodeDecodeError as error:
        raise InputError("import.bad-encoding", file=str(path), encoding="UTF-8", at=error.start) from None
    except OSError as error:
        raise SourceError("workspace.unreadable", path=str(path), why=error.strerror) from None


def understand(
    workspace: Workspace,
    book: Book,
    names: Names,
    origin: str | None = None,
    tables: tuple[list[Recognised], Sequence[Any]] | None = None,
) -> Understood:
    """What a file says, as one batch and its preview.

    Raises
    ------
    InputError
        ``import.not-understood`` if no table of the file has a shape that is known.
    """
    found, problems = tables if tables is not None else recognise(book, names)
    if not found:
        raise InputError("import.not-understood", file=book.file, problems=problems)
    found = [replace(r, assembled=to_months(workspace.store, r)) if r.cells.cumulative else r for r in found]
    settled = settle([r.assembled for r in found], names.mapping.duplicates)
    return Understood(file_seen(book, origin, found, problems, settled), settled.batch, names.mapping, settled.twice)


def write(
    workspace: Workspace,
    path: Path,
    made: Understood,
    *,
    again: bool = False,
    dry_run: bool = False,
    agree: Callable[[FileSeen], bool] | None = None,
) -> Imported:
    """Commit what was understood of a file, after asking; its rejects are kept first."""
    seen = made.seen
    if agree is not None and not agree(seen):
        return Imported(str(path), "declined", seen)
    if dry_run:
        return Imported(str(path), "dry-run", seen)
    quarantine = keep_rejects(workspace.blobs, seen, workspace.lang)
    where = workspace.blobs.path(quarantine) if quarantine else None
    if not made.batch.num_rows:
        return Imported(str(path), "nothing", seen, quarantine=where)
    source = {
        "file": path.name,
        "sha256": seen.sha256,
        "reader": seen.reader,
        "shapes": sorted({t.shape for t in seen.tables}),
        "mapping": digest(made.mapping.model_dump(mode="json", exclude_defaults=True)) if seen.mapping else None,
        "rejected": seen.rejected,
        **({"repeated": list(made.twice)} if made.twice else {}),
    }
    receipt = workspace.store.commit(
        made.batch,
        kind=KIND,
        at=workspace.clock(),
        source=source,
        channels={str(channel_key(c.channel)): c.channel for c in seen.channels},
        again=again,
    )
    readings_came(workspace, made.batch, receipt, rejected=seen.rejected)
    status = "duplicate" if receipt.duplicate else "superseded" if receipt.superseded else "committed"
    return Imported(str(path), status, seen, receipt.commit, where)


def _names(workspace: Workspace, known: dict[str, Names], mapping: Mapping) -> Names:
    key = mapping.model_dump_json()
    if key not in known:
        known[key] = Names(workspace.park, mapping)
    return known[key]


def _mapping_of(path: Path, stated: Mapping | None, given: Mapping | Path | None) -> tuple[Mapping, str | None]:
    if stated is not None:
        return stated, str(given.name if isinstance(given, Path) else "–")
    beside = path.with_name(path.name + SIDECAR)
    return (read_mapping(beside), beside.name) if beside.is_file() else (Mapping(), None)


def _read(reader: FileReader, path: Path, mapping: Mapping) -> Book:
    return reader.read(path, encoding=mapping.encoding, delimiter=mapping.delimiter)


def _last(table: Recognised) -> Any:
    frame = table.cells.frame
    return (frame["at"].max(), frame["seconds"].max()) if frame.height else None
