"""What is metered and how: every channel with the true quantity behind it, and the file that it is delivered in."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from lingtan.demo.energy_center import PLANTS, PROCESSES, Flows
from lingtan.demo.industry import activity, hourly
from lingtan.demo.members import FEEDERS, MEMBERS, OPERATOR, SUBS, Member
from lingtan.demo.span import PER_DAY, Ints, Span, stream
from lingtan.demo.weather import Weather, remembering
from lingtan.park.activities import Activity as A

RATIOS = (20, 30, 40, 60, 80, 100, 120, 160, 200)  # current transformers
STEAM_GJ_PER_T = "2.79"
# file -> decimals of its numbers
GROUPS = {
    "gateway": 1, "mains": 2, **{f"subs-{n}": 3 for n in FEEDERS}, "center": 2, "renewables": 2, "gas": 1, "water": 1,
    "steam": 3, "bills": 0, "fuels": 2, "waste": 2, "stocks": 2, "output": 3, "recovery": 2, "weather": 2,
}  # fmt: skip


@dataclass
class Point:
    """One channel of one meter. ``truth`` is in 1/1000 of the carrier's unit, per step (or at each instant for levels)."""

    id: str
    zh: str
    en: str
    carrier: str
    activity: A
    unit: str
    truth: Ints
    group: str
    accuracy: str = "0.5S"
    enterprise: str | None = None
    parent: str | None = None
    meter: str = ""
    kind: str = "interval"
    step: str = "15min"
    multiplier: str = "1"
    content: str | None = None
    digits: int | None = None
    loss_share: str | None = None
    manual: bool = False
    links: dict[str, str] = field(default_factory=dict)
    # filled by the meters
    delivered_multiplier: str | None = None
    history: list[dict[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.meter = self.meter or f"m.{self.id}"

    @property
    def decimals(self) -> int:
        """Decimals of the numbers in the file."""
        return GROUPS[self.group]


def make_points(flows: Flows, span: Span, weather: Weather, seed: int) -> list[Point]:
    """Every channel of the park."""
    made = [
        *_boundary(flows),
        *_members(flows, seed),
        *_center(flows),
        *_steam(flows),
        *_gas(flows),
        *_water(span, seed),
        *_monthly(flows, span, seed),
        *_outputs(flows, span, seed),
        *_recovery(flows, span, seed),
        *_weather(weather),
    ]
    names = [p.id for p in made]
    if len(set(names)) != len(names):
        raise AssertionError("two channels have one id")
    return made


def _boundary(flows: Flows) -> Iterator[Point]:
    s = flows.series
    both = {"group": "gateway", "accuracy": "0.2S", "enterprise": OPERATOR}
    yield Point(
        "grid-import",
        "110kV云麓变 正向有功",
        "110 kV grid, import",
        "electricity",
        A.IMPORT,
        "kWh",
        s["grid-import"],
        meter="m.grid",
        links={"connection": "grid-110kv"},
        **both,
    )  # type: ignore[arg-type]
    yield Point(
        "grid-export",
        "110kV云麓变 反向有功",
        "110 kV grid, export",
        "electricity",
        A.EXPORT,
        "kWh",
        s["grid-export"],
        meter="m.grid",
        links={"connection": "grid-110kv"},
        **both,
    )  # type: ignore[arg-type]
    yield Point(
        "direct-import",
        "绿电直连线路 受电",
        "direct line, received",
        "electricity",
        A.IMPORT,
        "kWh",
        s["direct-import"],
        links={"connection": "direct-line"},
        **both,
    )  # type: ignore[arg-type]
    yield Point(
        "direct-curtailed",
        "绿电直连 弃电",
        "direct line, curtailed",
        "electricity",
        A.CURTAILED,
        "kWh",
        s["direct-curtailed"],
        links={"connection": "direct-line"},
        **both,
    )  # type: ignore[arg-type]
    for number, (zh, en) in FEEDERS.items():
        yield Point(f"feeder-{number}", f"{zh}馈线", f"{en} feeder", "electricity", A.USE, "kWh", s[f"feeder-{number}"],
                    loss_share="0.012", **both)  # type: ignore[arg-type]  # fmt: skip


def _members(flows: Flows, seed: int) -> Iterator[Point]:
    for m in MEMBERS:
        if m.monthly_bill:
            continue
        main = f"m.{m.id}-power"
        yield Point(f"{m.id}-power", f"{m.zh} 进线", f"{m.en}, incoming", "electricity", A.USE, "kWh",
                    flows.series[f"{m.id}-power"], "mains", enterprise=m.id, parent=f"m.feeder-{m.feeder}", loss_share="0.012")  # fmt: skip
        rng = stream(seed, f"ratio/{m.id}")
        for sub, zh, en, _, _ in SUBS[m.subs]:
            ratio = str(int(rng.choice(RATIOS)))
            yield Point(f"{m.id}-{sub}", f"{m.zh} {zh}", f"{m.en}, {en}", "electricity", A.USE, "kWh",
                        flows.series[f"{m.id}-{sub}"], f"subs-{m.feeder}", accuracy="1", enterprise=m.id, parent=main,
                        multiplier=ratio)  # fmt: skip


def _center(flows: Flows) -> Iterator[Point]:
    s = flows.series
    for name, zh, en, owner, *_ in PLANTS:
        yield Point(name, zh, en, "electricity", A.GENERATION, "kWh", s[name], "renewables", enterprise=owner,
                    links={"asset": name})  # fmt: skip
    yield Point("wind-own", "园区分散式风电", "distributed wind", "electricity", A.GENERATION, "kWh", s["wind-own"], "renewables",
                enterprise=OPERATOR, links={"asset": "wind-own"})  # fmt: skip
    rows = (
        ("chp-power", "热电联产 发电", "CHP, power", "electricity", A.GENERATION, "kWh", "chp"),
        ("chp-heat", "热电联产 供汽", "CHP, steam", "steam", A.GENERATION, "GJ", "chp"),
        ("boiler-heat", "燃气锅炉 供汽", "gas boiler, steam", "steam", A.GENERATION, "GJ", "boiler"),
        ("diesel-power", "应急柴油发电", "back-up diesels", "electricity", A.GENERATION, "kWh", "diesel"),
        ("battery-charge", "储能电站 充电", "battery, charge", "electricity", A.CHARGE, "kWh", "battery"),
        ("battery-discharge", "储能电站 放电", "battery, discharge", "electricity", A.DISCHARGE, "kWh", "battery"),
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
        yield Point(name, zh, en, "steam", A.IMPORT, "t", s[name], "steam", accuracy="2.5", content=STEAM_GJ_PER_T,
                    enterprise=OPERATOR, links={"connection": connection})  # fmt: skip
    for m in MEMBERS:
        if m.steam_gj:
            yield Point(f"{m.id}-steam", f"{m.zh} 蒸汽", f"{m.en}, steam", "steam", A.USE, "t", s[f"{m.id}-steam"], "steam",
                        accuracy="2.5", content=STEAM_GJ_PER_T, enterprise=m.id)  # fmt: skip


def _gas(flows: Flows) -> Iterator[Point]:
    s = flows.series
    yield Point("gas-import", "天然气门站", "gas gate", "natural_gas", A.IMPORT, "m3", s["gas-import"], "gas", accuracy="1",
                kind="counter", digits=9, enterprise=OPERATOR, loss_share="0.01")  # fmt: skip
    rows = [("chp-gas", "热电联产 天然气", "CHP, gas", A.THERMAL_POWER, OPERATOR, "chp"),
            ("boiler-gas", "燃气锅炉 天然气", "gas boiler, gas", A.HEAT_SUPPLY, OPERATOR, "boiler")]  # fmt: skip
    rows += [
        (f"{m.id}-{b.id}-gas", f"{m.zh} {b.zh} 天然气", f"{m.en}, {b.en}, gas", b.activity, m.id, "")
        for m in MEMBERS
        for b in m.burners
    ]
    # the volume corrector of the glass furnace: 1.25 standard m3 per m3
    corrected = {"solar-glass-furnace-gas": "1.25"}
    for name, zh, en, what, owner, asset in rows:
        yield Point(name, zh, en, "natural_gas", what, "m3", s[name], "gas", accuracy="1.5", kind="counter", digits=8,
                    enterprise=owner, parent="m.gas-import", multiplier=corrected.get(name, "1"), links={"asset": asset} if asset else {})  # fmt: skip
    yield Point("oven-gas-burnt", "焦炉煤气 干燥炉", "oven gas, dryer", "coke_oven_gas", A.FINAL, "m3", s["oven-gas-burnt"], "gas",
                accuracy="1.5", kind="counter", digits=7, enterprise="carbon-pilot")  # fmt: skip


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
        owner = {"group": "water", "accuracy": "2", "kind": "counter", "enterprise": m.id}
        points.append(Point(f"{m.id}-water", f"{m.zh} 新水", f"{m.en}, fresh water", "fresh_water", A.INTAKE, "m3", intake,
                            digits=6 if m.id == "textile" else 7, parent="m.park-water", **owner))  # type: ignore[arg-type]  # fmt: skip
        if m.reuse >= 1.2:
            reuse = np.rint(per_step * m.reuse * (0.3 + 0.7 * busy)).astype(np.int64)
            points.append(Point(f"{m.id}-reuse", f"{m.zh} 循环水", f"{m.en}, reused water", "reused_water", A.REUSE, "m3",
                                reuse, digits=8, **owner))  # type: ignore[arg-type]  # fmt: skip
        if m.water_m3 >= 60_000:
            points.append(Point(f"{m.id}-sewage", f"{m.zh} 排水", f"{m.en}, waste water", "waste_water", A.DISCHARGE_WATER,
                                "m3", np.rint(0.62 * intake).astype(np.int64), digits=7, **owner))  # type: ignore[arg-type]  # fmt: skip
    total = np.asarray(np.sum(taken, axis=0))
    yield Point("park-water", "园区自来水总表", "park water main", "fresh_water", A.INTAKE, "m3", total + np.rint(0.02 * total).astype(np.int64),
                "water", accuracy="2", kind="counter", digits=8, enterprise=OPERATOR, loss_share="0.05")  # fmt: skip
    yield from points


def monthly(values: Ints, span: Span) -> Ints:
    """Sums by month of the span."""
    return np.array([int(values[a:b].sum()) for _, a, b in span.months], np.int64)


def _monthly(flows: Flows, span: Span, seed: int) -> Iterator[Point]:
    s = flows.series
    bill = {"step": "1month", "manual": True}
    for m in MEMBERS:
        if m.monthly_bill:
            yield Point(f"{m.id}-power", f"{m.zh} 电费单", f"{m.en}, power bill", "electricity", A.USE, "kWh",
                        monthly(s[f"{m.id}-power"], span), "bills", accuracy="1", enterprise=m.id,
                        parent=f"m.feeder-{m.feeder}", **bill)  # type: ignore[arg-type]  # fmt: skip
    fuels = (
        ("coal-used", "洗精煤 入炉", "washed coal, oven", "washed_coal", A.CONVERSION_INPUT, "oven-coal", "carbon-pilot"),
        ("coke-made", "焦炭 产出", "coke, made", "coke", A.CONVERSION_OUTPUT, "oven-coke", "carbon-pilot"),
        ("oven-gas-made", "焦炉煤气 产出", "oven gas, made", "coke_oven_gas", A.CONVERSION_OUTPUT, "oven-gas", "carbon-pilot"),
        ("tar-made", "煤焦油 产出", "tar, made", "coal_tar", A.CONVERSION_OUTPUT, "oven-tar", "carbon-pilot"),
        ("foundry-coke", "铸造 焦炭", "foundry, coke", "coke", A.FINAL, "foundry-coke", "foundry"),
        ("trucks-diesel", "车辆 柴油", "trucks, diesel", "diesel", A.FINAL, "trucks-diesel", "logistics"),
        ("backup-diesel", "应急发电 柴油", "back-up, diesel", "diesel", A.THERMAL_POWER, "diesel-burnt", OPERATOR),
        ("ships-fuel-oil", "国际航行船舶 燃料油", "international bunkers, fuel oil", "fuel_oil", A.BUNKER, "ships-fuel-oil", "logistics"),
    )  # fmt: skip
    for name, zh, en, carrier, what, flow, owner in fuels:
        links = {"asset": "diesel"} if name == "backup-diesel" else {}
        yield Point(name, zh, en, carrier, what, "m3" if carrier == "coke_oven_gas" else "t", monthly(s[flow], span), "fuels",
                    accuracy="1", enterprise=owner, links=links, **bill)  # type: ignore[arg-type]  # fmt: skip
    yield from _purchases(s, span)
    rng = stream(seed, "waste")
    for m in MEMBERS:
        if m.waste_t:
            made = np.rint(
                m.waste_t * 1e6 / 12 * (1 + 0.12 * rng.standard_normal(len(span.months)).clip(-2, 2))
            ).astype(np.int64)
            used = np.rint(made * np.minimum(1, m.waste_used * (1 + 0.03 * rng.standard_normal(made.size)))).astype(
                np.int64
            )
            owner = {"group": "waste", "accuracy": "1", "enterprise": m.id, "links": {"waste": f"waste-{m.id}"}, **bill}
            yield Point(f"{m.id}-waste", f"{m.zh} 固废产生", f"{m.en}, solid waste generated", "solid_waste", A.GENERATED, "t",
                        made, **owner)  # type: ignore[arg-type]  # fmt: skip
            yield Point(f"{m.id}-waste-used", f"{m.zh} 固废综合利用", f"{m.en}, solid waste used", "solid_waste", A.UTILISED, "t",
                        used, **owner)  # type: ignore[arg-type]  # fmt: skip
    months = np.full(len(span.months), 35_000_000, np.int64)
    yield Point("foundry-waste-stock", "熔峰 往年贮存利用", "foundry, used from earlier years", "solid_waste", A.UTILISED_STOCK,
                "t", months, "waste", accuracy="1", enterprise="foundry", links={"waste": "waste-foundry"}, **bill)  # type: ignore[arg-type]  # fmt: skip


def _purchases(s: dict[str, Ints], span: Span) -> Iterator[Point]:
    """Deliveries that follow use in steps of a delivery, and the stocks that are left: opening + bought - used = closing."""
    bill = {"step": "1month", "manual": True, "group": "fuels", "accuracy": "1"}
    for name, zh, en, carrier, flows, lot_t, opening_t, owner in (
        ("coal", "洗精煤", "washed coal", "washed_coal", ("oven-coal",), 60, 210, "carbon-pilot"),
        ("diesel", "柴油", "diesel", "diesel", ("trucks-diesel", "diesel-burnt"), 15, 32, "logistics"),
        ("fuel-oil", "燃料油", "fuel oil", "fuel_oil", ("ships-fuel-oil",), 20, 25, "logistics"),
    ):
        used = np.sum([monthly(s[f], span) for f in flows], axis=0)
        level, bought, levels = opening_t * 10**6, [], [opening_t * 10**6]
        for amount in used.tolist():
            lots = max(0, -(-(amount + opening_t * 700_000 - level) // (lot_t * 10**6)))
            bought.append(lots * lot_t * 10**6)
            level += bought[-1] - amount
            levels.append(level)
        yield Point(f"{name}-bought", f"{zh} 购进", f"{en}, bought", carrier, A.IMPORT, "t", np.array(bought, np.int64),
                    enterprise=owner, **bill)  # type: ignore[arg-type]  # fmt: skip
        yield Point(f"{name}-stock", f"{zh} 库存", f"{en}, stock", carrier, A.STOCK, "t", np.array(levels, np.int64), "stocks",
                    accuracy="1", enterprise=owner, kind="level", step="1month", manual=True)  # fmt: skip
    coke = monthly(s["oven-coke"], span) - monthly(s["foundry-coke"], span)
    yield Point("coke-sold", "焦炭 外销", "coke, sold", "coke", A.EXPORT, "t", coke, enterprise="carbon-pilot", **bill)  # type: ignore[arg-type]
    yield Point("tar-sold", "煤焦油 外销", "tar, sold", "coal_tar", A.EXPORT, "t", monthly(s["oven-tar"], span),
                enterprise="carbon-pilot", **bill)  # type: ignore[arg-type]  # fmt: skip


# product -> (enterprise, 中文, English, true kgce per t, limit, standard, channels of its energy)
PRODUCTS = {
    "profile": ("alu-profile", "一般工业用铝挤压型材（I类）", "extruded aluminium profiles (class I)", 151.0, "160",
                "GB 21351-2023, 2级", ("alu-profile-power", "alu-profile-ageing-gas")),
    "billet": ("alu-recycling", "重熔实心圆铸锭（I类）", "remelted solid billets (class I)", 137.0, "130",
               "GB 21351-2023, 2级", ("alu-recycling-power", "alu-recycling-melting-gas")),
    "clinker": ("cement", "硅酸盐水泥熟料", "Portland cement clinker", 103.5, "107",
                "GB 16780-2021, 2级", ("cement-kiln", "cement-kiln-gas")),
    "beer": ("brewery", "啤酒", "beer", 33.5, "35", "GB 32047-2025, 2级", ("brewery-power", "brewery-steam")),
    "pv-glass": ("solar-glass", "光伏压延玻璃", "rolled PV glass", 252.0, "300", "GB 21340-2019, 2级",
                 ("solar-glass-power", "solar-glass-furnace-gas")),
}  # fmt: skip
_KGCE = {"power": 0.1229e-3, "gas": 1.2147e-3, "steam": 0.03412}  # per Wh, litre, MJ


def _outputs(flows: Flows, span: Span, seed: int) -> Iterator[Point]:
    for member, (process, _, _) in PROCESSES.items():
        if process == "clinker":
            continue  # it is also a product, below
        owner = next(m for m in MEMBERS if m.id == member)
        daily = flows.series[f"{process}-output"].reshape(-1, PER_DAY).sum(axis=1)
        yield _output(owner, process, f"{owner.zh} {'石灰' if process == 'lime' else '配合料熔化'}产量", f"{owner.en}, {process}",
                      np.asarray(daily), {"process": process})  # fmt: skip
    for product, (member, zh, en, per_t, _, _, channels) in PRODUCTS.items():
        owner = next(m for m in MEMBERS if m.id == member)
        links = {}
        if product == "clinker":
            daily = flows.series["clinker-output"].reshape(-1, PER_DAY).sum(axis=1)
            links = {"process": "clinker"}
        else:
            kgce = np.zeros(span.days)
            for c in channels:
                kind = c.rsplit("-", 1)[-1]
                kgce += flows.series[c].reshape(-1, PER_DAY).sum(axis=1) * _KGCE.get(kind, _KGCE["power"])
            rng = stream(seed, f"product/{product}")
            daily = np.rint(kgce / per_t * 1e6 * (1 + 0.04 * rng.standard_normal(span.days))).astype(np.int64)
        yield _output(owner, product, f"{owner.zh} {zh}", f"{owner.en}, {en}", np.asarray(daily), links)


def _output(owner: Member, name: str, zh: str, en: str, daily: Ints, links: dict[str, str]) -> Point:
    return Point(f"{name}-made", zh, en, "product", A.OUTPUT, "t", daily, "output", accuracy="0.5", enterprise=owner.id,
                 step="1d", links=links, manual=True)  # fmt: skip


WASTES = (
    ("furnace-heat", "晶庭 熔窑烟气余热", "glass furnace flue gas", "solar-glass", "waste_heat", "heat", 5_200.0, 0.74),
    ("casting-heat", "澄沙 熔炼烟气余热", "melting furnace flue gas", "alu-recycling", "waste_heat", "heat", 9_800.0, 0.61),
    ("compressor-heat", "朔原 空压机余热", "compressor heat", "battery-cells", "waste_heat", "heat", 31_000.0, 0.66),
    ("server-heat", "云堤 服务器余热", "server heat", "data-center", "waste_heat", "heat", 42_000.0, 0.43),
    ("gas-cold", "凌霁 液体汽化余冷", "cold of evaporated gases", "air-gases", "waste_cold", "cold", 6_400.0, 0.52),
    ("gas-pressure", "园区 天然气余压", "pressure of the gas gate", "park-energy", "waste_pressure", "pressure", 1_900.0, 0.35),
)  # fmt: skip


def _recovery(flows: Flows, span: Span, seed: int) -> Iterator[Point]:
    for name, zh, en, owner, carrier, _, gj, share in WASTES:
        rng = stream(seed, f"recovery/{name}")
        whole = hourly(
            np.rint(gj * 1000 / (365 * PER_DAY) * (1 + 0.15 * remembering(rng, span.size, 20)).clip(0.1)).astype(
                np.int64
            )
        )
        used = np.rint(whole * np.clip(share * (1 + 0.1 * remembering(rng, whole.size, 20)), 0, 1)).astype(np.int64)
        rest = {"group": "recovery", "accuracy": "3", "enterprise": owner, "step": "1h", "links": {"waste": name}}
        yield Point(
            f"{name}-recoverable", f"{zh} 可回收", f"{en}, recoverable", carrier, A.RECOVERABLE, "GJ", whole, **rest
        )  # type: ignore[arg-type]
        yield Point(f"{name}-used", f"{zh} 已利用", f"{en}, used", carrier, A.UTILISED_ENERGY, "GJ", used, **rest)  # type: ignore[arg-type]


def _weather(weather: Weather) -> Iterator[Point]:
    celsius = np.rint(weather.temperature_c * 1000).astype(np.int64)
    yield Point("air-temperature", "气象站 气温", "weather station, air temperature", "temperature", A.REFERENCE, "°C", celsius,
                "weather", accuracy="1", enterprise=OPERATOR)  # fmt: skip
    speed = np.rint(weather.wind_m_s * 1000).astype(np.int64)
    yield Point("wind-speed", "气象站 风速", "weather station, wind speed", "temperature", A.REFERENCE, "m/s", speed, "weather",
                accuracy="1", enterprise=OPERATOR)  # fmt: skip
