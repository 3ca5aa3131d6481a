"""The built-in carriers: id, Chinese and English name, group and metering unit.

Fossil kinds are those of the official method (notice 910, annex 4); ids are those of the factor tables.
"""

from dataclasses import dataclass

from lingtan.park.model import Park


@dataclass(frozen=True)
class CarrierInfo:
    """What a carrier is; ``unit`` is its metering unit: kWh, GJ, kg, m3 or unit."""

    id: str
    zh: str
    en: str
    group: str
    unit: str

    @property
    def fossil(self) -> bool:
        """Whether it is one of the fossil kinds."""
        return self.group == "fossil"


_ROWS = """
electricity|电力|electricity|electricity|kWh
heat|热力|heat|heat|GJ
steam|蒸汽|steam|heat|GJ
hot_water|热水|hot water|heat|GJ
cooling|冷量|cooling|heat|GJ
raw_coal|原煤|raw coal|fossil|kg
anthracite|无烟煤|anthracite|fossil|kg
coking_coal|炼焦烟煤|coking coal|fossil|kg
bituminous|一般烟煤|other bituminous coal|fossil|kg
lignite|褐煤|lignite|fossil|kg
washed_coal|洗精煤|cleaned coal|fossil|kg
other_washed_coal|其他洗煤|other washed coal|fossil|kg
briquette|煤制品|coal products|fossil|kg
coal_gangue|煤矸石|coal gangue|fossil|kg
coke|焦炭|coke|fossil|kg
coke_oven_gas|焦炉煤气|coke oven gas|fossil|m3
blast_furnace_gas|高炉煤气|blast furnace gas|fossil|m3
converter_gas|转炉煤气|converter gas|fossil|m3
other_gas|其他煤气|other gas|fossil|m3
coal_tar|煤焦油|coal tar|fossil|kg
crude_oil|原油|crude oil|fossil|kg
gasoline|汽油|gasoline|fossil|kg
kerosene|煤油|kerosene|fossil|kg
jet_kerosene|航空煤油|jet kerosene|fossil|kg
diesel|柴油|diesel|fossil|kg
fuel_oil|燃料油|fuel oil|fossil|kg
naphtha|石脑油|naphtha|fossil|kg
lubricants|润滑油|lubricants|fossil|kg
bitumen|石油沥青|bitumen|fossil|kg
petroleum_coke|石油焦|petroleum coke|fossil|kg
lpg|液化石油气|LPG|fossil|kg
refinery_gas|炼厂干气|refinery gas|fossil|kg
other_oil|其他石油制品|other oil products|fossil|kg
natural_gas|天然气|natural gas|fossil|m3
lng|液化天然气|LNG|fossil|kg
wood|木质生物质|wood|biomass|kg
other_solid_biomass|其他固体生物质|other solid biomass|biomass|kg
biogas|沼气|biogas|biomass|m3
ethanol|生物乙醇|bioethanol|biomass|kg
hydrogen|氢气|hydrogen|other_energy|kg
fresh_water|新水|fresh water|water|m3
reused_water|重复利用水|reused water|water|m3
waste_water|废水|waste water|water|m3
solid_waste|工业固体废物|industrial solid waste|solid_waste|kg
waste_heat|余热|waste heat|waste_energy|GJ
waste_cold|余冷|waste cold|waste_energy|GJ
waste_pressure|余压|waste pressure|waste_energy|GJ
product|产品（吨）|product (mass)|product|kg
product_count|产品（件）|product (count)|product|unit
compressed_air|压缩空气|compressed air|other|m3
temperature|气温|air temperature|other|unit
"""
BUILT_IN: dict[str, CarrierInfo] = {
    row.split("|")[0]: CarrierInfo(*row.split("|")) for row in _ROWS.strip().splitlines()
}


def carriers(park: Park | None = None) -> dict[str, CarrierInfo]:
    """The built-in carriers and those of the park file, by id."""
    own = park.carriers if park else []
    extra = {
        c.id: CarrierInfo(
            c.id,
            c.name if isinstance(c.name, str) else c.name.get("zh", c.id),
            c.name if isinstance(c.name, str) else c.name.get("en", c.id),
            c.group,
            c.unit,
        )
        for c in own
    }
    return {**BUILT_IN, **extra}
