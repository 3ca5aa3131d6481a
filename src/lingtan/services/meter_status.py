"""The tree of meters with what is known of each channel: its newest reading, whether that is late, how well a year is covered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lingtan.base.ids import channel_key
from lingtan.metering.readings import Quality
from lingtan.park.model import Channel, Meter, owner
from lingtan.park.tree import walk
from lingtan.services.keep_run import Run
from lingtan.services.workspace import Workspace

STEPS = {"1month": timedelta(days=31), "1year": timedelta(days=366), "1d": timedelta(days=1)}
PATIENCE = 3  # steps, but never less than a day


@dataclass(frozen=True)
class ChannelStatus:
    """A channel: ``state`` is fresh, late or silent, measured against the newest reading of the park."""

    meter: Meter
    channel: Channel
    enterprise: str
    depth: int
    state: str
    newest: datetime | None
    quality: str | None
    covered: float | None
    estimated: float | None


def meter_status(workspace: Workspace, run: Run | None = None, enterprise: str | None = None) -> list[ChannelStatus]:
    """Every channel in the order of the tree, or those of one enterprise."""
    latest = {x.channel: x for x in workspace.store.latest()}
    now = max((x.start + timedelta(seconds=x.seconds) for x in latest.values()), default=None)
    shares = _shares(run) if run is not None else {}
    found = []
    for meter, depth in walk(workspace.park):
        for channel in meter.channels:
            held = owner(workspace.park, meter, channel)
            if enterprise is not None and held != enterprise:
                continue
            seen = latest.get(channel_key(channel.id))
            end = None if seen is None else seen.start + timedelta(seconds=seen.seconds)
            patience = max(timedelta(days=1), PATIENCE * STEPS.get(channel.step, timedelta(hours=1)))
            late = end is not None and now is not None and now - end > patience
            state = "silent" if end is None else "late" if late else "fresh"
            quality = None if seen is None else Quality(seen.quality).name.lower()
            covered, estimated = shares.get(channel.id, (None, None))
            found.append(ChannelStatus(meter, channel, held, depth, state, end, quality, covered, estimated))
    return found


def _shares(run: Run) -> Mapping[str, tuple[float, float]]:
    sums: dict[str, list[int]] = {}
    for one in run.account.coverage:
        into = sums.setdefault(one.channel, [0, 0, 0])
        into[0] += one.expected_s
        into[1] += one.covered_s
        into[2] += one.estimated_s
    return {k: (c / e, s / e) for k, (e, c, s) in sums.items() if e}
