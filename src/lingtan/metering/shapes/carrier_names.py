"""Carriers and activities by the words of the statistics forms, and the channel of the park that stands for them."""

import re

from lingtan.base.ids import nearest
from lingtan.metering.shapes import words
from lingtan.metering.shapes.names import Match, Register, labels
from lingtan.park.activities import Activity
from lingtan.park.carriers import carriers
from lingtan.park.model import Park, owner

_ALIASES = {
    "煤炭": "raw_coal", "烟煤": "bituminous", "洗精煤用于炼焦": "washed_coal", "其他洗煤": "other_washed_coal",
    "型煤": "briquette", "水煤浆": "briquette", "煤粉": "briquette", "发生炉煤气": "other_gas", "天然气气态": "natural_gas",
    "管道天然气": "natural_gas", "煤层气": "natural_gas", "液化天然气液态": "lng", "LNG": "lng", "LPG": "lpg",
    "电": "electricity", "电能": "electricity", "外购电": "electricity", "热": "heat", "外购热力": "heat", "外购蒸汽": "steam",
    "生物质燃料": "other_solid_biomass", "生物燃料": "other_solid_biomass", "余热余压": "waste_heat", "氢": "hydrogen",
    "水": "fresh_water", "自来水": "fresh_water", "新鲜水": "fresh_water", "取水量": "fresh_water", "重复用水": "reused_water",
    "重复用水量": "reused_water", "外排水量": "waste_water", "废水排放量": "waste_water", "石油气": "lpg", "焦炭": "coke",
}  # fmt: skip
A = Activity
# the first pattern that fits a column's words decides; None: a part of another column, or money, or a coefficient
COLUMNS: tuple[tuple[re.Pattern[str], str | None], ...] = tuple(
    (re.compile(p), a)
    for p, a in (
        (r"金额|折标|系数|上年|去年|同期|省外|千元|万元|代码|运输工具|非工业|其中.*进口", None),
        (r"分母|母项", A.OUTPUT),
        (r"分子|子项|单耗|单位产品", None),
        (r"年初库存", "stock_year"),
        (r"期初库存|月初库存", "stock_start"),
        (r"期末库存|年末库存|月末库存|库存", "stock_end"),
        (r"加工转换投入|转换投入", A.CONVERSION_INPUT),
        (r"加工转换产出|转换产出", A.CONVERSION_OUTPUT),
        (r"回收", A.RECOVERED),
        (r"火力发电|发电投入", A.THERMAL_POWER),
        (r"供热", A.HEAT_SUPPLY),
        (r"炼油|煤制油", A.REFINING),
        (r"制气", A.GAS_MAKING),
        (r"原煤入洗|炼焦|液化|煤制品加工", None),
        (r"原材料|原料", A.FEEDSTOCK),
        (r"购进|购入|外购|采购", A.IMPORT),
        (r"外供|销售|售出|输出", A.EXPORT),
        (r"终端消费", A.FINAL),
        (r"消费|消耗|用量|使用量", A.USE),
        (r"产量", A.OUTPUT),
    )
)
# a consumption column may be metered as use or as final burning
STANDS_FOR: dict[str, tuple[str, ...]] = {A.USE: (A.USE, A.FINAL), A.FINAL: (A.FINAL, A.USE)}
WATER_ROWS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"^(取水(总)?量|新水(用|取)?量|用水总量|新鲜水.*)$"), "fresh_water", A.INTAKE),
    (re.compile(r"^(重复用水(总)?量|循环用水量|回用水量|中水.*)$"), "reused_water", A.REUSE),
    (re.compile(r"^(外排水量|废水排放(总)?量|排水(总)?量)$"), "waste_water", A.DISCHARGE_WATER),
)


# 吨水泥综合能耗, 单位合成氨生产电耗, 啤酒产品可比能耗: the product is what remains
_PER_PRODUCT = re.compile(
    r"^(?:单位|每?吨|每?千升)?(.+?)(?:产品)?(?:生产)?(?:综合|可比)?(?:能源消耗|能耗|电耗|煤耗|油耗|汽耗|水耗|产量)?$"
)


def activity_of(text: str) -> tuple[bool, str | None]:
    """(known, activity) of a column's words; an activity of None is known and left out."""
    tight = re.sub(r"\s+", "", words.plain(text))
    for pattern, activity in COLUMNS:
        if pattern.search(tight):
            return True, activity
    return False, None


def bare(text: str) -> str:
    """A row's name without numbering, ``其中:`` and its unit: ``1.无烟煤(吨)`` → ``无烟煤``."""
    tight = words.split_unit(text)[0].replace(" ", "")
    tight = re.sub(r"^(?:[一二三四五六七八九十]+[、.]|[(（]?\d{1,2}[)）、.]|#|\*|其中[:：]?|-)+", "", tight)
    return re.sub(r"\((?:合计|总量|[^()]*计)\)$", "", tight).strip(":：")


class CarrierNames:
    """Finds a park's channel by carrier, activity and enterprise."""

    def __init__(self, park: Park, register: Register) -> None:
        self._park, self._register = park, register
        self._known = {words.key(k): v for k, v in _ALIASES.items()}
        for info in carriers(park).values():
            for name in (info.id, info.zh, info.en):
                self._known.setdefault(words.key(name), info.id)

    def carrier(self, text: str) -> str | None:
        """The carrier that a row names, or None."""
        name = words.key(bare(text))
        return self._known.get(name) or self._known.get(re.sub(r"\(.*\)$", "", name))

    def nearest(self, text: str) -> str | None:
        """The known carrier name that a text most likely meant."""
        return nearest(bare(text), [c.zh for c in carriers(self._park).values()])

    def find(self, carrier: str, activity: str, enterprise: str | None) -> Match:
        """The one channel of that carrier and activity (and enterprise); manual monthly ones are preferred."""
        for wanted in STANDS_FOR.get(activity, (activity,)):
            found = [
                (meter, channel)
                for meter, channel in self._register.channels.values()
                if channel.carrier == carrier and channel.activity == wanted
                and (enterprise is None or owner(self._park, meter, channel) == enterprise)
            ]  # fmt: skip
            if len(found) > 1:
                manual = [f for f in found if f[0].manual or f[1].step in ("1month", "1year")]
                found = manual or [f for f in found if f[1].kind != "counter"] or found
            if len(found) == 1:
                return Match(found[0][1].id)
            if found:
                return Match(code="import.ambiguous-channel", candidates=tuple(sorted(c.id for _, c in found)))
        return Match(code="import.no-channel-for", nearest=f"{carrier} / {activity}")

    def product(self, text: str, enterprise: str | None) -> Match | None:
        """The output channel of the one product that a row of form 205-3 is about; None if no product has that name."""
        name = bare(text)
        found = _PER_PRODUCT.match(name)
        keys = {words.key(name), words.key(found.group(1)) if found else ""}
        outputs = {
            p.output
            for p in self._park.products
            if (enterprise is None or p.enterprise == enterprise)
            and keys & {words.key(n) for n in (p.id, *labels(p.name))}
        }
        if len(outputs) > 1:
            return Match(code="import.ambiguous-channel", candidates=tuple(sorted(outputs)))
        return Match(outputs.pop()) if outputs else None

    def enterprise(self, texts: list[str]) -> str | None:
        """The enterprise that a form's title rows name."""
        for item in self._park.enterprises:
            if any(n in t for n in labels(item.name) for t in texts):
                return item.id
        return None
