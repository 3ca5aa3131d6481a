"""Small tables of meter files, and what they are understood to say."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from lingtan.base.ids import channel_key
from lingtan.metering.shapes.mapping import check_mapping
from lingtan.metering.shapes.recognise import Names, Recognised, recognise_sheet
from lingtan.metering.shapes.settle import Settled, settle
from lingtan.metering.shapes.sheet import Sheet
from lingtan.park.model import Park

PARK_FILE = """\
schema: 1
park: {id: p, name: 测试园区, region: CN-JS}
enterprises: [{id: e1, name: 甲厂}]
assets: [{id: roof, kind: pv, enterprise: e1}]
connections: [{id: grid, kind: public_grid}]
meters:
  - {id: m1, name: 1#进线, enterprise: e1, channels: [
      {id: grid-import, carrier: electricity, activity: import, unit: kWh, connection: grid}]}
  - {id: m2, name: 2#车间, enterprise: e1, channels: [{id: shop, carrier: electricity, activity: use, unit: kWh}]}
  - {id: m3, name: 3#水表, enterprise: e1, channels: [
      {id: water, carrier: fresh_water, activity: intake, unit: m3, kind: counter, digits: 6}]}
  - {id: m4, name: 气, enterprise: e1, manual: true, channels: [
      {id: gas, carrier: natural_gas, activity: final, unit: m3, step: 1month},
      {id: gas-in, carrier: natural_gas, activity: import, unit: m3, step: 1month}]}
  - {id: m5, name: 煤, enterprise: e1, manual: true, channels: [
      {id: coal-in, carrier: raw_coal, activity: import, unit: t, step: 1month},
      {id: coal, carrier: raw_coal, activity: final, unit: t, step: 1month},
      {id: coal-stock, carrier: raw_coal, activity: stock, unit: t, kind: level, step: 1month}]}
  - {id: m6, name: 光伏, enterprise: e1, channels: [{id: pv, carrier: electricity, activity: generation, unit: kW, asset: roof}]}
  - {id: m7, name: 产量表, enterprise: e1, manual: true, channels: [
      {id: clinker-made, carrier: product, activity: output, unit: t, step: 1month}]}
  - {id: m8, name: 回用水, enterprise: e1, manual: true, channels: [
      {id: reused, carrier: reused_water, activity: reuse, unit: m3, step: 1month}]}
products: [{id: clinker, name: 水泥熟料, enterprise: e1, output: clinker-made, energy: [coal]}]
accounting: {equivalent_kgce_per_kwh: {2023: {value: 0.2856, source: t}, 2025: {value: 0.2856, source: t}}}
"""
SHANGHAI = ZoneInfo("Asia/Shanghai")


def park() -> Park:
    """The park of the files."""
    from lingtan.park.file import load_park

    return load_park(PARK_FILE.encode(), "park.yaml")


def sheet(text: str, name: str | None = None, file: str = "f.csv") -> Sheet:
    """A table as it is read from comma-separated text."""
    rows = [line.split(",") for line in text.strip("\n").splitlines()]
    width = max(map(len, rows))
    columns = {f"c{i}": [(r[i] or None) if i < len(r) else None for r in rows] for i in range(width)}
    return Sheet(file, pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)), name=name)


def understood(text: str | Sheet, **mapping: Any) -> Recognised:
    """What a table is understood to say."""
    one = text if isinstance(text, Sheet) else sheet(text)
    found = recognise_sheet(one, Names(park(), check_mapping(mapping)))
    assert found is not None, "no shape"
    return found


def settled(text: str | Sheet, **mapping: Any) -> Settled:
    """The batch of a table."""
    return settle([understood(text, **mapping).assembled], mapping.get("duplicates", "reject"))


def rows(text: str | Sheet, **mapping: Any) -> list[tuple[str, str, int, int]]:
    """Readings as (channel, local start, seconds, value in 1/1000 stored units)."""
    names = {channel_key(c): c for m in park().meters for c in (x.id for x in m.channels)}
    found = [
        (names[r["channel"]], local(r["start"]), r["seconds"], r["value"])
        for r in settled(text, **mapping).batch.to_pylist()
    ]
    return sorted(found)


def local(at: datetime) -> str:
    """An instant in the park's time."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def reasons(text: str | Sheet, **mapping: Any) -> list[tuple[int, str]]:
    """Rejected cells as (row, code)."""
    found = understood(text, **mapping)
    lost = pl.concat([found.assembled.rejects, settle([found.assembled]).rejects])
    return sorted((r["row"], r["code"]) for r in lost.iter_rows(named=True))
