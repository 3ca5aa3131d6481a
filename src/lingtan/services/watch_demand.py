"""The month's highest quarter hour at each connection against what was declared, as readings come in."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key
from lingtan.base.units import quantity
from lingtan.metering.alarms.rule import Demand, Rule
from lingtan.metering.alarms.scope import covers_park
from lingtan.metering.channels import Book
from lingtan.park.activities import Activity
from lingtan.park.model import Park, channels
from lingtan.park.tariffs.terms import tariff_for
from lingtan.services.alarm_ports import Alarm
from lingtan.services.alarms import Sign, keep_states
from lingtan.services.workspace import Workspace

SLOT_S = 900
FINE = ("1min", "5min", "15min")


def watch_demand(workspace: Workspace, batch: pa.Table, rules: Mapping[str, Rule]) -> int:
    """Judge the newest month that a batch touches; how many alarms changed."""
    wanted = [r for r in rules.values() if r.active and isinstance(r.condition, Demand) and covers_park(r.scope)]
    meters = _meters(workspace.park) if wanted else {}
    if not meters:
        return 0
    keys = {channel_key(c): c for names in meters.values() for c in names}
    mine = batch.filter(pc.is_in(batch["channel"], value_set=pa.array(list(keys), pa.int64())))
    if not mine.num_rows:
        return 0
    touched = set(mine["channel"].unique().to_pylist())
    zone = ZoneInfo(workspace.park.park.timezone)
    last = pc.max(mine["start"]).as_py().astimezone(zone)
    month = last.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    first = max(pc.min(mine["start"]).as_py(), month.astimezone(UTC))
    changed = 0
    for connection, names in meters.items():
        if not touched & {channel_key(c) for c in names}:
            continue
        declared = declared_kw(workspace.park, connection, last)
        peak = _peak(workspace, names, first, last.astimezone(UTC), mine) if declared else None
        if peak is None or declared is None:
            continue
        label = f"{month:%Y-%m}"
        signs = []
        for rule in wanted:
            assert isinstance(rule.condition, Demand)
            if peak[0] >= float(rule.condition.share) * declared[0]:
                values = {
                    "kw": round(peak[0]), "declared": round(declared[0]), "share": round(peak[0] / declared[0], 4),
                    "month": label, "of": declared[1], "connection": connection,
                }  # fmt: skip
                signs.append(
                    Sign(
                        rule,
                        f"{connection}:{label}",
                        f"alarm.says-demand-{declared[1]}",
                        peak[1],
                        peak[1],
                        values=values,
                    )
                )
        ids = {r.id for r in wanted}
        changed += len(keep_states(workspace, _risen(workspace, signs), _before(ids, connection, label)))
    return changed


def _before(ids: set[str], connection: str, label: str) -> Callable[[Alarm], bool]:
    """Alarms of months that are over; within its month a demand that was reached stays reached."""
    return lambda alarm: (
        alarm.rule in ids and alarm.subject.startswith(f"{connection}:") and alarm.subject < f"{connection}:{label}"
    )


def _risen(workspace: Workspace, signs: list[Sign]) -> list[Sign]:
    """Without those that are no higher than what was told."""
    book = workspace.alarms()
    if not signs or book.fresh():
        return signs
    live = book.live([(s.rule.id, s.subject) for s in signs])
    held = {k: float(a.values.get("kw", 0)) for k, a in live.items() if a.state != "cleared"}
    return [s for s in signs if float(s.values["kw"]) > held.get((s.rule.id, s.subject), -1.0)]


def declared_kw(park: Park, connection: str, at: datetime) -> tuple[float, str] | None:
    """The demand that was declared to the grid, else what the connection can carry; and which of both. [kW]"""
    try:
        tariff = tariff_for(park.tariffs, connection, at.date())
    except InputError:
        tariff = None
    if tariff is not None and tariff.contract_kw is not None:
        return float(tariff.contract_kw), "contract"
    text = next((c.capacity for c in park.connections if c.id == connection), None)
    if text is None:
        return None
    plain = text.replace("kVA", "kW").replace("MVA", "MW").replace("VA", "W").strip()
    try:
        found: Decimal = quantity(plain, "kW")
    except InputError:
        return None
    return float(found), "capacity"


def _meters(park: Park) -> dict[str, list[str]]:
    """The channels that read a connection's import by the quarter hour; connections with another kind of channel are left out."""
    found: dict[str, list[str]] = {}
    coarse = set()
    for name, (_, channel) in channels(park).items():
        if channel.carrier == "electricity" and channel.activity is Activity.IMPORT and channel.connection is not None:
            found.setdefault(channel.connection, []).append(name)
            if channel.kind != "interval" or channel.step not in FINE:
                coarse.add(channel.connection)
    return {c: names for c, names in found.items() if c not in coarse}


def _peak(
    workspace: Workspace, names: list[str], first: datetime, last: datetime, batch: pa.Table
) -> tuple[float, datetime] | None:
    """The highest quarter hour of the slots between two instants, and when it was; from the batch alone where that is enough. [kW]"""
    start = datetime.fromtimestamp(int(first.timestamp()) // SLOT_S * SLOT_S, UTC)
    end = datetime.fromtimestamp((int(last.timestamp()) // SLOT_S + 1) * SLOT_S, UTC)
    book = Book(workspace.park)
    wh = np.zeros(max(int((end - start).total_seconds()) // SLOT_S, 1))
    if len(names) == 1 and channels(workspace.park)[names[0]][1].step == "15min":
        inside = pc.and_(pc.greater_equal(batch["start"], start), pc.less(batch["start"], end))
        table = batch.filter(pc.and_(inside, pc.equal(batch["channel"], channel_key(names[0]))))
    else:
        table = workspace.store.readings(channels=[channel_key(n) for n in names], start=start, end=end)
    table = table.filter(pc.is_valid(table["value"]))
    if not table.num_rows:
        return None
    at = table["start"].cast("int64").to_numpy() // 1_000_000
    seconds, value = table["seconds"].to_numpy(), table["value"].to_numpy().astype(np.float64)
    key = table["channel"].to_numpy()
    for name in names:
        terms = book.terms(channel_key(name))
        mine = (key == channel_key(name)) & (seconds > 0) & (seconds <= SLOT_S) & (value >= 0)
        if terms is not None and mine.any():
            factor = (
                np.array([float(terms.era(int(s)).factor) for s in at[mine]])
                if len(terms.eras) > 1
                else float(terms.eras[0].factor)
            )
            np.add.at(wh, (at[mine] - int(start.timestamp())) // SLOT_S, value[mine] * factor)
    best = int(wh.argmax())
    return float(wh[best]) * 3600 / SLOT_S / 1000, start + timedelta(seconds=best * SLOT_S)
