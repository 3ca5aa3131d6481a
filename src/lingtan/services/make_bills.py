"""The electricity bills of a connection, from the park's own readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lingtan.base.errors import DataError, InputError
from lingtan.base.ids import channel_key
from lingtan.base.time import Period
from lingtan.metering.channels import Book
from lingtan.metering.exact import Ints
from lingtan.park.activities import Activity
from lingtan.park.model import Channel, Park, channels
from lingtan.park.tariffs.bill import Bill, Usage, bill
from lingtan.park.tariffs.compare import Comparison, compare
from lingtan.park.tariffs.periods import period_shares
from lingtan.park.tariffs.record import PERIODS, TouPeriod
from lingtan.park.tariffs.terms import Terms, resolve, tariff_for
from lingtan.services.activities import activity_pieces
from lingtan.services.ports import Listener, silent
from lingtan.services.views import Known
from lingtan.services.workspace import Workspace

DEFAULT_FLOOR = 0.95
DEMAND_MINUTES = 15


@dataclass(frozen=True)
class Made:
    """A bill with how well the month is known; ``divided_kwh`` lies in hours that a period's border cuts."""

    bill: Bill
    coverage: float
    estimated: float
    demand_minutes: int
    divided_kwh: Decimal


def make_bills(
    workspace: Workspace,
    period: str,
    *,
    connection: str = "",
    floor: float = DEFAULT_FLOOR,
    as_of: int | None = None,
    listener: Listener = silent,
) -> list[Made]:
    """One bill for each month and each electricity connection with a tariff.

    Raises
    ------
    InputError
        ``tariff.no-connections``, ``tariff.none``, ``tariff.incomplete``: what the park file lacks.
    DataError
        ``tariff.no-readings`` or ``tariff.thin`` if the month is not known well enough.
    """
    found = []
    for name in connections(workspace.park, connection):
        for terms, usage, facts in months(workspace, name, period, floor, as_of, listener):
            found.append(Made(bill(terms, usage), *facts))
    return found


def compare_tariffs(
    workspace: Workspace,
    period: str,
    *,
    connection: str = "",
    floor: float = DEFAULT_FLOOR,
    as_of: int | None = None,
    listener: Listener = silent,
) -> dict[str, tuple[list[Bill], Comparison]]:
    """For each connection the bills as they are, and the same months paid in every other way."""
    found = {}
    for name in connections(workspace.park, connection):
        known = months(workspace, name, period, floor, as_of, listener)
        pairs = [(terms, usage) for terms, usage, _ in known]
        found[name] = [bill(*pair) for pair in pairs], compare(pairs)
    return found


def connections(park: Park, wanted: str = "") -> list[str]:
    """The electricity connections that have a tariff; or the one that is wanted."""
    tied = {c.id for c in park.connections if c.carrier == "electricity"} & {t.connection for t in park.tariffs}
    if wanted:
        if wanted not in tied:
            raise InputError("tariff.none", connection=wanted, day="–", known=", ".join(sorted(tied)) or "–")
        return [wanted]
    if not tied:
        raise InputError("tariff.no-connections")
    return [c.id for c in park.connections if c.id in tied]


Facts = tuple[float, float, int, Decimal]


def months(
    workspace: Workspace,
    connection: str,
    period: str,
    floor: float,
    as_of: int | None = None,
    listener: Listener = silent,
) -> list[tuple[Terms, Usage, Facts]]:
    """Terms and usage of each month of a period, with coverage, share estimated, demand interval and divided energy."""
    park = workspace.park
    asked = Period.parse(period, park.park.timezone)
    if asked.label.count("-") > 1:
        raise InputError("tariff.month-only", period=period)
    rev = workspace.store.head() if as_of is None else as_of
    taken = _channels(park, connection, Activity.IMPORT)
    given = _channels(park, connection, Activity.EXPORT)
    if not taken:
        raise DataError("tariff.no-readings", connection=connection, period=period, channels="–")
    hourly = _hourly(workspace, park, asked, rev, [*taken, *given], listener)
    found = []
    for month in asked.months():
        day: date = month.start.astimezone(ZoneInfo(month.zone)).date()
        terms = resolve(tariff_for(park.tariffs, connection, day), day)
        found.append(_month(workspace, terms, month, rev, taken, given, hourly, floor))
    return found


def _channels(park: Park, connection: str, activity: Activity) -> list[Channel]:
    return [
        c
        for _, c in channels(park).values()
        if c.carrier == "electricity" and c.activity == activity and c.connection == connection
    ]


@dataclass(frozen=True)
class _Hours:
    """Hourly energy and coverage of one channel. [Wh], [s]"""

    first: datetime
    wh: Ints
    covered_s: Ints
    estimated_s: Ints

    def of(self, month: Period) -> "_Hours":
        low = int((month.start - self.first).total_seconds()) // 3600
        cut = slice(low, low + month.hours)
        return _Hours(month.start, self.wh[cut], self.covered_s[cut], self.estimated_s[cut])


