"""The hourly mean power of a channel of a park, for studies that plan from the park's own readings."""

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key, nearest
from lingtan.base.time import Period
from lingtan.base.units import dimension
from lingtan.park.carriers import carriers
from lingtan.park.model import channels
from lingtan.services.activities import activity_pieces
from lingtan.services.views import Known
from lingtan.services.workspace import Workspace

LEAST_COVERED_S = 1800  # of an hour, for its mean to stand for the whole


def channel_power(workspace: Workspace, channel: str, period: Period) -> npt.NDArray[np.float64]:
    """Mean power of each hour, NaN where less than half of it is known. [kW]

    Raises
    ------
    InputError
        ``study.no-channel`` with the nearest one.
    """
    park = workspace.park
    known = channels(park)
    if channel not in known:
        raise InputError("study.no-channel", channel=channel, nearest=nearest(channel, known) or "–")
    unit = carriers(park)[known[channel][1].carrier].unit
    per_unit = 1 / 0.0036 if unit == "GJ" else 1.0
    if dimension(unit) not in ("electricity", "energy"):
        raise InputError("study.not-energy", channel=channel, unit=unit)
    pieces = activity_pieces(workspace, park, period, Known(workspace.store, workspace.store.head()))
    values = np.full(period.hours, np.nan)
    zero = int(period.start.timestamp()) // 3600
    for piece in pieces:
        table = pq.read_table(workspace.blobs.path(piece.name), columns=["channel", "hour", "value", "covered_s"])
        mine = table.filter(pc.equal(table.column("channel"), channel_key(channel)))
        if not len(mine):
            continue
        hour = mine.column("hour").cast("int64").to_numpy() // 3_600_000_000 - zero
        covered = mine.column("covered_s").to_numpy()
        good = (hour >= 0) & (hour < period.hours) & (covered >= LEAST_COVERED_S)
        amount = mine.column("value").to_numpy().astype(float)[good] / 1000 * per_unit
        values[hour[good]] = amount * 3600 / covered[good]
    return values
