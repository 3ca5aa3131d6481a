"""From the park file to a description: what is stated is used, what is not is assumed and told."""

import pytest

from lingtan.demo.park_file import park_yaml
from lingtan.demo.simulate import simulate
from lingtan.demo.span import Span
from lingtan.optimize.dispatch.derive import derive
from lingtan.optimize.dispatch.file import check
from lingtan.park.file import parse_park
from lingtan.park.model import Park

SILENT = """
schema: 1
park: {id: p, name: P, region: CN-JS, operator: op}
enterprises: [{id: op, name: Op}]
connections:
  - {id: grid, kind: public_grid, capacity: 10 MVA}
  - {id: line, kind: direct_line, source: wind, capacity: 5 MW}
  - {id: steam, kind: neighbor, carrier: steam, source: fossil}
assets:
  - {id: chp, kind: gas_chp, capacity: 2 MW, enterprise: op}
  - {id: boiler, kind: boiler, capacity: 4 MW, enterprise: op}
  - {id: battery, kind: battery, capacity: 1 MW, enterprise: op}
meters:
  - {id: m-in, class: 0.5S, channels: [{id: in, carrier: electricity, activity: import, unit: kWh, connection: grid}]}
  - {id: m-out, class: 0.5S, channels: [{id: out, carrier: electricity, activity: export, unit: kWh, connection: grid, max_per_hour: 3000}]}
  - {id: m-line, class: 0.5S, channels: [{id: line-in, carrier: electricity, activity: import, unit: kWh, connection: line}]}
  - {id: m-steam, class: 0.5S, channels: [{id: steam-in, carrier: steam, activity: import, unit: GJ, connection: steam}]}
"""
STATED = (
    ("capacity: 10 MVA", "capacity: 10 MVA, export_capacity: 2.5 MW, export_price_cny_per_kwh: 0.3, price_cny_per_kwh: 0.7, signal_kgco2_per_kwh: 0.5"),
    ("source: wind,", "source: wind, price_cny_per_kwh: 0.35,"),
    ("carrier: steam, source: fossil", "carrier: steam, source: fossil, price_cny_per_kwh: 0.28, signal_kgco2_per_kwh: 0.4"),
    ("capacity: 2 MW,", "capacity: 2 MW, efficiency: 0.38, heat_efficiency: 0.45, min_load: 0.5, start_cost_cny: 600, min_up_hours: 4, "
     "price_cny_per_kwh: 0.31, signal_kgco2_per_kwh: 0.21,"),
    ("capacity: 4 MW,", "capacity: 4 MW, efficiency: 0.92, price_cny_per_kwh: 0.31, signal_kgco2_per_kwh: 0.21,"),
    ("capacity: 1 MW,", "capacity: 1 MW, energy: 4 MWh, efficiency: 0.94, wear_cny_per_kwh: 0.05,"),
)  # fmt: skip


def park_of(text: str) -> Park:
    park, problems = parse_park(text)
    assert park is not None, [p.format() for p in problems]
    return park


def test_the_demo_parks_file_leaves_nothing_to_assume() -> None:
    span = Span(2)
    description, notes = derive(park_of(park_yaml(simulate(span, 7), span, 7)))
    assert notes == []
    grid = description.grids[0]
    assert (grid.import_kw, grid.export_kw) == (180_000.0, 26_000.0)
    assert {u.kind for u in description.units} == {"pv", "wind", "chp", "boiler", "battery", "direct_line", "source"}
    assert all(u.price_cny_per_kwh for u in description.units if u.kind in ("chp", "boiler", "direct_line", "source"))


