"""Lines and pipes between nodes, with capacity, loss and distance."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lingtan.optimize.components.conversion import count
from lingtan.optimize.model import Model, Size, Values


@dataclass(frozen=True)
class NetworkLink:
    """From one node to another, or both ways within the same capacity each; ``size`` in kW sent."""

    id: str
    start: str
    end: str
    size: Size | float
    loss: float = 0.0  # share of what is sent
    standing_loss_kw: Values = 0.0  # drawn at the start all the time (a warm pipe), built or not
    both_ways: bool = False
    price: Values = 0.0  # CNY per kWh sent
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh sent

    def contribute(self, model: Model) -> None:
        """A column for each way."""
        size = model.size(self.size)
        ways = [("forth", self.start, self.end)] + ([("back", self.end, self.start)] if self.both_ways else [])
        for name, here, there in ways:
            sent = model.column(name, cost=self.price, within=size)
            model.supply(here, sent, -1.0)
            model.supply(there, sent, 1.0 - self.loss)
            count(model, sent, self.tallies)
        if self.standing_loss_kw is not None:
            model.need(self.start, self.standing_loss_kw)


def loss_over(distance_km: float, share_per_km: float) -> float:
    """Share lost over a distance when each kilometre loses the same share of what reaches it."""
    return float(1.0 - (1.0 - share_per_km) ** distance_km)
