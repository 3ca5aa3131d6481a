"""Who is in the park: about thirty enterprises of different trades. All names are invented."""

from dataclasses import dataclass, field

from lingtan.park.activities import Activity


@dataclass(frozen=True)
class Burner:
    """A gas user: yearly volume, what it is for, and how it runs. [million m3]"""

    id: str
    zh: str
    en: str
    million_m3: float
    activity: Activity = Activity.FINAL
    shift: str = "continuous"


@dataclass(frozen=True)
class Member:
    """An enterprise with its yearly quantities; money in million CNY of 2025."""

    id: str
    zh: str
    en: str
    code: str
    feeder: int
    gwh: float
    shift: str
    subs: str
    output_mcny: float
    added: float
    hvac: float = 0.12
    steam_gj: float = 0.0
    water_m3: float = 20_000.0
    reuse: float = 0.0
    waste_t: float = 0.0
    waste_used: float = 0.9
    burners: tuple[Burner, ...] = field(default=())
    monthly_bill: bool = False


OPERATOR = "park-energy"
MEMBERS: tuple[Member, ...] = (
    Member("alu-profile", "恒岭铝型材有限公司", "Hengling Aluminium Profiles", "C3252", 1, 118, "three", "big", 5200, 0.21,
           water_m3=310_000, reuse=6.2, waste_t=5200, waste_used=0.93,
           burners=(Burner("ageing", "时效炉", "ageing furnaces", 0.42, shift="three"),)),
    Member("alu-recycling", "澄沙再生铝有限公司", "Chengsha Recycled Aluminium", "C3216", 1, 58, "continuous", "big", 4300, 0.12,
           water_m3=140_000, reuse=7.5, waste_t=7400, waste_used=0.84,
           burners=(Burner("melting", "熔炼炉", "melting furnaces", 1.50),)),
    Member("battery-cells", "朔原电池有限公司", "Shuoyuan Battery Cells", "C3841", 2, 168, "continuous", "big", 14800, 0.24,
           hvac=0.30, steam_gj=10_000, water_m3=420_000, reuse=6.8, waste_t=2100),
    Member("cathode", "朔原正极材料有限公司", "Shuoyuan Cathode Materials", "C3985", 2, 94, "continuous", "big", 6900, 0.17,
           water_m3=180_000, reuse=5.1, waste_t=1500),
    Member("pcb", "明汐电子电路有限公司", "Mingxi Circuit Boards", "C3982", 2, 69, "three", "big", 3100, 0.26,
           hvac=0.22, water_m3=680_000, reuse=2.4, waste_t=3900, waste_used=0.88),
    Member("chip-packaging", "芯澜半导体封测有限公司", "Xinlan Chip Packaging", "C3973", 2, 47, "continuous", "big", 2700, 0.31,
           hvac=0.34, water_m3=260_000, reuse=3.2, waste_t=240, waste_used=0.8),
    Member("data-center", "云堤数据中心有限公司", "Yundi Data Center", "I6450", 3, 76, "datacenter", "datacenter", 1250, 0.46,
           water_m3=190_000, reuse=9.0),
    Member("solar-glass", "晶庭光伏玻璃有限公司", "Jingting Solar Glass", "C3041", 1, 23, "continuous", "medium", 620, 0.22,
           water_m3=60_000, reuse=8.8, waste_t=1600,
           burners=(Burner("furnace", "玻璃熔窑", "glass furnace", 0.90),)),
    Member("cement", "岩桥水泥粉磨有限公司", "Yanqiao Cement Grinding", "C3011", 1, 26, "night", "cement", 540, 0.19,
           hvac=0.03, water_m3=50_000, reuse=9.1, waste_t=900, waste_used=1.0,
           burners=(Burner("kiln", "特种熟料窑", "special clinker kiln", 0.43),)),
    Member("lime", "白麓钙业有限公司", "Bailu Lime", "C3012", 1, 7.5, "continuous", "small", 130, 0.25,
           water_m3=18_000, reuse=3.1, waste_t=2600, waste_used=0.71,
           burners=(Burner("kiln", "石灰窑", "lime kiln", 0.52),)),
    Member("fine-chemicals", "泓源精细化工有限公司", "Hongyuan Fine Chemicals", "C2669", 4, 43, "continuous", "big", 3900, 0.23,
           steam_gj=34_000, water_m3=390_000, reuse=8.2, waste_t=3300, waste_used=0.62,
           burners=(Burner("feedstock", "制氢原料气", "hydrogen feedstock", 2.40, Activity.FEEDSTOCK),
                    Burner("heater", "导热油炉", "thermal oil heater", 0.24))),
    Member("air-gases", "凌霁气体有限公司", "Lingji Industrial Gases", "C2619", 4, 51, "continuous", "medium", 460, 0.33,
           water_m3=110_000, reuse=10.5),
    Member("carbon-pilot", "玄序炭材料中试有限公司", "Xuanxu Carbon Materials Pilot", "C2521", 4, 2.8, "continuous", "small", 96, 0.2,
           water_m3=9_000, reuse=2.0, waste_t=260),
    Member("pharma", "柏康制药有限公司", "Baikang Pharmaceuticals", "C2720", 4, 16, "two", "medium", 2400, 0.42,
           hvac=0.36, steam_gj=24_000, water_m3=150_000, reuse=2.9, waste_t=620, waste_used=0.7),
    Member("food", "麦禾食品有限公司", "Maihe Foods", "C1411", 5, 10, "two", "medium", 980, 0.27,
           steam_gj=19_000, water_m3=130_000, reuse=1.1, waste_t=1900, waste_used=0.97,
           burners=(Burner("ovens", "烘烤炉", "baking ovens", 0.15, shift="two"),)),
    Member("brewery", "听潮啤酒有限公司", "Tingchao Brewery", "C1513", 5, 8.6, "two", "medium", 560, 0.35,
           steam_gj=17_000, water_m3=240_000, reuse=1.4, waste_t=5200, waste_used=0.99),
    Member("textile", "织澜印染有限公司", "Zhilan Dyeing and Finishing", "C1713", 5, 18.5, "three", "medium", 870, 0.2,
           steam_gj=46_000, water_m3=720_000, reuse=1.3, waste_t=2100, waste_used=0.58,
           burners=(Burner("setting", "定型机", "stenters", 0.22, shift="three"),)),
    Member("printing", "方楷印刷有限公司", "Fangkai Printing", "C2319", 5, 4.8, "two", "small", 310, 0.26, hvac=0.3, waste_t=700),
    Member("paper-packaging", "叠方纸包装有限公司", "Diefang Paper Packaging", "C2231", 5, 6.1, "two", "small", 440, 0.2,
           steam_gj=11_000, water_m3=35_000, waste_t=2600, waste_used=0.99),
    Member("plastics", "弘塑新材料有限公司", "Hongsu Plastics", "C2929", 5, 14.2, "three", "medium", 820, 0.21,
           water_m3=22_000, reuse=12.0, waste_t=800, waste_used=0.95),
    Member("bearings", "砺锋轴承有限公司", "Lifeng Bearings", "C3451", 6, 20.5, "two", "medium", 1350, 0.28,
           water_m3=42_000, reuse=5.5, waste_t=1900, waste_used=0.96),
    Member("foundry", "熔峰铸造有限公司", "Rongfeng Foundry", "C3391", 6, 14.4, "night", "medium", 520, 0.24,
           water_m3=26_000, reuse=7.0, waste_t=8200, waste_used=0.81,
           burners=(Burner("ladle", "烤包器", "ladle heaters", 0.13, shift="two"),)),
    Member("auto-parts", "驰野汽车零部件有限公司", "Chiye Auto Parts", "C3670", 6, 22.3, "two", "medium", 2650, 0.25,
           water_m3=66_000, reuse=2.8, waste_t=1700, waste_used=0.94,
           burners=(Burner("paint", "涂装烘干", "paint drying", 0.24, shift="two"),)),
    Member("blades", "长翼叶片有限公司", "Changyi Blades", "C3415", 6, 10.3, "one", "medium", 1480, 0.22, hvac=0.26, waste_t=1500,
           waste_used=0.66),
    Member("workshop", "匠坊精密加工有限公司", "Jiangfang Precision Works", "C3484", 6, 0.62, "one", "bill", 18, 0.34,
           water_m3=2_000, waste_t=30, monthly_bill=True),
    Member("cold-store", "冰屿冷链有限公司", "Bingyu Cold Store", "G5930", 3, 8.3, "cold", "small", 210, 0.31, hvac=0.0,
           water_m3=14_000, reuse=6.0),
    Member("logistics", "通埠物流有限公司", "Tongbu Port Logistics", "G5990", 3, 6.2, "logistics", "small", 640, 0.24),
    Member("charging", "驰充充电服务有限公司", "Chichong EV Charging", "F5268", 3, 12.4, "charging", "medium", 24, 0.5, water_m3=3_000),
    Member("waterworks", "清澜水务有限公司", "Qinglan Water Works", "D4620", 3, 9.2, "water", "small", 150, 0.38, hvac=0.03,
           water_m3=30_000, reuse=20.0, waste_t=4100, waste_used=0.52),
    Member("research", "零碳研究院", "Zero Carbon Research Center", "M7320", 3, 7.8, "office", "office", 260, 0.5, hvac=0.42,
           water_m3=60_000),
    Member("canteen", "禾谷餐饮有限公司", "Hegu Canteens", "H6210", 3, 0.48, "office", "bill", 22, 0.4, water_m3=21_000, monthly_bill=True),
    Member("tooling", "铭刃刀具有限公司", "Mingren Tooling", "C3321", 6, 0.55, "one", "bill", 25, 0.33, water_m3=1_500, monthly_bill=True),
    Member(OPERATOR, "园区能源运营有限公司", "Park Energy Operator", "D4412", 3, 5.4, "lighting", "small", 310, 0.3, hvac=0.1,
           water_m3=48_000, reuse=11.0, waste_t=120),
)  # fmt: skip
FEEDERS = {1: ("材料片区", "materials district"), 2: ("电子片区", "electronics district"), 3: ("公共片区", "public district"),
           4: ("化工片区", "chemicals district"), 5: ("轻工片区", "light industry district"),
           6: ("装备片区", "machinery district")}  # fmt: skip
