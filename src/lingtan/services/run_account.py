"""Account a period under a rule set, and keep the run."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lingtan import __version__
from lingtan.base.errors import DataError, InputError, Problem
from lingtan.base.ids import digest
from lingtan.base.time import Period, iso
from lingtan.carbon import ledger
from lingtan.carbon.account import Account, Compiled, Coverage, Posting, build_account, compile_account
from lingtan.carbon.rules.model import RuleSet, packaged_rules, parse_rules, rules_digest
from lingtan.carbon.shares import Ints
from lingtan.park.carriers import carriers
from lingtan.park.file import load_park
from lingtan.park.model import Park
from lingtan.services.activities import Piece, activity_pieces
from lingtan.services.ports import Engine, Listener, Progress, silent
from lingtan.services.workspace import Workspace

METHOD_VERSION = 1  # of everything between activities and postings; part of every run's identity
DEFAULT_FLOOR = 0.95


@dataclass(frozen=True)
class Run:
    """A kept account: what went in, by digest, and what came out."""

    id: str
    record: Mapping[str, Any]
    account: Account
    rules: RuleSet
    park: Park
    sums: pa.Table

    @property
    def period(self) -> Period:
        """The period that was asked for."""
        return Period.parse(str(self.record["period"]), self.park.park.timezone)


def run_account(
    workspace: Workspace,
    period: str,
    *,
    rules: str = "ndrc-910-2025",
    as_of: datetime | int | None = None,
    floor: float | None = None,
    listener: Listener = silent,
) -> Run:
    """Account a period.

    Parameters
    ----------
    period
        A year or a month; the whole year is always computed, because certificates are matched by the year.
    as_of
        An instant or a revision: only what was known then is used, the park file of then included.
    floor
        Coverage below which the account is refused; the park's ``coverage_floor.account``, else 0.95.

    Raises
    ------
    DataError
        ``account.insufficient`` with every channel and month below the floor; ``account.factors-missing``; and others.
    """
    rev = resolve_as_of(workspace, as_of)
    park, park_commit = park_as_of(workspace, rev)
    asked = Period.parse(period, park.park.timezone)
    if asked.label.count("-") > 1:
        raise InputError("account.day-period", period=period)
    ruleset = find_rules(workspace, rules)
    book = workspace.factors().with_values(
        park.accounting.carriers, carriers=carriers(park), equivalent=park.accounting.equivalent_kgce_per_kwh
    )
    compiled = compile_account(park, ruleset, book, asked.year)
    year = Period.parse(f"{asked.year:04d}", park.park.timezone)
    pieces = activity_pieces(workspace, park, year, rev, listener)
    months_of_hour, first = local_months(year)
    months = [int(m.label.replace("-", "")) for m in asked.months()]
    with engine(workspace) as running:
        sums, flows = _collect(workspace, running, compiled, pieces, year, months_of_hour, listener)
        engine_name = running.name
    account = build_account(
        compiled,
        months_of_hour=months_of_hour,
        months=months,
        sums=sums,
        flows=flows,
        hour_zero_us=int(first.timestamp()) * 1_000_000,
    )
    stated = park.accounting.coverage_floor.get("account")
    refuse_thin(account.coverage, floor if floor is not None else float(stated or DEFAULT_FLOOR), park)
    inputs = {
        "period": asked.label,
        "rules": {"id": ruleset.id, "version": ruleset.version, "digest": rules_digest(ruleset)},
        "park": {"id": park.park.id, "rev": park_commit[0], "digest": park_commit[1]},
        "activities": digest([p.name for p in pieces]),
        "factors": digest([f.as_dict() for f in compiled.factors().values()]),
        "method": METHOD_VERSION,
    }
    record = {
        "id": f"{asked.label}-{ruleset.id}-{digest(inputs)[:10]}",
        **inputs,
        "as_of": rev,
        "as_of_time": iso(_time_of(workspace, rev)),
        "synthetic": park.park.synthetic,
        "code": __version__,
        "engine": engine_name,
        "result": account.digest,
        "made_at": iso(workspace.clock()),
    }
    run = Run(str(record["id"]), record, account, ruleset, park, sums)
    _keep(workspace, run)
    return run


@contextmanager
def engine(workspace: Workspace) -> Iterator[Engine]:
    """The workspace's engine, closed at the end."""
    running = workspace.engine()
    try:
        yield running
    finally:
        running.close()


def resolve_as_of(workspace: Workspace, as_of: datetime | int | None) -> int:
    """A revision from an instant, a revision or nothing (the newest)."""
    if as_of is None:
        return workspace.store.head()
    if isinstance(as_of, int):
        if not 0 < as_of <= workspace.store.head():
            raise InputError("account.no-revision", rev=as_of, head=workspace.store.head())
        return as_of
    return workspace.store.rev_at(as_of)


def park_as_of(workspace: Workspace, rev: int) -> tuple[Park, tuple[int, str]]:
    """The park file as known at a revision, with its own revision and digest."""
    found = workspace.store.document("park", rev)
    if found is None:
        raise DataError("account.no-park-then", rev=rev)
    commit, data = found
    return load_park(data, "park.yaml"), (commit.rev, commit.content)


def find_rules(workspace: Workspace, name: str) -> RuleSet:
    """A rule set of the workspace (``rules/<id>.toml``) or a packaged one."""
    path = workspace.root / "rules" / f"{name}.toml"
    if path.is_file():
        return parse_rules(path.read_bytes(), str(path))
    return packaged_rules(name)


