"""Hand-made series for the tests of the checks: a plant with shifts, standby and some noise, at quarter hours."""

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from lingtan.base.ids import channel_key
from lingtan.metering.channels import Book
from lingtan.metering.checks import Finding, check
from lingtan.metering.readings import STORED
from lingtan.park.model import Park
from tests.meter_rows import T0, park

PER_DAY = 96
START = T0 - timedelta(hours=8)  # local midnight of 1 January
START_S = int(START.timestamp())


def plant(days: int = 42, *, level: float = 40_000, seed: int = 1) -> np.ndarray[Any, Any]:
    """Quantities of a two-shift plant. [1/1000 kWh per quarter hour]"""
    rng = np.random.default_rng(seed)
    hour = (np.arange(PER_DAY) + 0.5) / 4
    shape = np.interp(hour, [0, 6, 7.5, 11.5, 12.2, 13, 20, 22, 24], [0.2, 0.2, 1, 1, 0.7, 1, 0.9, 0.3, 0.2])
    size = 1 + 0.05 * rng.standard_normal((days, 1))
    values = level * shape * size * (1 + 0.02 * rng.standard_normal((days, PER_DAY)))
    return np.rint(values).astype(np.int64).reshape(-1)


def counter(flow: np.ndarray[Any, Any], begin: int = 5_000_000) -> np.ndarray[Any, Any]:
    """A register that counts these quantities."""
    return np.concatenate([[begin], begin + np.cumsum(flow)])


def rows(
    channel: str, values: np.ndarray[Any, Any], *, counter: bool = False, step: int = 900, quality: int = 0,
    keep: np.ndarray[Any, Any] | None = None, rev: np.ndarray[Any, Any] | None = None,
) -> pa.Table:  # fmt: skip
    """Readings of a channel from local midnight on."""
    many = len(values)
    picked = np.ones(many, bool) if keep is None else keep
    columns = {
        "channel": np.full(many, channel_key(channel)),
        "start": (START_S + np.arange(many) * step) * 1_000_000,
        "seconds": np.full(many, 0 if counter else step, np.int32),
        "value": np.asarray(values, np.int64),
        "quality": np.full(many, quality, np.int8),
        "method": np.zeros(many, np.int8),
    }
    arrays = [pa.array(c[picked]) for c in columns.values()]
    arrays[1] = arrays[1].cast(pa.timestamp("us", tz="UTC"))
    revs = np.ones(many, np.int64) if rev is None else rev
    arrays += [pa.nulls(int(picked.sum()), pa.timestamp("us", tz="UTC")), pa.array(revs[picked])]
    return pa.Table.from_arrays(arrays, schema=STORED)


def table(*parts: pa.Table) -> pa.Table:
    """Several channels in the order of the store."""
    return pa.concat_tables(parts).sort_by([("channel", "ascending"), ("start", "ascending")]).combine_chunks()


def found(
    readings: pa.Table, *channels: dict[str, Any], days: int = 42, site: Park | None = None
) -> list[tuple[str, str, float, float]]:
    """Findings as (channel, kind, first quarter hour, end), remarks left out unless they are events."""
    end = START + timedelta(days=days)
    findings = check(readings, Book(site or park(*(channels or ({"id": "a"},)))), START, end)
    return [brief(f) for f in findings]


def brief(finding: Finding) -> tuple[str, str, float, float]:
    """A finding by quarter hours from the start."""
    quarter = timedelta(minutes=15)
    return finding.channel, str(finding.kind), (finding.start - START) / quarter, (finding.end - START) / quarter
