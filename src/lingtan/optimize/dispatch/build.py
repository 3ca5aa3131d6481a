"""Description and inputs as a model of components. The same shape comes out whenever the same things are there."""

import math
from collections.abc import Mapping

import numpy as np

from lingtan.optimize import components as parts
from lingtan.optimize.components.conversion import Limits as Moves
from lingtan.optimize.dispatch.extras import Exclusive, Late, SoftCap, SoftPeak, air_cop, fleet_end_kwh, fleet_series
from lingtan.optimize.dispatch.inputs import Horizon, Inputs
from lingtan.optimize.dispatch.record import GENERATION, STORES, Description, Need, Unit
from lingtan.optimize.limits import Share
from lingtan.optimize.model import FloatArray, IntArray, Model, Values

EMISSIONS = "emissions"  # tally of the dispatch signal [kgCO2]


def build(description: Description, inputs: Inputs, *, weight: float = 1.0, reserve: float = 0.0) -> Model:
    """The model of one horizon.

    ``reserve``: what a kilowatt-hour kept in a store for an hour earns, so that of plans that cost the same the one that has
    more at hand is taken. It is no money: :func:`reserve_value` takes it off again. [CNY/kWh/h]

    Raises
    ------
    DataError
        ``dispatch.no-series``, ``dispatch.gap``.
    """
    model = Model(inputs.horizon.timeline(weight))
    maker = _Maker(description, inputs, model, reserve)
    for grid in description.grids:
        maker.grid(grid.id)
    for unit in description.units:
        maker.unit(unit)
    for fleet in description.fleets:
        content = inputs.state.content_kwh.get(fleet.id)
        series = fleet_series(fleet, inputs.horizon, content)
        model.add(
            parts.ChargingFleet(
                fleet.id,
                fleet.node,
                efficiency=fleet.efficiency,
                back_share=fleet.back_share,
                wear=fleet.wear_cny_per_kwh,
                **series,  # type: ignore[arg-type]
            )
        )
        column = next(c for c in model.columns if c.name == f"{fleet.id}.content")
        lower = np.zeros(len(model.timeline))
        lower[-1] = fleet_end_kwh(fleet, inputs.horizon) if content is None else 0.0
        column.lower = lower
    for need in description.needs:
        maker.need(need)
    maker.open_ends()
    maker.limits()
    return model


