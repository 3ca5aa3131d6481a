"""The words of headers: what a column is by what people call it, in Chinese and English."""

import re
import unicodedata

from lingtan.base.units import UNITS, canonical_unit
from lingtan.metering.shapes.numbers import is_missing, parse_number

_PREFIX = "(?:数据|采集|采样|抄表|记录|统计|计量|监测|冻结|上报|结束|开始|起始|起|止|截止|截至|终止|时段|用电|业务|量测|测量|运行)?"
ROLES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (role, re.compile(pattern))
    for role, pattern in (
        ("start", r"(?:开始|起始|起|时段开始|区间开始)(?:日期|时间|时刻|时间点)|(?:interval|period)?_?(?:start|from|begin)(?:_?(?:time|date|stamp|ts|utc|local))?|ts_start"),
        ("end", r"(?:结束|截止|终止|止|时段结束|区间结束)(?:日期|时间|时刻|时间点)|(?:interval|period)?_?(?:end|to|until)(?:_?(?:time|date|stamp|ts|utc|local))?|ts_end"),
        ("month", r"月份|账期|年月|电费年月|电量年月|结算(?:年月|月份?|周期)|统计(?:年月|月份?)|所属(?:月份|期)|报告期|期间|年份|年度|年|月|billing_?(?:month|period)|month|period|year"),
        ("date", _PREFIX + r"日期|date|day|data_?date"),
        ("clock", _PREFIX + r"时刻|时分|clock|hour|小时|time_?of_?day"),
        ("time", _PREFIX + r"(?:日期)?(?:时间|时标|时间戳|时间点|日期时间)|timestamp|time_?stamp|time|datetime|date_?time|ts|local_?time|utc|utc_?time|time_?utc|stamp|时间\(.*\)"),
        ("item", r"数据类型|数据项(?:名称)?|数据标识|计量项|类型|电量类型|示数类型|参数|item|type|kind|measure(?:ment)?|register|费率"),
        ("name", r"(?:用电)?户号|用户编号|用户号|客户编号|户名|用户名称|客户名称|(?:电能?表|水表|气表|热表|表计?|仪表|资产|计量点|测点|通道|设备|终端|点位|采集点|测量点|计量设备)(?:编?号|名称?|标识|id|号码|资产号|地址|编码)?|名称|站点|回路(?:名称|编号)?|账[号户]|meter|meter_?(?:id|no|number|name|serial)|channel|channel_?id|tag(?:_?name)?|point(?:_?id|_?name)?|device(?:_?id)?|sensor(?:_?id)?|serial|account(?:_?no|_?number)?|name|id|series"),
        ("unit", r"(?:计量|数据)?单位|unit|units|uom"),
        ("quality", r"(?:数据)?质量(?:码|标志|标识|标记)?|数据状态|状态码?|quality|quality_?flag|flag|status"),
        ("skip", r"序号|编号|行号|no\.?|#|index|备注|说明|remarks?|note|comment|(?:综合)?倍率|电?流互感器变比|ct|pt|(?:电费|金额|费用|电价|单价|应收|实收).*|价税合计|cost|price|amount_?cny|省份?|地市|区县|供电(?:所|公司|单位)|行业(?:类别|分类)?|电压等级|用电类别|数据来源|是否.*|点数|完整率|日电量|采集方式|上期.*|本期示数.*|上次示数|本次示数"),
        ("value", r"数值|值|量测值|读数|示数|表码|止码|电量|用电量|能量|功率|负荷|有功功率|用量|消费量|消耗量|抄见电?量|计费电量|结算电量|总电量|用水量|用气量|用热量|用汽量|数量|实物量|value|reading|readings|consumption|quantity|energy|usage|kwh|val|data|power|load"),
    )
)  # fmt: skip
_BRACKET = re.compile(r"^(.*?)[\s_]*[\(\[【〔{（]([^()\[\]【】（）]*)[\)\]】〕}）]\s*$")
_TAIL = re.compile(r"^(.*?)[\s_/:：,，、-]+([A-Za-z0-9³^万亿千瓦时吨立方米]+(?:/h)?)$")
TOTALS = re.compile(r"(?:合\s*计|总\s*计|小\s*计|汇\s*总|total|sum|subtotal|grand total)[:：]?", re.IGNORECASE)
# measured beside energy and not accounted: skipped when no channel of the park has the name
BESIDE = re.compile(
    r"无功|电压|电流|功率因数|频率|温度|湿度|力率|需量|voltage|current|reactive|power factor|kvarh?", re.IGNORECASE
)
# narrow a meter with several channels by the direction that a header names
DIRECTIONS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"反向|上网|返送|送出|外送|export|reverse|feed.?in", re.IGNORECASE), frozenset({"export"})),
    (re.compile(r"充电|(?<!dis)charge", re.IGNORECASE), frozenset({"charge"})),
    (re.compile(r"放电|discharge", re.IGNORECASE), frozenset({"discharge"})),
    (re.compile(r"发电|generation", re.IGNORECASE), frozenset({"generation"})),
    (re.compile(r"正向|下网|受电|购入|import|forward", re.IGNORECASE), frozenset({"import", "use", "generation", "final"})),
)  # fmt: skip
POWER = re.compile(r"功率|负荷|power|load|(?<![a-z])[kmg]?w(?![a-z])", re.IGNORECASE)
ENERGY = re.compile(r"电量|电能|能量|energy|[kmg]?wh", re.IGNORECASE)
QUALITIES: dict[str, int | None] = {
    **dict.fromkeys(["", "0", "good", "ok", "正常", "有效", "合格", "实测", "measured", "valid", "m", "a", "actual", "采集", "自动", "true"], 0),
    **dict.fromkeys(["1", "estimated", "estimate", "e", "est", "估算", "估计", "预估", "补采", "拟合", "推算", "修补"], 1),
    **dict.fromkeys(["bad", "invalid", "无效", "异常", "错误", "坏值", "error", "suspect", "可疑", "不合格", "false"], None),
}  # fmt: skip


