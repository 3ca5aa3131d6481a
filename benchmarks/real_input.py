"""Real measured files through the whole chain: file shapes, import, check, account, explain.

``python benchmarks/real_input.py DATA [--out DIR] [--days N]`` turns five sites of the folder of real series into the shapes
that people have, makes a workspace for each, runs the commands on it and prints what the checks found. Of series whose
licence does not allow more only counts are printed.
"""

import argparse
import contextlib
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

COUNTS_ONLY = "C"  # licence class: no values, no plots


@dataclass(frozen=True)
class Site:
    """One real site: its licence class, its park file, how its files are written, and what is accounted."""

    name: str
    licence: str
    park: str
    write: Callable[[Path, Path, int | None], list[Path]]  # data, out, days -> files
    account: str | None
    figure: str = "core"


def head(days: int | None, frame: pl.DataFrame, time_column: str = "ts") -> pl.DataFrame:
    """The first days of a series."""
    if days is None:
        return frame
    return frame.filter(pl.col(time_column) < pl.col(time_column).min() + pl.duration(days=days))


def park_text(name: str, zone: str, meters: str, year: int, *, extra: str = "") -> str:
    """A park file with one enterprise; the equivalent value is stated as unofficial."""
    return f"""schema: 1
park:
  id: {name}
  name: {name}
  region: CN-GD
  timezone: {zone}
  operator: owner
  base_year: {year}
enterprises:
  - id: owner
    name: owner
connections:
  - id: grid
    kind: public_grid
{extra}meters:
{meters}accounting:
  equivalent_kgce_per_kwh:
    {year}: {{value: 0.2856, source: an assumption of this benchmark}}
  coverage_floor: {{account: 0.2}}
"""


def meter(name: str, carrier: str, activity: str, unit: str, step: str, **more: str) -> str:
    """A meter with one channel as YAML."""
    fields = {"carrier": carrier, "activity": activity, "unit": unit, "step": step, **more}
    lines = "".join(f"        {key}: {value}\n" for key, value in fields.items())
    return f"  - id: m-{name}\n    enterprise: owner\n    class: 1\n    channels:\n      - id: {name}\n{lines}"


def steel(data: Path, out: Path, days: int | None) -> list[Path]:
    """The steel plant as the 96-point day row of grid exports, stamps at the interval ends."""
    frame = head(days, pl.read_parquet(data / "load/steel_daewoo_2018_15min.parquet"), "ts_start")
    frame = frame.with_columns(
        日期=pl.col("ts_start").dt.date(),
        point=(pl.col("ts_start").dt.hour().cast(pl.Int32) * 4 + pl.col("ts_start").dt.minute() // 15 + 1).cast(
            pl.Int32
        ),
    )
    wide = frame.pivot(on="point", index="日期", values="usage_kwh").sort("日期")
    names = {str(i): f"{15 * i // 60:02d}:{15 * i % 60:02d}" for i in range(1, 97)}
    wide = wide.rename(names).select(pl.lit("steel-import").alias("表号"), pl.all())
    path = out / "steel-96.csv"
    path.write_text(wide.write_csv(), encoding="utf-8-sig")
    mapping = "shape: day_row\nunit: kWh\nstamp: end\n"
    path.with_name(path.name + ".mapping.yaml").write_text(mapping, encoding="utf-8")
    return [path]


def zhongshan(data: Path, out: Path, days: int | None) -> list[Path]:
    """Load, PV and battery of one site as a wide Excel file with Chinese headers."""
    folder = data / "zhongshan"
    load = pl.read_parquet(folder / "industrial_portfolio_load_2025Apr_Dec_hourly.parquet")
    pv = pl.read_parquet(folder / "pv_phase1_8MWp_2025Jul_Dec_hourly.parquet")
    store = pl.read_parquet(folder / "bess_market_220kWh_2025Aug_Dec_hourly.parquet")
    frame = load.join(pv, on="ts", how="full", coalesce=True).join(store, on="ts", how="full", coalesce=True).sort("ts")
    frame = frame.filter(pl.col("ts") >= pl.datetime(2025, 8, 13)) if days else frame
    frame = head(days, frame)
    names = {"ts": "时间", "load_mwh": "site-load", "energy_kwh": "site-pv", "charge_kwh": "bess-charge",
             "discharge_kwh": "bess-discharge"}  # fmt: skip
    path = out / "zhongshan.xlsx"
    frame.rename(names).write_excel(path, dtype_formats={pl.Datetime: "yyyy-mm-dd hh:mm"}, float_precision=9)
    mapping = "shape: wide\ntime: 时间\nstamp: start\nstep: 1h\n"
    path.with_name(path.name + ".mapping.yaml").write_text(mapping, encoding="utf-8")
    return [path]


