"""The size class that an account gives, beside the stated one."""

import json
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO

import pyarrow.compute as pc
import pyarrow.parquet as pq

from lingtan.park.size_class import size_class
from lingtan.services.workspace import Workspace

MEASURE = "tce_equivalent"


@dataclass(frozen=True)
class AccountedSize:
    """The energy of the newest account of a whole year. [tce]"""

    run: str
    year: int
    energy_tce: Fraction
    size_class: str


def accounted_size(workspace: Workspace) -> AccountedSize | None:
    """The size class by the newest run over a calendar year; None if there is none yet."""
    newest: tuple[tuple[str, str], str] | None = None
    for name in workspace.blobs.names("runs/"):
        if not name.endswith("/run.json"):
            continue
        record = json.loads(workspace.blobs.get(name) or b"{}")
        if len(str(record.get("period", ""))) != 4:
            continue
        key = (str(record["period"]), str(record.get("made_at", "")))
        folder = name.removesuffix("/run.json")
        if (newest is None or key > newest[0]) and _energy(workspace, folder) is not None:
            newest = (key, folder)
    if newest is None:
        return None
    energy = _energy(workspace, newest[1])
    assert energy is not None
    return AccountedSize(newest[1].removeprefix("runs/"), int(newest[0][0]), energy, size_class(energy).name)


def _energy(workspace: Workspace, folder: str) -> Fraction | None:
    data = workspace.blobs.get(f"{folder}/postings.parquet")
    if data is None:
        return None
    table = pq.read_table(BytesIO(data), columns=["measure", "view", "micrograms"])
    kept = table.filter(pc.and_(pc.equal(table["measure"], MEASURE), pc.equal(table["view"], "direct")))
    if not kept.num_rows:
        return None
    return Fraction(sum(int(v) for v in kept["micrograms"].to_pylist()), 10**12)
