"""What a technology costs: stated in the study, or from the library, each number with its source."""

from dataclasses import dataclass

from lingtan.base.errors import InputError
from lingtan.optimize.library import lookup
from lingtan.optimize.study.record import Study, TechnologyEntry


@dataclass(frozen=True)
class Costs:
    """Costs of one unit of size. [CNY/kW or CNY/kWh], [CNY per unit and year], [years]"""

    capex: float
    capex_power: float
    fixed_om: float
    fixed_om_power: float
    lifetime: float
    subsidy_share: float
    sources: dict[str, str]

    def annuity(self, rate: float, *, power: bool = False) -> float:
        """Capex as equal yearly payments over the lifetime, less subsidy, plus upkeep. [CNY per unit and year]"""
        capex = self.capex_power if power else self.capex
        om = self.fixed_om_power if power else self.fixed_om
        return capex * (1 - self.subsidy_share) * capital_recovery(rate, self.lifetime) + om


def capital_recovery(rate: float, years: float) -> float:
    r"""The yearly payment that repays one over ``years``.

    .. math:: a = i / (1 - (1 + i)^{-n})

    Examples
    --------
    >>> round(capital_recovery(0.06, 20), 6)
    0.087185
    """
    if rate == 0:
        return 1 / years
    return float(rate / (1 - (1 + rate) ** -years))


def costs_of(study: Study, technology: TechnologyEntry, *, year: int | None = None, factor: float = 1.0) -> Costs:
    """The costs of a technology when built in ``year`` (learning applied) and with ``factor`` on capex.

    Raises
    ------
    InputError
        ``study.no-cost`` if a number is neither stated nor named in the library; ``library.*`` if it is not there.
    """
    stated = technology.cost_source or "stated in the study"
    sources: dict[str, str] = {}
    capex = technology.capex
    if capex is None:
        capex = _library(study, technology, "capex", sources)
    else:
        sources["capex"] = stated
    lifetime = technology.lifetime
    if lifetime is None:
        lifetime = _library(study, technology, "lifetime", sources)
    else:
        sources["lifetime"] = stated
    fixed, power_om = technology.fixed_om, 0.0
    if fixed is not None or technology.fixed_om_share is not None:
        sources["fixed_om"] = stated
    if fixed is None and technology.fixed_om_share is not None:
        fixed = capex * technology.fixed_om_share
        power_om = (technology.capex_power or 0.0) * technology.fixed_om_share
    if fixed is None:
        try:
            fixed = _library(study, technology, "fixed_om_abs", sources, name="fixed_om")
        except InputError:
            fixed = capex * _library(study, technology, "fixed_om", sources) / 100
    learned = [f for y, f in sorted(technology.learning.items()) if year is not None and y <= year]
    change = factor * (learned[-1] if learned else 1.0)
    return Costs(
        capex * change,
        (technology.capex_power or 0.0) * change,
        fixed,
        power_om,
        lifetime,
        technology.subsidy_share,
        sources,
    )


def _library(
    study: Study, technology: TechnologyEntry, parameter: str, sources: dict[str, str], *, name: str = ""
) -> float:
    if technology.library is None:
        raise InputError("study.no-cost", id=technology.id, what=parameter)
    found = lookup(technology.library, parameter, year=study.study.library_year, regions=tuple(study.study.regions))
    sources[name or parameter] = found.source
    return found.value
