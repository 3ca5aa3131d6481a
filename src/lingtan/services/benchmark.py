"""Where an enterprise stands among the others, without saying who they are or what any one of them uses.

Nothing is shown of a group with fewer than :data:`PEERS` others. Of a group the quartiles are shown, rounded to two
significant digits, and one's own rank; never the least, the greatest or another's value.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lingtan.carbon.indicators import TONNE
from lingtan.park.activities import FUEL_BURNT, Activity
from lingtan.park.carriers import carriers
from lingtan.services.enterprise_energy import Used, energies
from lingtan.services.keep_run import Run

PEERS = 5  # others that a group must have
WAN = 10_000  # 万元
LOWER = {"tce-output", "tce-added", "co2-output", "power-output", "heat-output", "gas-output", "water-output"}
UNITS = {
    "tce-output": "tce/万元", "tce-added": "tce/万元", "co2-output": "tCO₂/万元", "power-output": "kWh/万元",
    "heat-output": "GJ/万元", "gas-output": "m³/万元", "water-output": "m³/万元", "water-reuse": "%", "waste-used": "%",
}  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """One measure: one's own value, and among ``peers`` others of ``group`` its rank (1 is best) and quartile.

    ``rank`` is None where there are too few others, or no value of one's own.
    """

    measure: str
    unit: str
    lower_is_better: bool
    value: float | None
    group: str  # division, section or park
    industry: str
    peers: int
    rank: int | None
    quartile: int | None
    quartiles: tuple[float, float, float] | None


@dataclass(frozen=True)
class Limit:
    """A product against its limit. [kgce per unit]"""

    product: str
    value: float
    limit: float | None
    standard: str
    met: bool | None


def benchmark(run: Run, enterprise: str, *, peers: int = PEERS) -> list[Standing]:
    """Every measure of an enterprise that has a value, of its own or of enough others."""
    values = intensities(run)
    industries = {e.id: e.industry or "" for e in run.park.enterprises}
    own = industries.get(enterprise, "")
    found = []
    for measure, by in values.items():
        mine = by.get(enterprise)
        others = {e: v for e, v in by.items() if e != enterprise}
        group, members = _group(own, others, industries, peers)
        enough = len(members) >= peers
        if mine is None and not enough:
            continue
        lower = measure in LOWER
        rank = quartile = None
        if enough and mine is not None:
            better = sum(v < mine if lower else v > mine for v in members)
            rank = better + 1
            quartile = 1 + min(3, 4 * better // (len(members) + 1))
        found.append(
            Standing(
                measure, UNITS[measure], lower, mine, group, own, len(members), rank, quartile,
                _quartiles(members) if enough else None,
            )
        )  # fmt: skip
    return found


def limits_of(run: Run, enterprise: str) -> list[Limit]:
    """The enterprise's products against their limits."""
    details = next((i.details for i in run.indicators if i.id == "product_energy"), ())
    found = []
    for d in details:
        if d["enterprise"] == enterprise and d["kgce_per_unit"] is not None:
            limit = d["limit"]
            found.append(
                Limit(
                    str(d["product"]), float(d["kgce_per_unit"]), None if limit is None else float(limit),  # type: ignore[arg-type]
                    str(d["standard"] or ""), d["met"],  # type: ignore[arg-type]
                )
            )  # fmt: skip
    return found


def intensities(run: Run) -> dict[str, dict[str, float]]:
    """Every measure by enterprise; who lacks the denominator or uses none of it is left out."""
    year = run.period.year
    output = {e.id: float(e.output_value_cny.get(year) or 0) for e in run.park.enterprises}
    added = {e.id: float(e.value_added_cny.get(year) or 0) for e in run.park.enterprises}
    sums: dict[str, dict[str, float]] = {m: {} for m in UNITS}
    whole = len(run.account.months) == 12
    metered = energies(run)
    groups = {c.id: c.group for c in carriers(run.park).values()}
    amounts = _totals(run)
    for who in output:
        used = _used(metered.get(who, []), groups)
        totals = amounts.get(who, {})
        parts: dict[str, tuple[float, float]] = {
            "tce-output": (totals.get("tce_equivalent", 0.0), output[who]),
            "tce-added": (totals.get("tce_equivalent", 0.0), added[who]),
            "co2-output": (totals.get("co2", 0.0), output[who]),
            "power-output": (used.get("electricity", 0.0), output[who]),
            "heat-output": (used.get("heat", 0.0), output[who]),
            "gas-output": (used.get("gas", 0.0), output[who]),
            "water-output": (used.get("water", 0.0), output[who]),
        }
        for name, (above, below) in parts.items():
            if whole and above > 0 and below > 0:
                sums[name][who] = above / (below / WAN)
        for name, above, below in (
            ("water-reuse", used.get("reused", 0.0), used.get("reused", 0.0) + used.get("water", 0.0)),
            ("waste-used", used.get("waste-used", 0.0), used.get("waste", 0.0)),
        ):
            if above > 0 and below > 0:
                sums[name][who] = 100 * above / below
    return sums


def _used(used: Sequence[Used], groups: Mapping[str, str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for u in used:
        group = groups.get(u.carrier, "")
        name = ""
        if u.activity is Activity.USE and group in ("electricity", "heat"):
            name = group
        elif u.activity in FUEL_BURNT and u.carrier == "natural_gas":
            name = "gas"
        elif u.activity is Activity.INTAKE:
            name = "water"
        elif u.activity is Activity.REUSE:
            name = "reused"
        elif u.activity is Activity.GENERATED and group == "solid_waste":
            name = "waste"
        elif u.activity is Activity.UTILISED and group == "solid_waste":
            name = "waste-used"
        if name:
            found[name] = found.get(name, 0.0) + float(u.total)
    return found


def _totals(run: Run) -> dict[str, dict[str, float]]:
    """What each answers for after transfers, by measure. [t]"""
    found: dict[str, dict[str, int]] = {}
    for p in run.account.postings:
        mine = found.setdefault(p.enterprise, {})
        mine[p.measure] = mine.get(p.measure, 0) + p.micrograms
    return {e: {m: v / TONNE for m, v in by.items()} for e, by in found.items()}


def _group(
    own: str, others: Mapping[str, float], industries: Mapping[str, str], peers: int
) -> tuple[str, Sequence[float]]:
    """The narrowest group with enough others: the division of the industry, its section, the park."""
    for name, size in (("division", 3), ("section", 1)):
        if len(own) >= size:
            members = [v for e, v in others.items() if industries.get(e, "")[:size] == own[:size]]
            if len(members) >= peers:
                return name, members
    return "park", list(others.values())


def _quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    low, middle, high = (_rounded(float(q)) for q in np.quantile(values, (0.25, 0.5, 0.75)))
    return low, middle, high


def _rounded(value: float) -> float:
    if value == 0:
        return 0.0
    return round(value, 1 - math.floor(math.log10(abs(value))))
