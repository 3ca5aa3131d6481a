"""Small parks whose best dispatch can be found by hand."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.record import Description, Grid, Need, Unit
from lingtan.optimize.model import FloatArray

MIDNIGHT = datetime(2025, 7, 9, 16, tzinfo=UTC)  # 2025-07-10 in Shanghai


def description(*units: Unit, **fields: Any) -> Description:
    """One electric need and one grid, with these units."""
    grid = {"id": "grid", "node": "el", "import_kw": 1000.0, "price_series": "price", **fields.pop("grid", {})}
    needs = [Need(id="load", node="el", series="load"), *fields.pop("needs", [])]
    return Description(units=list(units), needs=needs, grids=[Grid(**grid)], step_minutes=60, **fields)


def inputs(
    described: Description,
    series: dict[str, Any],
    *,
    state: State | None = None,
    demand: float = 0.0,
    start: datetime = MIDNIGHT,
    minutes: int = 60,
) -> Inputs:
    """The horizon of these series, with a demand charge if wanted."""
    made: dict[str, FloatArray] = {k: np.asarray(v, float) for k, v in series.items()}
    horizon = Horizon(start, len(made["load"]), minutes)
    prices = all_prices(described, horizon, made)
    months = len(np.unique(horizon.months()))
    prices = {k: replace(p, demand_cny_per_kw=np.full(months, demand)) for k, p in prices.items()}
    return Inputs(horizon, made, prices, state or State())


def battery(**fields: Any) -> Unit:
    """100 kW, 200 kWh, no loss, a little wear."""
    given = {"capacity_kw": 100.0, "energy_kwh": 200.0, "efficiency": 1.0, "wear_cny_per_kwh": 0.001, "end_level": 0.0}
    return Unit(id="battery", kind="battery", input="el", **(given | fields))
