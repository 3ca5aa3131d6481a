"""Whether the folder still says what it said: the chain of commits, every file's digest, and no row lost or doubled.

One thing a folder cannot know of itself: that its newest commits, all of them, were taken away. Runs and evidence packs
name the revision they rest on, and a backup its newest one.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lingtan.adapters.store import delta, landing, pointer, record
from lingtan.adapters.store.batch import canonical
from lingtan.adapters.store.landing import Landed
from lingtan.adapters.store.pointer import Pointer
from lingtan.adapters.store.state import Snapshot
from lingtan.base.errors import LingtanError, Problem, SourceError
from lingtan.metering.readings import SCHEMA
from lingtan.services.ports import Commit


def problems(root: Path) -> Iterator[Problem]:
    """Everything that is wrong; the caller holds the lock, or knows that nobody writes."""
    try:
        known = pointer.load(root)
    except SourceError as error:
        yield _as_problem(error)
        return
    commits: list[Commit] = []
    for segment in known.segments:
        try:
            commits += [entry.commit for entry in pointer.load_segment(root, segment)]
        except (LingtanError, OSError, EOFError, ValueError) as error:
            yield _as_problem(error, root / "log" / segment.path)
    landed, rows, unread = [], 0, False
    for path in sorted((root / "landing").glob("*.arrow")):
        try:
            item, here = _check_landed(path, known)
        except (LingtanError, OSError, pa.ArrowException) as error:
            unread = True
            yield _as_problem(error, path)
            continue
        landed.append(item)
        rows += here
    commits += [item.commit for item in landed if item.rev > known.through]
    yield from _check_chain(root, commits, known)
    yield from _check_documents(root, commits)
    good = True
    for found in _check_sealed(root, known):
        good = False
        yield found
    stated = sum(c.rows for c in commits)
    held = rows + sum(f.rows for f in known.files)
    if good and not unread and len(commits) == Snapshot(known, landed).head and held != stated:
        yield Problem("store.rows-differ", values={"path": str(root), "stated": stated, "held": held})


def _check_landed(path: Path, known: Pointer) -> tuple[Landed, int]:
    """A landing file and how many of its rows are not sealed; raises if it is not what its commit says."""
    item = landing.read_head(path)
    named = f"{item.rev:012d}-{item.commit.content[:16]}.arrow"
    if path.name != named:
        raise SourceError("store.corrupt", path=str(path), detail=f"≠ {named}")
    if record.is_document(item.commit):
        return item, 0
    table = landing.read_rows(item)
    made = canonical(pa.table(table.columns[:-1], schema=SCHEMA), item.commit.channels)
    if (made.content, made.parts, made.extent) != (item.commit.content, item.commit.parts, item.extent):
        raise SourceError("store.corrupt", path=str(path), detail="SHA-256")
    return item, landing.outside(table, item, known.sealed).num_rows


def _check_chain(root: Path, commits: list[Commit], known: Pointer) -> Iterator[Problem]:
    previous, due = record.GENESIS, 1
    for commit in commits:
        values = {"path": str(root), "rev": commit.rev}
        if commit.rev != due:
            missing = range(due, commit.rev) if commit.rev > due else [commit.rev]
            for rev in missing:
                yield Problem("store.missing-commit", values={"path": str(root), "rev": rev})
        elif commit.previous != previous:
            yield Problem("store.broken-chain", values=values)
        if record.hash_of(commit) != commit.hash:
            yield Problem("store.changed-commit", values=values)
        if commit.rev == known.through and commit.hash != known.head_hash:
            yield Problem("store.broken-chain", values=values)
        previous, due = commit.hash, commit.rev + 1
    for rev in range(due, known.through + 1):
        yield Problem("store.missing-commit", values={"path": str(root), "rev": rev})


def _check_documents(root: Path, commits: list[Commit]) -> Iterator[Problem]:
    for commit in commits:
        if not record.is_document(commit):
            continue
        path = root / "documents" / commit.content
        try:
            if sha256(path) != commit.content:
                yield _corrupt(path, "SHA-256")
        except OSError as error:
            yield _as_problem(error, path)


def _check_sealed(root: Path, known: Pointer) -> Iterator[Problem]:
    for file in known.files:
        path = root / file.table / file.path
        try:
            if path.stat().st_size != file.bytes or sha256(path) != file.sha256:
                yield _corrupt(path, "SHA-256")
            elif (rows := pq.read_metadata(path).num_rows) != file.rows:
                yield _corrupt(path, f"{rows} ≠ {file.rows}")
        except (OSError, pa.ArrowException) as error:
            yield _as_problem(error, path)
    for table, version in known.delta.items():
        wanted = {f.path: f.bytes for f in known.files if f.table == table}
        folder = root / table
        try:
            import deltalake

            if delta.active(deltalake.DeltaTable(str(folder), version=version)) != wanted:
                yield _corrupt(folder / "_delta_log", f"version {version}")
        except Exception as error:  # its errors have no common root, and each means that the table cannot be read
            yield _as_problem(error, folder / "_delta_log")


def sha256(path: Path) -> str:
    """SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _corrupt(path: Path, detail: str) -> Problem:
    return Problem("store.corrupt", values={"path": str(path), "detail": detail})


def _as_problem(error: Any, path: Path | None = None) -> Problem:
    if isinstance(error, LingtanError):
        return Problem(error.code, values=error.values)
    if isinstance(error, FileNotFoundError):
        return Problem("store.missing-file", values={"path": str(path)})
    return _corrupt(path or Path(), f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
