"""A study as a PyPSA network, so that anyone can check it with another tool.

Every node is a bus; every flow of the model that touches one node is a generator (supply) or a load, one that touches several
a link; every store a PyPSA store with links. Costs are those of the model. What PyPSA has no word for (intensity, shares, ratios,
monthly demand charge) is written into the network's ``meta`` as rows over its components, in the model's own coefficients.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from lingtan.base.errors import InputError
from lingtan.optimize.model import Model
from lingtan.optimize.study.build import build, intensity_classes
from lingtan.services.studies import Opened


def network_bytes(opened: Opened) -> bytes:
    """The network as netCDF.

    Raises
    ------
    InputError
        ``study.export-missing`` without the extra ``pypsa``.
    """
    network = network_of(opened)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.nc"
        network.export_to_netcdf(path)
        return path.read_bytes()


def network_of(opened: Opened) -> Any:
    """The network of the base case."""
    try:
        import pypsa  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise InputError("study.export-missing", install="pip install 'lingtan[pypsa]'") from None
    caps = intensity_classes(opened.study, opened.rules, opened.case().hours_share)
    model = build(opened.case(), cap=caps[0] if caps else None)
    network = pypsa.Network(name=opened.study.study.id)
    start = opened.inputs.start.replace(tzinfo=None)
    import pandas as pd

    network.set_snapshots(pd.date_range(start, periods=len(model.timeline), freq="h"))
    network.snapshot_weightings.loc[:, :] = np.repeat(model.timeline.counted_hours[:, None], 3, axis=1)
    for node in model.nodes:
        network.add("Bus", node)
    for node, row in model.nodes.items():
        need = np.broadcast_to(np.asarray(model.rows[row].upper, float), (len(model.timeline),))
        if np.any(need):
            network.add("Load", f"{node} needs", bus=node, p_set=pd.Series(need, network.snapshots))
    _components(network, model)
    network.meta = json.loads(json.dumps({"study": opened.study.study.id, "rows": _rows(model)}, default=float))
    return network


def _components(network: Any, model: Model) -> None:
    import pandas as pd

    steps = len(model.timeline)
    touches = _touches(model)
    stores = _stores(model)
    inside = {c for name in stores.values() for c in name}

    def series(values: Any) -> Any:
        spread = np.broadcast_to(np.asarray(values, float), (steps,))
        return float(spread[0]) if np.all(spread == spread[0]) else pd.Series(spread, network.snapshots)

    for i, column in enumerate(model.columns):
        nodes = touches.get(i, {})
        if not nodes or i in inside:
            continue
        size = _size(model, i)
        per_kwh = np.asarray(column.cost) / model.timeline.counted_hours if np.any(column.cost) else 0.0
        common = {
            "marginal_cost": series(per_kwh),
            "p_max_pu": series(column.share if size["own"] else 1.0),
            **size["nominal"],
        }
        draws = [n for n, f in nodes.items() if np.all(np.asarray(f) < 0)]
        gives = [n for n in nodes if n not in draws]
        if not draws:
            factor = nodes[gives[0]]
            if len(gives) == 1 and np.allclose(factor, 1.0):
                network.add("Generator", column.name, bus=gives[0], **common)
                continue
            network.add("Bus", f"{column.name} source")
            network.add("Generator", column.name, bus=f"{column.name} source", **common)
            network.add(
                "Link",
                f"{column.name} gives",
                bus0=f"{column.name} source",
                p_nom=1e9,
                **_ends(gives, nodes, 1.0, series),
            )
        elif not gives:
            network.add("Generator", column.name, bus=draws[0], sign=-1.0, **common)
        else:
            first = draws[0]
            base = -np.asarray(nodes[first], float)
            ends = _ends([*gives, *draws[1:]], nodes, base, series)
            network.add("Link", column.name, bus0=first, **ends, **common)
    for owner, (charge, discharge, content) in stores.items():
        energy = _size(model, content)["nominal"]
        nominal = {k.replace("p_nom", "e_nom"): v for k, v in energy.items()}
        row = next(r for r in model.rows if r.owner == owner and r.name.endswith("content-balance"))
        now = {c: float(np.mean(np.asarray(v))) for c, v in row.now}
        keep = float(np.mean(-np.asarray(row.before[0][1])))
        network.add("Bus", f"{owner} inside")
        network.add(
            "Store", f"{owner}.content", bus=f"{owner} inside", e_cyclic=True, standing_loss=1 - keep, **nominal
        )
        here = next(iter(touches[charge]))
        there = next(iter(touches[discharge]))
        cost = float(np.mean(np.asarray(model.columns[charge].cost) / model.timeline.counted_hours))
        network.add(
            "Link",
            f"{owner}.charge",
            bus0=here,
            bus1=f"{owner} inside",
            efficiency=-now[charge],
            marginal_cost=cost,
            **_size(model, charge)["nominal"],
        )
        network.add(
            "Link",
            f"{owner}.discharge",
            bus0=f"{owner} inside",
            bus1=there,
            efficiency=1 / now[discharge],
            **_size(model, discharge)["nominal"],
        )


def _ends(nodes: list[str], factors: dict[str, Any], base: Any, series: Any) -> dict[str, Any]:
    ends: dict[str, Any] = {}
    for k, node in enumerate(nodes, 1):
        ends[f"bus{k}"] = node
        ends["efficiency" if k == 1 else f"efficiency{k}"] = series(np.asarray(factors[node], float) / base)
    return ends


def _touches(model: Model) -> dict[int, dict[str, Any]]:
    """For each column the nodes that it brings to or takes from, with the factor."""
    found: dict[int, dict[str, Any]] = {}
    for node, row in model.nodes.items():
        for index, factor in model.rows[row].now:
            mine = found.setdefault(index, {})
            mine[node] = mine.get(node, 0.0) + np.asarray(factor, float)
    return found


def _stores(model: Model) -> dict[str, tuple[int, int, int]]:
    """Owners that have charge, discharge and content."""
    by_name = {c.name: i for i, c in enumerate(model.columns)}
    return {
        c.owner: (by_name[f"{c.owner}.charge"], by_name[f"{c.owner}.discharge"], i)
        for i, c in enumerate(model.columns)
        if c.name == f"{c.owner}.content" and f"{c.owner}.discharge" in by_name
    }


def _size(model: Model, index: int) -> dict[str, Any]:
    """The nominal power of a column: its own size, a given number, or none.

    Columns that share a size (charge and content) get its limit; that they share it is a row in ``meta``.
    """
    column = model.columns[index]
    sharing = [i for i, c in enumerate(model.columns) if _within(c) is not None and _within(c) == _within(column)]
    # the cost stands where the size is measured: a store's content, else the first column of the size
    first = next((i for i in sharing if model.columns[i].name.endswith(".content")), sharing[0] if sharing else -1)
    which = _within(column)
    if which is None:
        upper = float(np.max(np.asarray(column.upper, float)))
        return {"own": False, "nominal": {"p_nom": upper if np.isfinite(upper) else 1e9}}
    record = model.globals[which]
    nominal = {
        "p_nom_extendable": True,
        "p_nom_min": record.lower,
        "p_nom_max": record.upper
        * (float(np.max(np.asarray(column.share))) if column.name.endswith("charge") else 1.0),
        "capital_cost": record.cost if first == index and ".peak-" not in record.name else 0.0,
    }
    return {"own": True, "nominal": nominal}


def _within(column: Any) -> int | None:
    return None if column.within is None else int(column.within[0])


def _rows(model: Model) -> list[dict[str, Any]]:
    """What PyPSA cannot say: sums of the year and shared sizes."""
    rows: list[dict[str, Any]] = []
    for total in model.totals:
        rows.append(
            {
                "name": total.name,
                "lower": None if not np.isfinite(total.lower) else total.lower,
                "upper": None if not np.isfinite(total.upper) else total.upper,
                "terms": {
                    model.columns[i].name: float(np.asarray(v).flat[0]) if np.ptp(np.asarray(v)) == 0 else "by hour"
                    for i, v in total.terms
                },
                "sizes": {model.globals[i].name: float(v) for i, v in total.fixed},
            }
        )
    shared: dict[int, list[dict[str, Any]]] = {}
    for column in model.columns:
        if (which := _within(column)) is not None:
            shared.setdefault(which, []).append(
                {"column": column.name, "share": float(np.mean(np.asarray(column.share)))}
            )
    rows += [
        {"name": f"shares the size {model.globals[w].name}", "columns": c} for w, c in shared.items() if len(c) > 1
    ]
    peaks = [{"name": g.name, "cost": g.cost} for g in model.globals if ".peak-" in g.name]
    return rows + ([{"name": "demand charge of each month's highest import", "peaks": peaks}] if peaks else [])
