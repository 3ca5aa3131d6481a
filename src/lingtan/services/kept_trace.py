"""The trace of a month as it is kept: arrays in one file, named by all that decides them."""

import json
from io import BytesIO
from typing import Any

import numpy as np

from lingtan.green.network import Network
from lingtan.green.storage import Inventory, Queue
from lingtan.green.trace import Traced
from lingtan.services.workspace import Workspace

_ARRAYS = ("mixes", "store_mixes", "ages", "contents", "coupling")
_NAMED = ("given", "given_stores", "by_agreement")


def load_trace(workspace: Workspace, name: str, network: Network) -> Traced | None:
    """The kept trace of a part of a network, or None."""
    data = workspace.blobs.get(name)
    if data is None:
        return None
    with np.load(BytesIO(data), allow_pickle=False) as kept:
        told = json.loads(bytes(kept["told"]).decode())
        named: Any = {field: {key: kept[f"{field}.{i}"] for i, key in enumerate(told[field])} for field in _NAMED}
        stores = {name: _inventory(told["kinds"][name], kept, i) for i, name in enumerate(told["kinds"])}
        return Traced(
            network=network,
            columns=tuple(told["columns"]),
            inventories=stores,
            **{field: kept[field] for field in _ARRAYS},
            **named,
        )


def keep_trace(workspace: Workspace, name: str, traced: Traced) -> None:
    """Keep the trace of a part."""
    arrays: dict[str, Any] = {field: getattr(traced, field) for field in _ARRAYS}
    told: dict[str, Any] = {"columns": traced.columns, "kinds": {}}
    for field in _NAMED:
        values = getattr(traced, field)
        told[field] = list(values)
        arrays |= {f"{field}.{i}": value for i, value in enumerate(values.values())}
    for i, (store, held) in enumerate(traced.inventories.items()):
        told["kinds"][store] = "fifo" if isinstance(held, Queue) else "proportional"
        arrays[f"held.{i}"] = np.append(held.content, held.charged_at)
        if isinstance(held, Queue):
            rows = [np.concatenate([[at, wh], shares]) for at, wh, shares in held.lots]
            arrays[f"lots.{i}"] = np.array(rows).reshape(len(rows), held.columns + 2)
    arrays["told"] = np.frombuffer(json.dumps(told).encode(), np.uint8)
    buffer = BytesIO()
    np.savez(buffer, **arrays)
    workspace.blobs.put(name, buffer.getvalue())


def _inventory(kind: str, kept: Any, at: int) -> Inventory:
    values = kept[f"held.{at}"]
    held = (Queue if kind == "fifo" else Inventory)(len(values) - 1)
    held.content, held.charged_at = values[:-1].copy(), float(values[-1])
    if isinstance(held, Queue):
        held.lots.extend((int(row[0]), float(row[1]), row[2:].copy()) for row in kept[f"lots.{at}"])
    return held
