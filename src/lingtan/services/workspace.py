"""A workspace: the folder with ``park.yaml`` and what Lingtan keeps of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from lingtan.carbon.factors import FactorBook
from lingtan.park.model import Park
from lingtan.services.alarm_ports import AlarmBook
from lingtan.services.ports import BlobStore, Commit, Engine, FileReader, ReadingStore


class Clock(Protocol):
    """Tells the time; tests pass their own."""

    def __call__(self) -> datetime: ...


def no_files() -> FileReader:
    """Stands where a workspace was made without a reader of files."""
    raise RuntimeError("this workspace reads no files")


def no_alarms() -> AlarmBook:
    """Stands where a workspace was made without a book of alarms."""
    raise RuntimeError("this workspace keeps no alarms")


@dataclass(frozen=True)
class Workspace:
    """Everything a service needs; ``lingtan.wiring.open_workspace`` makes it.

    ``park`` is the current park file, already stored as revision ``park_commit`` (None while the file has never been good).
    """

    root: Path
    park: Park
    park_commit: Commit
    store: ReadingStore
    blobs: BlobStore
    clock: Clock
    engine: Callable[[], Engine]
    factors: Callable[[], FactorBook]
    lang: str = "zh"
    files: Callable[[], FileReader] = no_files
    alarms: Callable[[], AlarmBook] = no_alarms
    known: str = "live"  # when a reading counts as known, see :mod:`lingtan.services.known_when`
