"""The two baselines on the same readings: what they take in and what they account, in rows a second of one core."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

from benchmarks.measure import Figure, tell, watch
from benchmarks.park_year import Size, hourly_batches
from benchmarks.peers import BeliefTables, Row, RowTables

SENSORS = 100
FACTORS = (0.8325, 0.5366)  # two rule sets
SHAPES: dict[str, Callable[[Path], RowTables | BeliefTables]] = {
    "row-by-row SQL": RowTables,
    "belief rows": BeliefTables,
}


def baselines(folder: Path, size: Size) -> None:
    """Ingest and account of both."""
    folder.mkdir(parents=True, exist_ok=True)
    long = replace(size, batches=size.baseline_rows // SENSORS)
    for name, shape in SHAPES.items():
        tables = shape(folder / f"{name}.sqlite")
        batches: list[list[Row]] = []
        for batch in islice(hourly_batches(long, SENSORS), long.batches):
            starts = batch["start"].cast("int64").to_pylist()
            rows = zip(
                batch["channel"].to_pylist(), [s // 1_000_000 for s in starts], batch["value"].to_pylist(), strict=True
            )
            batches.append(list(rows))
        many = sum(len(rows) for rows in batches)
        with watch() as taken:
            for rows in batches:
                tables.ingest(rows)
        tell(Figure(f"baseline, {name}: import", many / taken.cpu, "readings/CPU s", note=f"{many:,} readings"))
        meters = sorted({row[0] for row in batches[0]})
        with watch() as spent:
            total = tables.account(meters, FACTORS)
        assert total > 0
        tell(Figure(f"baseline, {name}: account", len(FACTORS) * many / spent.cpu, "ledger rows/CPU s"))
