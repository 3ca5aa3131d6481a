"""A case of a study: which years stand side by side as chains, what they weigh, and their series as one array."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lingtan.optimize.limits import IntensityCap
from lingtan.optimize.model import Global, Model, Size, Timeline
from lingtan.optimize.study.costs import Costs, costs_of
from lingtan.optimize.study.factors import Factors
from lingtan.optimize.study.profiles import Floats, Inputs
from lingtan.optimize.study.record import DemandEntry, Scenario, Stage, Study, TechnologyEntry

BASE = Scenario(id="base")


@dataclass(frozen=True)
class Chain:
    """One year: its series, what differs from the base, and how much it counts in the sums."""

    inputs: Inputs
    scenario: Scenario = BASE
    stage: Stage | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class Case:
    """What is solved at once. ``fixed`` holds sizes that are given."""

    study: Study
    factors: Factors
    chains: Sequence[Chain]
    fixed: Mapping[str, float] = field(default_factory=dict)
    carbon_price: float | None = None
    without: frozenset[str] = frozenset()
    build_years: Sequence[float] = ()  # for pathways: discounted years that each stage stands for
    relax_targets: bool = False
    windows: tuple[int, ...] = ()  # hours at which an outage that must be survived begins
    caps: Sequence[IntensityCap | None] = ()  # by chain: the class in which each is solved, where there are several
    reference: Inputs | None = None  # year that peaks and yearly energies are meant for; the first chain's if not given

    @property
    def hours_share(self) -> float:
        """The part of a year that the chains cover; yearly costs are counted in this part."""
        first = self.chains[0].inputs
        return first.hours / (366 * 24 if first.hours > 8760 else 8760) if first.hours < 8760 else 1.0

    def timeline(self) -> Timeline:
        """Chains side by side."""
        parts = [Timeline.hourly(c.inputs.hours, months=c.inputs.months, weight=c.weight) for c in self.chains]
        return parts[0] if len(parts) == 1 else Timeline.side_by_side(parts)

    def series(self, profile: str) -> Floats:
        """A profile over all chains."""
        return np.concatenate([c.inputs.series[profile] for c in self.chains])

    def by_chain(self, values: Sequence[float]) -> Floats:
        """One value a chain as one an hour."""
        return np.concatenate([np.full(c.inputs.hours, v) for c, v in zip(self.chains, values, strict=True)])

    def year(self, chain: Chain) -> int:
        """The year that a chain stands for."""
        return chain.stage.year if chain.stage is not None else self.study.study.year

    def demand_kw(self, demand: DemandEntry) -> Floats:
        """A need over all chains: the profile brought to peak or yearly energy, times growth, scenario and stage."""
        base = (self.reference or self.chains[0].inputs).series[demand.profile]
        scale = demand.factor
        if demand.peak_kw is not None:
            scale *= demand.peak_kw / max(float(base.max()), 1e-12)
        elif demand.annual_kwh is not None:
            scale *= demand.annual_kwh * self.hours_share / max(float(base.sum()), 1e-12)
        return np.concatenate([c.inputs.series[demand.profile] * scale * self._grown(demand, c) for c in self.chains])

    def _grown(self, demand: DemandEntry, chain: Chain) -> float:
        year = self.year(chain)
        factor = chain.scenario.demand * (chain.stage.demand if chain.stage is not None else 1.0)
        grown = [f for y, f in sorted(demand.growth.items()) if y <= year]
        arrives = [s.year for s in self.study.stages if demand.id in s.arrives]
        leaves = [s.year for s in self.study.stages if demand.id in s.leaves]
        here = (not arrives or year >= min(arrives)) and (not leaves or year < min(leaves))
        return factor * (grown[-1] if grown else 1.0) if here else 0.0

    def energy_price_factor(self) -> Floats:
        """On prices of the grid, by hour."""
        return self.by_chain(
            [c.scenario.energy_price * (c.stage.energy_price if c.stage is not None else 1.0) for c in self.chains]
        )

    def fuel_price_factor(self) -> Floats:
        """On prices of fuels, by hour."""
        return self.by_chain([c.scenario.fuel_price for c in self.chains])

    def co2_price(self) -> Floats:
        """By hour. [CNY/kg]"""
        found = []
        for chain in self.chains:
            price: float | None = self.carbon_price
            if price is None and chain.stage is not None:
                price = chain.stage.carbon_price
            if price is None:
                price = chain.scenario.carbon_price
            found.append((self.study.targets.carbon_price if price is None else price) / 1000)
        return self.by_chain(found)

    def costs(self, technology: TechnologyEntry, *, stage: int = 0) -> Costs:
        """Costs of a technology as built in a stage; with scenarios the mean of their capex factors."""
        chain = self.chains[stage if self.build_years else 0]
        weights = [c.weight for c in self.chains] if not self.build_years else [1.0]
        factors = [
            c.scenario.capex * c.scenario.capex_of.get(technology.id, 1.0)
            for c in (self.chains if not self.build_years else [chain])
        ]
        factor = float(np.average(factors, weights=weights))
        return costs_of(self.study, technology, year=self.year(chain), factor=factor)

    def size(self, technology: TechnologyEntry, model: Model, *, power: bool = False) -> Size | float:
        """What may be built of it, with the yearly cost of a unit; a number if it is fixed or only stands."""
        name = f"{technology.id}.power" if power else technology.id
        if technology.id in self.without:
            return 0.0
        if name in self.fixed:
            size = self.fixed[name]
            if max(technology.maximum, technology.existing) > technology.existing:
                model.constant_cost += (size - (0.0 if power else technology.existing)) * self._yearly(
                    technology, power
                )
            return float(size)
        if power:
            return Size(technology.power_maximum or 0.0, cost=self._yearly(technology, power=True))
        existing = technology.existing if _stands(technology, self.year(self.chains[0])) else 0.0
        if technology.maximum <= existing:
            return float(existing)
        return Size(
            technology.maximum,
            minimum=technology.minimum,
            cost=self._yearly(technology, power=False),
            unit=technology.unit_size,
            existing=existing,
        )

    def built_cost(self, technology: TechnologyEntry, *, power: bool, fixed: bool, size: float) -> float:
        """What the model holds as a constant for this technology: of a fixed size, or less what stands already. [CNY]"""
        if power and technology.power_maximum is None:
            return 0.0
        existing = 0.0 if power else technology.existing
        most = technology.power_maximum if power else technology.maximum
        if technology.id in self.without or (most or 0.0) <= existing:
            return 0.0
        yearly = self._yearly(technology, power)
        if fixed:
            return (size - existing) * yearly
        stands = _stands(technology, self.year(self.chains[0]))
        return -(existing if stands else 0.0) * yearly

    def _yearly(self, technology: TechnologyEntry, power: bool) -> float:
        costs = self.costs(technology)
        weight = float(sum(c.weight for c in self.chains)) if not self.build_years else 1.0
        return costs.annuity(self.study.study.discount_rate, power=power) * self.hours_share * weight


def _stands(technology: TechnologyEntry, year: int) -> bool:
    return technology.existing_until is None or year <= technology.existing_until


class StagedModel(Model):
    """A model whose sizes grow by stages: what is built in one stage stands until its life ends.

    A size becomes a column of building for each stage and a column of what stands; components see the one that belongs to
    their step, so that they need not know of stages.
    """

    def __init__(self, case: Case) -> None:
        super().__init__(case.timeline())
        self.case = case
        self.technology: TechnologyEntry | None = None
        self.power = False

    def size(self, size: Size | float, name: str = "") -> Global | float:
        technology = self.technology
        if not isinstance(size, Size) or technology is None:
            return super().size(size, name)
        case, rate = self.case, self.case.study.study.discount_rate
        standing, built = [], []
        power = self.power or name == "power"
        years = [case.year(chain) for chain in case.chains]
        costs = [case.costs(technology, stage=s) for s in range(len(years))]

        def alive(b: int, s: int) -> bool:
            return b <= s and years[s] - years[b] < costs[b].lifetime

        for b, year in enumerate(years):
            paid = sum(case.build_years[s] for s in range(len(years)) if alive(b, s))
            may = technology.available_from is None or year >= technology.available_from
            built.append(
                self.global_column(
                    f"{name}-built-{year}" if name else f"built-{year}",
                    upper=size.maximum if may else 0.0,
                    cost=costs[b].annuity(rate, power=power) * paid * case.hours_share,
                )
            )
        for s, year in enumerate(years):
            existing = size.existing if _stands(technology, year) else 0.0
            label = f"{name}-{year}" if name else f"{year}"
            stands = self.global_column(label, lower=min(existing, size.maximum), upper=max(size.maximum, existing))
            parts = [(built[b], -1.0) for b in range(s + 1) if alive(b, s)]
            self.total(f"{label}-stands", [], fixed=[(stands, 1.0), *parts], lower=existing, upper=existing)
            standing.append(stands.index)
        index = np.asarray(standing, np.int64)[self.timeline.chain]
        return Global(index)  # type: ignore[arg-type]  # one at each step; columns and rows spread it