def campus(data: Path, out: Path, days: int | None) -> list[Path]:
    """Six buildings with electricity and gas as a long file in UTC."""
    frame = head(days, pl.read_parquet(data / "load/cambridge_campus_elec_gas_2018_2020_hourly.parquet"))
    long = frame.unpivot(on=["electricity_kwh", "gas_kwh"], index=["ts", "building_id"]).drop_nulls("value")
    building = pl.col("building_id").str.replace("UCam_", "").str.to_lowercase()
    what = pl.col("variable").replace_strict({"electricity_kwh": "electricity", "gas_kwh": "gas"})
    made = long.select(
        time=pl.col("ts").dt.strftime("%Y-%m-%d %H:%M"), meter=pl.concat_str(building, pl.lit("-"), what), value="value"
    )
    path = out / "campus.csv"
    made.write_csv(path)
    mapping = "shape: long\ntime: time\nname: meter\nvalue: value\nzone: UTC\nstamp: start\nstep: 1h\n"
    path.with_name(path.name + ".mapping.yaml").write_text(mapping, encoding="utf-8")
    return [path]


def pv_plant(data: Path, out: Path, days: int | None) -> list[Path]:
    """The State Grid PV plant as a wide file, sentinel values as they came."""
    frame = head(days, pl.read_parquet(data / "renewable/pv_stategrid_site1_50MW_2019_2020_15min.parquet"))
    made = frame.select(
        pl.col("ts").dt.strftime("%Y-%m-%d %H:%M").alias("时间"),
        pl.col("power_MW").alias("pv-power"), pl.col("total_irradiance_W_m2").alias("irradiance"),
        pl.col("temp_degC").alias("air-temperature"), pl.col("rh_pct").alias("humidity"),
    )  # fmt: skip
    path = out / "pv.csv"
    path.write_text(made.write_csv(), encoding="utf-8")
    mapping = "shape: wide\ntime: 时间\nstamp: start\nstep: 15min\n"
    path.with_name(path.name + ".mapping.yaml").write_text(mapping, encoding="utf-8")
    return [path]


def district(data: Path, out: Path, days: int | None) -> list[Path]:
    """A district's total power as a CSV in GBK with Chinese headers and the unit in the header."""
    frame = head(days, pl.read_parquet(data / "load/china_region_2018_2020H1_15min.parquet"))
    made = frame.select(
        pl.col("ts").dt.strftime("%Y/%m/%d %H:%M").alias("数据时间"), pl.col("load_kw").alias("总有功功率（kW）")
    )
    path = out / "district.csv"
    path.write_bytes(made.write_csv().encode("gbk"))
    mapping = "shape: wide\ntime: 数据时间\nstamp: start\nstep: 15min\nchannels: {总有功功率: district-load}\n"
    path.with_name(path.name + ".mapping.yaml").write_text(mapping, encoding="utf-8")
    return [path]


def heat_meter(data: Path, out: Path, days: int | None) -> list[Path]:
    """A heat meter that counts up, as Parquet with UTC stamps."""
    frame = head(days, pl.read_parquet(data / "heat/dk_heat_meter_cumulative_2018_2019_hourly.parquet"), "ts_utc")
    path = out / "heat.parquet"
    columns = {"energy_heat_kwh": "heat-register", "volume_flow_m3": "volume-register"}
    frame.select("ts_utc", *columns).rename({**columns, "ts_utc": "time"}).write_parquet(path)
    mapping = "shape: wide\ntime: time\nzone: UTC\nstep: 1h\n"
    path.with_name(path.name + ".mapping.yaml").write_text(mapping, encoding="utf-8")
    return [path]


