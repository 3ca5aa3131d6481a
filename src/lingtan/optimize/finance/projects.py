"""The projects of a plan: what each technology costs and earns, by party, against doing nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lingtan.optimize.explanation import flows
from lingtan.optimize.finance.cash_flow import CashFlow, Project, cash_flow
from lingtan.optimize.model import Model
from lingtan.optimize.solution import Solution
from lingtan.optimize.study.case import Case
from lingtan.optimize.study.costs import costs_of
from lingtan.optimize.study.plan import Plan
from lingtan.optimize.study.record import Study, TechnologyEntry


@dataclass(frozen=True)
class Share:
    """A party's part: what it invests, and of the benefit. [CNY]"""

    party: str
    capex: float
    yearly_benefit: float
    share: float
    flow: CashFlow


@dataclass(frozen=True)
class Money:
    """The finance of a plan."""

    park: CashFlow | None
    projects: tuple[CashFlow, ...]
    parties: tuple[Share, ...]
    baseline_cost: float | None
    baseline_emissions_t: float | None
    basis: tuple[str, ...]


def money(case: Case, plan: Plan, baseline: Plan | None) -> Money:
    """Cash flows of the park as a whole, of each technology and of each party.

    The park's yearly saving is what the same needs cost with what stands today, less what they cost now without the
    building. A technology's income is what it delivers less what it takes, at the hourly prices of the plan (shadow prices of the
    nodes): at those prices each earns its place, so that their sum need not be the park's saving.
    """
    study = case.study
    share = case.hours_share
    basis = [
        f"prices: {study.study.price_date}",
        f"discount rate {study.study.discount_rate:.1%}",
        "real terms" if not study.finance.inflation else f"inflation {study.finance.inflation:.1%}",
    ]
    if share < 0.999:
        basis.append(f"extrapolated from {case.chains[0].inputs.hours} hours")
    projects = [p for t in study.technologies if (p := technology_project(case, plan, t)) is not None]
    whole = sum(p.capex for p in projects)
    if study.finance.subsidy_cny and whole > 0:  # a lump sum is shared by capex
        lump = study.finance.subsidy_cny / whole
        projects = [replace(p, subsidy=p.subsidy + lump * p.capex) for p in projects]
    flows_ = [cash_flow(p, study.finance, study.study.discount_rate) for p in projects]
    park = None
    if baseline is not None and baseline.found:
        capex = sum(p.capex for p in projects)
        if capex > 0:
            upkeep = sum(p.opex for p in projects)
            operation = sum(v for k, v in plan.items.items() if not k.endswith(".build")) / share
            certificates = sum(v for k, v in plan.items.items() if k.startswith("certificates")) / share
            before = sum(v for k, v in baseline.items.items() if not k.endswith(".build")) / share
            saved_t = (baseline.tallies.get("emissions", 0.0) - plan.tallies.get("emissions", 0.0)) / share / 1000
            life = float(np.average([p.life for p in projects], weights=[p.capex for p in projects]))
            park = cash_flow(
                Project(
                    "park",
                    capex,
                    before - operation - certificates,
                    upkeep,
                    round(life),
                    emissions_saved_t=saved_t,
                    subsidy=sum(p.subsidy for p in projects),
                    basis=(*basis, "saving against today's equipment serving the same needs"),
                ),
                study.finance,
                study.study.discount_rate,
            )
    return Money(
        park,
        tuple(flows_),
        _parties(case, flows_),
        baseline.cost / share if baseline is not None and baseline.found else None,
        baseline.tallies.get("emissions", 0.0) / share / 1000 if baseline is not None and baseline.found else None,
        tuple(basis),
    )


def technology_project(case: Case, plan: Plan, entry: TechnologyEntry) -> Project | None:
    """A technology's project; None if nothing of it is built."""
    study = case.study
    new = plan.sizes.get(entry.id, 0.0) - entry.existing
    if new <= 1e-6 * max(entry.maximum, 1.0) or entry.maximum <= entry.existing:
        return None
    costs = costs_of(study, entry)
    power = plan.sizes.get(f"{entry.id}.power", 0.0)
    capex = new * costs.capex + power * costs.capex_power
    opex = new * costs.fixed_om + power * costs.fixed_om_power
    built = new / plan.sizes[entry.id]
    share = case.hours_share
    earned, given = earnings(plan.model, plan.solution, plan, entry.id)
    operation = sum(v for k, v in plan.items.items() if k.startswith(f"{entry.id}.") and not k.endswith(".build"))
    return Project(
        entry.id,
        capex,
        earned / share * built,
        opex + operation / share * built,
        costs.lifetime,
        energy_kwh=given / share * built,
        subsidy=capex * costs.subsidy_share,
        basis=(
            f"prices: {study.study.price_date}",
            "income at the plan's hourly node prices",
            *(f"{k}: {v}" for k, v in sorted(costs.sources.items())),
        ),
    )


def earnings(model: Model | None, solution: Solution | None, plan: Plan, owner: str) -> tuple[float, float]:
    """What an owner's flows are worth at the node prices [CNY], and what it delivers [kWh]."""
    if model is None or solution is None or not solution.prices:
        return 0.0, 0.0
    found: Mapping[str, tuple[float, float]] = flows(model, solution, owner)
    worth = sum(value for _, value in found.values())
    given = sum(energy for energy, _ in found.values() if energy > 0)
    return worth, given


def _parties(case: Case, projects: Sequence[CashFlow]) -> tuple[Share, ...]:
    """Bundles of projects by party: who invests keeps its share of the income, the rest goes to whom it shares with."""
    study = case.study
    owner = {t.id: t.party or "park" for t in study.technologies}
    party = {p.id: p for p in study.parties}
    mine: dict[str, list[Project]] = {}
    for f in projects:
        mine.setdefault(owner[f.project.id], []).append(f.project)
    passed: dict[str, dict[str, float]] = {}  # to whom, from whom [CNY a year]
    for name, bundle in mine.items():
        rest = (1 - party[name].share_of_savings) * sum(p.income for p in bundle) if name in party else 0.0
        if rest:
            passed.setdefault(_shares_with(study, name), {})[name] = rest
    found = []
    for name in dict.fromkeys([*mine, *(k for k in passed if k != "")]):
        bundle, got = mine.get(name, []), passed.get(name, {})
        kept = party[name].share_of_savings if name in party else 1.0
        capex = sum(p.capex for p in bundle)
        income = sum(p.income for p in bundle) * kept + sum(got.values())
        opex = sum(p.opex for p in bundle)
        life = np.average([p.life for p in bundle], weights=[p.capex for p in bundle]) if capex else study.finance.years
        said = [f"keeps {kept:.0%} of the income of {', '.join(p.id for p in bundle)}"] if bundle else []
        said += [f"gets {amount:,.0f} CNY a year from {giver}" for giver, amount in got.items()]
        made = Project(
            name,
            capex,
            income,
            opex,
            round(float(life)),
            energy_kwh=sum(p.energy_kwh for p in bundle),
            subsidy=sum(p.subsidy for p in bundle),
            basis=tuple(said),
        )
        flow = cash_flow(made, study.finance, study.study.discount_rate)
        found.append(Share(name, capex, income - opex, kept, flow))
    return tuple(found)


def _shares_with(study: Study, name: str) -> str:
    """Who gets what a party does not keep: as stated, else an enterprise, else the park company."""
    stated = next((p.shares_with for p in study.parties if p.id == name), None)
    others = [p for p in study.parties if p.id != name]
    by_role = (p.id for role in ("enterprise", "park_company") for p in others if p.role == role)
    return stated or next(by_role, "")