def test_every_usual_value_is_told() -> None:
    _, notes = derive(park_of(SILENT))
    assert {(n.part, n.field) for n in notes} == {
        ("grid", "export_capacity"), ("grid", "export_price_cny_per_kwh"), ("grid", "price_cny_per_kwh"), ("grid", "signal_kgco2_per_kwh"),
        ("line", "price_cny_per_kwh"), ("steam", "price_cny_per_kwh"), ("steam", "signal_kgco2_per_kwh"),
        ("chp", "efficiency"), ("chp", "heat_efficiency"), ("chp", "min_load"), ("chp", "start_cost_cny"), ("chp", "min_up_hours"),
        ("chp", "price_cny_per_kwh"), ("chp", "signal_kgco2_per_kwh"),
        ("boiler", "efficiency"), ("boiler", "price_cny_per_kwh"), ("boiler", "signal_kgco2_per_kwh"),
        ("battery", "energy"), ("battery", "efficiency"), ("battery", "wear_cny_per_kwh"),
    }  # fmt: skip


def test_what_is_stated_is_used_and_not_told() -> None:
    text = SILENT
    for old, new in STATED:
        assert old in text
        text = text.replace(old, new)
    description, notes = derive(park_of(text))
    assert notes == []
    grid, found = description.grids[0], {u.id: u for u in description.units}
    assert grid.price_cny_per_kwh == 0.7
    assert (grid.export_kw, grid.export_price_cny_per_kwh, grid.factor_kgco2_per_kwh) == (2500.0, 0.3, 0.5)
    assert found["line"].price_cny_per_kwh == 0.35
    assert (found["steam"].price_cny_per_kwh, found["steam"].factor_kgco2_per_kwh) == (0.28, 0.4)
    chp, battery = found["chp"], found["battery"]
    assert (chp.efficiency, chp.heat_efficiency, chp.minimum_load, chp.start_cost_cny) == (0.38, 0.45, 0.5, 600.0)
    assert (chp.minimum_up_hours, chp.price_cny_per_kwh, chp.factor_kgco2_per_kwh) == (4.0, 0.31, 0.21)
    assert (battery.energy_kwh, battery.efficiency, battery.wear_cny_per_kwh) == (4000.0, 0.94, 0.05)


def test_the_signal_of_dispatch_never_reaches_the_accounts_factor() -> None:
    text = SILENT.replace("source: fossil", "source: fossil, factor_kgco2_per_gj: 80")
    own = derive(park_of(text))[0].unit("steam")
    both = park_of(text.replace("factor_kgco2_per_gj: 80", "factor_kgco2_per_gj: 80, signal_kgco2_per_kwh: 0.1"))
    signal = derive(both)[0].unit("steam")
    assert own is not None
    assert own.factor_kgco2_per_kwh == pytest.approx(80 * 0.0036)
    assert signal is not None
    assert signal.factor_kgco2_per_kwh == 0.1
    assert str(next(c for c in both.connections if c.id == "steam").factor_kgco2_per_gj) == "80"


CARRIERS = """
schema: 1
park: {id: p, name: P, region: CN-JS, operator: op}
enterprises: [{id: op, name: Op}]
connections: [{id: grid, kind: public_grid, capacity: 10 MVA, price_cny_per_kwh: 0.6}]
assets:
  - {id: pump, kind: heat_pump, capacity: 2 MW, cop: 3}
  - {id: eboiler, kind: electric_boiler, capacity: 1 MW}
  - {id: chiller, kind: chiller, capacity: 1 MW, supply_c: 6}
  - {id: ice, kind: cold_store, capacity: 500 kW, energy: 4 MWh}
  - {id: cells, kind: electrolyser, capacity: 1 MW}
  - {id: tank, kind: hydrogen_tank, capacity: 1 MW, energy: 3 MWh}
meters:
  - {id: m0, channels: [{id: in, carrier: electricity, activity: import, unit: kWh, connection: grid}]}
  - {id: m1, channels: [{id: warm, carrier: hot_water, activity: generation, unit: GJ, asset: pump},
                        {id: pump-power, carrier: electricity, activity: use, unit: kWh, asset: pump}]}
  - {id: m2, channels: [{id: steam, carrier: steam, activity: generation, unit: GJ, asset: eboiler}]}
  - {id: m3, channels: [{id: cold, carrier: cooling, activity: generation, unit: GJ, asset: chiller},
                        {id: ice-in, carrier: cooling, activity: charge, unit: GJ, asset: ice},
                        {id: ice-out, carrier: cooling, activity: discharge, unit: GJ, asset: ice},
                        {id: chiller-power, carrier: electricity, activity: use, unit: kWh, asset: chiller}]}
  - {id: air, channels: [{id: air, carrier: temperature, activity: reference, unit: °C}]}
"""