GRID = {"connection": "grid"}
BUILDINGS = ("b27", "b35", "b40", "b57", "b64", "b111")
SITES = (
    Site("steel", "A", park_text("steel", "Asia/Seoul", meter("steel-import", "electricity", "import", "kWh", "15min", **GRID), 2018),
         steel, "2018"),
    Site("zhongshan", "C", park_text("zhongshan", "Asia/Shanghai",
         meter("site-load", "electricity", "import", "MWh", "1h", **GRID)
         + meter("site-pv", "electricity", "generation", "kWh", "1h", asset="pv")
         + meter("bess-charge", "electricity", "charge", "kWh", "1h", asset="bess")
         + meter("bess-discharge", "electricity", "discharge", "kWh", "1h", asset="bess"), 2025,
         extra="assets:\n  - id: pv\n    kind: pv\n  - id: bess\n    kind: battery\n"),
         zhongshan, "2025"),
    Site("campus", "A", park_text("campus", "Europe/London", "".join(
         meter(f"{b}-electricity", "electricity", "import", "kWh", "1h", **GRID)
         + meter(f"{b}-gas", "natural_gas", "final", "kWh", "1h", content="0.1") for b in BUILDINGS), 2018),
         campus, "2018"),
    Site("pv-plant", "A", park_text("pv-plant", "Asia/Shanghai",
         meter("pv-power", "electricity", "generation", "MW", "15min", asset="pv")
         + meter("irradiance", "temperature", "reference", "W/m2", "15min")
         + meter("air-temperature", "temperature", "reference", "°C", "15min")
         + meter("humidity", "temperature", "reference", "percent", "15min"), 2019,
         extra="assets:\n  - id: pv\n    kind: pv\n"),
         pv_plant, "2019"),
    Site("heat-meter", "A", park_text("heat-meter", "Europe/Copenhagen",
         meter("heat-register", "heat", "import", "kWh", "1h", kind="counter", connection="district")
         + meter("volume-register", "reused_water", "reuse", "m3", "1h", kind="counter"), 2018,
         extra="  - id: district\n    kind: neighbor\n    carrier: heat\n"),
         heat_meter, "2018"),
    Site("district", "C", park_text("district", "Asia/Shanghai",
         meter("district-load", "electricity", "import", "kW", "15min", **GRID), 2019), district, "2019"),
)  # fmt: skip


def lingtan(*arguments: str) -> Any:
    """The JSON answer of a command; an error is an answer too."""
    from lingtan.apps.cli.main import cli

    heard = io.StringIO()
    with contextlib.redirect_stdout(heard), contextlib.suppress(SystemExit):
        cli(list(arguments), prog_name="lingtan")
    return json.loads(heard.getvalue())


def run(site: Site, data: Path, out: Path, days: int | None = None) -> dict[str, Any]:
    """Everything that is done with one site, and what came out."""
    folder = out / site.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "park.yaml").write_text(site.park, encoding="utf-8")
    files = site.write(data, folder, days)
    seconds: dict[str, float] = {}

    def timed(what: str, *arguments: str) -> Any:
        begin = time.perf_counter()
        answer = lingtan(*arguments, "--park", str(folder), "--json", "--lang", "en")
        seconds[what] = round(time.perf_counter() - begin, 2)
        return answer

    imported = timed("import", "readings", "import", *map(str, files))
    checked = timed("check", "readings", "check")
    account = timed("account", "account", "run", "--period", site.account) if site.account else None
    explained = timed("explain", "account", "explain", site.figure, "--period", site.account) if site.account else None
    return {
        "site": site.name, "licence": site.licence, "imported": imported, "checked": checked, "account": account,
        "explained": explained, "seconds": seconds,
    }  # fmt: skip


def summary(result: dict[str, Any]) -> dict[str, Any]:
    """Counts only, which may be printed for every licence."""
    by_channel: dict[str, dict[str, list[int]]] = {}
    for finding in result["checked"]["findings"]:
        if finding["severity"] == "info":
            continue
        cell = by_channel.setdefault(finding["kind"], {}).setdefault(finding["channel"], [0, 0])
        cell[0] += 1
        cell[1] += int(finding["values"].get("readings") or finding["values"].get("missing") or 0)
    account, explained = result["account"], result["explained"]
    return {
        "site": result["site"], "licence": result["licence"], "readings": result["checked"]["readings"],
        "rejected": sum(int(i.get("rejected") or 0) for i in result["imported"]),
        "findings_and_readings": by_channel,
        "account": account["error"]["code"] if account and "error" in account else bool(account),
        "explained": explained["error"]["code"] if explained and "error" in explained else bool(explained),
        "seconds": result["seconds"],
    }  # fmt: skip


def main() -> int:
    """Run all sites and print a summary as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the real series")
    parser.add_argument("--out", type=Path, help="keep the workspaces here")
    parser.add_argument("--days", type=int, help="only the first days of each series")
    parser.add_argument("--site", action="append", help="only this site")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for site in SITES:
            if given.site and site.name not in given.site:
                continue
            result = run(site, given.data, given.out or Path(scratch), given.days)
            json.dump(summary(result), sys.stdout, ensure_ascii=False, indent=1)
            sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