class _Maker:
    def __init__(self, description: Description, inputs: Inputs, model: Model, reserve: float) -> None:
        self.description, self.inputs, self.model, self.reserve = description, inputs, model, reserve
        self.state, self.hours = inputs.state, inputs.horizon.hours
        self.carbon = description.money.carbon_cny_per_kg

    # ------------------------------------------------------------------ grids

    def grid(self, name: str) -> None:
        grid = next(g for g in self.description.grids if g.id == name)
        prices, model = self.inputs.prices[name], self.model
        months = np.unique(model.timeline.period)
        floor = np.zeros(len(months))
        floor[0] = self.state.peak_kw.get(name, 0.0)
        # of the weight of a scenario, so that the peaks of all scenarios cost one peak
        charge = prices.demand_cny_per_kw * float(model.timeline.weight[0])
        if prices.contract_kw is not None:
            floor = np.maximum(floor, 1.05 * prices.contract_kw)
            charge = 2.0 * charge
        model.add(
            parts.GridConnection(
                name,
                grid.node,
                price=prices.import_cny_per_kwh + self.carbon * np.asarray(prices.factor_kgco2_per_kwh),
                connection=float(grid.import_kw),
                export_price=prices.export_cny_per_kwh,
                export_limit=float(grid.export_kw),
                demand_charge=charge,
                peak_so_far_kw=np.minimum(floor, grid.import_kw),
                import_tallies={EMISSIONS: prices.factor_kgco2_per_kwh},
                export_tallies={"export": 1.0},
            )
        )
        # the charge for what the month has already seen is paid in any case
        for record in model.globals:
            if record.owner == name and record.cost:
                model.constant_cost -= record.cost * record.lower

    # ------------------------------------------------------------------ units

    def unit(self, unit: Unit) -> None:
        if unit.kind in STORES:
            self._store(unit)
        elif unit.kind in GENERATION:
            self._generation(unit)
        elif unit.kind == "source":
            self._source(unit)
        elif unit.kind == "network":
            self._network(unit)
        else:
            self.model.add(self._converter(unit))
            self._state_before(unit)
            if unit.whole:
                self._stays(unit)

    def _store(self, unit: Unit) -> None:
        energy, power = float(unit.energy_kwh or 0.0), float(unit.capacity_kw or 0.0)
        content = min(max(self.state.content_kwh.get(unit.id, 0.5 * energy), 0.0), energy)
        least = min(unit.minimum_level, content / energy if energy else 0.0)
        store = parts.Store(
            unit.id,
            unit.input or "",
            energy,
            power,
            charge_efficiency=unit.efficiency or 1.0,
            discharge_efficiency=unit.efficiency or 1.0,
            loss=unit.loss_per_hour,
            wear=unit.wear_cny_per_kwh,
            minimum_level=least,
            start=content / energy if energy else 0.0,
            end=unit.end_level,
            out=unit.output,
        )
        self.model.add(store)
        if unit.exclusive:
            self.model.add(Exclusive(f"{unit.id}-one-way", f"{unit.id}.charge", f"{unit.id}.discharge", power))
        if unit.end_level is None:
            self._value_of_the_rest(unit)
        if self.reserve:
            column = next(c for c in self.model.columns if c.name == f"{unit.id}.content")
            column.cost = np.asarray(column.cost) - self.reserve * self.model.timeline.counted_hours

    def _value_of_the_rest(self, unit: Unit) -> None:
        """What is left at the end is worth what it would take to put it there at the cheapest hours."""
        column = next(c for c in self.model.columns if c.name == f"{unit.id}.content")
        cost = np.zeros(len(self.model.timeline))
        cost[-1] = -rest_value(self.description, self.inputs, unit) * float(self.model.timeline.weight[0])
        column.cost = cost

    def _generation(self, unit: Unit) -> None:
        there = np.maximum(self.inputs.of(unit.available or ""), 0.0)
        if unit.capacity_kw is not None:
            there = np.minimum(there, unit.capacity_kw)
        price = self._price(unit) + self.carbon * unit.factor_kgco2_per_kwh
        tallies: dict[str, Values] = {"generation": 1.0, EMISSIONS: unit.factor_kgco2_per_kwh}
        with self.model.owned_by(unit.id):
            power = self.model.column("power", lower=0.0 if unit.controllable else there, upper=there, cost=price)
            self.model.supply(unit.output or "", power)
            for name, per_kwh in tallies.items():
                self.model.tally(name, power, per_kwh)

    def _source(self, unit: Unit) -> None:
        top = np.full(len(self.model.timeline), np.inf if unit.capacity_kw is None else unit.capacity_kw)
        if unit.available is not None:
            top = np.minimum(top, np.maximum(self.inputs.of(unit.available), 0.0))
        with self.model.owned_by(unit.id):
            power = self.model.column(
                "power",
                lower=np.minimum(unit.minimum_kw, top),
                upper=top,
                cost=self._price(unit) + self.carbon * unit.factor_kgco2_per_kwh,
            )
            self.model.supply(unit.output or "", power)
            self.model.tally(EMISSIONS, power, unit.factor_kgco2_per_kwh)

    def _network(self, unit: Unit) -> None:
        start, end = unit.input or "", unit.output or ""
        if not unit.delay_steps:
            self.model.add(
                parts.NetworkLink(
                    unit.id, start, end, float(unit.capacity_kw or 1e9), unit.loss_per_hour, unit.standing_loss_kw
                )
            )
            return
        known = self.state.output_kw
        sent = [known.get(unit.id, 0.0)]
        sent += [known.get(f"{unit.id}.behind-{n}", sent[0]) for n in range(1, unit.delay_steps + 1)]
        self.model.add(Late(unit.id, start, end, float(unit.capacity_kw or 1e9), unit.loss_per_hour, tuple(sent)))
        self.model.need(start, unit.standing_loss_kw)

    def _price(self, unit: Unit) -> Values:
        if unit.price_series is not None:
            return np.asarray(self.inputs.of(unit.price_series)) + unit.price_cny_per_kwh
        return unit.price_cny_per_kwh

    def _cop(self, unit: Unit) -> Values:
        if unit.cop is not None:
            return unit.cop
        air = self.inputs.of(self.description.temperature or "")
        return air_cop(air, unit.supply_c or 0.0, unit.carnot_share, cooling=unit.kind == "chiller")

    def _moves(self, unit: Unit) -> Moves | None:
        running = None
        if unit.whole:
            up = max(1, round(unit.minimum_up_hours / self.hours))
            down = max(1, round(unit.minimum_down_hours / self.hours))
            was = float(self.state.on.get(unit.id, False))
            running = parts.Running(unit.minimum_load, unit.start_cost_cny, up, down, was)
        # a start reaches the least load within a step, else a slow unit could never begin
        ramp = None if unit.ramp_per_hour is None else min(1.0, max(unit.ramp_per_hour * self.hours, unit.minimum_load))
        return Moves(running=running, ramp=ramp) if running or ramp is not None else None

    def _converter(self, unit: Unit):  # type: ignore[no-untyped-def]
        size, price, moves = float(unit.capacity_kw or 0.0), self._price(unit), self._moves(unit)
        price = price + self.carbon * unit.factor_kgco2_per_kwh
        source, out = unit.input, unit.output or ""
        eta = unit.efficiency or 1.0
        if unit.kind == "chp":
            return parts.BackPressureChp(
                unit.id, source, out, unit.heat or "", size, eta, unit.heat_efficiency, price,
                tallies={EMISSIONS: unit.factor_kgco2_per_kwh}, limits=moves,
            )  # fmt: skip
        if unit.kind in ("boiler", "electric_boiler"):
            return parts.Boiler(
                unit.id, source, out, size, eta, price, tallies={EMISSIONS: unit.factor_kgco2_per_kwh}, limits=moves
            )
        if unit.kind == "heat_pump":
            return parts.HeatPump(unit.id, source or "", out, size, self._cop(unit), limits=moves)
        if unit.kind in ("chiller", "absorption_chiller"):
            cop = self._cop(unit) if unit.kind == "chiller" else (unit.cop or 0.7)
            return parts.Chiller(unit.id, source or "", out, size, cop, limits=moves)
        if unit.kind == "electrolyser":
            return parts.Electrolyser(
                unit.id, source or "", out, size, eta, unit.heat, unit.heat_efficiency, limits=moves
            )
        if unit.kind == "fuel_cell":
            return parts.FuelCell(unit.id, source or "", out, size, eta, unit.heat, unit.heat_efficiency, limits=moves)
        return parts.HeatExchanger(unit.id, source or "", out, size, eta)

    def _state_before(self, unit: Unit) -> None:
        """Ramps begin at what the unit does now, not at the horizon's end."""
        if unit.ramp_per_hour is None:
            return
        row = next(r for r in self.model.rows if r.name == f"{unit.id}.ramp")
        rated = row.now[0][1]
        now = self.state.output_kw.get(unit.id, 0.0) / float(np.asarray(rated).flat[0])
        self.model.columns[row.now[0][0]].before = now

    def _stays(self, unit: Unit) -> None:
        """A unit that was just started or stopped stays so for the rest of its least run or rest."""
        on = self.state.on.get(unit.id, False)
        least = unit.minimum_up_hours if on else unit.minimum_down_hours
        left = math.ceil((least - self.state.hours_so.get(unit.id, least)) / self.hours - 1e-9) if least else 0
        if left <= 0:
            return
        record = next(c for c in self.model.columns if c.name == f"{unit.id}.on")
        held = np.arange(len(self.model.timeline)) < left
        if on:
            record.lower = np.where(held, 1.0, record.lower)
        else:
            record.upper = np.where(held, 0.0, record.upper)

    # ------------------------------------------------------------------ needs

    def need(self, need: Need) -> None:
        power = np.maximum(self.inputs.of(need.series) * need.factor, 0.0)
        firm = 1.0 - need.shiftable - need.curtailable
        if need.shiftable:
            self._shiftable(need, power)
        if need.curtailable:
            limit = np.inf if need.curtail_limit_kwh is None else need.curtail_limit_kwh
            name = f"{need.id}-cut"
            self.model.add(
                parts.CurtailableLoad(
                    name, need.node, power * need.curtailable, cost=need.curtail_cost_cny_per_kwh, energy_kwh=limit
                )
            )
        self.model.need(need.node, power * max(firm, 0.0))

    def _shiftable(self, need: Need, power: FloatArray) -> None:
        ends = deadlines(need, self.inputs.horizon)
        name = f"{need.id}-shift"
        backlog = self.state.backlog_kwh.get(need.id, 0.0)
        catch_up = need.catch_up_kw if need.catch_up_kw is not None else float(power.max()) * need.shiftable
        until = self.hours * (int(ends[0]) + 1 if len(ends) else self.inputs.horizon.steps)
        self.model.add(
            parts.ShiftableLoad(
                name,
                need.node,
                power * need.shiftable,
                # what was put off before can be done by its deadline, however small the plan is now
                catch_up_kw=max(catch_up, backlog / until),
                deadlines=ends,
                cost=need.shift_cost_cny_per_kwh,
            )
        )
        if backlog:
            record = next(c for c in self.model.columns if c.name == f"{name}.backlog")
            record.before = backlog
            room = np.full(len(self.model.timeline), backlog + self.hours * float(power.sum()) * need.shiftable)
            room[[*ends, -1]] = 0.0
            record.upper = room

    # ----------------------------------------------------------------- limits

    def open_ends(self) -> None:
        """What may be let go, and what a need that is not served costs: soft, so that there is always a schedule."""
        limits, model = self.description.limits, self.model
        for node in self.description.surplus:
            with model.owned_by(f"{node}-surplus"):
                model.supply(node, model.column("power", cost=limits.surplus_cny_per_kwh), -1.0)
        if limits.unserved_cny_per_kwh is None or limits.hard_needs:
            return
        for node in dict.fromkeys(n.node for n in self.description.needs):
            need = np.maximum(
                np.broadcast_to(np.asarray(model.rows[model.node(node)].upper), (len(model.timeline),)), 0
            )
            with model.owned_by(f"{node}-unserved"):
                model.supply(node, model.column("power", upper=need, cost=limits.unserved_cny_per_kwh))

    def limits(self) -> None:
        limits, model = self.description.limits, self.model
        days = self.inputs.horizon.steps * self.hours / 24
        if limits.emission_cap_kg_per_day is not None:
            most = limits.emission_cap_kg_per_day * days
            model.add(SoftCap("emission-cap", EMISSIONS, most, limits.emission_penalty_cny_per_kg))
        if limits.export_share is not None:
            model.add(Share("export-share", "export", "generation", most=limits.export_share))
        if limits.peak_target_kw is not None:
            for grid in self.description.grids:
                model.add(
                    SoftPeak(
                        f"{grid.id}-target", f"{grid.id}.import", limits.peak_target_kw, limits.peak_penalty_cny_per_kw
                    )
                )


