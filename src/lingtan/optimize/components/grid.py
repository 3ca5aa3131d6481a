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
    connection (容量电费). With a ``contract`` the demand charge bills the contract demand (合同最大需量), and what lies above
    ``contract_room`` of it at ``contract_over`` times the price.
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
    contract: Size | float | None = None  # one for each chain [kW]
    contract_room: float = 1.05
    contract_over: float = 2.0

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
            peaks = model.by_period("peak", upper=most, cost=0.0 if self.contract is not None else self.demand_charge)
            self._bound_peaks(model, np.unique(peaks.index), connection)
            if self.contract is not None:
                self._bill_contract(model, np.unique(peaks.index), most)
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

    def _bill_contract(self, model: Model, peaks: np.ndarray, most: float) -> None:
        r"""The contract of each chain, and what of each peak lies above it: :math:`o_m \ge P_m - 1.05\, C`."""
        timeline = model.timeline
        charges = np.broadcast_to(np.asarray(self.demand_charge, float), peaks.shape)
        first = np.searchsorted(timeline.period, np.unique(timeline.period))
        chains = timeline.chain[first]
        over = model.by_period("over", upper=most, cost=self.contract_over * charges)
        several = len(np.unique(chains)) > 1
        for chain in np.unique(chains):
            name = f"contract-{chain}" if several else "contract"
            mine = chains == chain
            size = self.contract if isinstance(self.contract, Size) else Size(float(self.contract or 0.0))
            fixed = not isinstance(self.contract, Size)
            contract = model.global_column(
                name, lower=size.maximum if fixed else size.minimum, upper=size.maximum, cost=float(charges[mine].sum())
            )
            for peak, above in zip(peaks[mine], np.unique(over.index)[mine], strict=True):
                terms = [(Global(int(above)), 1.0), (Global(int(peak)), -1.0), (contract, self.contract_room)]
                model.total(f"above-contract-{peak}", [], fixed=terms, lower=0.0)
