"""The networks of the park: the 110 kV bus, feeders, steam, gas, storage and the carbon pilot's oven.

Flows are integers (Wh, MJ, litres of gas, grams per quarter hour), and what balances a node is computed as the integer that
is left: so energy is conserved exactly at every node and in every quarter hour, losses included.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from lingtan.demo.industry import Load, yearly_volume
from lingtan.demo.members import FEEDERS, MEMBERS
from lingtan.demo.span import PER_DAY, PER_HOUR, Ints, Span, stream
from lingtan.demo.weather import Weather, pv_kw, remembering, wind_kw

GAS_MJ_PER_M3 = 35.6  # lower heating value of this park's gas
MJ_PER_MW_STEP = 900
WH_PER_KW_STEP = 250
DIRECT_WIND_KW, DIRECT_PV_KW = 178_000.0, 165_000.0
EXPORT_LIMIT_WH = 26_000 * WH_PER_KW_STEP
BATTERY_WH, BATTERY_STEP_WH, ONE_WAY = 80_000_000, 40_000 * WH_PER_KW_STEP, 0.95
# roof and ground PV in the park: (id, 中文, English, owner, peak kW, tilt, azimuth)
PLANTS = (
    ("pv-alu-profile", "恒岭屋顶光伏", "Hengling roof PV", "alu-profile", 9_800.0, 8.0, 175.0),
    ("pv-battery", "朔原电池屋顶光伏", "Shuoyuan cells roof PV", "battery-cells", 14_600.0, 8.0, 190.0),
    ("pv-cathode", "朔原材料屋顶光伏", "Shuoyuan cathode roof PV", "cathode", 6_200.0, 8.0, 180.0),
    ("pv-pcb", "明汐屋顶光伏", "Mingxi roof PV", "pcb", 4_400.0, 5.0, 165.0),
    ("pv-logistics", "通埠仓库光伏", "Tongbu warehouse PV", "logistics", 7_300.0, 6.0, 180.0),
    ("pv-auto", "驰野屋顶光伏", "Chiye roof PV", "auto-parts", 5_100.0, 7.0, 200.0),
    ("pv-bearings", "砺锋屋顶光伏", "Lifeng roof PV", "bearings", 2_900.0, 10.0, 180.0),
    ("pv-waterworks", "清澜水池光伏", "Qinglan basin PV", "waterworks", 3_400.0, 12.0, 180.0),
    ("pv-carport", "公共车棚光伏", "public carport PV", "park-energy", 2_100.0, 5.0, 185.0),
)
WIND_OWN_KW = 12_500.0
PROCESSES = {  # member -> (process id, factor, tonnes a year)
    "cement": ("clinker", "cement_clinker_cn", 5_900.0),
    "lime": ("lime", "lime_cn_2011", 4_800.0),
    "solar-glass": ("glass", "glass_float", 7_600.0),
}


@dataclass
class Flows:
    """Every true flow by name, and the nodes at which they balance: (node, names in, names out)."""

    series: dict[str, Ints] = field(default_factory=dict)
    nodes: list[tuple[str, list[str], list[str]]] = field(default_factory=list)
    levels: dict[str, Ints] = field(default_factory=dict)

    def add(self, name: str, values: npt.NDArray[Any]) -> Ints:
        """Keep a flow as integers."""
        whole: Ints = np.rint(values).astype(np.int64)
        self.series[name] = whole
        return whole

    def total(self, names: list[str]) -> Ints:
        """The sum of flows."""
        return np.asarray(np.sum([self.series[n] for n in names], axis=0))


def make_flows(span: Span, weather: Weather, loads: list[Load], seed: int) -> Flows:
    """All true flows of the park."""
    flows = Flows()
    for load in loads:
        _enterprise(flows, load)
    _steam(flows, span, weather, seed)
    _gas(flows, span, seed)
    _electricity(flows, span, weather, seed)
    return flows


def _enterprise(flows: Flows, load: Load) -> None:
    name = load.member.id
    flows.add(f"{name}-power", load.whole_wh)
    flows.add(f"{name}-wiring-loss", load.loss_wh)
    inside = [f"{name}-{sub}" for sub in load.subs_wh]
    for sub, values in load.subs_wh.items():
        flows.add(f"{name}-{sub}", values)
    flows.nodes.append((name, [f"{name}-power"], [*inside, f"{name}-wiring-loss"]))


def _steam(flows: Flows, span: Span, weather: Weather, seed: int) -> None:
    users = [m for m in MEMBERS if m.steam_gj]
    season = 1 + 0.018 * np.maximum(0, 16 - weather.temperature_c)
    for m in users:
        # GJ -> thousandths of a GJ
        flows.add(
            f"{m.id}-steam", yearly_volume(m.steam_gj, m.shift, span, stream(seed, f"steam/{m.id}"), season=season)
        )
    names = [f"{m.id}-steam" for m in users]
    used = flows.total(names)
    loss = flows.add("steam-loss", 0.33 * MJ_PER_MW_STEP + 0.045 * used)
    demand = used + loss
    rng = stream(seed, "steam/supply")
    offered = 1.35 * MJ_PER_MW_STEP * (1 + 0.08 * remembering(rng, span.size, 30))
    for _ in range(max(1, span.days // 90)):  # the biomass plant stops for some days now and then
        at = int(rng.integers(0, span.size))
        offered[at : at + int(rng.integers(2, 7)) * PER_DAY] = 0
    biomass = flows.add("steam-import-biomass", np.minimum(demand, np.maximum(0, offered)))
    rest = demand - biomass
    fossil = np.minimum(rest, np.int64(round(1.9 * MJ_PER_MW_STEP)))
    rest = rest - fossil
    low, high = round(1.2 * MJ_PER_MW_STEP), round(3.2 * MJ_PER_MW_STEP)
    # below its least load the CHP takes over from the import
    start = (rest > 0.3 * MJ_PER_MW_STEP) & (rest + fossil >= low)
    chp = np.where(start, np.clip(rest, low, high), 0).astype(np.int64)
    fossil = np.where(chp > rest, fossil - (chp - rest), fossil)
    rest = np.maximum(rest - chp, 0)
    flows.add("steam-import-fossil", fossil)
    flows.add("chp-heat", chp)
    boiler = flows.add("boiler-heat", demand - biomass - fossil - chp)
    flows.nodes.append(
        ("steam", ["steam-import-biomass", "steam-import-fossil", "chp-heat", "boiler-heat"], [*names, "steam-loss"])
    )
    load = np.where(chp > 0, chp / high, 0.0)
    fuel_mj = np.where(chp > 0, chp / (0.445 - 0.02 * load), 0.0)
    flows.add("chp-gas", fuel_mj / GAS_MJ_PER_M3 * 1000)
    flows.add("chp-power", fuel_mj * (0.335 + 0.065 * load) / 3.6 * 1000)
    flows.add("boiler-gas", boiler / 0.915 / GAS_MJ_PER_M3 * 1000)


def _gas(flows: Flows, span: Span, seed: int) -> None:
    names = ["chp-gas", "boiler-gas"]
    for m in MEMBERS:
        for b in m.burners:
            name = f"{m.id}-{b.id}-gas"
            flows.add(name, yearly_volume(b.million_m3 * 1e6, b.shift, span, stream(seed, f"gas/{name}")))
            names.append(name)
    flows.add("gas-loss", 0.0008 * flows.total(names))
    flows.add("gas-import", flows.total([*names, "gas-loss"]))
    flows.nodes.append(("gas", ["gas-import"], [*names, "gas-loss"]))
    for member, (process, _, tonnes) in PROCESSES.items():
        flows.add(
            f"{process}-output", yearly_volume(tonnes * 1000, "continuous", span, stream(seed, f"output/{member}"))
        )
    # the pilot coke oven: washed coal in; coke, gas and tar out
    coal = flows.add("oven-coal", yearly_volume(2_050_000, "continuous", span, stream(seed, "oven")))
    rng = stream(seed, "oven/yields")
    flows.add("oven-coke", coal * (0.680 + 0.004 * remembering(rng, span.size, 200)))
    flows.add("oven-gas", coal * 0.280 * (1 + 0.01 * remembering(rng, span.size, 50)))
    flows.add("oven-tar", coal * 0.034)
    flows.add("oven-gas-burnt", flows.series["oven-gas"])
    flows.nodes.append(("oven gas", ["oven-gas"], ["oven-gas-burnt"]))
    flows.add("foundry-coke", yearly_volume(290_000, "night", span, stream(seed, "cupola")))
    flows.add("trucks-diesel", yearly_volume(175_000, "logistics", span, stream(seed, "trucks")))
    flows.add("ships-fuel-oil", yearly_volume(190_000, "logistics", span, stream(seed, "ships")))


def _electricity(flows: Flows, span: Span, weather: Weather, seed: int) -> None:
    feeders = []
    for number in FEEDERS:
        names = [f"{m.id}-power" for m in MEMBERS if m.feeder == number]
        used = flows.total(names)
        loss = flows.add(f"feeder-{number}-loss", 0.004 * used + 0.0015 * float(used.mean()) + 4e-11 * used**2)
        flows.add(f"feeder-{number}", used + loss)
        flows.nodes.append((f"feeder {number}", [f"feeder-{number}"], [*names, f"feeder-{number}-loss"]))
        feeders.append(f"feeder-{number}")
    demand = flows.total(feeders)
    bus_loss = flows.add("bus-loss", 0.0035 * demand)
    own: list[str] = []
    for name, _, _, _, peak, tilt, azimuth in PLANTS:
        dirt = 1 + 0.02 * remembering(stream(seed, name), span.size, 300)
        flows.add(name, pv_kw(weather, peak, tilt_deg=tilt, azimuth_deg=azimuth) * dirt * WH_PER_KW_STEP)
        own.append(name)
    flows.add("wind-own", wind_kw(weather, WIND_OWN_KW) * WH_PER_KW_STEP)
    flows.add("diesel-power", _backup(span, seed))
    flows.add("diesel-burnt", flows.series["diesel-power"] * 0.213)  # g per Wh
    own += ["wind-own", "chp-power", "diesel-power"]
    need = demand + bus_loss - flows.total(own)
    farm = wind_kw(weather, DIRECT_WIND_KW, losses=0.11)
    fields = pv_kw(weather, DIRECT_PV_KW, tilt_deg=27, losses=0.12)
    available = np.rint((farm + fields) * WH_PER_KW_STEP * (1 + 0.01 * remembering(stream(seed, "farm"), span.size, 5)))
    offered = available.astype(np.int64).clip(min=0)
    charge, discharge, content = _battery(span, offered - need)
    flows.add("battery-charge", charge)
    flows.add("battery-discharge", discharge)
    flows.levels["battery"] = content
    need = need + charge - discharge
    direct = flows.add("direct-import", np.minimum(offered, need.clip(min=0) + EXPORT_LIMIT_WH))
    flows.add("direct-curtailed", offered - direct)
    flows.add("grid-import", (need - direct).clip(min=0))
    flows.add("grid-export", (direct - need).clip(min=0))
    flows.nodes.append(
        (
            "bus",
            ["grid-import", "direct-import", *own, "battery-discharge"],
            [*feeders, "bus-loss", "battery-charge", "grid-export"],
        )
    )


def _backup(span: Span, seed: int) -> Ints:
    """Back-up diesels: a test each month, and some summer evenings on request of the grid. [Wh]"""
    power = np.zeros(span.size, np.int64)
    rng = stream(seed, "diesel")
    for _, first, _ in span.months:
        at = first + int(rng.integers(2, 5)) * PER_DAY + 10 * PER_HOUR
        power[at : at + 2] = 4_000 * WH_PER_KW_STEP
    for day in (196, 197, 203, 210, 224):
        at = day * PER_DAY + 18 * PER_HOUR
        power[at : at + 8] = 6_000 * WH_PER_KW_STEP
    return power


def _battery(span: Span, surplus: Ints) -> tuple[Ints, Ints, Ints]:
    """A simple rule: store surplus, fill half at night, give in the evening peak; never export what was stored. [Wh]"""
    charge, discharge = np.zeros(span.size, np.int64), np.zeros(span.size, np.int64)
    content = np.zeros(span.size + 1, np.int64)
    level = BATTERY_WH // 2
    content[0] = level
    hours = span.hour.tolist()
    for i, spare in enumerate(surplus.tolist()):
        room = int((BATTERY_WH - level) / ONE_WAY)
        if spare > 0:
            amount = min(spare, room, BATTERY_STEP_WH)
            charge[i], level = amount, level + int(amount * ONE_WAY)
        elif hours[i] < 6 and level < 0.6 * BATTERY_WH:
            amount = min(BATTERY_STEP_WH // 3, room)
            charge[i], level = amount, level + int(amount * ONE_WAY)
        elif 17 <= hours[i] < 22 or 9 <= hours[i] < 11:
            amount = min(-spare, int(level * ONE_WAY), BATTERY_STEP_WH)
            discharge[i], level = amount, level - -(-amount * 20 // 19)
            level = max(level, 0)
        content[i + 1] = level
    return charge, discharge, content
