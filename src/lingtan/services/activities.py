"""Hourly activities of a year, kept by content: a piece is rebuilt only when what it is made from has changed.

A piece is one (UTC month, bucket of channels). Its name is the digest of the commits that touched it, the definitions of its
channels, which of them have readings longer than a day, and the version of the computation. So a view as of an old revision, a corrected park file and a late reading are
all the same case, and there is nothing that could be stale.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lingtan.base.ids import channel_key, digest
from lingtan.base.time import Period
from lingtan.metering.activity import ACTIVITY, VERSION, activities
from lingtan.metering.readings import BUCKETS, bucket
from lingtan.park.model import Channel, Park
from lingtan.services.ports import Listener, Progress, silent
from lingtan.services.views import View, needs_all
from lingtan.services.workspace import Workspace

AT_ONCE = 500  # channels whose whole history fits in memory beside everything else


@dataclass(frozen=True)
class Piece:
    """A file of hourly activities: one UTC month of one bucket."""

    month: str
    bucket: int
    name: str


def activity_pieces(
    workspace: Workspace, park: Park, period: Period, view: View, listener: Listener = silent
) -> list[Piece]:
    """The pieces that cover a period in a view of the readings; missing ones are built."""
    by_bucket: dict[int, list[Channel]] = {}
    for meter in park.meters:
        for channel in meter.channels:
            by_bucket.setdefault(bucket(channel_key(channel.id)), []).append(channel)
    told = {number: (_told(channels), _far(channels, view)) for number, channels in by_bucket.items()}
    lasting = {
        number: sorted(c.id for c in cs if channel_key(c.id) in view.lasting) for number, cs in by_bucket.items()
    }
    own = [c.model_dump(mode="json") for c in park.carriers]
    months = utc_months(period.start, period.end)
    wanted: list[tuple[Piece, list[Channel]]] = []
    for month, _, _ in months:
        for number, channels in sorted(by_bucket.items()):
            described, far_keys = told[number]
            revs = view.marks(month, number, far=far_keys)
            if revs:
                name = digest(
                    {
                        "month": month,
                        "bucket": number,
                        "revs": revs,
                        "channels": described,
                        "lasting": lasting[number],
                        "zone": park.park.timezone,
                        "carriers": own,
                        "version": VERSION,
                    }
                )
                wanted.append((Piece(month, number, f"cache/activity/{name}.parquet"), channels))
    have = set(workspace.blobs.names("cache/activity/"))
    missing = [(p, c) for p, c in wanted if p.name not in have]
    done = 0
    span = _missing_span(missing, months)
    far = _far_at_once(park, missing, view, span) if span else None
    for month, start, end in months:
        pieces = [(p, c) for p, c in missing if p.month == month]
        if pieces:
            _build(workspace, park, pieces, start, end, view, far)
            done += len(pieces)
            listener(Progress("activities", done, len(missing), {"month": month}))
    return [p for p, _ in wanted]


def _told(channels: Sequence[Channel]) -> str:
    """The definitions of a bucket's channels, by digest: once for all months, as a park may have ten thousand."""
    return digest([c.model_dump(mode="json", by_alias=True) for c in sorted(channels, key=lambda c: c.id)])


def _far(channels: Sequence[Channel], view: View) -> frozenset[str]:
    return frozenset(str(channel_key(c.id)) for c in channels if needs_all(c, view.lasting))


def utc_months(start: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
    """The UTC months that ``[start, end)`` touches: label, start, end."""
    found = []
    at = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while at < end:
        following = (at + timedelta(days=32)).replace(day=1)
        found.append((f"{at:%Y-%m}", at, following))
        at = following
    return found


def activities_of_month(
    view: View, park: Park, channels: Sequence[Channel], start: datetime, end: datetime
) -> pa.Table:
    """Hourly activities of some channels in ``[start, end)``: short intervals from a day before, counters from all rows."""
    near = [channel_key(c.id) for c in channels if not needs_all(c, view.lasting)]
    far = [channel_key(c.id) for c in channels if needs_all(c, view.lasting)]
    tables = []
    if near:
        tables.append(view.readings(channels=near, start=start - timedelta(days=1), end=end))
    if far:
        tables.append(view.readings(channels=far))
    if not tables:
        return ACTIVITY.empty_table()
    order = [("channel", "ascending"), ("start", "ascending")]
    rows = tables[0] if len(tables) == 1 else pa.concat_tables(tables).sort_by(order)  # each is sorted
    return activities(rows, park, start, end)


def _missing_span(
    missing: Sequence[tuple[Piece, list[Channel]]], months: Sequence[tuple[str, datetime, datetime]]
) -> tuple[datetime, datetime] | None:
    """From the first to the last missing month, if several are missing."""
    labels = {p.month for p, _ in missing}
    found = [(start, end) for month, start, end in months if month in labels]
    return (found[0][0], found[-1][1]) if len(found) > 1 else None


def _far_at_once(
    park: Park, missing: Sequence[tuple[Piece, list[Channel]]], view: View, span: tuple[datetime, datetime]
) -> pa.Table | None:
    """The activities of channels that need all their rows, worked out once for many months; None if they are too many."""
    channels = {c.id: c for _, found in missing for c in found if needs_all(c, view.lasting)}
    if not channels or len(channels) > AT_ONCE:
        return None
    return activities_of_month(view, park, list(channels.values()), *span)


def _build(
    workspace: Workspace,
    park: Park,
    pieces: Sequence[tuple[Piece, list[Channel]]],
    start: datetime,
    end: datetime,
    view: View,
    far: pa.Table | None = None,
) -> None:
    channels = [c for _, found in pieces for c in found]
    if far is None:
        table = activities_of_month(view, park, channels, start, end)
    else:
        near = activities_of_month(view, park, [c for c in channels if not needs_all(c, view.lasting)], start, end)
        keys = pa.array([channel_key(c.id) for c in channels if needs_all(c, view.lasting)], pa.int64())
        hour = far.column("hour")
        inside = pc.and_(pc.greater_equal(hour, pa.scalar(start, hour.type)), pc.less(hour, pa.scalar(end, hour.type)))
        mine = far.filter(pc.and_(inside, pc.is_in(far.column("channel"), keys)))
        table = pa.concat_tables([near, mine]).sort_by([("channel", "ascending"), ("hour", "ascending")])
    numbers = pc.shift_right(table.column("channel"), 59)
    for piece, _ in pieces:
        part = table if len(pieces) == 1 else table.filter(pc.equal(numbers, piece.bucket))
        buffer = BytesIO()
        pq.write_table(part, buffer, compression="zstd", row_group_size=200_000)
        workspace.blobs.put(piece.name, buffer.getvalue())


assert BUCKETS == 16  # a bucket is the key's top four bits
