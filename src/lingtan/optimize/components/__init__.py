"""What a park is made of: one library for planning and dispatch.

Each component is a frozen dataclass with an ``id``, the nodes it touches, sizes (``Size`` to be chosen, a number when
given) and ``contribute(model)``. To add one: write a file with a class that puts its columns and rows into the model,
name it here, test it with a golden matrix and a case solved by hand.

``tallies`` name the sums that a kWh of the component's main flow counts in (its docstring says which flow): the limits
read ``emissions`` [kgCO2e], ``energy`` [kgce], ``direct``, ``electricity``, ``clean``, ``generation``, ``self_use``,
``export`` [kWh]; others may be named freely.
"""

from lingtan.optimize.components.boiler import BiomassBoiler, Boiler, ElectricBoiler
from lingtan.optimize.components.capture import CarbonCapture, Vent
from lingtan.optimize.components.chiller import AbsorptionChiller, Chiller, ElectricChiller
from lingtan.optimize.components.chp import BackPressureChp, ExtractionChp
from lingtan.optimize.components.conversion import Limits, Running, Segment
from lingtan.optimize.components.flexible import ChargingFleet, CurtailableLoad, ShiftableLoad
from lingtan.optimize.components.grid import GridConnection
from lingtan.optimize.components.heat import Cascade, HeatExchanger, Letdown, Orc, WasteHeat
from lingtan.optimize.components.heat_pump import HeatPump
from lingtan.optimize.components.hydrogen import Electrolyser, FuelCell
from lingtan.optimize.components.network import NetworkLink, loss_over
from lingtan.optimize.components.renewable import DirectLine, Pv, Renewable, Wind
from lingtan.optimize.components.source import Demand, Sink, Source
from lingtan.optimize.components.store import Battery, HydrogenTank, MoltenSalt, Store, ThermalStore
from lingtan.optimize.model import Size

__all__ = [
    "AbsorptionChiller",
    "BackPressureChp",
    "Battery",
    "BiomassBoiler",
    "Boiler",
    "CarbonCapture",
    "Cascade",
    "ChargingFleet",
    "Chiller",
    "CurtailableLoad",
    "Demand",
    "DirectLine",
    "ElectricBoiler",
    "ElectricChiller",
    "Electrolyser",
    "ExtractionChp",
    "FuelCell",
    "GridConnection",
    "HeatExchanger",
    "HeatPump",
    "HydrogenTank",
    "Letdown",
    "Limits",
    "MoltenSalt",
    "NetworkLink",
    "Orc",
    "Pv",
    "Renewable",
    "Running",
    "Segment",
    "ShiftableLoad",
    "Sink",
    "Size",
    "Source",
    "Store",
    "ThermalStore",
    "Vent",
    "WasteHeat",
    "Wind",
    "loss_over",
]
