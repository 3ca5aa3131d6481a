"""Imported and exported power and heat by kind, hour by hour, from meters and the year's certificates.

This is the account without tracing. The park's totals rest on metered imports and exports only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from lingtan.base.errors import DataError
from lingtan.carbon.lines import Role
from lingtan.carbon.shares import Ints, split, spread
from lingtan.park.model import NON_FOSSIL_SOURCES, Connection, Park

# made without a fuel that is counted: their kWh are energy of their own
NON_FOSSIL_HEAT = NON_FOSSIL_SOURCES | {"waste_heat"}
PRIMARY_SOURCES = frozenset({"pv", "wind", "hydro"})
NON_FOSSIL_ASSETS = frozenset({"pv", "wind", "hydro", "biomass_chp"})
ELECTRIC_HEAT = frozenset({"electric_boiler", "heat_pump"})


@dataclass(frozen=True)
class Flow:
    """An hourly series that crosses the boundary, or is made inside, with its kind.

    ``side`` is in, out or own; ``kind`` is direct, certificate, other (power), fossil, nonfossil (heat),
    or for out also own_nonfossil, own_other and unattributed, and electric (heat made of power). ``value`` is in 1/1000 of the metering unit.
    """

    pool: str
    side: str
    kind: str
    enterprise: str
    source: str
    point: str
    value: Ints


@dataclass(frozen=True)
class Crossing:
    """All flows of a year, and how much the certificates covered."""

    flows: list[Flow]
    certificate_kwh: int
    covered_wh: int
    coverable_wh: int
    unattributed_wh: int = 0
    notes: list[str] = field(default_factory=list)

    def of(self, pool: str, side: str) -> Iterator[Flow]:
        """Flows of one pool and side."""
        return (f for f in self.flows if f.pool == pool and f.side == side)


def crossing(
    park: Park,
    roles: Sequence[Role],
    series: dict[str, Ints],
    year: int,
    hours: int,
    certificates_kwh: int | None = None,
) -> Crossing:
    """Tell the kinds of power and heat.

    Parameters
    ----------
    series
        By role id the hourly quantity. [1/1000 kWh or GJ]
    hours
        Length of the series, the whole calendar year.
    certificates_kwh
        What the register of certificates says was cancelled for the year; None takes what the park file states. [kWh]

    Notes
    -----
    Certificates and green trades of the year are matched to imported kWh that are not direct, at most all of them, and
    spread pro rata over the hours (notice 910, annex 4). An export that is not metered by kind takes the mix of
    what was imported and made in its hour; its share of imported grid power is credited only as far as no certificate
    covers it. An export in an hour without any source is credited nothing.
    """
    connections = {c.id: c for c in park.connections}
    zero = np.zeros(hours, np.int64)
    flows: list[Flow] = []
    other: list[tuple[Role, Ints]] = []
    mix: dict[str, Ints] = {
        "direct": zero.copy(),
        "other": zero.copy(),
        "own_nonfossil": zero.copy(),
        "own_other": zero.copy(),
    }
    warm = {kind: zero.copy() for kind in ("fossil", "nonfossil", "electric")}
    fuelled = {role.point.asset for role in roles if role.kind == "fuel"}
    for role in roles:
        value = series.get(role.id, zero)
        connection = connections.get(role.point.connection or "")
        if role.kind == "power_in":
            if _direct(connection, role):
                flows.append(_flow("power", "in", "direct", role, value))
                mix["direct"] += value
            else:
                other.append((role, value))
                mix["other"] += value
        elif role.kind == "power_own":
            kind = "own_nonfossil" if _asset_kind(park, role) in NON_FOSSIL_ASSETS else "own_other"
            flows.append(_flow("power", "own", kind, role, value))
            mix[kind] += value
        elif role.kind == "heat_in":
            kind = "nonfossil" if connection is not None and connection.source in NON_FOSSIL_HEAT else "fossil"
            flows.append(_flow("heat", "in", kind, role, value))
            warm[kind] += value
        elif role.kind == "heat_own":
            asset = _asset_kind(park, role)
            flows.append(_flow("heat", "own", asset, role, value))
            warm[_heat_kind(asset, burns=role.point.asset in fuelled)] += value
    for role in roles:
        if role.kind == "heat_out":
            value = series.get(role.id, zero)
            connection = connections.get(role.point.connection or "")
            _refuse_negative([(role.id, value)])
            for kind, part in _heat_export(connection, value, warm).items():
                if part.any():
                    flows.append(_flow("heat", "out", kind, role, part))
    _refuse_negative([(r.id, v) for r, v in other] + [(f.point, f.value) for f in flows])
    bought = int(sum(int(v.sum()) for _, v in other))
    stated = sum(c.kwh for c in park.certificates if c.year == year)
    held = stated if certificates_kwh is None else certificates_kwh
    covered = min(held * 1000, bought)
    total = np.sum([v for _, v in other], axis=0) if other else zero
    covered_by_hour = spread(covered, total)
    if other:
        parts = split(covered_by_hour, np.stack([v for _, v in other]), fallback=0)
        for (role, value), part in zip(other, parts, strict=True):
            flows.append(_flow("power", "in", "certificate", role, part))
            flows.append(_flow("power", "in", "other", role, value - part))
    unattributed = 0
    for role in roles:
        if role.kind != "power_out":
            continue
        value = series.get(role.id, zero)
        _refuse_negative([(role.id, value)])
        for kind, part in _export(role, value, mix, covered, bought).items():
            if part.any():
                flows.append(_flow("power", "out", kind, role, part))
                unattributed += int(part.sum()) if kind == "unattributed" else 0
    return Crossing(flows, held, covered, bought, unattributed)


def _export(role: Role, value: Ints, mix: dict[str, Ints], covered: int, bought: int) -> dict[str, Ints]:
    stated = role.point.kind_of_power
    if stated is not None:
        return {{"direct_nonfossil": "direct", "own_nonfossil": "own_nonfossil", "other": "own_other"}[stated]: value}
    names = [*mix, "unattributed"]
    parts = dict(
        zip(
            names,
            split(value, np.stack([*mix.values(), np.zeros_like(value)]), fallback=len(mix)),
            strict=True,
        )
    )
    grid = parts.pop("other")
    # certificates that cover the import also cover the part of it that is passed on
    passed = (grid.astype(object) * covered // bought).astype(np.int64) if bought else np.zeros_like(grid)
    return {**parts, "certificate": passed, "other": grid - passed}


def _heat_kind(asset: str, *, burns: bool) -> str:
    """What heat of an asset counts as when it is exported; ``burns`` a fossil fuel that is accounted."""
    if asset in ELECTRIC_HEAT:
        return "electric"
    return "fossil" if burns else "nonfossil"


def _heat_export(connection: Connection | None, value: Ints, warm: dict[str, Ints]) -> dict[str, Ints]:
    if connection is not None and connection.source != "mixed":
        return {"nonfossil" if connection.source in NON_FOSSIL_HEAT else "fossil": value}
    names = [*warm, "unattributed"]
    parts = split(value, np.stack([*warm.values(), np.zeros_like(value)]), fallback=len(warm))
    return dict(zip(names, parts, strict=True))


def _direct(connection: Connection | None, role: Role) -> bool:
    if role.point.kind_of_power == "direct_nonfossil":
        return True
    return (
        connection is not None
        and connection.kind in ("direct_line", "incremental_grid")
        and connection.source in NON_FOSSIL_SOURCES
    )


def _asset_kind(park: Park, role: Role) -> str:
    return next((a.kind for a in park.assets if a.id == role.point.asset), "other")


def _flow(pool: str, side: str, kind: str, role: Role, value: Ints) -> Flow:
    return Flow(
        pool,
        side,
        kind,
        role.point.enterprise,
        role.point.connection or role.point.asset or "",
        role.point.id,
        value,
    )


def _refuse_negative(series: Sequence[tuple[str, Ints]]) -> None:
    for name, value in series:
        if (value < 0).any():
            raise DataError("account.negative-flow", point=name.split("/")[-1], hours=int((value < 0).sum()))