def plain(text: str) -> str:
    """A header in half-width, without line breaks and doubled spaces."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def key(text: str) -> str:
    """What a name is compared by: half-width, lower case, no spaces and joints."""
    return re.sub(r"[\s_\-—–·/\\:：,，、.。'\"]+", "", unicodedata.normalize("NFKC", text).casefold())


def split_unit(header: str) -> tuple[str, str | None]:
    """A header without its unit, and the unit: ``1#进线 有功电量(kWh)`` → (``1#进线 有功电量``, ``kWh``)."""
    text = plain(header)
    found = _BRACKET.match(text)
    if found and known_unit(found.group(2)):
        return found.group(1).strip(), known_unit(found.group(2))
    if found and re.match(r"单位[:：]?\s*", found.group(2)):
        unit = known_unit(re.sub(r"^单位[:：]?\s*", "", found.group(2)))
        if unit:
            return found.group(1).strip(), unit
    found = _TAIL.match(text)
    if found and len(found.group(2)) > 1 and known_unit(found.group(2)):
        return found.group(1).strip(), known_unit(found.group(2))
    return text, None


def known_unit(text: str) -> str | None:
    """The canonical spelling of a unit or a rate of one (``t/h``); None if it is neither."""
    plain_text = plain(text)
    unit = canonical_unit(plain_text)
    if unit:
        return unit
    if plain_text.lower().endswith("/h"):
        base = canonical_unit(plain_text[:-2])
        return f"{base}/h" if base and base in UNITS else None
    return None


def role(header: str) -> str | None:
    """What kind of column a header names: time, name, value, unit, …; None if it is a name of its own."""
    name = split_unit(header)[0].lower().replace(" ", "_")
    tight = name.replace("_", "")
    for found, pattern in ROLES:
        if pattern.fullmatch(name) or pattern.fullmatch(tight):
            return found
    if known_unit(header) and name:
        return "value"
    return None


def looks_numeric(text: str) -> bool:
    """Whether a cell is a number or a word for missing (but not empty)."""
    return bool(text) and (parse_number(text) is not None or is_missing(text))
