"""Green power: a park traced for a year by the quarter hour, one reading changed, a million certificates."""

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Figure, peak_gib, tell, watch
from benchmarks.park_year import Size
from lingtan.green.network import Line, Network, Store, Tap
from lingtan.green.trace import trace

FULL_NET = (35_040, 30, 20, 45, 5, 300)
QUICK_NET = (2_976, 10, 5, 15, 2, 30)


def network(intervals: int, nodes: int, sources: int, lines: int, stores: int, consumers: int) -> Network:
    """A random network that balances: rings, losses, stores."""
    rng = np.random.default_rng(1)
    names = tuple(f"n{i}" for i in range(nodes))
    net = np.zeros((nodes, intervals), np.int64)
    taps, wires, held = {}, {}, {}
    for k in range(sources):
        at = int(rng.integers(nodes))
        wh = rng.integers(0, 5_000_000, intervals) * (rng.random(intervals) < 0.8)
        taps[f"s{k}"] = Tap(names[at], wh)
        net[at] += wh
    for k in range(lines):
        a, b = rng.choice(nodes, 2, replace=False)
        sent = (np.maximum(net[a], 0) * rng.uniform(0, 0.5, intervals)).astype(np.int64)
        received = (sent * 0.98).astype(np.int64)
        wires[f"l{k}"] = Line(names[a], names[b], sent, received)
        net[a] -= sent
        net[b] += received
    for k in range(stores):
        at = int(rng.integers(nodes))
        charge = (np.maximum(net[at], 0) * 0.3 * (rng.random(intervals) < 0.5)).astype(np.int64)
        given = np.where(charge == 0, int(charge.mean() * 0.9), 0).astype(np.int64)
        held[f"b{k}"] = Store(names[at], charge, given)
        net[at] += given - charge
    sinks = {f"c{i}": Tap(names[i % nodes], np.maximum(net[i % nodes], 0) // 10) for i in range(consumers)}
    return Network(names, taps, sinks, held, wires)


def traces(folder: Path, size: Size) -> None:
    """The whole year, then month by month with what is kept, one reading changed in between."""
    from lingtan.services.trace_green import trace_months

    shape = QUICK_NET if size.channels < 10_000 else FULL_NET
    net = network(*shape)
    with watch() as whole:
        trace(net)
    tell(
        Figure(
            f"trace {shape[5]} consumers, {shape[2]} sources, {shape[4]} stores, {shape[0]} intervals",
            whole.wall,
            "s",
            20,
        )
    )
    tell(Figure("the same, peak memory", peak_gib(), "GiB", 2))
    with tempfile.TemporaryDirectory() as made:
        keep = _space(Path(made))
        edges = [(i * shape[0] // 12, (i + 1) * shape[0] // 12) for i in range(12)]
        trace_months(net, edges, keep=keep)
        wh = net.sources["s0"].wh.copy()
        wh[shape[0] // 2] += 1_000
        changed = replace(net, sources={**net.sources, "s0": Tap(net.sources["s0"].node, wh)})
        with watch() as again:
            trace_months(changed, edges, keep=keep)
    tell(Figure("trace again after one changed reading in June", again.wall, "s", 3))


def certificates(folder: Path, size: Size) -> None:
    """A million certificates, each a row of the issue file; then the whole check."""
    from lingtan.adapters.readers import FileReader
    from lingtan.green.certificates.claims import PlantMonth, plant_claims, year_claims
    from lingtan.green.certificates.register import Event, Register, apply
    from lingtan.green.certificates.serials import from_pairs
    from lingtan.green.certificates.sheet import issue_events

    count = 50_000 if size.channels < 10_000 else 1_000_000
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "issued.csv"
    rows = (f"GEC-{i * 2:012d},plant {i % 20},2025-{i % 12 + 1:02d},wind,yes" for i in range(count))  # no two neighbors
    path.write_text("证书编号,项目名称,发电年月,电源类型,是否可交易\n" + "\n".join(rows) + "\n", encoding="utf-8")
    register = Register()
    with watch() as took:
        book = FileReader().read(path)
        for event in issue_events(book.sheets[0], date(2026, 3, 1), holder="zone", sha256=book.sha256):
            register = apply(register, event)
    tell(Figure(f"import {count} certificates", took.wall, "s", 10))
    sold = from_pairs([(f"GEC-{i * 2:012d}", f"GEC-{i * 2:012d}") for i in range(0, count, 3)])
    register = apply(register, Event("transfer", date(2026, 3, 2), sold, {"holder": "zone", "to": "buyer"}))
    rest = from_pairs([(f"GEC-{i * 2:012d}", f"GEC-{i * 2:012d}") for i in range(1, count, 3)])
    register = apply(register, Event("cancel", date(2026, 3, 3), rest, {"holder": "zone", "year": 2025}))
    plants = [PlantMonth(f"plant {p}", 202500 + m, 10**7, 10**6) for p in range(20) for m in range(1, 13)]
    with watch() as took:
        found = plant_claims(register, plants, ["zone"])
        found += year_claims(register, 2025, coverable_kwh=10**8, stated_kwh=0, use_kwh={})
    tell(Figure(f"check {count} certificates for double claims ({len(found)} found)", took.wall, "s", 5))


def _space(root: Path) -> Any:
    """Where months are kept."""
    from types import SimpleNamespace

    from lingtan.adapters.store import FolderBlobs

    return SimpleNamespace(blobs=FolderBlobs(root))