def local_months(year: Period) -> tuple[Ints, datetime]:
    """Local month (yyyymm) of each hour of a year, and the first hour."""
    zone = ZoneInfo(year.zone)
    months: list[int] = []
    for month in year.months():
        label = int(month.label.replace("-", ""))
        months += [label] * month.hours
    assert len(months) == year.hours
    return np.array(months, np.int64), year.start.astimezone(zone)


def calendar(year: Period) -> pa.Table:
    """The relation ``calendar(hour, month)`` of a year."""
    months, _ = local_months(year)
    hours = [year.start + timedelta(hours=i) for i in range(year.hours)]
    return pa.table({"hour": pa.array(hours, pa.timestamp("us", tz="UTC")), "month": pa.array(months, pa.int32())})


def _collect(
    workspace: Workspace,
    running: Engine,
    compiled: Compiled,
    pieces: Sequence[Piece],
    year: Period,
    months_of_hour: Ints,
    listener: Listener,
) -> tuple[pa.Table, pa.Table]:
    """Sums and flows of the year, month by month; each month's is kept under the digest of what it is made from."""
    roles = compiled.role_table()
    by_month: dict[str, list[str]] = {}
    for piece in pieces:
        by_month.setdefault(piece.month, []).append(piece.name)
    hours = calendar(year)
    small: dict[str, Any] = {}
    sums, flows = [], []
    for done, (month, names) in enumerate(sorted(by_month.items()), 1):
        key = digest(
            {
                "pieces": names,
                "roles": roles.to_pydict(),
                "year": [year.label, year.zone],
                "method": METHOD_VERSION,
            }
        )
        kept = [_kept(workspace, f"cache/sums/{key}.parquet"), _kept(workspace, f"cache/flows/{key}.parquet")]
        if kept[0] is None or kept[1] is None:
            if not small:
                small = {"calendar": running.table(hours), "roles": running.table(roles)}
            activity = running.parquet([workspace.blobs.path(n) for n in names])
            kept[0] = running.collect(ledger.channel_months(activity, small["calendar"]))
            kept[1] = running.collect(ledger.flows(activity, small["calendar"], small["roles"]))
            _put(workspace, f"cache/sums/{key}.parquet", kept[0])
            _put(workspace, f"cache/flows/{key}.parquet", kept[1])
            listener(Progress("ledger", done, len(by_month), {"month": month}))
        sums.append(kept[0])
        flows.append(kept[1])
    if not sums:
        raise DataError("account.no-readings", period=year.label)
    return _merged(sums), pa.concat_tables(flows)


def _merged(tables: Sequence[pa.Table]) -> pa.Table:
    """Partial sums of the same channel and local month added up; UTC months cut local ones in two."""
    totals: dict[tuple[int, int], list[int]] = {}
    columns = ("value", "covered_s", "estimated_s", "spread_s", "rejected_s", "hours")
    for table in tables:
        data = table.to_pydict()
        for i, key in enumerate(zip(data["channel"], data["month"], strict=True)):
            row = totals.setdefault(key, [0] * (len(columns) + 1))
            for j, column in enumerate(columns):
                row[j] += int(data[column][i])
            row[-1] = max(row[-1], int(data["rev"][i]))
    keys = sorted(totals)
    return pa.table(
        {
            "channel": pa.array([k[0] for k in keys], pa.int64()),
            "month": pa.array([k[1] for k in keys], pa.int32()),
            **{c: pa.array([totals[k][j] for k in keys], pa.int64()) for j, c in enumerate((*columns, "rev"))},
        }
    )


def _kept(workspace: Workspace, name: str) -> pa.Table | None:
    data = workspace.blobs.get(name)
    return None if data is None else pq.read_table(BytesIO(data))


def _put(workspace: Workspace, name: str, table: pa.Table) -> None:
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    workspace.blobs.put(name, buffer.getvalue())


def refuse_thin(coverage: Sequence[Coverage], floor: float, park: Park) -> None:
    """Refuse an account that rests on too little: every channel below the floor is named with its coverage."""
    levels = {c.id for m in park.meters for c in m.channels if c.kind == "level"}
    by_channel: dict[str, list[Coverage]] = {}
    for item in coverage:
        by_channel.setdefault(item.channel, []).append(item)
    problems = []
    for channel, items in sorted(by_channel.items()):
        expected, covered = sum(i.expected_s for i in items), sum(i.covered_s for i in items)
        if channel in levels:
            continue
        if covered < floor * expected:
            worst = min(items, key=lambda i: i.covered_s / i.expected_s)
            problems.append(
                Problem(
                    "account.thin",
                    values={
                        "channel": channel,
                        "coverage": f"{covered / expected:.1%}",
                        "worst": worst.month,
                    },
                )
            )
    if problems:
        raise DataError("account.insufficient", problems=problems, floor=f"{floor:.1%}")


def _time_of(workspace: Workspace, rev: int) -> datetime:
    commits = workspace.store.commits(rev)
    return commits[-1].at if commits else workspace.clock()


def _keep(workspace: Workspace, run: Run) -> None:
    rows = run.account.postings
    columns = {name: [getattr(p, name) for p in rows] for name in Posting.__dataclass_fields__}
    table = pa.table(
        {
            **{k: v for k, v in columns.items() if k not in ("month", "quantity", "micrograms")},
            "month": pa.array(columns["month"], pa.int32()),
            "quantity": pa.array(columns["quantity"], pa.decimal128(38, 0)),
            "micrograms": pa.array(columns["micrograms"], pa.decimal128(38, 0)),
        }
    ).select(list(columns))
    _put(workspace, f"runs/{run.id}/postings.parquet", table)
    workspace.blobs.put(
        f"runs/{run.id}/run.json", json.dumps(run.record, ensure_ascii=False, indent=1, default=str).encode()
    )
