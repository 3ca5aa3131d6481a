"""Green certificates: bought by the kilowatt-hour against emissions of bought power."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lingtan.optimize.model import Model


@dataclass(frozen=True)
class Certificates:
    """Certificates of a vintage that may be used in the time the model counts, at one price.

    Add one for each vintage that the rule still allows.
    """

    id: str
    maximum_kwh: float
    price: float  # [CNY/kWh]
    tallies: Mapping[str, float] = field(default_factory=dict)  # per kWh bought: {"emissions": -factor of the grid}

    def contribute(self, model: Model) -> None:
        """One global column that counts in the tallies."""
        bought = model.global_column(upper=self.maximum_kwh, cost=self.price)
        for name, per_kwh in self.tallies.items():
            model.tally_global(name, bought, per_kwh)
