"""The bills of a plan's simulated year, by the project's one bill function."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from lingtan.optimize.study.case import Case
from lingtan.optimize.study.connection import terms_of
from lingtan.optimize.study.plan import Plan
from lingtan.optimize.study.record import GridEntry
from lingtan.park.tariffs.bill import Bill, Usage, bill
from lingtan.park.tariffs.periods import period_shares
from lingtan.park.tariffs.record import PERIODS
from lingtan.park.tariffs.terms import Terms


def plan_bills(case: Case, plan: Plan) -> list[Bill]:
    """A bill for each connection and each whole month of the first chain."""
    study = case.study
    first = case.chains[0].inputs
    zone = ZoneInfo(study.study.timezone)
    found = []
    for grid in study.grids:
        terms = [_agreed(t, grid, plan) for t in terms_of(study, grid)]
        shares = period_shares(terms[0].windows, first.start, first.hours, 60, zone=study.study.timezone)
        taken = np.maximum(plan.series[f"{grid.id}.import"][: first.hours], 0.0)
        given = plan.series.get(f"{grid.id}.export")
        for month in sorted(set(first.months.tolist())):
            here = first.months == month
            last = first.start + timedelta(hours=int(np.flatnonzero(here)[-1]) + 1)
            if (last.astimezone(zone)).month == month and last.astimezone(zone).day != 1:
                continue  # a month that is cut short has no bill
            kwh = {
                p: Decimal(str(round(float((taken * shares[:, i])[here].sum()), 3)))
                for i, p in enumerate(PERIODS)
                if shares[here, i].any()
            }
            spot = None
            if terms[0].tariff.purchase == "spot" and grid.spot_profile is not None:
                prices = first.series[grid.spot_profile]
                spot = Decimal(str(round(float((prices * taken)[here].sum()), 4)))
            export = Decimal(0) if given is None else Decimal(str(round(float(given[: first.hours][here].sum()), 3)))
            usage = Usage(kwh, Decimal(str(round(float(taken[here].max()), 3))), export_kwh=export, spot_cny=spot)
            found.append(bill(terms[month - 1], usage))
    return found


def _agreed(terms: Terms, grid: GridEntry, plan: Plan) -> Terms:
    """The terms with what the plan chose: the contract demand, and the capacity of the connection where none is stated."""
    contract = plan.globals.get(f"{grid.id}.contract")
    size = plan.sizes.get(f"{grid.id}.connection", grid.connection_kw)
    change = {}
    if terms.tariff.contract_kw is None and contract:
        change["contract_kw"] = Decimal(str(round(contract, 3)))
    if terms.tariff.capacity_kva is None:
        change["capacity_kva"] = Decimal(str(round(size, 3)))
    return replace(terms, tariff=terms.tariff.model_copy(update=change))
