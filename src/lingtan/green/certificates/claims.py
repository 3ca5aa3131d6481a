r"""One kilowatt-hour, one claim: the physical, the contractual and the certificate layer held against each other.

- Physical: what a plant of the park gave, and what of it was used inside (traced or metered).
- Contractual: what trades and agreements promise of it.
- Certificates: what was issued for it, who holds it, and for whom it was cancelled.

A plant's exported energy may be claimed through a certificate by somebody outside; what was used inside is claimed by being
used. Certificates that left the park's hands beyond the exported energy are therefore claims on kilowatt-hours that were used
inside: :math:`\max(0, S_m - X_m)` for plant and month, with certificates sold S and exported energy X.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lingtan.carbon.shares import Ints, spread
from lingtan.green.certificates.register import CANCELLED, ELSEWHERE, KWH, Register

KINDS = (
    "sold-and-used", "issued-beyond-generation", "own-certificate-on-grid-power", "stated-twice",
    "cancelled-beyond-use", "trade-beyond-certificates", "energy-promised-twice",
)  # fmt: skip


@dataclass(frozen=True)
class PlantMonth:
    """A plant of the park in a month: what it gave and what of it left the park. [kWh]

    ``used_wh``: what was used inside by hour of the month, to name the hours of a double claim.
    """

    plant: str
    month: int
    generated_kwh: int
    exported_kwh: int
    used_wh: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True)
class DoubleClaim:
    """Kilowatt-hours that two claim. ``kind`` is one of :data:`KINDS`; ``month`` is yyyymm, or a year."""

    kind: str
    about: str
    month: int
    kwh: int
    values: Mapping[str, Any] = field(default_factory=dict)
    by_hour_wh: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # over the hours of the month


def plant_months(register: Register, park_holders: Sequence[str]) -> dict[tuple[str, int], dict[str, int]]:
    """By plant and month of generation, certificates issued, sold (no longer the park's) and cancelled by the park. [kWh]"""
    if not register.batches:
        return {}
    inside = np.array([h in set(park_holders) for h in register.holders] or [False])[register.holder]
    there = register.state != ELSEWHERE
    counts = register.counts * KWH
    size = len(register.batches)
    issued, sold, used = (
        np.bincount(register.batch, weights=np.where(mask, counts, 0), minlength=size).astype(np.int64)
        for mask in (there, there & ~inside, there & inside & (register.state == CANCELLED))
    )
    found: dict[tuple[str, int], dict[str, int]] = {}
    for k, batch in enumerate(register.batches):
        cell = found.setdefault((batch.plant, batch.month), {"issued": 0, "sold": 0, "cancelled": 0})
        cell["issued"] += int(issued[k])
        cell["sold"] += int(sold[k])
        cell["cancelled"] += int(used[k])
    return found


def plant_claims(register: Register, plants: Sequence[PlantMonth], park_holders: Sequence[str]) -> list[DoubleClaim]:
    """Certificates of the park's own plants against what the plants gave."""
    found = []
    known = plant_months(register, park_holders)
    carried: dict[str, int] = {}
    for p in sorted(plants, key=lambda p: (p.plant, p.month)):
        cell = known.get((p.plant, p.month), {"issued": 0, "sold": 0, "cancelled": 0})
        # less than one certificate is carried into the next month
        room = p.generated_kwh + carried.get(p.plant, 0)
        over = cell["issued"] - room
        carried[p.plant] = min(max(room - cell["issued"], 0), KWH - 1)
        if over > 0:
            values = {"issued": cell["issued"], "generated": p.generated_kwh}
            found.append(DoubleClaim("issued-beyond-generation", p.plant, p.month, over, values))
        twice = cell["sold"] - p.exported_kwh
        if twice >= KWH:
            values = {"sold": cell["sold"], "exported": p.exported_kwh}
            total = int(p.used_wh.sum())
            hours = spread(min(twice * 1000, total), p.used_wh) if total else p.used_wh
            found.append(DoubleClaim("sold-and-used", p.plant, p.month, twice, values, hours))
        if cell["cancelled"]:
            values = {"cancelled": cell["cancelled"]}
            used_inside = max(0, p.generated_kwh - p.exported_kwh)
            twice = min(cell["cancelled"], used_inside)
            if twice:
                found.append(DoubleClaim("own-certificate-on-grid-power", p.plant, p.month, twice, values))
    return found


def year_claims(
    register: Register,
    year: int,
    *,
    coverable_kwh: int,
    stated_kwh: int,
    use_kwh: Mapping[str, int],
    trades: Sequence[tuple[str, str, str, int]] = (),
) -> list[DoubleClaim]:
    """Certificates of a year against imported power that is not direct, the park file, each consumer's use, and trades.

    Parameters
    ----------
    coverable_kwh : int
        Imported power that is not direct.
    stated_kwh : int
        What the park file states beside the register.
    use_kwh : mapping
        Use of each consumer that is not physically green.
    trades : sequence of (id, enterprise, plant, kWh)
        Green trades of the year; certificates of the plant come with them.
    """
    found = []
    cancelled = register.cancelled_kwh(year)
    if stated_kwh and register.total:
        found.append(
            DoubleClaim(
                "stated-twice",
                "park.yaml",
                year,
                min(stated_kwh, cancelled),
                {"stated": stated_kwh, "register": cancelled},
            )
        )
    if cancelled > coverable_kwh:
        values = {"cancelled": cancelled, "use": coverable_kwh}
        found.append(DoubleClaim("cancelled-beyond-use", "park", year, cancelled - coverable_kwh, values))
    for consumer in sorted({u.consumer for u in register.uses if u.year == year and u.consumer}):
        mine = register.cancelled_kwh(year, consumer)
        if consumer in use_kwh and mine > use_kwh[consumer] + KWH:
            values = {"cancelled": mine, "use": use_kwh[consumer]}
            found.append(DoubleClaim("cancelled-beyond-use", consumer, year, mine - use_kwh[consumer], values))
    by_plant: dict[str, int] = {}
    for _, _, plant, kwh in trades:
        by_plant[plant] = by_plant.get(plant, 0) + kwh
    if trades:
        issued: dict[str, int] = {}
        for (plant, month), cell in plant_months(register, register.holders).items():
            if month // 100 == year:
                issued[plant] = issued.get(plant, 0) + cell["issued"]
        for plant, kwh in by_plant.items():
            if kwh > issued.get(plant, 0) + KWH:
                values = {"traded": kwh, "certificates": issued.get(plant, 0)}
                found.append(DoubleClaim("trade-beyond-certificates", plant, year, kwh - issued.get(plant, 0), values))
    return [c for c in found if c.kwh > 0]


def promised_twice(source: str, month: int, promised_wh: Ints, given_wh: Ints) -> DoubleClaim | None:
    """Energy of a source that agreements promise beyond what it gave, hour by hour."""
    over = np.maximum(promised_wh - given_wh, 0)
    if int(over.sum()) < KWH * 1000:
        return None
    values = {"promised": int(promised_wh.sum()) // 1000, "given": int(given_wh.sum()) // 1000}
    return DoubleClaim("energy-promised-twice", source, month, int(over.sum()) // 1000, values, over)