def deadlines(need: Need, horizon: Horizon) -> IntArray:
    """Steps after which nothing that was put off is left to do."""
    return np.flatnonzero((horizon.day_hours() + horizon.hours) % need.deadline_hours < horizon.hours - 1e-9)


def reserve_value(description: Description, model: Model, series: Mapping[str, FloatArray], reserve: float) -> float:
    """What the reserve in the stores has earned in a solved model. [CNY]"""
    kept = [series[f"{u.id}.content"] for u in description.units if u.kind in STORES]
    return reserve * sum((float(c @ model.timeline.counted_hours) for c in kept), 0.0)


def rest_value(description: Description, inputs: Inputs, unit: Unit) -> float:
    """What a kilowatt-hour left in a store is worth: the cheap quarter of the horizon's prices, through the store.

    A store of heat, cold or hydrogen is worth what the cheapest unit that feeds its node would take for it.
    """
    eta = unit.efficiency or 1.0
    value = _node_value(description, inputs, unit.input or "", 0)
    return 0.98 * value / eta if value > 0 else 0.0


def _node_value(description: Description, inputs: Inputs, node: str, depth: int) -> float:
    prices = [
        float(np.quantile(inputs.prices[g.id].import_cny_per_kwh, 0.25)) for g in description.grids if g.node == node
    ]
    for unit in description.units:
        if unit.output != node or depth > 2:
            continue
        if unit.kind == "source":
            price = unit.price_cny_per_kwh
            if unit.price_series is not None:
                price += float(np.mean(inputs.of(unit.price_series)))
            prices.append(price)
        elif unit.kind in ("boiler", "electric_boiler", "heat_pump", "chiller", "electrolyser", "absorption_chiller"):
            per = unit.cop or (3.0 if unit.kind in ("heat_pump", "chiller") else unit.efficiency or 1.0)
            inside = unit.price_cny_per_kwh + (
                _node_value(description, inputs, unit.input, depth + 1) if unit.input else 0
            )
            prices.append(inside / per)
    return min(prices, default=0.0)
