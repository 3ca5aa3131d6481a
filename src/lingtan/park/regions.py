"""Provinces by the code that the factor tables use (ISO 3166-2)."""

from typing import Final

_ROWS: Final = """
CN-BJ|北京|Beijing
CN-TJ|天津|Tianjin
CN-HE|河北|Hebei
CN-SX|山西|Shanxi
CN-NM|内蒙古|Inner Mongolia
CN-LN|辽宁|Liaoning
CN-JL|吉林|Jilin
CN-HL|黑龙江|Heilongjiang
CN-SH|上海|Shanghai
CN-JS|江苏|Jiangsu
CN-ZJ|浙江|Zhejiang
CN-AH|安徽|Anhui
CN-FJ|福建|Fujian
CN-JX|江西|Jiangxi
CN-SD|山东|Shandong
CN-HA|河南|Henan
CN-HB|湖北|Hubei
CN-HN|湖南|Hunan
CN-GD|广东|Guangdong
CN-GX|广西|Guangxi
CN-HI|海南|Hainan
CN-CQ|重庆|Chongqing
CN-SC|四川|Sichuan
CN-GZ|贵州|Guizhou
CN-YN|云南|Yunnan
CN-XZ|西藏|Tibet
CN-SN|陕西|Shaanxi
CN-GS|甘肃|Gansu
CN-QH|青海|Qinghai
CN-NX|宁夏|Ningxia
CN-XJ|新疆|Xinjiang
"""
# code -> (Chinese name, English name)
REGIONS: Final[dict[str, tuple[str, str]]] = {
    code: (zh, en) for code, zh, en in (row.split("|") for row in _ROWS.strip().splitlines())
}


def region_code(text: str) -> str | None:
    """The code of a province given by its code or its Chinese or English name; None if there is no such province."""
    plain = text.strip()
    if plain.upper() in REGIONS:
        return plain.upper()
    for code, (zh, en) in REGIONS.items():
        if (
            plain.removesuffix("省").removesuffix("市").removesuffix("自治区").startswith(zh)
            or plain.lower() == en.lower()
        ):
            return code
    return None