def test_each_carrier_has_its_node_and_what_converters_draw_is_no_load() -> None:
    description, notes = derive(park_of(CARRIERS))
    at = {u.id: (u.input, u.output) for u in description.units}
    assert at == {
        "pump": ("electricity", "hot_water"), "eboiler": ("electricity", "steam"), "chiller": ("electricity", "cooling"),
        "ice": ("cooling", None),
    }  # fmt: skip
    assert description.sources["load"] == {"in": 1.0, "pump-power": -1.0, "chiller-power": -1.0}
    assert description.sources["cooling"] == {"cold": 1.0, "ice-in": -1.0, "ice-out": 1.0}
    assert {n.node: n.series for n in description.needs} == {
        "electricity": "load", "steam": "steam", "hot_water": "hot_water", "cooling": "cooling"
    }  # fmt: skip
    assert description.temperature == "temperature"
    assert description.sources["temperature"] == {"air": 1.0}
    told = {(n.part, n.code) for n in notes if n.code != "dispatch.assumed"}
    assert told == {
        ("cells", "dispatch.left-out"), ("tank", "dispatch.left-out"), ("eboiler", "dispatch.draw-counted-twice")
    }  # fmt: skip
    assert check(description) == []


def test_hydrogen_is_planned_when_its_use_is_metered() -> None:
    metered = (
        CARRIERS
        + """\
  - {id: m5, channels: [{id: gas, carrier: hydrogen, activity: generation, unit: kg, asset: cells},
                        {id: tank-in, carrier: hydrogen, activity: charge, unit: kg, asset: tank},
                        {id: tank-out, carrier: hydrogen, activity: discharge, unit: kg, asset: tank},
                        {id: cells-power, carrier: electricity, activity: use, unit: kWh, asset: cells}]}
"""
    )
    description, notes = derive(park_of(metered))
    assert description.sources["hydrogen"] == {"gas": 33.33, "tank-in": -33.33, "tank-out": 33.33}
    assert {"cells", "tank"} <= {u.id for u in description.units}
    assert not [n for n in notes if n.code == "dispatch.left-out"]


def test_what_was_curtailed_counts_where_it_was_curtailed() -> None:
    text = (
        SILENT.replace("kind: gas_chp, capacity: 2 MW", "kind: pv, capacity: 2 MW")
        + """\
  - {id: m-pv, channels: [{id: sun, carrier: electricity, activity: generation, unit: kWh, asset: chp},
                          {id: sun-cut, carrier: electricity, activity: curtailed, unit: kWh, asset: chp}]}
  - {id: m-cut, channels: [{id: line-cut, carrier: electricity, activity: curtailed, unit: kWh}]}
"""
    )
    sources = derive(park_of(text))[0].sources
    assert sources["chp-available"] == {"sun": 1.0, "sun-cut": 1.0}
    assert sources["line-available"] == {"line-in": 1.0, "line-cut": 1.0}


def test_a_tariff_that_buys_at_spot_takes_the_table_of_spot_prices() -> None:
    tariff = """
tariffs:
  - {id: t, connection: grid, region: CN-JS, voltage: 110kV, customer: two_part, basis: demand, purchase: spot,
     composition: {purchase: 0.4, line_loss: 0.0142, transmission: 0.0960, system_operation: 0.0670}, demand_cny_per_kw_month: 44.8,
     windows: [{period: flat, windows: [rest]}]}
"""
    description, _ = derive(park_of(SILENT + tariff))
    assert description.grids[0].price_series == "price"
    assert description.grids[0].tariff == "t"
