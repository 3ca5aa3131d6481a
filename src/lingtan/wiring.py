"""The one place that joins services to adapters."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lingtan.base.errors import InputError, SourceError

if TYPE_CHECKING:
    from lingtan.carbon.factors import FactorBook
    from lingtan.services.ports import Engine
    from lingtan.services.workspace import Clock, Workspace

PARK_FILE = "park.yaml"
KEEP = ".lingtan"


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


def _engine() -> "Engine":
    from lingtan.adapters.engines.duckdb import DuckDBEngine

    return DuckDBEngine()


def _factors() -> "FactorBook":
    from lingtan.carbon.factors import FactorBook

    return FactorBook.packaged()


def open_workspace(root: Path | str, *, lang: str = "zh", clock: "Clock" = now) -> "Workspace":
    """Open the workspace in a folder and keep the current park file as a revision.

    Raises
    ------
    InputError
        ``workspace.no-park`` if there is no park file; ``park.invalid`` with every problem if it is not good.
    SourceError
        If the folder cannot be read or written.
    """
    from lingtan.adapters.store import FolderBlobs, FolderStore
    from lingtan.services.parsed_park import parsed_park
    from lingtan.services.workspace import Workspace

    folder = Path(root).resolve()
    path = folder / PARK_FILE
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError("workspace.no-park", folder=folder) from None
    except OSError as error:
        raise SourceError("workspace.unreadable", path=path, why=error.strerror) from None
    blobs = FolderBlobs(folder / KEEP)
    park = parsed_park(blobs, data, PARK_FILE)
    store = FolderStore(folder / KEEP)
    commit = store.put_document("park", data, at=clock(), source={"file": PARK_FILE})
    return Workspace(folder, park, commit, store, blobs, clock, _engine, _factors, lang)
