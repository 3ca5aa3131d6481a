"""The words for what a channel measures; the rule sets speak of these and of nothing else."""

from enum import StrEnum


class Activity(StrEnum):
    """What the quantity of a channel does at the park's boundary or inside it."""

    # across the boundary, or made inside
    IMPORT = "import"  # power, heat or fuel coming into the park (for fuels: purchase)
    EXPORT = "export"  # leaving the park
    GENERATION = "generation"  # power or heat made in the park, at the asset's terminals
    CURTAILED = "curtailed"  # own generation that was available and not taken
    CHARGE = "charge"  # into a store
    DISCHARGE = "discharge"  # out of a store
    STOCK = "stock"  # level of a stock at an instant (fuel yards, tanks)
    USE = "use"  # consumption at a point inside the park
    TRANSFER_OUT = "transfer_out"  # handed over to another enterprise of the park
    # fossil fuel burnt, by the activity types of the official method (annex 4 of notice 910)
    FINAL = "final"  # 终端消费
    THERMAL_POWER = "thermal_power"  # 火力发电
    HEAT_SUPPLY = "heat_supply"  # 供热
    REFINING = "refining"  # 炼油及煤制油
    GAS_MAKING = "gas_making"  # 制气
    RECOVERED = "recovered"  # 回收能
    # fuel that is not burnt
    FEEDSTOCK = "feedstock"  # 原料、材料用途
    BUNKER = "bunker"  # 国际航空航海燃料
    CONVERSION_INPUT = "conversion_input"  # 加工转换投入
    CONVERSION_OUTPUT = "conversion_output"  # 加工转换产出
    # industry, water, waste
    OUTPUT = "output"  # qualified product of a process
    INTAKE = "intake"  # fresh water
    REUSE = "reuse"  # circulating, cascade and reclaimed water
    DISCHARGE_WATER = "discharge_water"  # waste water
    GENERATED = "generated"  # solid waste generated
    UTILISED = "utilised"  # solid waste utilised, of this year's
    UTILISED_STOCK = "utilised_stock"  # solid waste utilised, of earlier years' stock
    RECOVERABLE = "recoverable"  # waste heat, cold or pressure that could be recovered
    UTILISED_ENERGY = "utilised_energy"  # waste heat, cold or pressure that was used
    REFERENCE = "reference"  # weather, check meters: never accounted


FUEL_BURNT = frozenset(
    {
        Activity.FINAL,
        Activity.THERMAL_POWER,
        Activity.HEAT_SUPPLY,
        Activity.REFINING,
        Activity.GAS_MAKING,
        Activity.RECOVERED,
    }
)
