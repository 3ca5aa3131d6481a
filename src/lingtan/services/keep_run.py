"""Runs as they are kept: a few small files that say everything again without computing."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lingtan import __version__
from lingtan.base.errors import DataError, InputError
from lingtan.base.ids import digest, nearest
from lingtan.base.time import Period, iso
from lingtan.carbon.account import Account, Posting, account_kept, compile_account
from lingtan.carbon.factors import Factor, FactorBook
from lingtan.carbon.indicators import Indicator
from lingtan.carbon.power import Crossing
from lingtan.carbon.rules.model import RuleSet
from lingtan.carbon.uncertainty import Interval
from lingtan.park.model import Park
from lingtan.services.basis import Basis
from lingtan.services.compute_account import Computed, local_months
from lingtan.services.kept_tables import parquet_bytes
from lingtan.services.parsed_park import parsed_park
from lingtan.services.views import Known
from lingtan.services.workspace import Workspace

RUN_FILES = ("run.json", "postings.parquet", "sums.parquet", "factors.json", "rules.json", "indicators.json")
Reader = Callable[[str], bytes | None]


@dataclass(frozen=True)
class Run:
    """A kept account: what went in, by digest, and what came out."""

    id: str
    record: Mapping[str, Any]
    account: Account
    rules: RuleSet
    park: Park
    sums: pa.Table
    factors: Mapping[str, Factor]
    indicators: list[Indicator]

    @property
    def period(self) -> Period:
        """The period that was asked for."""
        return Period.parse(str(self.record["period"]), self.park.park.timezone)

    @property
    def rev(self) -> int:
        """The revision up to which readings and park file were known."""
        return int(self.record["as_of"])

    def basis(self, workspace: Workspace) -> Basis:
        """What the run rests on, for computing it again."""
        packaged = FactorBook(f for f in self.factors.values() if f.set != "park")
        park = self.record["park"]
        return Basis(self.park, park["rev"], park["digest"], self.rules, packaged, Known(workspace.store, self.rev))


def run_of(workspace: Workspace, computed: Computed, rev: int) -> Run:
    """The run that a computed account is."""
    basis, account = computed.basis, computed.account
    record = {
        "id": f"{computed.period.label}-{basis.rules.id}-{digest(computed.inputs)[:10]}",
        **computed.inputs,
        "as_of": rev,
        "as_of_time": iso(_time_of(workspace, rev)),
        "synthetic": basis.park.park.synthetic,
        "code": __version__,
        "engine": computed.engine,
        "result": account.digest,
        "totals": {m.id: str(account.total(m.id)) for m in basis.rules.measures},
        "certificates": {
            "kwh": account.crossing.certificate_kwh,
            "covered_wh": account.crossing.covered_wh,
            "coverable_wh": account.crossing.coverable_wh,
            "unattributed_wh": account.crossing.unattributed_wh,
        },
        "kinds": [[*key, value] for key, value in sorted(account.kinds.items())],
        **computed.told,
        "made_at": iso(workspace.clock()),
    }
    return Run(
        str(record["id"]),
        record,
        account,
        basis.rules,
        basis.park,
        computed.sums,
        computed.factors,
        computed.indicators,
    )


def run_files(run: Run) -> dict[str, bytes]:
    """The run as files, by name; the record comes last, it says that the others are whole."""
    rows = run.account.postings
    columns: dict[str, list[Any]] = {name: [getattr(p, name) for p in rows] for name in Posting.__dataclass_fields__}
    wide = pa.decimal128(38, 0)
    types = {"month": pa.int32(), "quantity": wide, "micrograms": wide}
    postings = pa.table({k: pa.array(v, types.get(k, pa.string())) for k, v in columns.items()})
    return {
        "postings.parquet": parquet_bytes(postings),
        "sums.parquet": parquet_bytes(run.sums),
        "factors.json": to_json([f.as_dict() for f in run.factors.values()]),
        "rules.json": to_json(run.rules.model_dump(mode="json", by_alias=True, exclude_unset=True)),
        "indicators.json": to_json([indicator_dict(i) for i in run.indicators]),
        "run.json": to_json(run.record),
    }


def keep_run(workspace: Workspace, run: Run) -> None:
    """Keep a run under its id; the same run is not written twice."""
    if workspace.blobs.get(f"runs/{run.id}/run.json") is None:
        for name, data in run_files(run).items():
            workspace.blobs.put(f"runs/{run.id}/{name}", data)
    last = f"last-run-{run.rules.id}"
    if workspace.blobs.get(last) != run.id.encode():
        workspace.blobs.put(last, run.id.encode())


def last_run(workspace: Workspace, rules: str) -> str | None:
    """The id of the run that was made last under a rule set."""
    data = workspace.blobs.get(f"last-run-{rules}")
    return data.decode() if data else None


def load_run(workspace: Workspace, run_id: str) -> Run:
    """A run that was kept.

    Raises
    ------
    InputError
        ``account.unknown-run`` with the nearest known id.
    """
    folder = f"runs/{run_id}"
    if workspace.blobs.get(f"{folder}/run.json") is None:
        known = [n.split("/")[1] for n in workspace.blobs.names("runs/") if n.endswith("/run.json")]
        raise InputError(
            "account.unknown-run", run=run_id, nearest=nearest(run_id, known) or (known[-1] if known else "–")
        )
    return read_run(workspace, lambda name: workspace.blobs.get(f"{folder}/{name}"))


def read_run(workspace: Workspace, read: Reader) -> Run:
    """A run from its files, with the park file that the store keeps."""

    def need(name: str) -> bytes:
        data = read(name)
        if data is None:
            raise DataError("account.run-incomplete", file=name)
        return data

    record = json.loads(need("run.json"))
    found = workspace.store.document("park", int(record["as_of"]))
    if found is None or found[0].content != record["park"]["digest"]:
        raise DataError("account.park-gone", digest=record["park"]["digest"])
    return rebuilt(record, parsed_park(workspace.blobs, found[1]), need)


def rebuilt(record: Mapping[str, Any], park: Park, read: Callable[[str], bytes]) -> Run:
    """A run from its record, its park and its files: figures are those that were kept, nothing is computed."""
    rules = RuleSet.model_validate(json.loads(read("rules.json")))
    factors = {f["id"]: Factor.from_dict(f) for f in json.loads(read("factors.json"))}
    period = Period.parse(str(record["period"]), park.park.timezone)
    year = Period.parse(f"{period.year:04d}", period.zone)
    compiled = compile_account(park, rules, FactorBook(factors.values()), period.year)
    table = pq.ParquetFile(BytesIO(read("postings.parquet"))).read()
    *texts, quantity, micrograms = (table[name].to_pylist() for name in Posting.__dataclass_fields__)
    postings = [Posting(*row) for row in zip(*texts, map(int, quantity), map(int, micrograms), strict=True)]
    sums = pq.ParquetFile(BytesIO(read("sums.parquet"))).read()
    held = record["certificates"]
    account = account_kept(
        compiled,
        months_of_hour=local_months(year)[0],
        months=[int(m.label.replace("-", "")) for m in period.months()],
        sums=sums,
        postings=postings,
        crossing=Crossing([], held["kwh"], held["covered_wh"], held["coverable_wh"], held["unattributed_wh"]),
        kinds={(p, s, k, m): v for p, s, k, m, v in record["kinds"]},
    )
    shown = [indicator_from(i) for i in json.loads(read("indicators.json"))]
    return Run(str(record["id"]), record, account, rules, park, sums, factors, shown)


def to_json(value: Any) -> bytes:
    """A kept JSON file: readable, sorted keys, one newline at the end."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str).encode() + b"\n"


def indicator_dict(indicator: Indicator) -> dict[str, Any]:
    """An indicator with exact fractions, for :func:`indicator_from`."""
    plain = dict(vars(indicator))
    plain["interval"] = dict(vars(indicator.interval)) if indicator.interval else None
    return {k: _packed(v) for k, v in plain.items()}


def indicator_from(plain: Mapping[str, Any]) -> Indicator:
    """The indicator that :func:`indicator_dict` wrote."""
    values = {k: _unpacked(v) for k, v in plain.items()}
    values["interval"] = Interval(**values["interval"]) if values["interval"] else None
    for name in ("units", "notes", "details"):
        values[name] = tuple(values[name])
    return Indicator(**values)


def _packed(value: Any) -> Any:
    if isinstance(value, Fraction):
        return {"exact": str(value)}
    if isinstance(value, Mapping):
        return {k: _packed(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(v) for v in value]
    return value


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"exact"}:
            return Fraction(value["exact"])
        return {k: _unpacked(v) for k, v in value.items()}
    return [_unpacked(v) for v in value] if isinstance(value, list) else value


def _time_of(workspace: Workspace, rev: int) -> Any:
    commits = workspace.store.commits(rev)
    return commits[-1].at if commits else workspace.clock()
