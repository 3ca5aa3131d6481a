"""What the power of each enterprise is worth by the park's own bills: its energy by period at the bills' prices, fixed parts by use.

A bill is the connection's. Its energy lines give a price for each period of the day; what remains of it (demand or capacity,
power factor, funds) is divided by each enterprise's share in the park's use of the month, so that these parts sum to the bill.
Energy that did not come through the connection (direct supply, own generation) is valued at the same prices unless the park
states others: it is a value to compare by, no invoice, and every page says so.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from lingtan.base.errors import LingtanError
from lingtan.base.ids import channel_key, digest
from lingtan.base.time import Period
from lingtan.carbon.points import points
from lingtan.metering.exact import Ints
from lingtan.park.activities import Activity
from lingtan.park.tariffs.periods import period_shares
from lingtan.park.tariffs.record import PERIODS
from lingtan.park.tariffs.terms import resolve, tariff_for
from lingtan.services.activities import activity_pieces
from lingtan.services.make_bills import Made, connections, make_bills
from lingtan.services.ports import Listener, silent
from lingtan.services.views import Known
from lingtan.services.workspace import Workspace

VERSION = 1
FEN = Decimal("0.01")
SLOTS = 12  # borders of periods lie on five minutes


@dataclass(frozen=True)
class CostLine:
    """A period's energy at its price, or the share of the fixed parts (``period`` empty). [kWh], [CNY/kWh], [CNY]"""

    period: str
    kwh: Decimal
    price: Decimal | None
    amount: Decimal


@dataclass(frozen=True)
class PowerCost:
    """What an enterprise's power of a month is worth; ``share`` is its part of the park's use, ``bill`` what the park paid."""

    month: str
    lines: tuple[CostLine, ...]
    share: Decimal
    bill: Decimal
    tariffs: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        """The sum of the rounded lines. [CNY]"""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def kwh(self) -> Decimal:
        """Energy of all periods. [kWh]"""
        return sum((line.kwh for line in self.lines), Decimal(0))


def power_costs(workspace: Workspace, year: str, *, listener: Listener = silent) -> dict[str, Any]:
    """The prices of each month and everybody's use by period, kept by what they rest on; ``failed`` says why a month has none."""
    name = f"cache/power-costs/{_key(workspace, year)}.json"
    kept = workspace.blobs.get(name)
    if kept is not None:
        found: dict[str, Any] = json.loads(kept)
        return found
    made = _work_out(workspace, year, listener)
    workspace.blobs.put(name, json.dumps(made, ensure_ascii=False).encode())
    return made


def kept_costs(workspace: Workspace, year: str) -> dict[str, Any] | None:
    """The same if it was worked out before."""
    kept = workspace.blobs.get(f"cache/power-costs/{_key(workspace, year)}.json")
    return None if kept is None else json.loads(kept)


def cost_of(costs: dict[str, Any], enterprise: str, month: str) -> PowerCost | None:
    """What an enterprise's power of a month is worth; None where there is no bill or no use."""
    found = costs["months"].get(month)
    if found is None or enterprise not in found["use"]:
        return None
    lines = []
    for period, text in found["use"][enterprise].items():
        kwh, price = Decimal(text), found["prices"].get(period)
        if price is not None:
            lines.append(CostLine(period, kwh, Decimal(price), _money(kwh * Decimal(price))))
    mine = sum((line.kwh for line in lines), Decimal(0))
    whole = sum((Decimal(v) for by in found["use"].values() for v in by.values()), Decimal(0))
    share = mine / whole if whole else Decimal(0)
    lines.append(CostLine("", Decimal(0), None, _money(Decimal(found["rest"]) * share)))
    return PowerCost(month, tuple(lines), share, Decimal(found["bill"]), tuple(found["tariffs"]))


def _key(workspace: Workspace, year: str) -> str:
    return digest([VERSION, year, workspace.store.head(), workspace.park_commit.content])


