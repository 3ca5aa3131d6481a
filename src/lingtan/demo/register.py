"""What is metered by itself: power, steam, gas, water and weather, at 15 minutes."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from lingtan.demo.books import make_books, monthly
from lingtan.demo.energy_center import PLANTS, Flows
from lingtan.demo.industry import activity
from lingtan.demo.members import FEEDERS, MEMBERS, OPERATOR, SUBS
from lingtan.demo.point import STEAM_GJ_PER_T, Point
from lingtan.demo.span import PER_DAY, Ints, Span, stream
from lingtan.demo.weather import Weather
from lingtan.park.activities import Activity

RATIOS = (20, 30, 40, 60, 80, 100, 120, 160, 200)  # current transformers
CORRECTED = {"solar-glass-furnace-gas": "1.25"}  # the volume corrector of the glass furnace: standard m3 per m3


def make_points(flows: Flows, span: Span, weather: Weather, seed: int) -> list[Point]:
    """Every channel of the park."""
    made = [
        *_boundary(flows),
        *_members(flows, seed),
        *_center(flows),
        *_steam(flows),
        *_gas(flows),
        *_water(span, seed),
        *make_books(flows, span, seed),
        *_weather(weather),
    ]
    names = [p.id for p in made]
    if len(set(names)) != len(names):
        raise AssertionError("two channels have one id")
    return made


def _boundary(flows: Flows) -> Iterator[Point]:
    s = flows.series
    for name, zh, en, what, meter, connection in (
        ("grid-import", "110kV云麓变 正向有功", "110 kV grid, import", Activity.IMPORT, "m.grid", "grid-110kv"),
        ("grid-export", "110kV云麓变 反向有功", "110 kV grid, export", Activity.EXPORT, "m.grid", "grid-110kv"),
        ("direct-import", "绿电直连线路 受电", "direct line, received", Activity.IMPORT, "", "direct-line"),
    ):
        yield Point(name, zh, en, "electricity", what, "kWh", s[name], "gateway", accuracy="0.2S", enterprise=OPERATOR,
                    meter=meter, links={"connection": connection})  # fmt: skip
    yield Point("direct-curtailed", "绿电直连 弃电", "direct line, curtailed", "electricity", Activity.CURTAILED, "kWh",
                s["direct-curtailed"], "gateway", accuracy="0.2S", enterprise=OPERATOR, links={"asset": "direct-farm"})  # fmt: skip
    for number, (zh, en) in FEEDERS.items():
        yield Point(f"feeder-{number}", f"{zh}馈线", f"{en} feeder", "electricity", Activity.USE, "kWh", s[f"feeder-{number}"],
                    "gateway", accuracy="0.2S", enterprise=OPERATOR, loss_share="0.012")  # fmt: skip


def _members(flows: Flows, seed: int) -> Iterator[Point]:
    for m in MEMBERS:
        if m.monthly_bill:
            continue
        main = f"m.{m.id}-power"
        yield Point(f"{m.id}-power", f"{m.zh} 进线", f"{m.en}, incoming", "electricity", Activity.USE, "kWh",
                    flows.series[f"{m.id}-power"], "mains", enterprise=m.id, parent=f"m.feeder-{m.feeder}",
                    loss_share="0.012")  # fmt: skip
        rng = stream(seed, f"ratio/{m.id}")
        for sub, zh, en, _, _ in SUBS[m.subs]:
            ratio = str(int(rng.choice(RATIOS)))
            yield Point(f"{m.id}-{sub}", f"{m.zh} {zh}", f"{m.en}, {en}", "electricity", Activity.USE, "kWh",
                        flows.series[f"{m.id}-{sub}"], f"subs-{m.feeder}", accuracy="1", enterprise=m.id, parent=main,
                        multiplier=ratio)  # fmt: skip


def _center(flows: Flows) -> Iterator[Point]:
    s = flows.series
    for name, zh, en, owner, *_ in PLANTS:
        yield Point(name, zh, en, "electricity", Activity.GENERATION, "kWh", s[name], "renewables", enterprise=owner,
                    links={"asset": name})  # fmt: skip
    yield Point("wind-own", "园区分散式风电", "distributed wind", "electricity", Activity.GENERATION, "kWh", s["wind-own"], "renewables",
                enterprise=OPERATOR, links={"asset": "wind-own"})  # fmt: skip
    rows = (
        ("chp-power", "热电联产 发电", "CHP, power", "electricity", Activity.GENERATION, "kWh", "chp"),
        ("chp-heat", "热电联产 供汽", "CHP, steam", "steam", Activity.GENERATION, "GJ", "chp"),
        ("boiler-heat", "燃气锅炉 供汽", "gas boiler, steam", "steam", Activity.GENERATION, "GJ", "boiler"),
        ("diesel-power", "应急柴油发电", "back-up diesels", "electricity", Activity.GENERATION, "kWh", "diesel"),
        ("battery-charge", "储能电站 充电", "battery, charge", "electricity", Activity.CHARGE, "kWh", "battery"),
        (
            "battery-discharge",
            "储能电站 放电",
            "battery, discharge",
            "electricity",
            Activity.DISCHARGE,
            "kWh",
            "battery",
        ),
    )
    for name, zh, en, carrier, what, unit, asset in rows:
        heat = unit == "GJ"
        yield Point(name, zh, en, carrier, what, unit, s[name], "center", accuracy="2.5" if heat else "0.5S",
                    enterprise=OPERATOR, meter="m.battery" if asset == "battery" else "", links={"asset": asset})  # fmt: skip


def _steam(flows: Flows) -> Iterator[Point]:
    s = flows.series
    for name, zh, en, connection in (
        ("steam-import-fossil", "邻厂蒸汽（化石）", "steam from a neighbor, fossil", "steam-neighbor"),
        ("steam-import-biomass", "生物质电厂蒸汽", "steam from the biomass plant", "steam-biomass"),
    ):
        yield Point(name, zh, en, "steam", Activity.IMPORT, "t", s[name], "steam", accuracy="2.5", content=STEAM_GJ_PER_T,
                    enterprise=OPERATOR, links={"connection": connection})  # fmt: skip
    for m in MEMBERS:
        if m.steam_gj:
            yield Point(f"{m.id}-steam", f"{m.zh} 蒸汽", f"{m.en}, steam", "steam", Activity.USE, "t", s[f"{m.id}-steam"], "steam",
                        accuracy="2.5", content=STEAM_GJ_PER_T, enterprise=m.id)  # fmt: skip


def _gas(flows: Flows) -> Iterator[Point]:
    s = flows.series
    yield Point("gas-import", "天然气门站", "gas gate", "natural_gas", Activity.IMPORT, "m3", s["gas-import"], "gas",
                accuracy="1", kind="counter", digits=9, enterprise=OPERATOR, loss_share="0.01")  # fmt: skip
    rows = [("chp-gas", "热电联产 天然气", "CHP, gas", Activity.THERMAL_POWER, OPERATOR, "chp"),
            ("boiler-gas", "燃气锅炉 天然气", "gas boiler, gas", Activity.HEAT_SUPPLY, OPERATOR, "boiler")]  # fmt: skip
    rows += [
        (f"{m.id}-{b.id}-gas", f"{m.zh} {b.zh} 天然气", f"{m.en}, {b.en}, gas", b.activity, m.id, "")
        for m in MEMBERS
        for b in m.burners
    ]
    for name, zh, en, what, owner, asset in rows:
        yield Point(name, zh, en, "natural_gas", what, "m3", s[name], "gas", accuracy="1.5", kind="counter", digits=8,
                    enterprise=owner, parent="m.gas-import", multiplier=CORRECTED.get(name, "1"),
                    links={"asset": asset} if asset else {})  # fmt: skip
    yield Point("oven-gas-burnt", "焦炉煤气 干燥炉", "oven gas, dryer", "coke_oven_gas", Activity.FINAL, "m3",
                s["oven-gas-burnt"], "gas", accuracy="1.5", kind="counter", digits=7, enterprise="carbon-pilot")  # fmt: skip


def _water(span: Span, seed: int) -> Iterator[Point]:
    taken: list[Ints] = []
    points: list[Point] = []
    for m in MEMBERS:
        rng = stream(seed, f"water/{m.id}")
        busy = activity(m.shift, span, rng)
        busy = busy / busy.mean()
        per_step = m.water_m3 * 1000 / (365 * PER_DAY)
        intake = np.rint(per_step * busy).astype(np.int64)
        taken.append(intake)
        names = f"{m.zh} 新水", f"{m.en}, fresh water", "fresh_water", Activity.INTAKE, "m3"
        if m.monthly_bill:  # reads its meter once a month, for form 205-4
            points.append(Point(f"{m.id}-water", *names, monthly(intake, span), "water-form", accuracy="2", enterprise=m.id,
                                parent="m.park-water", step="1month", manual=True))  # fmt: skip
            continue
        counter = partial(Point, group="water", accuracy="2", kind="counter", enterprise=m.id)
        digits = 6 if m.id == "textile" else 7
        points.append(counter(f"{m.id}-water", *names, intake, digits=digits, parent="m.park-water"))
        if m.reuse >= 1.2:
            reuse = np.rint(per_step * m.reuse * (0.3 + 0.7 * busy)).astype(np.int64)
            points.append(
                counter(f"{m.id}-reuse", f"{m.zh} 循环水", f"{m.en}, reused water", "reused_water", Activity.REUSE, "m3",
                        reuse, digits=8)
            )  # fmt: skip
        if m.water_m3 >= 60_000:
            points.append(
                counter(f"{m.id}-sewage", f"{m.zh} 排水", f"{m.en}, waste water", "waste_water", Activity.DISCHARGE_WATER,
                        "m3", np.rint(0.62 * intake).astype(np.int64), digits=7)
            )  # fmt: skip
    total = np.asarray(np.sum(taken, axis=0))
    whole = total + np.rint(0.02 * total).astype(np.int64)
    yield Point("park-water", "园区自来水总表", "park water main", "fresh_water", Activity.INTAKE, "m3", whole, "water",
                accuracy="2", kind="counter", digits=8, enterprise=OPERATOR, loss_share="0.05")  # fmt: skip
    yield from points


def _weather(weather: Weather) -> Iterator[Point]:
    celsius = np.rint(weather.temperature_c * 1000).astype(np.int64)
    yield Point("air-temperature", "气象站 气温", "weather station, air temperature", "temperature", Activity.REFERENCE, "°C", celsius,
                "weather", accuracy="1", enterprise=OPERATOR)  # fmt: skip
    speed = np.rint(weather.wind_m_s * 1000).astype(np.int64)
    yield Point("wind-speed", "气象站 风速", "weather station, wind speed", "temperature", Activity.REFERENCE, "m/s", speed, "weather",
                accuracy="1", enterprise=OPERATOR)  # fmt: skip
