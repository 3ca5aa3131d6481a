"""The reference park: 8,760 hours, five carriers, 17 sizes, 12 monthly peaks, a carbon cap with certificates.

Its measured weather and load are not part of the project: ``LINGTAN_DATA`` names a folder that holds
``planning/park_p1.csv`` and ``park_p1.json``, or names those files' folder itself.
"""

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lingtan.optimize.components import (
    AbsorptionChiller,
    BackPressureChp,
    Battery,
    BiomassBoiler,
    Boiler,
    Demand,
    DirectLine,
    ElectricBoiler,
    ElectricChiller,
    Electrolyser,
    GridConnection,
    HeatExchanger,
    HeatPump,
    HydrogenTank,
    Pv,
    Sink,
    ThermalStore,
    Wind,
)
from lingtan.optimize.limits import Certificates, IntensityCap
from lingtan.optimize.model import FloatArray, Model, Size, Timeline

OPTIMUM_CNY = 196_255_816.0
NEEDS = {"el": "el", "steam": "steam", "heat": "heat", "cool": "cool", "h2": "h2"}
KW = 1000.0  # the file is in MW and CNY/MWh


@dataclass(frozen=True)
class Case:
    """Series by step, and the numbers of the park."""

    series: dict[str, FloatArray]
    numbers: dict[str, Any]

    def part(self, begin: int, steps: int) -> "Case":
        """A stretch of the year."""
        return Case({name: values[begin : begin + steps] for name, values in self.series.items()}, self.numbers)


def folder() -> Path | None:
    """Where the reference park lies on this machine, if anywhere."""
    named = os.environ.get("LINGTAN_DATA")
    if not named:
        return None
    for place in (Path(named), Path(named) / "planning", Path(named) / "spikes" / "planning" / "case"):
        if (place / "park_p1.csv").is_file():
            return place
    return None


def load(place: Path) -> Case:
    """Read the two files."""
    with (place / "park_p1.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    table = np.array([row[1:] for row in rows[1:]], float)
    series = {name: np.ascontiguousarray(table[:, i]) for i, name in enumerate(rows[0][1:])}
    return Case(series, json.loads((place / "park_p1.json").read_text(encoding="utf-8")))


def official(case: Case) -> Case:
    """The second park: the same site with the factors and the target of notice 910 for 200,000–1,000,000 tce a year."""
    notice = {"ef_grid": 0.8325, "tce_el": 0.2856, "intensity_cap": 0.2}  # kgCO2/kWh, kgce/kWh, tCO2/tce
    return Case(case.series, {**case.numbers, **notice})


def build(case: Case, *, years: int = 1) -> Model:
    """The park as a model; several years stand side by side with their weight shared."""
    d, p = case.series, case.numbers
    steps = len(d["el"]) // years
    months = d["month"].astype(np.int64)
    part = [
        Timeline.hourly(steps, months=months[i * steps : (i + 1) * steps], weight=1.0 / years) for i in range(years)
    ]
    model = Model(Timeline.side_by_side(part))
    share = steps / 8760.0

    def size(name: str, side: float = 1.0) -> Size:
        cost, most = p["inv"][name]
        return Size(maximum=most * KW * side, cost=cost / KW * share / side)

    e, ratio = p["eta"], p["ratio"]
    te, tg, tb = p["tce_el"], p["tce_gas"], p["tce_bio"]
    green = {"energy": te}
    gas = {"emissions": p["ef_gas"], "energy": tg}
    model.add(
        *(Demand(f"need-{node}", node, d[name] * KW) for node, name in NEEDS.items()),
        Pv("pv", "el", size("pv"), d["pv"], tallies=green),
        Wind("wind", "el", size("wind"), d["wind"], tallies=green),
        DirectLine("direct", "el", size("direct"), d["direct"], price=p["direct_price"] / KW, tallies=green),
        GridConnection(
            "grid",
            "el",
            price=d["price"] / KW,
            connection=p["grid_max"] * KW,
            export_price=d["export"] / KW,
            export_limit=p["export_max"] * KW,
            demand_charge=p["demand_charge"] / KW / years,
            import_tallies={"emissions": p["ef_grid"], "energy": te},
            export_tallies={"energy": -te},
        ),
        BackPressureChp(
            "chp", None, "el", "steam", size("chp"), e["chp_e"], e["chp_s"], price=p["gas_price"] / KW, tallies=gas
        ),
        Boiler("gb", None, "steam", size("gb"), e["gb"], price=p["gas_price"] / KW, tallies=gas),
        BiomassBoiler("bio", None, "steam", size("bio"), e["bio"], price=p["bio_price"] / KW, tallies={"energy": tb}),
        ElectricBoiler("eb", "el", "steam", size("eb", e["eb"]), e["eb"]),  # the file sizes it by its input
        HeatPump("hp", "el", "heat", size("hp"), d["cop"]),
        HeatExchanger("hx", "steam", "heat", size("hx"), e["hx"]),
        AbsorptionChiller("ach", "heat", "cool", size("ach"), e["ach"]),
        ElectricChiller("ec", "el", "cool", size("ec"), d["eer"]),
        Electrolyser("ely", "el", "h2", size("ely"), e["ely"], heat="heat", heat_efficiency=e["ely_heat"]),
        Sink("steam-dump", "steam"),
        Sink("heat-dump", "heat"),
        Battery(
            "bat",
            "el",
            size("bat_e"),
            size("bat_p"),
            charge_efficiency=e["bat"],
            discharge_efficiency=e["bat"],
            loss=e["bat_loss"],
            wear=p["wear"] / KW,
        ),
        ThermalStore("tes", "heat", size("tes"), None, ratio["tes"], e["tes"], e["tes"], e["tes_loss"]),
        ThermalStore("cs", "cool", size("cs"), None, ratio["cs"], e["cs"], e["cs"], e["cs_loss"]),
        HydrogenTank("h2s", "h2", size("h2s"), None, ratio["h2s"], e["h2s"], e["h2s"]),
        Certificates("rec", p["rec_max"] * KW * share, p["rec_price"] / KW, {"emissions": -p["ef_grid"]}),
        IntensityCap("cap", p["intensity_cap"]),
    )
    return model
