"""A park accounted from hourly quantities given in a test."""

from typing import Any

import numpy as np
import pyarrow as pa

from lingtan.adapters.engines.duckdb import DuckDBEngine
from lingtan.base.ids import channel_key
from lingtan.base.time import Period
from lingtan.carbon import ledger
from lingtan.carbon.account import Account, build_account, compile_account
from lingtan.carbon.factors import FactorBook
from lingtan.carbon.indicators import Indicator, indicators
from lingtan.carbon.rules.model import packaged_rules
from lingtan.park.carriers import carriers
from lingtan.park.model import Park
from lingtan.services.compute_account import local_months
from lingtan.services.month_sums import calendar

YEAR = 2025
HOURS = 8760
EQUIVALENT = {"2025": {"value": "0.2856", "source": "a company's specification, unofficial"}}


def park_of(channels: dict[str, dict[str, Any]], **more: Any) -> Park:
    """A park with one meter a channel; ``enterprise`` defaults to ``zone``, the operator."""
    names = {c.get("enterprise", "zone") for c in channels.values()} | {"zone"}
    units = {"electricity": "MWh", "natural_gas": "m3", "steam": "GJ", "heat": "GJ"}
    meters = [
        {
            "id": f"m-{name}",
            "parent": spec.get("parent"),
            "channels": [
                {
                    "id": name,
                    "unit": units.get(spec["carrier"], "t"),
                    "step": "1h",
                    **{k: v for k, v in spec.items() if k not in ("parent",)},
                }
            ],
        }
        for name, spec in channels.items()
    ]
    plain: dict[str, Any] = {
        "schema": 1,
        "park": {"id": "case", "name": "case", "region": "CN-JS", "operator": "zone"},
        "enterprises": [{"id": n, "name": n} for n in sorted(names)],
        "meters": meters,
        **more,
    }
    plain["accounting"] = {"equivalent_kgce_per_kwh": EQUIVALENT, **more.get("accounting", {})}
    return Park.model_validate(plain)


def account_of(
    park: Park, quantities: dict[str, Any], rules: str = "ndrc-910-2025"
) -> tuple[Account, dict[str, Indicator]]:
    """The account of 2025; a quantity is a year's total (spread evenly) or 8760 values, in metering units."""
    known = {c.id: carriers(park)[c.carrier] for m in park.meters for c in m.channels}
    year = Period.parse(str(YEAR))
    hours = calendar(year)["hour"]
    tables = []
    for name, quantity in quantities.items():
        assert name in known, name
        if np.isscalar(quantity):
            total = round(float(quantity) * 1000)  # type: ignore[arg-type]
            value = np.diff([total * i // HOURS for i in range(HOURS + 1)])
        else:
            value = np.asarray(quantity, np.int64) * 1000
        full = np.full(HOURS, 3600, np.int32)
        zero = np.zeros(HOURS, np.int32)
        tables.append(
            pa.table(
                {
                    "channel": np.full(HOURS, channel_key(name)),
                    "hour": hours,
                    "value": value.astype(np.int64),
                    "covered_s": full,
                    "estimated_s": zero,
                    "spread_s": zero,
                    "rejected_s": zero,
                    "rev": np.ones(HOURS, np.int64),
                }
            )
        )
    book = FactorBook.packaged().with_values(
        park.accounting.carriers, carriers=carriers(park), equivalent=park.accounting.equivalent_kgce_per_kwh
    )
    compiled = compile_account(park, packaged_rules(rules), book, YEAR)
    months_of_hour, first = local_months(year)
    engine = DuckDBEngine(threads=1)
    try:
        activity, dates = engine.table(pa.concat_tables(tables)), engine.table(calendar(year))
        sums = engine.collect(ledger.channel_months(activity, dates))
        flows = engine.collect(ledger.flows(activity, dates, engine.table(compiled.role_table())))
    finally:
        engine.close()
    account = build_account(
        compiled,
        months_of_hour=months_of_hour,
        months=sorted(set(months_of_hour.tolist())),
        sums=sums,
        flows=flows,
        hour_zero_us=int(first.timestamp()) * 1_000_000,
    )
    by_month = {(r["channel"], r["month"]): int(r["value"]) for r in sums.to_pylist()}
    found = {i.id: i for i in indicators(account, by_month, book)}
    return account, found
