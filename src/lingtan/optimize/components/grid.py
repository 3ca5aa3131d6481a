"""The connection to the public grid: import and export, time-of-use prices, charges for demand or capacity."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lingtan.optimize.components.conversion import count
from lingtan.optimize.model import Global, Model, Size, Values


@dataclass(frozen=True)
class GridConnection:
    """Import and export through one connection.

    ``demand_charge`` bills the highest import of each billing period (需量电费), ``capacity_charge`` the size of the
    connection (容量电费); a study compares both by two models or by two connections.
    """

    id: str
    node: str
    price: Values  # bought energy [CNY/kWh]
    connection: Size | float  # [kW]
    export_price: Values = 0.0  # [CNY/kWh]
    export_limit: Size | float = 0.0  # [kW]
    demand_charge: Values = 0.0  # CNY per kW and billing period; one, or one per period
    capacity_charge: float = 0.0  # CNY per kW of connection, for all the time the model counts
    billed_minimum: float = 0.0  # smallest billed demand, share of the connection
    peak_so_far_kw: Values = 0.0  # what the running month has already seen; one, or one per period
    import_available: Values = 1.0  # 0 while the connection is out (N-1, islanding)
    import_tallies: Mapping[str, Values] = field(default_factory=dict)
    export_tallies: Mapping[str, Values] = field(default_factory=dict)

    def contribute(self, model: Model) -> None:
        """Import, export, and a peak for each billing period if demand is charged."""
        connection = model.size(self.connection, "connection")
        if self.capacity_charge:
            if isinstance(connection, Global):
                model.globals[connection.index].cost += self.capacity_charge
            else:
                model.constant_cost += self.capacity_charge * connection
        most = model.globals[connection.index].upper if isinstance(connection, Global) else connection
        if np.any(self.demand_charge):
            peaks = model.by_period("peak", upper=most, cost=self.demand_charge)
            self._bound_peaks(model, np.unique(peaks.index), connection)
            # the peak stands within the connection, so the import needs no second bound
            upper = most * np.asarray(self.import_available) if np.any(np.asarray(self.import_available) < 1) else most
            bought = model.column(
                "import", cost=self.price, within=peaks, upper=np.inf if np.isscalar(upper) else upper
            )
        else:
            bought = model.column("import", cost=self.price, within=connection, share=self.import_available)
        model.supply(self.node, bought)
        count(model, bought, self.import_tallies)
        if isinstance(self.export_limit, Size) or self.export_limit > 0:
            sold = model.column(
                "export", cost=-np.asarray(self.export_price), within=model.size(self.export_limit, "export")
            )
            model.supply(self.node, sold, -1.0)
            count(model, sold, self.export_tallies)

    def _bound_peaks(self, model: Model, peaks: np.ndarray, connection: Global | float) -> None:
        floors = np.broadcast_to(np.asarray(self.peak_so_far_kw, float), peaks.shape)
        for peak, so_far in zip(peaks, floors, strict=True):
            record = model.globals[int(peak)]
            record.lower = float(so_far)
            if not isinstance(connection, Global):
                record.lower = max(record.lower, self.billed_minimum * connection)
                continue
            handle = Global(int(peak))
            model.total(
                f"{record.name.rsplit('.', 1)[-1]}-within", [], fixed=[(handle, 1.0), (connection, -1.0)], upper=0.0
            )
            if self.billed_minimum:
                billed = [(handle, 1.0), (connection, -self.billed_minimum)]
                model.total(f"{record.name.rsplit('.', 1)[-1]}-billed", [], fixed=billed, lower=0.0)
