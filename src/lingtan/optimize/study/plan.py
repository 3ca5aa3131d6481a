"""Solve a case of a study: the size classes, the served energy, clean sizes, and the year simulated with them.

The lower bound is that of the case as it was asked; the cost is that of the year operated with the sizes a person would
write down. The gap between the two is what is printed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lingtan.carbon.rules.model import RuleSet
from lingtan.optimize.chain.lower import lower
from lingtan.optimize.limits import IntensityCap
from lingtan.optimize.model import FloatArray, Model
from lingtan.optimize.rolling import operate_best
from lingtan.optimize.solution import Progress, Solution
from lingtan.optimize.solve import LONG, solve, solve_chain, with_sizes
from lingtan.optimize.study import choices, reliability
from lingtan.optimize.study.build import build, intensity_classes
from lingtan.optimize.study.case import Case
from lingtan.optimize.study.classes import class_name, out_of_reach
from lingtan.optimize.study.served import at_served_energy
from lingtan.optimize.study.sizes import fitting, rounded_sizes, sizes_of

Listener = Callable[[str, Progress], bool | None]
SERVED_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Plan:
    """An answer with its proof. Money of the time that the case covers. [CNY]"""

    status: str
    cost: float = np.nan
    lower_bound: float = -np.inf
    gap: float = np.inf
    solver: str = "chain"
    iterations: int = 0
    target: float | None = None
    size_class: tuple[float, float] | None = None
    sizes: Mapping[str, float] = field(default_factory=dict)
    globals: Mapping[str, float] = field(default_factory=dict)
    series: Mapping[str, FloatArray] = field(default_factory=dict)
    node_prices: Mapping[str, FloatArray] = field(default_factory=dict)
    limit_prices: Mapping[str, float] = field(default_factory=dict)
    tallies: Mapping[str, float] = field(default_factory=dict)
    items: Mapping[str, float] = field(default_factory=dict)
    flows_kwh: Mapping[str, float] = field(default_factory=dict)
    served_difference: float | None = None
    classes: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    caps: tuple[IntensityCap | None, ...] = ()  # of each chain, where several are solved together
    windows: tuple[int, ...] = ()  # outages that it was made to survive
    solution: Solution | None = None
    model: Model | None = None
    conflict: Any = None
    outages: tuple[reliability.Outages, ...] = ()
    ways: tuple[choices.Tried, ...] = ()  # to pay, where the study leaves a choice

    @property
    def found(self) -> bool:
        """Whether there is a plan."""
        return bool(self.sizes) or bool(self.series)


def solve_case(
    case: Case,
    rules: RuleSet,
    *,
    gap: float | None = None,
    listener: Listener | None = None,
    start: Any = None,
    tidy: bool = True,
    served: bool = True,
    solver: str = "auto",
) -> Plan:
    """The cheapest plan of a case.

    Parameters
    ----------
    tidy
        Round the sizes to three digits and operate the year with them; else the sizes stay as solved.
    served
        Solve again with the energy fixed at what the needs take.
    """
    gap = gap if gap is not None else case.study.study.gap
    options: dict[str, Any] = {"gap": gap, "listener": listener, "tidy": tidy, "served": served, "solver": solver}
    if not choices.asked(case.study):
        return _survives(case, rules, start, **options)
    quick = {**options, "tidy": False, "served": False}
    begin = iter([start])
    made, plan, bound, tried = choices.each_way(case, lambda way: _survives(way, rules, next(begin, None), **quick))
    if plan.status == "solved" and (tidy or served):
        state = plan.solution.state if plan.solution is not None and not reliability.asked(case) else None
        plan = _survives(made, rules, state, **options)
    bound = min(bound, plan.lower_bound)
    gap = float(max(plan.cost - bound, 0.0) / max(abs(plan.cost), 1e-9)) if np.isfinite(plan.cost) else plan.gap
    return replace(plan, lower_bound=bound, gap=gap, ways=tried)


def _survives(case: Case, rules: RuleSet, start: Any, **options: Any) -> Plan:
    """The plan of a case without choices, that survives the outages asked for."""
    if not reliability.asked(case):
        return _solved(case, rules, start=start, **options)
    quick = {**options, "tidy": False, "served": False}
    # outages are gathered by quick answers first
    case, _ = reliability.survive(case, lambda c: _solved(c, rules, **quick), lambda plan: plan.solution)
    case, plan = reliability.survive(case, lambda c: _solved(c, rules, **options), _rounded_solution)
    if not plan.found:
        return plan
    return replace(plan, outages=reliability.outages(case, [plan.sizes], plan.series))


def _rounded_solution(plan: Plan) -> Solution | None:
    """The solution with the sizes that the plan was rounded to."""
    if plan.solution is None:
        return None
    return replace(plan.solution, sizes={**plan.solution.sizes, **plan.globals, **plan.sizes})


def _solved(
    case: Case,
    rules: RuleSet,
    *,
    gap: float,
    listener: Listener | None,
    tidy: bool,
    served: bool,
    solver: str,
    start: Any = None,
) -> Plan:
    caps: list[IntensityCap | None] = list(intensity_classes(case.study, rules, case.hours_share)) or [None]
    if case.relax_targets:
        caps = [None]
    answers: list[tuple[IntensityCap | None, Model, Solution]] = []
    for cap in caps:
        model = build(case, cap=cap)
        answers.append((cap, model, _solve(model, gap, _named(listener, "solve"), start, solver, operate=not tidy)))
        last = answers[-1][2]
        if (
            last.status == "unsolved"
            and len(caps) > 1
            and out_of_reach(case, [cap], lambda m: solve_chain(lower(m), gap=1e-2))
        ):
            answers[-1] = (cap, model, replace(last, status="infeasible", lower_bound=np.inf))
        if last.status == "stopped":
            break
    found = [a for a in answers if a[2].found and np.isfinite(a[2].cost)]
    classes = {class_name(c): (s.status, s.cost) for c, _, s in answers if c is not None}
    # the optimum may lie in any class that is not proven impossible; what was not looked at proves nothing
    bound = min((s.lower_bound for _, _, s in answers if s.status != "infeasible"), default=np.inf)
    if len(answers) < len(caps):
        bound = -np.inf
    if not found:
        cap, model, solution = next((a for a in answers if a[2].status != "infeasible"), answers[0])
        return Plan(
            solution.status,
            lower_bound=bound,
            target=cap.target if cap else None,
            solution=solution,
            model=model,
            conflict=solution.conflict,
            classes=classes,
        )
    cap, model, solution = min(found, key=lambda a: a[2].cost)
    difference = None
    if served and cap is not None and solution.status == "solved":
        others = min(
            (s.lower_bound for _, _, s in answers if s.status != "infeasible" and s is not solution), default=np.inf
        )
        others = others if len(answers) == len(caps) else -np.inf
        cap, model, solution, bound, difference = _served(case, cap, model, solution, others, gap, listener, solver)
    plan = _read(case, model, solution, bound, cap, classes, difference)
    if tidy and solution.status == "solved":
        plan = _tidied(case, plan, cap, gap, listener, solver)
    return plan


def _solve(model: Model, gap: float, listener: Any, start: Any, solver: str, *, operate: bool = True) -> Solution:
    return solve(model, gap=gap, listener=listener, start=start, solver=solver, operate=operate)  # type: ignore[arg-type]


def _named(listener: Listener | None, key: str) -> Any:
    if listener is None:
        return None
    return lambda progress: listener(key, progress)


def _served(
    case: Case,
    cap: IntensityCap,
    model: Model,
    solution: Solution,
    others: float,
    gap: float,
    listener: Listener | None,
    solver: str,
) -> tuple[IntensityCap, Model, Solution, float, float]:
    """The answer at served energy; its bound is the smallest of its own and that of the ``others``, the classes not taken."""

    def again(told: Sequence[float]) -> tuple[IntensityCap, Model, Solution] | None:
        fixed = replace(cap, served_energy=told[0])
        made = build(case, cap=fixed)
        found = _solve(made, gap, _named(listener, "served"), None, solver, operate=False)
        return (fixed, made, found) if found.found and np.isfinite(found.cost) else None

    def same(one: tuple[IntensityCap, Model, Solution], two: tuple[IntensityCap, Model, Solution]) -> bool:
        return abs(two[2].cost - one[2].cost) <= max(gap, SERVED_TOLERANCE) * abs(one[2].cost)

    first = (cap, model, solution)
    here = at_served_energy(first, lambda a: [tally(a[1], a[2], cap.energy)], again, same)
    return *here, min(others, here[2].lower_bound), here[2].cost - solution.cost


def tally(model: Model, solution: Solution, name: str) -> float:
    """The value of a sum in a solution."""
    counted = model.timeline.counted_hours
    total = model.tally_constants.get(name, 0.0)
    for column, per_kwh in model.tallies.get(name, ()):
        values = solution.series[model.columns[column.index].name]
        total += float((np.asarray(per_kwh) * values * counted).sum())
    for part, per_unit in model.global_tallies.get(name, ()):
        total += per_unit * solution.sizes[model.globals[part.index].name]
    return total


def _read(
    case: Case,
    model: Model,
    solution: Solution,
    bound: float,
    cap: IntensityCap | None,
    classes: Mapping[str, tuple[str, float]],
    difference: float | None,
) -> Plan:
    names = set(model.tallies) | set(model.global_tallies) | set(model.tally_constants)
    cost = solution.cost
    node_prices = {
        n: solution.prices[model.rows[r].name] for n, r in model.nodes.items() if model.rows[r].name in solution.prices
    }
    return Plan(
        solution.status,
        cost=cost,
        lower_bound=float(bound),
        gap=float(max(cost - bound, 0.0) / max(abs(cost), 1e-9)),
        solver=solution.solver,
        iterations=solution.iterations,
        target=cap.target if cap else None,
        size_class=(cap.energy_from, cap.energy_to)
        if cap and (cap.energy_from or np.isfinite(cap.energy_to))
        else None,
        sizes=sizes_of(case, solution),
        globals=dict(solution.sizes),
        series=dict(solution.series),
        node_prices=node_prices,
        limit_prices=dict(solution.totals),
        tallies={n: tally(model, solution, n) for n in sorted(names)},
        items=cost_items(case, model, solution),
        flows_kwh={
            c.name: float(solution.series[c.name] @ model.timeline.counted_hours)
            for c in model.columns
            if not c.name.endswith(("content", ".on", ".start"))
        },
        served_difference=difference,
        classes=classes,
        solution=solution,
        model=model,
    )


def cost_items(case: Case, model: Model, solution: Solution) -> dict[str, float]:
    """The cost by who causes it, operation, demand charge and building apart; they sum to the cost."""
    items: dict[str, float] = {}

    def add(name: str, amount: float) -> None:
        items[name] = items.get(name, 0.0) + amount

    for column in model.columns:
        if np.any(column.cost):
            add(column.name, float(np.sum(np.asarray(column.cost) * solution.series[column.name])))
    constant = model.constant_cost
    for record in model.globals:
        if ".peak-" in record.name:
            add(f"{record.name.partition('.peak-')[0]}.demand", record.cost * solution.sizes[record.name])
        elif ".over-" in record.name or ".contract" in record.name:
            add(f"{record.owner}.demand", record.cost * solution.sizes[record.name])
        elif record.cost:
            add(f"{record.owner}.build", record.cost * solution.sizes[record.name])
    if not case.build_years:
        for t in case.study.technologies:
            for name, power in ((t.id, False), (f"{t.id}.power", True)):
                paid = case.built_cost(t, power=power, fixed=name in case.fixed, size=case.fixed.get(name, 0.0))
                if paid:
                    add(f"{t.id}.build", paid)
                    constant -= paid
    if abs(constant) > 1e-6:
        add("fixed", constant)
    return {k: v for k, v in items.items() if abs(v) > 1e-6}


def _tidied(
    case: Case, plan: Plan, cap: IntensityCap | None, gap: float, listener: Listener | None, solver: str
) -> Plan:
    """The year operated with written-down sizes; with the sizes as solved where those will not do."""
    sizes = fitting(case, rounded_sizes(case, plan.sizes))
    if plan.model is not None and any(column.integer for column in plan.model.columns):
        return _rolled(case, plan, cap, sizes, gap, listener, solver)
    given = replace(case, fixed={**case.fixed, **sizes})
    model = build(given, cap=cap)
    solution = _solve(model, min(gap, 1e-4), _named(listener, "simulate"), None, solver)
    if not solution.found or not np.isfinite(solution.cost) or solution.cost > plan.cost * (1 + 20 * gap):
        return plan
    return _written(given, plan, model, solution, cap, sizes)


def _written(
    given: Case, plan: Plan, model: Model, solution: Solution, cap: IntensityCap | None, sizes: Mapping[str, float]
) -> Plan:
    made = _read(given, model, solution, plan.lower_bound, cap, plan.classes, plan.served_difference)
    return replace(
        made,
        sizes={**plan.sizes, **sizes},
        iterations=plan.iterations + solution.iterations,
        limit_prices={**plan.limit_prices},
        solution=plan.solution,
        model=plan.model,
    )


def _rolled(
    case: Case,
    plan: Plan,
    cap: IntensityCap | None,
    sizes: dict[str, float],
    gap: float,
    listener: Listener | None,
    solver: str,
) -> Plan:
    """The year operated in whole numbers by step: by HiGHS where it is short, else window by window."""
    assert plan.model is not None
    model = plan.model
    if len(model.timeline) <= LONG or solver != "auto":
        given = replace(case, fixed={**case.fixed, **sizes})
        small = build(given, cap=cap)
        solution = _solve(small, gap, _named(listener, "simulate"), None, solver)
        return _written(given, plan, small, solution, cap, sizes) if np.isfinite(solution.cost) else plan
    columns = {g.name: sizes[k] for g in model.globals if (k := g.name.removesuffix(".energy")) in sizes}

    def relax(part: Model) -> Solution:
        return solve_chain(lower(part), gap=min(gap, 1e-4))

    relaxed = relax(with_sizes(model, columns))
    found = relaxed
    if relaxed.found and np.isfinite(relaxed.cost):
        relaxed = replace(relaxed, lower_bound=plan.lower_bound)
        found = operate_best(model, relaxed, relax, gap=gap, listener=_named(listener, "rolling"))
    if not np.isfinite(found.cost):
        # sizes and a bound are known, but no operation and so no cost
        return replace(plan, status="unsolved", solver="rolling", cost=np.nan, gap=np.inf)
    sizes = {k: v for k, v in sizes_of(case, found).items() if k in sizes}
    given = replace(case, fixed={**case.fixed, **sizes})
    # what is left of the gap is reported, not promised
    return _written(given, plan, build(given, cap=cap), replace(found, status="solved"), cap, sizes)
