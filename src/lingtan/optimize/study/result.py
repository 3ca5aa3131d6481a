"""A plan as plain data: what is kept beside the study, printed, compared and exported."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lingtan.base.text import label
from lingtan.carbon.indicators import Indicator
from lingtan.optimize.explanation import limit_prices, margins
from lingtan.optimize.finance.cash_flow import CashFlow
from lingtan.optimize.finance.projects import Money
from lingtan.optimize.limits import FREE
from lingtan.optimize.solution import Solution
from lingtan.optimize.study.build import bought
from lingtan.optimize.study.case import Case
from lingtan.optimize.study.choices import Tried
from lingtan.optimize.study.costs import costs_of
from lingtan.optimize.study.plan import Plan
from lingtan.park.tariffs.bill import Bill

STORES = ("battery", "heat_store", "cold_store", "steam_store", "molten_salt", "hydrogen_tank")


def number(value: float | None) -> float | None:
    """A float that JSON can hold: None for what is not finite."""
    return float(value) if value is not None and np.isfinite(value) else None


def plan_result(
    case: Case,
    plan: Plan,
    *,
    indicators: Sequence[Indicator] = (),
    money: Money | None = None,
    bills: Sequence[Bill] = (),
) -> dict[str, Any]:
    """Everything of a plan but its series."""
    study = case.study
    result: dict[str, Any] = {
        "status": plan.status,
        "cost": number(plan.cost),
        "lower_bound": number(plan.lower_bound),
        "gap": number(plan.gap),
        "solver": plan.solver,
        "iterations": plan.iterations,
        "hours": case.chains[0].inputs.hours,
        "yearly_cost": number(plan.cost / case.hours_share),
        "target_tco2_per_tce": plan.target,
        "classes": {k: {"status": s, "cost": number(c)} for k, (s, c) in plan.classes.items()},
        "served_difference": number(plan.served_difference),
        "weather_generated": case.chains[0].inputs.weather.generated,
        "factors": dict(case.factors.sources),
    }
    if plan.ways:
        result["ways"] = ways_result(plan.ways)
    if not plan.found:
        return result
    result["technologies"] = [_technology(case, plan, t) for t in study.technologies]
    result["cost_items"] = {k: number(v) for k, v in sorted(plan.items.items(), key=lambda kv: -kv[1])}
    result["tallies"] = {k: number(v) for k, v in plan.tallies.items()}
    result["flows_kwh"] = {k: number(v) for k, v in plan.flows_kwh.items()}
    result["node_flows_kwh"] = node_flows(case, plan)
    result["certificates_kwh"] = number(sum(bought(plan.globals).values()))
    result["certificates"] = {k: number(v) for k, v in bought(plan.globals).items()}
    result["indicators"] = [_indicator(i, plan.target) for i in indicators]
    result["why"] = why(case, plan)
    if plan.outages:
        result["outages"] = vars(plan.outages[0])
    if bills:
        result["bills"] = {
            "total_cny": str(sum(b.total for b in bills)),
            "months": [
                {
                    "connection": b.connection,
                    "month": f"{b.month:%Y-%m}",
                    "total_cny": str(b.total),
                    "energy_kwh": str(b.usage.total_kwh),
                    "max_demand_kw": str(b.usage.max_kw),
                }
                for b in bills
            ],
        }
    if money is not None:
        result["finance"] = finance(money)
    return result


def ways_result(tried: Sequence[Tried]) -> list[dict[str, Any]]:
    """Ways to pay side by side."""
    return [
        {
            "name": way.name,
            "tariffs": {k: t.id for k, t in way.tariffs.items()},
            "basis": {k: t.basis for k, t in way.tariffs.items()},
            "pricing": {k: t.pricing for k, t in way.tariffs.items()},
            "status": way.status,
            "cost": number(way.cost),
            "lower_bound": number(way.lower_bound),
            "gap": number(way.gap),
            "chosen": way.chosen,
        }
        for way in tried
    ]


def _technology(case: Case, plan: Plan, entry: Any) -> dict[str, Any]:
    size = plan.sizes.get(entry.id, 0.0)
    found: dict[str, Any] = {
        "id": entry.id,
        "name": label(entry.name, "zh", entry.id),
        "kind": entry.kind,
        "size": round(size, 3),
        "unit": "kWh" if entry.kind in STORES else "kg/h" if entry.kind == "carbon_capture" else "kW",
        "existing": entry.existing,
        "maximum": max(entry.maximum, entry.existing),
        "built": round(max(size - entry.existing, 0.0), 3),
    }
    if entry.power_maximum is not None:
        found["power_kw"] = round(plan.sizes.get(f"{entry.id}.power", 0.0), 3)
    if entry.maximum > entry.existing:
        costs = costs_of(case.study, entry)
        found |= {
            "capex_cny_per_unit": costs.capex,
            "capex_cny": round(found["built"] * costs.capex + found.get("power_kw", 0.0) * costs.capex_power, 2),
            "lifetime": costs.lifetime,
            "sources": costs.sources,
        }
    return found


def _indicator(i: Indicator, limit: float | None) -> dict[str, Any]:
    """An indicator of the account; beside the core one stands the limit that the plan was made for."""
    target, met = None if i.target is None else float(i.target), i.met
    if i.id == "core" and target is None and limit is not None and limit < FREE and i.value is not None:
        target, met = limit, round(float(i.value), 4) <= limit
    return {
        "id": i.id,
        "value": None if i.value is None else f"{float(i.value):.4f}",
        "numerator": f"{float(i.numerator):.3f}",
        "denominator": f"{float(i.denominator):.3f}",
        "unit": i.unit,
        "target": target,
        "met": met,
    }


def why(case: Case, plan: Plan) -> dict[str, Any]:
    """Prices of limits, and for each technology what would bring it in or drive it out."""
    model, solution = plan.model, plan.solution
    if model is None or not isinstance(solution, Solution) or not solution.found:
        return {}
    names = {g.name for g in model.globals if g.name.split(".")[0] in {t.id for t in case.study.technologies}}
    return {
        "limits": [
            {
                "kind": p.condition.kind,
                "name": p.condition.name,
                "limit": number(p.limit),
                "saves_per_unit": number(p.saves_per_unit),
            }
            for p in limit_prices(model, solution)
        ],
        "margins": [
            {
                "name": m.name,
                "size": number(m.size),
                "cost_per_unit": number(m.cost_per_unit),
                "earns_per_unit": number(m.earns_per_unit),
                "net_cost_per_unit": number(m.net_cost_per_unit),
                "enters_below": number(m.enters_below),
            }
            for m in margins(model, solution, names)
        ],
    }


def node_flows(case: Case, plan: Plan) -> dict[str, dict[str, float]]:
    """What each thing brings to each node (negative: takes). [kWh]"""
    model, series = plan.model, plan.series
    if model is None:
        return {}
    counted = model.timeline.counted_hours
    found: dict[str, dict[str, float]] = {}
    for node, row in model.nodes.items():
        for index, factor in model.rows[row].now:
            column = model.columns[index]
            if column.name in series:
                amount = float(np.sum(np.asarray(factor) * series[column.name] * counted))
                mine = found.setdefault(node, {})
                mine[column.name] = mine.get(column.name, 0.0) + amount
    for demand in case.study.demands:
        taken = float(np.sum(case.demand_kw(demand) * counted))
        found.setdefault(demand.node, {})[demand.id] = -taken
    return {n: {k: v for k, v in flows.items() if abs(v) > 1e-6} for n, flows in found.items()}


def finance(money: Money) -> dict[str, Any]:
    """The finance of a plan as plain data, each figure with its basis."""
    return {
        "basis": list(money.basis),
        "baseline_cost": number(money.baseline_cost),
        "baseline_emissions_t": number(money.baseline_emissions_t),
        "park": None if money.park is None else flow(money.park),
        "projects": [flow(f) for f in money.projects],
        "parties": [
            {"party": s.party, "capex": s.capex, "yearly_benefit": s.yearly_benefit, "share": s.share, **flow(s.flow)}
            for s in money.parties
        ],
    }


def flow(found: CashFlow) -> dict[str, Any]:
    """A cash flow with its measures."""
    p = found.project
    measures: Mapping[str, float | None] = {
        "npv": found.npv,
        "npv_equity": found.npv_equity,
        "irr_before_tax": found.irr_before_tax,
        "irr_after_tax": found.irr_after_tax,
        "irr_equity": found.irr_equity,
        "payback_years": found.payback,
        "payback_discounted_years": found.payback_discounted,
        "lcoe_cny_per_kwh": found.lcoe,
        "dscr_least": found.dscr_least,
        "dscr_mean": found.dscr_mean,
        "abatement_cny_per_t": found.abatement_cost,
    }
    return {
        "id": p.id,
        "capex": p.capex,
        "income": p.income,
        "opex": p.opex,
        "basis": list(p.basis),
        **{k: number(v) for k, v in measures.items()},
        "years": [
            {
                **{k: round(v, 2) for k, v in vars(y).items()},
                "after_tax": round(y.after_tax, 2),
                "equity": round(y.equity, 2),
            }
            for y in found.years
        ],
    }
