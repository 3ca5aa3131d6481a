"""A small study that solves in a second or two: power, heat, sun, a battery, gas."""

from pathlib import Path

from lingtan.services.studies import Opened, open_study

SMALL = """schema: 1
study: {id: small, name: small, region: CN-HB, year: 2025, regions: [China], gap: 0.001, hours: 336}
weather: {latitude: 30.6, longitude: 114.3, seed: 3}
nodes:
  - {id: el, carrier: electricity}
  - {id: heat, carrier: hot_water, temperature_c: 80}
  - {id: gas, carrier: fuel}
profiles:
  - {id: load, shape: {pattern: two_shift, seed: 1}}
  - {id: warm, shape: {pattern: heating, seed: 2}}
  - {id: sun, pv: {tilt_deg: 20}}
  - {id: lift, cop: {sink_c: 65, source: air}}
demands:
  - {id: works, node: el, profile: load, peak_kw: 2000}
  - {id: heating, node: heat, profile: warm, peak_kw: 800}
tariffs:
  - id: t
    connection: grid
    region: CN-HB
    basis: demand
    composition: {purchase: 0.384470, line_loss: 0.013643, transmission: 0.0884, system_operation: 0.082273,
                  funds: {all: 0.0452}}
    ratios: {sharp_peak: 2, peak: 1.49, flat: 1, valley: 0.45}
    demand_cny_per_kw_month: 39
    source: Hubei, January 2026
grids:
  - {id: grid, node: el, tariff: t, connection_kw: 4000, export_kw: 500, export_price: 0.2}
supplies:
  - {id: gas-supply, node: gas, carrier: natural_gas, price: 3.2, price_unit: m3}
technologies:
  - {id: roof, kind: pv, node: el, profile: sun, capex: 2700, fixed_om: 45, lifetime: 25, maximum: 6000}
  - {id: store, kind: battery, node: el, capex: 800, fixed_om_share: 0.015, lifetime: 12, maximum: 8000, minimum_level: 0.05}
  - {id: pump, kind: heat_pump, node: heat, source: el, cop_profile: lift, capex: 1500, fixed_om_share: 0.02, lifetime: 18, maximum: 2000}
  - {id: boiler, kind: gas_boiler, node: heat, source: gas, efficiency: 0.94, capex: 250, fixed_om_share: 0.02, lifetime: 20, maximum: 2000, existing: 1000}
targets:
  intensity: 1.5
  certificates: {price_per_kwh: 0.006, maximum_kwh: 4000000}
"""


def write(folder: Path, text: str = SMALL, name: str = "small.yaml") -> Path:
    """The study as a file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def opened(folder: Path, text: str = SMALL) -> Opened:
    """The study, ready to run."""
    return open_study(write(folder, text))