def _hourly(
    workspace: Workspace, park: Park, period: Period, rev: int, wanted: Sequence[Channel], listener: Listener
) -> dict[str, _Hours]:
    pieces = activity_pieces(workspace, park, period, Known(workspace.store, rev), listener)
    size = period.hours
    found = {c.id: _Hours(period.start, *(np.zeros(size, np.int64) for _ in range(3))) for c in wanted}
    keys = {channel_key(c.id): c.id for c in wanted}
    zero = int(period.start.timestamp()) // 3600
    for piece in pieces:
        table = pq.read_table(
            workspace.blobs.path(piece.name), columns=["channel", "hour", "value", "covered_s", "estimated_s"]
        )
        for key, name in keys.items():
            mine = table.filter(pc.equal(table.column("channel"), key))
            if not len(mine):
                continue
            hour = mine.column("hour").cast("int64").to_numpy() // 3_600_000_000 - zero
            inside = (hour >= 0) & (hour < size)
            for column, target in (("value", "wh"), ("covered_s", "covered_s"), ("estimated_s", "estimated_s")):
                getattr(found[name], target)[hour[inside]] += mine.column(column).to_numpy()[inside].astype(np.int64)
    return found


def _month(
    workspace: Workspace,
    terms: Terms,
    month: Period,
    rev: int,
    taken: Sequence[Channel],
    given: Sequence[Channel],
    hourly: dict[str, _Hours],
    floor: float,
) -> tuple[Terms, Usage, Facts]:
    tariff = terms.tariff
    parts = [hourly[c.id].of(month) for c in taken]
    coverage = min(float(p.covered_s.sum()) / (month.hours * 3600) for p in parts)
    estimated = max(float(p.estimated_s.sum()) / (month.hours * 3600) for p in parts)
    if coverage == 0:
        names = ", ".join(c.id for c in taken)
        raise DataError("tariff.no-readings", connection=tariff.connection, period=month.label, channels=names)
    if coverage < floor:
        raise DataError(
            "tariff.thin",
            connection=tariff.connection,
            month=month.label,
            coverage=f"{coverage:.1%}",
            floor=f"{floor:.1%}",
        )
    wh = np.sum([p.wh for p in parts], axis=0)
    # borders lie on five minutes, so that twelfths of an hour are exact
    twelfths = np.rint(12 * period_shares(terms.windows, month.start, month.hours, 60, zone=month.zone)).astype(int)
    kwh: dict[TouPeriod, Decimal] = {}
    for i, name in enumerate(PERIODS):
        total = int((wh * twelfths[:, i]).sum())
        if total:
            kwh[name] = Decimal(total) / 12000
    divided = Decimal(int(wh[(twelfths.max(axis=1) < 12)].sum())) / 1000
    peak, minutes = _peak_kw(workspace, taken, month, rev, wh)
    export = sum((Decimal(int(hourly[c.id].of(month).wh.sum())) for c in given), Decimal(0)) / 1000
    usage = Usage(kwh, peak, _reactive(workspace, terms, month, rev), export)
    return terms, usage, (coverage, estimated, minutes, divided)


def _peak_kw(
    workspace: Workspace, taken: Sequence[Channel], month: Period, rev: int, hourly_wh: Ints
) -> tuple[Decimal, int]:
    """The highest mean power of a quarter hour; of an hour where the meters are read by the hour. [kW], [min]"""
    slots = month.hours * 60 // DEMAND_MINUTES
    wh = np.zeros(slots, np.float64)
    for channel in taken:
        if channel.kind != "interval" or channel.step not in ("1min", "5min", "15min"):
            return Decimal(int(hourly_wh.max())) / 1000, 60
        terms = Book(workspace.park).terms(channel_key(channel.id))
        assert terms is not None
        table = workspace.store.readings(
            channels=[channel_key(channel.id)], start=month.start, end=month.end, as_of=rev
        )
        table = table.filter(pc.is_valid(table.column("value")))
        if not len(table):
            continue
        start = table.column("start").cast("int64").to_numpy() // 1_000_000
        seconds = table.column("seconds").to_numpy()
        value = table.column("value").to_numpy().astype(np.float64)
        factors = np.array([float(terms.era(int(s)).factor) for s in start]) if len(terms.eras) > 1 else None
        value = value * (factors if factors is not None else float(terms.eras[0].factor))
        short = (seconds > 0) & (seconds <= DEMAND_MINUTES * 60) & (value >= 0)
        at = (start[short] - int(month.start.timestamp())) // (DEMAND_MINUTES * 60)
        np.add.at(wh, at, value[short])
    peak = float(wh.max()) * 60 / DEMAND_MINUTES / 1000
    if peak == 0:
        return Decimal(int(hourly_wh.max())) / 1000, 60
    return Decimal(str(round(peak, 3))), DEMAND_MINUTES


def _reactive(workspace: Workspace, terms: Terms, month: Period, rev: int) -> Decimal | None:
    name = terms.tariff.reactive_channel
    if name is None:
        return None
    book = Book(workspace.park).terms(channel_key(name))
    if book is None:
        raise InputError("tariff.needs", what=f"reactive_channel {name}", tariff=terms.tariff.id)
    table = workspace.store.readings(
        channels=[channel_key(name)], start=month.start, end=month.end - timedelta(seconds=1), as_of=rev
    )
    total = int(pc.sum(table.column("value")).as_py() or 0)
    factor = book.eras[-1].factor
    return Decimal(total * factor.numerator) / factor.denominator / 1000