def _work_out(workspace: Workspace, year: str, listener: Listener) -> dict[str, Any]:
    park = workspace.park
    try:
        connections(park)
    except LingtanError as error:
        return {"months": {}, "failed": {"": error.code}}
    whole = Period.parse(year, park.park.timezone)
    hourly = _use_by_hour(workspace, whole, listener)
    bills: dict[str, list[Made]] = defaultdict(list)
    failed: dict[str, str] = {}
    for month in whole.months():
        low = int((month.start - whole.start).total_seconds()) // 3600
        if not any(wh[low : low + month.hours].any() for wh in hourly.values()):
            failed[month.label] = "statement.no-power"
            continue
        try:
            bills[month.label] = make_bills(workspace, month.label, listener=listener)
        except LingtanError as error:
            failed[month.label] = error.code
    found: dict[str, Any] = {}
    for month in whole.months():
        made = bills.get(month.label)
        if not made:
            continue
        # where several connections are paid for, the one with the most energy says which hours are of which period
        first = max(made, key=lambda m: m.bill.usage.total_kwh).bill
        terms = resolve(tariff_for(park.tariffs, first.connection, first.month), first.month)
        shares = np.rint(SLOTS * period_shares(terms.windows, month.start, month.hours, 60, zone=month.zone))
        low = int((month.start - whole.start).total_seconds()) // 3600
        use = {
            e: {
                p: str(Decimal(int((wh[low : low + month.hours] * shares[:, i].astype(np.int64)).sum())) / SLOTS / 1000)
                for i, p in enumerate(PERIODS)
                if shares[:, i].any()
            }
            for e, wh in sorted(hourly.items())
            if wh[low : low + month.hours].any()
        }
        found[month.label] = {"use": use, **_prices(made)}
    return {"months": found, "failed": failed}


def _prices(made: list[Made]) -> dict[str, Any]:
    paid: dict[str, Decimal] = defaultdict(Decimal)
    taken: dict[str, Decimal] = defaultdict(Decimal)
    rest = Decimal(0)
    for one in made:
        for period, kwh in one.bill.usage.kwh.items():
            taken[period] += kwh
        for line in one.bill.lines:
            if line.period is not None:
                paid[line.period] += line.amount
            elif line.item != "export":
                rest += line.amount
    prices = {p: str((paid[p] / kwh).quantize(Decimal("0.000001"))) for p, kwh in taken.items() if kwh}
    bill = sum((m.bill.total for m in made), Decimal(0))
    return {"prices": prices, "rest": str(rest), "bill": str(bill), "tariffs": sorted({m.bill.tariff for m in made})}


def _use_by_hour(workspace: Workspace, year: Period, listener: Listener) -> dict[str, Ints]:
    """The power used by each enterprise, hour by hour. [Wh]"""
    park = workspace.park
    terms: dict[int, list[tuple[str, Fraction]]] = defaultdict(list)
    for point in points(park):
        if point.carrier.id == "electricity" and point.activity is Activity.USE:
            for channel, part in point.terms.items():
                terms[channel_key(channel)].append((point.enterprise, part))
    found: dict[str, Ints] = defaultdict(lambda: np.zeros(year.hours, np.int64))
    zero = int(year.start.timestamp()) // 3600
    for piece in activity_pieces(workspace, park, year, Known(workspace.store, workspace.store.head()), listener):
        table = pq.read_table(workspace.blobs.path(piece.name), columns=["channel", "hour", "value"])
        channel = table.column("channel").to_numpy()
        hour = table.column("hour").cast("int64").to_numpy() // 3_600_000_000 - zero
        value = table.column("value").to_numpy()
        for key in terms.keys() & set(np.unique(channel).tolist()):
            mine = (channel == key) & (hour >= 0) & (hour < year.hours)
            for enterprise, part in terms[key]:
                amount = value[mine].astype(np.int64) * part.numerator // part.denominator
                np.add.at(found[enterprise], hour[mine], amount)
    return dict(found)


def _money(amount: Decimal) -> Decimal:
    return amount.quantize(FEN, rounding=ROUND_HALF_UP)
