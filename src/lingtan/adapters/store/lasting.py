"""Which channels ever had a reading that lasts longer than a day: their hours may rest on readings far away."""

import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lingtan.adapters.store import landing
from lingtan.adapters.store.landing import Landed
from lingtan.adapters.store.state import Snapshot
from lingtan.adapters.store.view import Views

DAY_S = 86400


class LastingRows:
    """Looks at every file once, of sealed ones only at the row groups whose statistics tell of a long reading."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._mutex = threading.Lock()
        self._known: dict[Path, frozenset[int]] = {}  # files do not change once they have a name

    def read(self, snapshot: Snapshot) -> frozenset[int]:
        """The channels; ``FileNotFoundError`` if a landing file went away meanwhile."""
        found: dict[Path, frozenset[int]] = {}
        for file in snapshot.pointer.files:
            path = self._views.path(file)
            known = self._known.get(path)
            found[path] = _sealed(path) if known is None else known
        for landed in snapshot.waiting():
            known = self._known.get(landed.path)
            found[landed.path] = _landed(landed) if known is None else known
        with self._mutex:
            self._known = found
        return frozenset().union(*found.values())


def _sealed(path: Path) -> frozenset[int]:
    with pq.ParquetFile(path) as file:
        at = file.schema_arrow.get_field_index("seconds")
        groups = []
        for index in range(file.metadata.num_row_groups):
            stats = file.metadata.row_group(index).column(at).statistics
            if stats is None or not stats.has_min_max or stats.max > DAY_S:
                groups.append(index)
        return _keys(file.read_row_groups(groups, columns=["channel", "seconds"])) if groups else frozenset()


def _landed(landed: Landed) -> frozenset[int]:
    if "seconds" in landed.constants and (landed.constants["seconds"] or 0) <= DAY_S:
        return frozenset()
    return _keys(landing.read_rows(landed))


def _keys(table: pa.Table) -> frozenset[int]:
    long = table.filter(pc.greater(table["seconds"], DAY_S))
    return frozenset(long["channel"].unique().to_pylist())
