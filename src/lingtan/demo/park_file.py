"""The park file of the demo park: text that a person could have written, with comments in both languages."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from lingtan.demo.books import PRODUCTS, WASTES
from lingtan.demo.energy_center import (
    DIRECT_PV_KW,
    DIRECT_WIND_KW,
    EXPORT_LIMIT_WH,
    PLANTS,
    PROCESSES,
    WH_PER_KW_STEP,
    WIND_OWN_KW,
)
from lingtan.demo.members import FEEDERS, MEMBERS, OPERATOR
from lingtan.demo.meters import class_limit
from lingtan.demo.plots import AREA_KM2, Ring, district_ring, park_ring, plots
from lingtan.demo.point import Point
from lingtan.demo.span import PER_HOUR, YEAR, Span
from lingtan.park.activities import Activity

PARK_ID = "yunlu-demo"
EQUIVALENT = "0.2856"
# held for a whole year: (id, holder, kind, kWh, source)
CERTIFICATES = (
    ("gec-operator", OPERATOR, "gec", 203_000_000, "演示：园区统一采购的绿证 / demo: certificates bought by the park"),
    ("gec-battery", "battery-cells", "gec", 62_000_000, "演示：企业自购绿证 / demo: bought by the enterprise"),
    ("trade-data-center", "data-center", "green_trade", 48_000_000, "演示：绿电交易 / demo: traded green power"),
    ("trade-chips", "chip-packaging", "green_trade", 27_000_000, "演示：绿电交易 / demo: traded green power"),
)
_SHIFT = [str(v) for v in [9_000] * 7 + [11_000] * 12 + [9_000] * 5]  # kW by hour of the day
AGREEMENTS: tuple[dict[str, object], ...] = (
    {"id": "ppa-battery", "source": "direct-line", "enterprise": "battery-cells", "share": "0.35", "price_cny_per_kwh": "0.372",
     "document": "演示：直供协议一 / demo: direct-supply contract 1"},
    {"id": "ppa-data-center", "source": "direct-line", "enterprise": "data-center", "share": "0.25", "curve_kw": _SHIFT,
     "price_cny_per_kwh": "0.381", "valid_from": "2025-01-01", "valid_to": "2027-12-31",
     "document": "演示：直供协议二（曲线） / demo: direct-supply contract 2, with a curve"},
    {"id": "roof-battery", "source": "pv-battery", "enterprise": "battery-cells", "document": "演示：屋顶光伏自用 / demo: own roof"},
)  # fmt: skip
# (id, enterprise, plant, kWh by month, price, document)
TRADES = (
    ("trade-chips-2025", "chip-packaging", "塞北风电场（演示）", (2_250_000,) * 12, "0.415",
     "演示：绿电交易合同 / demo: green trade contract"),
)  # fmt: skip
# for reference: (id, 中文, English, carrier, formula)
VIRTUAL = (
    ("park-load", "园区用电（平衡式）", "power used in the park, by balance", "electricity",
     "grid-import + direct-import - grid-export + wind-own + chp-power + diesel-power"
     " + battery-discharge - battery-charge + " + " + ".join(p[0] for p in PLANTS)),
    ("clinker-power", "特种熟料 用电（含空压分摊）", "clinker, power with its share of air", "electricity",
     "cement-kiln + 0.06 * cement-air"),
    ("data-center-it", "云堤 IT 负荷", "Yundi, IT load", "electricity", "data-center-it-a + data-center-it-b"),
)  # fmt: skip
_HEADINGS = {
    "gateway": "110 kV 关口、直连线路与六条馈线 · gateway, direct line and six feeders",
    "mains": "企业进线 · incoming meters of the members",
    "center": "能源中心 · energy center",
    "renewables": "光伏与风电 · PV and wind",
    "steam": "蒸汽 · steam",
    "gas": "天然气（累计示数） · gas, counters",
    "water": "新水、循环水、排水（累计示数） · water, counters",
    "water-form": "报表用水 · water from form 205-4",
    "product-form": "报表产量 · output from form 205-3",
    "bills": "电费单 · power bills",
    "fuels": "燃料台账 · fuel books",
    "stocks": "库存 · stocks",
    "waste": "固体废物台账 · solid waste books",
    "output": "产量 · output",
    "recovery": "余热余冷余压 · waste heat, cold and pressure",
    "weather": "气象站 · weather station",
    "history": "近三年参考值，不参与核算 · last years, for reference",
}


def park_yaml(points: Sequence[Point], span: Span, seed: int) -> str:
    """The whole file."""
    lines = [
        "# 云麓零碳示范园区（合成） · Yunlu demo park (synthetic)",
        f"# 由 lingtan demo 以种子 {seed} 生成；企业、地点与数据均为虚构。Made by lingtan demo from seed {seed};",
        "# members, places and numbers are invented. 检查 · check: lingtan park check",
        "schema: 1",
        "",
        *_head(),
        *_places(),
        *_members(),
        *_supply(),
        *_matter(),
        *_meters(points),
        *_virtual(),
        *_choices(span),
    ]
    return "\n".join(lines) + "\n"


def _head() -> Iterator[str]:
    yield "park:"
    yield f"  id: {PARK_ID}"
    yield "  name: {zh: 云麓零碳示范园区（合成）, en: Yunlu demo park (synthetic)}"
    yield "  region: CN-JS"
    yield "  timezone: Asia/Shanghai"
    yield "  synthetic: true        # 合成数据，所有输出均会注明 · every output says so"
    yield "  size_class: 200k_to_1m # 规模档由核算结果校核 · checked against the account"
    yield f"  operator: {OPERATOR}"
    yield f"  base_year: {YEAR}"
    yield ""
    yield "boundary:"
    yield "  description: {zh: 东至朝云路、南至引河、西至纬港、北至麓山大道（虚构）, en: invented roads and canals on four sides}"
    yield f"  area_km2: {AREA_KM2}"
    yield f"  geojson: {_polygon(park_ring())}"
    yield ""


def _places() -> Iterator[str]:
    yield "# 片区与企业地块 · districts, and a plot for each member"
    yield "sites:"
    for number, (zh, en) in FEEDERS.items():
        yield f"  - {_flow({'id': f'district-{number}', 'name': {'zh': zh, 'en': en}})[:-1]}, geojson: {_polygon(district_ring(number))}}}"
    for member, ring in plots().items():
        yield f"  - {{id: plot-{member}, geojson: {_polygon(ring)}}}"
    yield ""


def _members() -> Iterator[str]:
    yield "# 企业：行业为 GB/T 4754 代码；产值、增加值单位为元 · members; output value and value added in CNY"
    yield "enterprises:"
    for m in MEMBERS:
        value = m.output_mcny * 1_000_000
        yield f"  - {_flow({'id': m.id, 'name': {'zh': m.zh, 'en': m.en}, 'industry': m.code, 'site': f'plot-{m.id}'})[:-1]},"
        yield f"     output_value_cny: {{{YEAR}: {value:.0f}}}, value_added_cny: {{{YEAR}: {value * m.added:.0f}}}}}"
    yield ""


def _supply() -> Iterator[str]:
    yield "# 与外部的连接；价格与 signal_* 因子只供调度用，为示意值，核算不用 · connections across the boundary;"
    yield "# prices and signal_* factors are for dispatch alone and illustrative: the account keeps its own"
    yield "connections:"
    connections: tuple[dict[str, object], ...] = (
        {"id": "grid-110kv", "name": {"zh": "110kV 云麓变", "en": "110 kV substation"}, "kind": "public_grid", "capacity": "180 MVA",
         "export_capacity": f"{EXPORT_LIMIT_WH / WH_PER_KW_STEP / 1000:.0f} MW", "export_price_cny_per_kwh": "0", "signal_kgco2_per_kwh": "0.58"},
        {"id": "direct-line", "name": {"zh": "绿电直连线路（风电、光伏）", "en": "direct line, wind and PV"}, "kind": "direct_line",
         "source": "wind", "capacity": "240 MW", "price_cny_per_kwh": "0.39"},
        {"id": "steam-neighbor", "name": {"zh": "邻厂蒸汽", "en": "steam from a neighbor"}, "carrier": "steam", "kind": "neighbor",
         "source": "fossil", "price_cny_per_kwh": "0.26", "signal_kgco2_per_kwh": "0.396"},
        {"id": "steam-biomass", "name": {"zh": "生物质电厂蒸汽", "en": "steam from a biomass plant"}, "carrier": "steam",
         "kind": "neighbor", "source": "biomass", "price_cny_per_kwh": "0.22", "signal_kgco2_per_kwh": "0"},
    )  # fmt: skip
    for row in connections:
        yield f"  - {_flow(row)}"
    yield ""
    yield "assets:"
    for name, zh, en, owner, peak, _, _ in PLANTS:
        yield f"  - {_flow({'id': name, 'name': {'zh': zh, 'en': en}, 'kind': 'pv', 'enterprise': owner, 'site': f'plot-{owner}', 'capacity': f'{peak:.0f} kW'})}"
    assets: tuple[dict[str, object], ...] = (
        {"id": "wind-own", "name": {"zh": "园区分散式风电", "en": "distributed wind"}, "kind": "wind", "capacity": f"{WIND_OWN_KW:.0f} kW"},
        {"id": "chp", "name": {"zh": "燃气热电联产", "en": "gas CHP"}, "kind": "gas_chp", "capacity": "3.0 MW", "efficiency": "0.39",
         "heat_efficiency": "0.43", "min_load": "0.4", "start_cost_cny": "800", "min_up_hours": "2", "price_cny_per_kwh": "0.33", "signal_kgco2_per_kwh": "0.202"},
        {"id": "boiler", "name": {"zh": "燃气锅炉", "en": "gas boiler"}, "kind": "boiler", "capacity": "8 MW", "efficiency": "0.915",
         "price_cny_per_kwh": "0.33", "signal_kgco2_per_kwh": "0.202"},
        {"id": "diesel", "name": {"zh": "应急柴油机组", "en": "back-up diesels"}, "kind": "other", "capacity": "6 MW"},
        {"id": "battery", "name": {"zh": "储能电站", "en": "battery"}, "kind": "battery", "capacity": "40 MW", "energy": "80 MWh",
         "efficiency": "0.95", "wear_cny_per_kwh": "0.02"},
    )  # fmt: skip
    for row in assets:
        yield f"  - {_flow({**row, 'enterprise': OPERATOR, 'site': f'plot-{OPERATOR}'})}"
    farm = f"{(DIRECT_WIND_KW + DIRECT_PV_KW) / 1000:.0f} MW"
    yield f"  - {_flow({'id': 'direct-farm', 'name': {'zh': '绿电直连电源（园外，仅计弃电）', 'en': 'plants behind the direct line'}, 'kind': 'other', 'capacity': farm})}"
    yield ""
    yield "# 示意电价，非真实价目 · illustrative prices, no published tariff"
    yield "tariffs:"
    yield "  - id: grid-two-part"
    yield "    connection: grid-110kv"
    yield "    region: CN-JS"
    yield "    voltage: 110kV"
    yield "    customer: two_part"
    yield "    basis: demand"
    yield "    energy_cny_per_kwh: {peak: 1.062, flat: 0.624, valley: 0.287}"
    yield "    composition:"
    yield "      purchase: 0.4014"
    yield "      line_loss: 0.0142"
    yield "      transmission: 0.0960"
    yield "      system_operation: 0.0670"
    yield "      funds: {rural_grid: 0.0202, reservoir: 0.0062, renewable: 0.0190}"
    yield "    floating: [purchase, line_loss, transmission, system_operation]"
    yield "    ratios: {peak: 1.757, valley: 0.41756}"
    yield "    windows:"
    yield '      - {period: peak, windows: ["14:00-22:00"]}'
    yield '      - {period: valley, windows: ["22:00-06:00"]}'
    yield "      - {period: flat, windows: [rest]}"
    yield "    demand_cny_per_kw_month: 44.8"
    yield "    capacity_cny_per_kva_month: 28.0"
    yield "    capacity_kva: 240000"
    yield "    average_load_factor: 0.62"
    yield '    power_factor_standard: "0.90"'
    yield "    power_factor: 0.94"
    yield "    source: 演示用示意价 / illustrative"
    yield ""


def _matter() -> Iterator[str]:
    yield "# 工业过程排放 · processes with emissions of their own"
    yield "processes:"
    for member, (process, factor, _) in PROCESSES.items():
        yield f"  - {_flow({'id': process, 'enterprise': member, 'factor': factor})}"
    yield ""
    yield "# 产品单位能耗限额，kgce/t · unit energy limits of products"
    yield "products:"
    for product, (member, zh, en, _, limit, standard, channels) in PRODUCTS.items():
        yield f"  - {_flow({'id': product, 'name': {'zh': zh, 'en': en}, 'enterprise': member, 'output': f'{product}-made'})[:-1]},"
        yield f"     energy: [{', '.join(channels)}], limit_kgce_per_unit: {limit}, standard: {_scalar(standard)}}}"
    yield ""
    yield "wastes:"
    for m in MEMBERS:
        if m.waste_t:
            yield f"  - {_flow({'id': f'waste-{m.id}', 'name': {'zh': f'{m.zh} 固废', 'en': f'{m.en}, solid waste'}, 'enterprise': m.id, 'kind': 'solid'})}"
    for name, zh, en, owner, _, kind, _, _ in WASTES:
        yield f"  - {_flow({'id': name, 'name': {'zh': zh, 'en': en}, 'enterprise': owner, 'kind': kind})}"
    yield ""


def _meters(points: Sequence[Point]) -> Iterator[str]:
    yield "# 表计与通道。示数照文件原样保存，核算时乘倍率（multiplier）。"
    yield "# Meters and channels. Numbers are kept as they are read; the multiplier is applied when they are accounted."
    yield "meters:"
    by_meter: dict[str, list[Point]] = {}
    for point in points:
        by_meter.setdefault(point.meter, []).append(point)
    last = ""
    for meter, channels in by_meter.items():
        first = channels[0]
        heading = _HEADINGS.get(first.group, "")
        if first.group.startswith("subs"):
            zh, en = FEEDERS[int(first.group[-1])]
            heading = f"{zh} 分表 · sub-meters of the {en}"
        if heading != last:
            yield f"  # ---- {heading}"
            last = heading
        row: dict[str, object] = {"id": meter, "enterprise": first.enterprise, "class": first.accuracy}
        if first.parent:
            row["parent"] = first.parent
        if first.loss_share:
            row["loss_share"] = first.loss_share
        if first.manual:
            row["manual"] = "true"
        yield f"  - {_flow(row)[:-1]},"
        yield "     channels: ["
        for point in channels:
            yield f"       {_flow(_channel(point))},"
        yield "     ]}"
    yield ""


def _channel(point: Point) -> dict[str, object]:
    row: dict[str, object] = {
        "id": point.id,
        "name": {"zh": point.zh, "en": point.en},
        "carrier": point.carrier,
        "activity": point.activity.value,
        "unit": point.unit,
    }
    if point.kind != "interval":
        row["kind"] = point.kind
    if point.step != "15min":
        row["step"] = point.step
    multiplier = point.delivered_multiplier or point.multiplier
    if multiplier != "1":
        row["multiplier"] = multiplier
    if point.content is not None:
        row["content"] = point.content
    if point.digits is not None:
        row["digits"] = str(point.digits)
    limit = rating_per_hour(point)
    if limit is not None:
        row["max_per_hour"] = str(limit)
    if point.carrier == "temperature":
        row["signed"] = "true"
    row.update(point.links)
    if point.history:
        row["history"] = point.history
    return row


def rating_per_hour(point: Point) -> int | None:
    """The rating of main meters: about 1.6 times the most that they see, in two digits. [kWh/h]"""
    if point.unit != "kWh" or point.group not in ("gateway", "mains", "center", "renewables") or not point.truth.size:
        return None
    most = float(point.truth.max()) * PER_HOUR / 1000 * 1.6 * (1 + class_limit(point.accuracy))
    size = int(10 ** max(0, len(f"{most:.0f}") - 2))
    return max(10, -(-int(most) // size) * size)


def _virtual() -> Iterator[str]:
    yield "# 虚拟表：由公式计算 · virtual meters by formula"
    yield "virtual_meters:"
    for name, zh, en, carrier, formula in VIRTUAL:
        yield f"  - id: {name}"
        yield f"    name: {_flow({'zh': zh, 'en': en})}"
        yield f"    carrier: {carrier}"
        yield f"    activity: {Activity.REFERENCE.value}"
        yield f"    formula: {formula}"
    yield ""


def _choices(span: Span) -> Iterator[str]:
    yield "# 绿证与绿电交易（千瓦时） · certificates and traded green power [kWh]"
    yield "certificates:"
    for name, holder, kind, kwh, source in CERTIFICATES:
        held = kwh * span.days // 365
        yield f"  - {_flow({'id': name, 'holder': holder, 'kind': kind, 'year': str(YEAR), 'kwh': str(held), 'vintage': str(YEAR), 'source': source})}"
    yield ""
    yield from _tracing()
    yield "# 官方文本留给园区的选择，随结果一并列出 · choices that the official text leaves open; printed with every result"
    yield "accounting:"
    yield "  # 910 号文未给出电力等价值系数，须按年声明 · the notice gives no equivalent value; it must be stated by year"
    yield "  equivalent_kgce_per_kwh:"
    yield f"    {YEAR}: {{value: {EQUIVALENT}, confidence: unofficial, source: 供电标准煤耗类推的非官方值 / unofficial value}}"
    yield "  # 省级电网因子最新公布到 2023 年（对照规则集 ghg-protocol 用） · the newest published grid factors, for ghg-protocol"
    yield f"  factor_years: {{{YEAR}: {YEAR - 2}}}"
    yield "  chp_split: energy"
    yield "  coverage_floor: {account: 0.95}"


def _tracing() -> Iterator[str]:
    yield "# 直供协议与绿电交易；写明 rule 后核算即按溯源分摊 · agreements and a trade; with a rule stated the account shares by it"
    yield "tracing:"
    yield "  agreements:"
    for row in AGREEMENTS:
        yield f"    - {_flow(row)}"
    yield "  trades:"
    for name, enterprise, plant, months, price, document in TRADES:
        kwh = {str(m): str(v) for m, v in enumerate(months, 1)}
        told = {"id": name, "enterprise": enterprise, "plant": plant, "year": str(YEAR), "kwh_by_month": kwh,
                "price_cny_per_kwh": price, "document": document}  # fmt: skip
        yield f"    - {_flow(told)}"
    yield ""


def _polygon(ring: Ring) -> str:
    return json.dumps({"type": "Polygon", "coordinates": [ring]}, separators=(", ", ": "))


def _flow(row: Mapping[str, object]) -> str:
    """A mapping in flow style."""
    return "{" + ", ".join(f"{key}: {_value(value)}" for key, value in row.items() if value is not None) + "}"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return _flow(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _scalar(str(value))


def _scalar(text: str) -> str:
    return (
        text
        if re.fullmatch(r"[\w.（）、，%³ /-]+", text) and text == text.strip()
        else json.dumps(text, ensure_ascii=False)
    )
