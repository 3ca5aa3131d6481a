"""What people write down: bills, fuel and waste books by the month, output by the day, and what heat recovery counts by the hour."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from lingtan.demo.energy_center import PROCESSES, Flows
from lingtan.demo.industry import hourly
from lingtan.demo.members import MEMBERS, OPERATOR, Member
from lingtan.demo.point import Point
from lingtan.demo.span import PER_DAY, Ints, Span, stream
from lingtan.demo.weather import remembering
from lingtan.park.activities import Activity

# reference figures of the last years, that an application asks for: (id, 中文, English, carrier, unit, flows)
HISTORY = (
    ("history-grid", "近三年 购网电量", "last years, power from the grid", "electricity", "万kWh", ("grid-import",)),
    ("history-direct", "近三年 直连受电", "last years, power from the direct line", "electricity", "万kWh", ("direct-import",)),
    ("history-gas", "近三年 购入天然气", "last years, gas bought", "natural_gas", "万m3", ("gas-import",)),
    ("history-steam", "近三年 购入蒸汽", "last years, steam bought", "steam", "GJ", ("steam-import-fossil", "steam-import-biomass")),
)  # fmt: skip
_GROWTH = {"history-direct": (0.0, 0.31, 1.0), "history-grid": (2.1, 1.74, 1.0)}  # the direct line came in 2024


def make_books(flows: Flows, span: Span, seed: int) -> list[Point]:
    """Every channel that people keep by hand or that counts by the day."""
    return [
        *_bills(flows, span),
        *_fuels(flows, span),
        *_purchases(flows.series, span),
        *_wastes(span, seed),
        *_outputs(flows, span, seed),
        *_recovery(span, seed),
        *_history(flows),
    ]


def monthly(values: Ints, span: Span) -> Ints:
    """Sums by month of the span."""
    return np.array([int(values[a:b].sum()) for _, a, b in span.months], np.int64)


def _bills(flows: Flows, span: Span) -> Iterator[Point]:
    for m in MEMBERS:
        if m.monthly_bill:
            yield Point(f"{m.id}-power", f"{m.zh} 电费单", f"{m.en}, power bill", "electricity", Activity.USE, "kWh",
                        monthly(flows.series[f"{m.id}-power"], span), "bills", accuracy="1", enterprise=m.id,
                        parent=f"m.feeder-{m.feeder}", step="1month", manual=True)  # fmt: skip


def _fuels(flows: Flows, span: Span) -> Iterator[Point]:
    fuels = (
        ("coal-used", "洗精煤 入炉", "washed coal, oven", "washed_coal", Activity.CONVERSION_INPUT, "oven-coal", "carbon-pilot"),
        ("coke-made", "焦炭 产出", "coke, made", "coke", Activity.CONVERSION_OUTPUT, "oven-coke", "carbon-pilot"),
        ("oven-gas-made", "焦炉煤气 产出", "oven gas, made", "coke_oven_gas", Activity.CONVERSION_OUTPUT, "oven-gas", "carbon-pilot"),
        ("tar-made", "煤焦油 产出", "tar, made", "coal_tar", Activity.CONVERSION_OUTPUT, "oven-tar", "carbon-pilot"),
        ("foundry-coke", "铸造 焦炭", "foundry, coke", "coke", Activity.FINAL, "foundry-coke", "foundry"),
        ("trucks-diesel", "车辆 柴油", "trucks, diesel", "diesel", Activity.FINAL, "trucks-diesel", "logistics"),
        ("backup-diesel", "应急发电 柴油", "back-up, diesel", "diesel", Activity.THERMAL_POWER, "diesel-burnt", OPERATOR),
        ("ships-fuel-oil", "国际航行船舶 燃料油", "international bunkers, fuel oil", "fuel_oil", Activity.BUNKER, "ships-fuel-oil", "logistics"),
    )  # fmt: skip
    for name, zh, en, carrier, what, flow, owner in fuels:
        links = {"asset": "diesel"} if name == "backup-diesel" else {}
        unit = "m3" if carrier == "coke_oven_gas" else "t"
        yield _fuel(name, zh, en, carrier, what, unit, monthly(flows.series[flow], span), owner, links)


def _fuel(
    name: str, zh: str, en: str, carrier: str, what: Activity, unit: str, truth: Ints, owner: str,
    links: dict[str, str] | None = None,
) -> Point:  # fmt: skip
    return Point(name, zh, en, carrier, what, unit, truth, "fuels", accuracy="1", enterprise=owner, step="1month", manual=True,
                 links=links or {})  # fmt: skip


def _wastes(span: Span, seed: int) -> Iterator[Point]:
    rng = stream(seed, "waste")
    months = len(span.months)
    book = partial(Point, group="waste", accuracy="1", step="1month", manual=True)
    for m in MEMBERS:
        if m.waste_t:
            made = np.rint(m.waste_t * 1e6 / 12 * (1 + 0.12 * rng.standard_normal(months).clip(-2, 2))).astype(np.int64)
            share = np.minimum(1, m.waste_used * (1 + 0.03 * rng.standard_normal(months)))
            used = np.rint(made * share).astype(np.int64)
            links = {"waste": f"waste-{m.id}"}
            yield book(f"{m.id}-waste", f"{m.zh} 固废产生", f"{m.en}, solid waste generated", "solid_waste", Activity.GENERATED,
                       "t", made, enterprise=m.id, links=links)  # fmt: skip
            yield book(f"{m.id}-waste-used", f"{m.zh} 固废综合利用", f"{m.en}, solid waste used", "solid_waste",
                       Activity.UTILISED, "t", used, enterprise=m.id, links=links)  # fmt: skip
    yield book("foundry-waste-stock", "熔峰 往年贮存利用", "foundry, used from earlier years", "solid_waste",
               Activity.UTILISED_STOCK, "t", np.full(months, 35_000_000, np.int64), enterprise="foundry",
               links={"waste": "waste-foundry"})  # fmt: skip


def _purchases(s: dict[str, Ints], span: Span) -> Iterator[Point]:
    """Deliveries that follow use in steps of a lot, and the stocks that are left: opening + bought - used = closing."""
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
        yield _fuel(
            f"{name}-bought",
            f"{zh} 购进",
            f"{en}, bought",
            carrier,
            Activity.IMPORT,
            "t",
            np.array(bought, np.int64),
            owner,
        )
        yield Point(f"{name}-stock", f"{zh} 库存", f"{en}, stock", carrier, Activity.STOCK, "t", np.array(levels, np.int64),
                    "stocks", accuracy="1", enterprise=owner, kind="level", step="1month", manual=True)  # fmt: skip
    coke = monthly(s["oven-coke"], span) - monthly(s["foundry-coke"], span)
    tar = monthly(s["oven-tar"], span)
    yield _fuel("coke-sold", "焦炭 外销", "coke, sold", "coke", Activity.EXPORT, "t", coke, "carbon-pilot")
    yield _fuel("tar-sold", "煤焦油 外销", "tar, sold", "coal_tar", Activity.EXPORT, "t", tar, "carbon-pilot")


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
REPORTED = "beer"  # told by form 205-3 once a month, not every day
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
        made = _output(owner, product, f"{owner.zh} {zh}", f"{owner.en}, {en}", np.asarray(daily), links)
        if product == REPORTED:
            sums = [int(daily[a // PER_DAY : b // PER_DAY].sum()) for _, a, b in span.months]
            made = replace(made, truth=np.array(sums, np.int64), group="product-form", step="1month")
        yield made


def _output(owner: Member, name: str, zh: str, en: str, daily: Ints, links: dict[str, str]) -> Point:
    return Point(f"{name}-made", zh, en, "product", Activity.OUTPUT, "t", daily, "output", accuracy="0.5", enterprise=owner.id,
                 step="1d", links=links, manual=True)  # fmt: skip


WASTES = (
    ("furnace-heat", "晶庭 熔窑烟气余热", "glass furnace flue gas", "solar-glass", "waste_heat", "heat", 5_200.0, 0.74),
    ("casting-heat", "澄沙 熔炼烟气余热", "melting furnace flue gas", "alu-recycling", "waste_heat", "heat", 9_800.0, 0.61),
    ("compressor-heat", "朔原 空压机余热", "compressor heat", "battery-cells", "waste_heat", "heat", 31_000.0, 0.66),
    ("server-heat", "云堤 服务器余热", "server heat", "data-center", "waste_heat", "heat", 42_000.0, 0.43),
    ("gas-cold", "凌霁 液体汽化余冷", "cold of evaporated gases", "air-gases", "waste_cold", "cold", 6_400.0, 0.52),
    ("gas-pressure", "园区 天然气余压", "pressure of the gas gate", "park-energy", "waste_pressure", "pressure", 1_900.0, 0.35),
)  # fmt: skip


def _recovery(span: Span, seed: int) -> Iterator[Point]:
    for name, zh, en, owner, carrier, _, gj, share in WASTES:
        rng = stream(seed, f"recovery/{name}")
        wave = (1 + 0.15 * remembering(rng, span.size, 20)).clip(0.1)
        whole = hourly(np.rint(gj * 1000 / (365 * PER_DAY) * wave).astype(np.int64))
        part = np.clip(share * (1 + 0.1 * remembering(rng, whole.size, 20)), 0, 1)
        used = np.rint(whole * part).astype(np.int64)
        counted = partial(Point, group="recovery", accuracy="3", enterprise=owner, step="1h", links={"waste": name})
        yield counted(
            f"{name}-recoverable", f"{zh} 可回收", f"{en}, recoverable", carrier, Activity.RECOVERABLE, "GJ", whole
        )
        yield counted(f"{name}-used", f"{zh} 已利用", f"{en}, used", carrier, Activity.UTILISED_ENERGY, "GJ", used)


def _history(flows: Flows) -> Iterator[Point]:
    """The two years before, and the simulated one; for reference, never accounted."""
    for name, zh, en, carrier, unit, sources in HISTORY:
        last = int(flows.total(list(sources)).sum())
        truth = np.rint(last * np.array(_GROWTH.get(name, (0.86, 0.93, 1.0)))).astype(np.int64)
        yield Point(name, zh, en, carrier, Activity.REFERENCE, unit, truth, "history", accuracy="2", enterprise=OPERATOR,
                    step="1year", manual=True)  # fmt: skip
