"""Run a study: solve, simulate, account, bill, finance; keep the answer beside the study."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from lingtan import __version__
from lingtan.base.errors import InputError, SolveError
from lingtan.base.time import iso
from lingtan.carbon.factors import FactorBook
from lingtan.carbon.indicators import Indicator
from lingtan.optimize.explanation import cheapest_relaxation, smallest_conflict
from lingtan.optimize.finance.projects import money
from lingtan.optimize.solution import Progress
from lingtan.optimize.study import answers, choices
from lingtan.optimize.study.bills import plan_bills
from lingtan.optimize.study.case import Case, Chain
from lingtan.optimize.study.plan import Plan, solve_case
from lingtan.optimize.study.result import number, plan_result, ways_result
from lingtan.optimize.study.site import account, site
from lingtan.services.studies import Opened, forget_state, keep, keep_series, keep_state, kept, kept_state

Hear = Callable[[str, Progress], bool | None]
ANSWERS = ("plan", "least-carbon", "frontier", "alternatives", "pathway", "scenarios", "sensitivities")
WHOLE_YEAR = 8760


def run_study(
    opened: Opened,
    answer: str = "plan",
    *,
    now: datetime,
    gap: float | None = None,
    budget: float | None = None,
    within: float = 0.03,
    steps: int = 8,
    only: Sequence[str] = (),
    resume: bool = True,
    solver: str = "auto",
    hear: Hear | None = None,
) -> dict[str, Any]:
    """One answer of a study, kept in its results folder under its name.

    Raises
    ------
    InputError
        ``study.unknown-answer``, or what the answer needs and the study does not have.
    SolveError
        ``study.no-plan`` and kin.
    """
    if answer not in ANSWERS:
        raise InputError("study.unknown-answer", answer=answer, known=", ".join(ANSWERS))
    gap = gap if gap is not None else opened.study.study.gap
    began = time.process_time()
    case = opened.case()
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "plan": lambda: _plan(opened, case, gap, resume, solver, hear),
        "least-carbon": lambda: _least_carbon(opened, case, gap, budget, hear),
        "frontier": lambda: _frontier(opened, case, gap, steps, hear),
        "alternatives": lambda: _alternatives(opened, case, gap, within, only, hear),
        "pathway": lambda: _pathway(opened, case, gap, hear),
        "scenarios": lambda: _scenarios(opened, case, gap, hear),
        "sensitivities": lambda: {"runs": [sensitivity(opened, s.path, f, gap, hear) for s in opened.study.sensitivities for f in s.factors]},
    }  # fmt: skip
    body = makers[answer]()
    result = {
        "study": opened.study.study.id,
        "answer": answer,
        "digest": opened.digest,
        "code": __version__,
        "made_at": iso(now),
        "cpu_s": round(time.process_time() - began, 2),
        "warnings": [p.as_dict("en") for p in opened.problems],
        **body,
    }
    keep(opened.results, answer, result)
    return result


def _plan(opened: Opened, case: Case, gap: float, resume: bool, solver: str, hear: Hear | None) -> dict[str, Any]:
    start = kept_state(opened.results) if resume else None
    before = kept(opened.results, "plan") if start is not None else None
    if before is None or before.get("digest") != opened.digest or before.get("status") != "stopped":
        start = None
    plan = solve_case(case, opened.rules, gap=gap, listener=hear, start=start, solver=solver)
    if start is not None and plan.status == "unsolved":  # the kept stand led nowhere: begin anew
        plan = solve_case(case, opened.rules, gap=gap, listener=hear, solver=solver)
    if plan.status == "stopped" and plan.solution is not None:
        keep_state(opened.results, plan.solution.state)
    else:
        forget_state(opened.results)
    if not plan.found:
        return {**plan_result(case, plan), **_reasons(plan)}
    case = choices.settled(case, plan.ways)
    base = baseline(opened, gap=1e-2)
    indicators: list[Indicator] = []
    if case.chains[0].inputs.hours >= WHOLE_YEAR:
        _, indicators = account(site(case, plan), opened.rules, FactorBook.packaged(), opened.study.study.year)
    found = plan_result(case, plan, indicators=indicators, money=money(case, plan, base), bills=plan_bills(case, plan))
    keep_series(opened.results, "series", series_columns(case, plan))
    return found


def baseline(opened: Opened, *, gap: float) -> Plan | None:
    """The same needs with what stands today and no targets; None where that cannot be."""
    fixed = {t.id: t.existing for t in opened.study.technologies}
    fixed |= {f"{t.id}.power": 0.0 for t in opened.study.technologies if t.power_maximum is not None}
    case = opened.case(fixed=fixed, relax_targets=True)
    found = solve_case(case, opened.rules, gap=gap, listener=None, tidy=False)
    return found if found.found and np.isfinite(found.cost) else None


def _reasons(plan: Plan) -> dict[str, Any]:
    """Who conflicts and the cheapest way out, for a case without a plan."""
    if plan.status != "infeasible" or plan.model is None:
        return {}
    found: dict[str, Any] = {}
    try:
        conflict = smallest_conflict(plan.model, plan.solution)
        found["conflict"] = [{"kind": c.kind, "name": c.name} for c in conflict]
        reliefs = cheapest_relaxation(plan.model, conflict)
        found["relaxation"] = [
            {"kind": r.condition.kind, "name": r.condition.name, "limit": number(r.limit), "excess": number(r.excess)}
            for r in reliefs
        ]
    except ValueError:
        owners = plan.conflict.owners if plan.conflict is not None else {}
        found.setdefault("conflict", [{"kind": "owner", "name": n} for n in owners])
    return found


def series_columns(case: Case, plan: Plan) -> dict[str, Any]:
    """The hourly table of a plan: times, flows, contents, node prices."""
    first = case.chains[0].inputs
    hours = first.hours
    times = [(first.start + timedelta(hours=h)).replace(tzinfo=None) for h in range(hours)]
    import pyarrow as pa

    columns: dict[str, Any] = {"time_utc": pa.array(times, pa.timestamp("s")).cast(pa.timestamp("us", tz="UTC"))}
    columns |= {f"{d.id} [kW]": case.demand_kw(d)[:hours] for d in case.study.demands}
    columns |= {
        f"{k} [{'kWh' if k.endswith('content') else 'kW'}]": np.asarray(v[:hours]) for k, v in plan.series.items()
    }
    columns |= {f"price {k} [CNY/kWh]": np.asarray(v[:hours]) for k, v in plan.node_prices.items()}
    return columns


def _least_carbon(opened: Opened, case: Case, gap: float, budget: float | None, hear: Hear | None) -> dict[str, Any]:
    stated = budget if budget is not None else opened.study.targets.budget_cny
    if stated is None:
        raise InputError("study.no-budget")
    case, more = _settled(opened, case, gap, hear)
    point = answers.least_carbon(case, opened.rules, stated * case.hours_share, gap=gap, listener=hear)
    return {"budget": stated, **_point(point), "lower_bound_emissions_t": point.lower_bound, **more}


def _settled(opened: Opened, case: Case, gap: float, hear: Hear | None) -> tuple[Case, dict[str, Any]]:
    """The case with the tariffs of the cheapest plan, where the study leaves a choice."""
    if not choices.asked(case.study):
        return case, {}
    plan = solve_case(case, opened.rules, gap=gap, listener=hear, tidy=False, served=False)
    return choices.settled(case, plan.ways), {"ways": ways_result(plan.ways)}


def _frontier(opened: Opened, case: Case, gap: float, steps: int, hear: Hear | None) -> dict[str, Any]:
    case, more = _settled(opened, case, gap, hear)
    found = answers.frontier(case, opened.rules, steps=steps, gap=gap, listener=hear)
    return {"points": [_point(p) for p in found.points], "least_emissions_t": number(found.least_emissions_t), **more}


def _point(point: answers.Point) -> dict[str, Any]:
    return {
        "emissions_t": number(point.emissions_t),
        "cost": number(point.cost),
        "lower_bound": number(point.lower_bound),
        "gap": number(point.gap),
        "marginal_cny_per_t": number(point.marginal_cny_per_t),
        "average_cny_per_t": number(point.average_cny_per_t),
        "sizes": {k: round(v, 2) for k, v in point.sizes.items()},
    }


def _alternatives(
    opened: Opened, case: Case, gap: float, within: float, only: Sequence[str], hear: Hear | None
) -> dict[str, Any]:
    cheapest = solve_case(case, opened.rules, gap=gap, listener=hear, tidy=False)
    if not cheapest.found:
        raise SolveError("study.no-plan", status=cheapest.status)
    case = choices.settled(case, cheapest.ways)
    found = answers.alternatives(case, opened.rules, cheapest, within=within, only=only, listener=hear)
    return {
        "within": within,
        "cost": number(cheapest.cost),
        "lower_bound": number(cheapest.lower_bound),
        "gap": number(cheapest.gap),
        "ways": ways_result(cheapest.ways),
        "ranges": [
            {
                "technology": r.technology,
                "least": number(r.least),
                "most": number(r.most),
                "optimum": number(r.optimum),
                "least_proven": number(r.least_proven),
                "most_proven": number(r.most_proven),
                "verdict": r.verdict,
            }
            for r in found
        ],
    }


def _pathway(opened: Opened, case: Case, gap: float, hear: Hear | None) -> dict[str, Any]:
    chains = [Chain(opened.inputs, stage=stage) for stage in opened.study.stages]
    _, found, bound, tried = choices.each_way(
        case, lambda way: answers.pathway(way, opened.rules, chains, gap=gap, listener=hear)
    )
    found = found.bounded_by(bound)
    conflict = found.conflict.owners if found.conflict is not None else {}
    return {
        "status": found.status,
        "cost": number(found.cost),
        "lower_bound": number(found.lower_bound),
        "gap": number(found.gap),
        "served_difference": number(found.served_difference),
        "outages": [vars(o) for o in found.outages],
        "ways": ways_result(tried) if len(tried) > 1 else [],
        "last_stage_years": answers.LAST_STAGE_YEARS,
        "conflict": dict(conflict),
        "steps": [
            {
                "year": s.year,
                "years": s.years,
                "built": {k: round(v, 2) for k, v in s.built.items()},
                "stands": {k: round(v, 2) for k, v in s.stands.items()},
                "emissions_t": s.emissions_t,
                "energy_tce": s.energy_tce,
                "intensity": s.intensity,
                "capex_cny": s.capex_cny,
            }
            for s in found.steps
        ],
    }


def _scenarios(opened: Opened, case: Case, gap: float, hear: Hear | None) -> dict[str, Any]:
    found = answers.scenarios(
        case, opened.rules, [opened.chain(s) for s in opened.study.scenarios], gap=gap, listener=hear
    )
    if not found.expected.found:
        raise SolveError("study.no-plan", status=found.expected.status)
    return {
        "cost": number(found.expected.cost),
        "lower_bound": number(found.expected.lower_bound),
        "gap": number(found.expected.gap),
        "served_difference": number(found.expected.served_difference),
        "ways": ways_result(found.expected.ways),
        "outages": [vars(o) for o in found.expected.outages],
        "sizes": {k: round(v, 2) for k, v in found.expected.sizes.items()},
        "alone": {
            k: {"cost": number(p.cost), "sizes": {n: round(v, 2) for n, v in p.sizes.items()}}
            for k, p in found.alone.items()
        },
        "minimax": {"regret": found.minimax_regret, "sizes": {k: round(v, 2) for k, v in found.minimax_sizes.items()}},
        "regret": {k: {s: number(v) for s, v in row.items()} for k, row in found.regret.items()},
        "wait_and_see": number(found.wait_and_see),
        "value_of_information": number(found.value_of_information),
        "value_of_flexibility": number(found.value_of_flexibility),
    }


def sensitivity(opened: Opened, path: str, factor: float, gap: float, hear: Hear | None = None) -> dict[str, Any]:
    """The plan with one number of the study multiplied."""
    changed = opened.with_study(answers.varied(opened.study, path, factor))
    plan = solve_case(changed.case(), changed.rules, gap=gap, listener=hear, tidy=False)
    return {
        "path": path,
        "factor": factor,
        "status": plan.status,
        "cost": number(plan.cost),
        "lower_bound": number(plan.lower_bound),
        "gap": number(plan.gap),
        "emissions_t": number(plan.tallies.get("emissions", np.nan) / 1000) if plan.found else None,
        "sizes": {k: round(v, 2) for k, v in plan.sizes.items()},
    }


def compare_results(results: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Plans side by side: cost, gap, emissions, sizes of each technology that any of them has."""
    rows = []
    for name, result in results.items():
        tallies = result.get("tallies") or {}
        rows.append(
            {
                "name": name,
                "status": result.get("status"),
                "cost": result.get("cost"),
                "lower_bound": result.get("lower_bound"),
                "gap": result.get("gap"),
                "emissions_t": (tallies.get("emissions") or 0.0) / 1000 if tallies else None,
                "sizes": {t["id"]: t["size"] for t in result.get("technologies", [])},
            }
        )
    return rows