# sub-meters by size: (suffix, 中文, English, share, shape)
SUBS: dict[str, tuple[tuple[str, str, str, float, str], ...]] = {
    "big": (("line-a", "一车间", "line A", 0.34, "work"), ("line-b", "二车间", "line B", 0.24, "work"),
            ("line-c", "三车间", "line C", 0.17, "work"), ("air", "空压站", "compressed air", 0.09, "base"),
            ("hvac", "暖通", "HVAC", 0.0, "hvac"), ("light", "照明办公", "lighting and offices", 0.04, "office")),
    "medium": (("line-a", "一车间", "line A", 0.45, "work"), ("line-b", "二车间", "line B", 0.27, "work"),
               ("air", "空压站", "compressed air", 0.12, "base"), ("hvac", "暖通", "HVAC", 0.0, "hvac"),
               ("light", "照明办公", "lighting and offices", 0.04, "office")),
    "small": (("process", "生产", "process", 0.82, "work"), ("hvac", "暖通", "HVAC", 0.0, "hvac"),
              ("aux", "辅助", "auxiliaries", 0.10, "base")),
    "cement": (("mill-a", "一号磨机", "mill A", 0.46, "work"), ("mill-b", "二号磨机", "mill B", 0.36, "work"),
               ("kiln", "特种熟料窑", "special clinker kiln", 0.0125, "base"), ("air", "空压站", "compressed air", 0.08, "base"),
               ("hvac", "暖通", "HVAC", 0.0, "hvac"), ("light", "照明办公", "lighting and offices", 0.03, "office")),
    "datacenter": (("it-a", "IT 负荷 A", "IT load A", 0.40, "work"), ("it-b", "IT 负荷 B", "IT load B", 0.38, "work"),
                   ("hvac", "制冷", "cooling plant", 0.18, "hvac"), ("light", "照明办公", "lighting and offices", 0.02, "office")),
    "office": (("hvac", "暖通", "HVAC", 0.0, "hvac"), ("labs", "实验室", "laboratories", 0.30, "work"),
               ("light", "照明办公", "lighting and offices", 0.25, "office")),
    "bill": (("all", "全部", "everything", 1.0, "work"),),
}  # fmt: skip
