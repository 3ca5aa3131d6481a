"""The power of each electric channel by interval; what is built is kept by what it is made from, a month at a time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from lingtan.base.columns import int64s
from lingtan.base.errors import DataError
from lingtan.base.ids import channel_key, digest
from lingtan.base.time import Period
from lingtan.carbon.shares import Ints
from lingtan.metering.activity import ACTIVITY, VERSION, activities
from lingtan.metering.channels import Book
from lingtan.metering.hours import HOUR
from lingtan.metering.readings import bucket
from lingtan.park.model import Channel, Park, channels
from lingtan.services.activities import activity_pieces, utc_months
from lingtan.services.kept_tables import hourly_of, kept_table, put_table
from lingtan.services.ports import Listener, Progress, silent
from lingtan.services.views import View, needs_all
from lingtan.services.workspace import Workspace


def electric(park: Park) -> dict[int, str]:
    """Every electric channel by key."""
    return {channel_key(name): name for name, (_, c) in channels(park).items() if c.carrier == "electricity"}


def power_series(
    workspace: Workspace, park: Park, when: Period, step_s: int, view: View, listener: Listener = silent
) -> dict[str, Ints]:
    """The energy of each electric channel by interval; zero where nothing is known. [Wh]

    Raises
    ------
    DataError
        ``green.no-power`` if no electric channel has a reading.
    """
    named = electric(park)
    if step_s == HOUR:  # the account's own
        pieces = activity_pieces(workspace, park, when, view, listener)
        tables = [hourly_of(workspace, pieces, list(named))]
    else:
        tables = _finer(workspace, park, when, step_s, view, listener)
    series = dense(tables, named, when, step_s)
    if not any(t.num_rows for t in tables):
        raise DataError("green.no-power", period=when.label)
    return series


def dense(tables: Iterable[pa.Table], named: Mapping[int, str], when: Period, step_s: int) -> dict[str, Ints]:
    """Activities as arrays over the intervals of a period, by channel id."""
    size = int((when.end - when.start).total_seconds()) // step_s
    first = int(when.start.timestamp())
    series = {name: np.zeros(size, np.int64) for name in named.values()}
    for table in tables:
        key, value = int64s(table.column("channel")), int64s(table.column("value"))
        at = (int64s(table.column("hour")) // 1_000_000 - first) // step_s
        inside = (at >= 0) & (at < size)
        edges = np.flatnonzero(np.diff(key)) + 1
        for low, high in zip([0, *edges], [*edges, len(key)], strict=True):
            if high > low and int(key[low]) in named:
                kept = inside[low:high]
                series[named[int(key[low])]][at[low:high][kept]] = value[low:high][kept]
    return series


def _finer(
    workspace: Workspace, park: Park, when: Period, step_s: int, view: View, listener: Listener
) -> list[pa.Table]:
    wanted = {n: c for n, (_, c) in channels(park).items() if c.carrier == "electricity"}
    described = digest([c.model_dump(mode="json", by_alias=True) for _, c in sorted(wanted.items())])
    far = frozenset(str(channel_key(n)) for n, c in wanted.items() if needs_all(c, view.lasting))
    buckets = sorted({bucket(channel_key(n)) for n in wanted})
    book = Book(park)
    found, months = [], utc_months(when.start, when.end)
    for done, (month, start, end) in enumerate(months, 1):
        marks = [view.marks(month, number, far=far) for number in buckets]
        if not any(marks):
            continue
        made_of = {"month": month, "step": step_s, "marks": marks, "channels": described, "zone": park.park.timezone}
        name = f"cache/power/{digest({**made_of, 'version': VERSION})}.parquet"
        table = kept_table(workspace, name)
        if table is None:
            table = _build(view, book, list(wanted.values()), start, end, step_s)
            put_table(workspace, name, table)
            listener(Progress("tracing-read", done, len(months), {"period": month}))
        found.append(table)
    return found


def _build(view: View, book: Book, wanted: Sequence[Channel], start: datetime, end: datetime, step_s: int) -> pa.Table:
    near = [channel_key(c.id) for c in wanted if not needs_all(c, view.lasting)]
    far = [channel_key(c.id) for c in wanted if needs_all(c, view.lasting)]
    tables = [view.readings(channels=near, start=start - timedelta(days=1), end=end)] if near else []
    if far:
        tables.append(view.readings(channels=far))
    if not tables:
        return ACTIVITY.empty_table()
    rows = pa.concat_tables(tables).sort_by([("channel", "ascending"), ("start", "ascending")])
    return activities(rows, book, start, end, step_s=step_s)
