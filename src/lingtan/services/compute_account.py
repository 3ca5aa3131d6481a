"""Compute an account from its basis; sums and flows of a month are kept by what they are made from."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from lingtan.base.columns import int64s, int_table
from lingtan.base.errors import DataError, InputError
from lingtan.base.ids import digest
from lingtan.base.time import Period
from lingtan.carbon.account import Account, Compiled, build_account, compile_account
from lingtan.carbon.factors import Factor
from lingtan.carbon.indicators import Indicator, indicators
from lingtan.carbon.lines import role_rows
from lingtan.carbon.method import METHOD_VERSION
from lingtan.carbon.rules.model import rules_digest
from lingtan.carbon.shares import Ints
from lingtan.metering.activity import VERSION
from lingtan.services.activities import Piece, activity_pieces
from lingtan.services.basis import Basis
from lingtan.services.certificate_register import register_of
from lingtan.services.kept_tables import hourly_of, kept_table, put_table
from lingtan.services.ports import Engine, Listener, Progress, silent
from lingtan.services.traced_power import Trace, told, tracer
from lingtan.services.workspace import Workspace

METHOD = {"account": METHOD_VERSION, "activities": VERSION}
COUNTED = ("value", "covered_s", "estimated_s", "spread_s", "rejected_s", "hours")


@dataclass(frozen=True)
class Computed:
    """An account with what it was made from."""

    basis: Basis
    period: Period
    account: Account
    sums: pa.Table
    pieces: tuple[Piece, ...]
    engine: str
    register: Mapping[str, Any] | None = None  # of certificates: its head, and what was cancelled for the year [kWh]

    @cached_property
    def quantities(self) -> dict[tuple[int, int], int]:
        """By channel key and month. [1/1000 unit]"""
        channel, month, value = (int64s(self.sums[name]).tolist() for name in ("channel", "month", "value"))
        return dict(zip(zip(channel, month, strict=True), value, strict=True))

    @cached_property
    def indicators(self) -> list[Indicator]:
        """Every indicator of the rule set."""
        return indicators(self.account, self.quantities, self.basis.book)

    @cached_property
    def factors(self) -> dict[str, Factor]:
        """Every factor behind postings and indicators, by id."""
        assert self.indicators is not None  # asks for the factors of products
        return dict(sorted({**self.account.compiled.factors(), **self.basis.book.used}.items()))

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """What decides the result, by digest: equal inputs, equal result."""
        basis = self.basis
        return {
            "period": self.period.label,
            "rules": {"id": basis.rules.id, "version": basis.rules.version, "digest": rules_digest(basis.rules)},
            "park": {"id": basis.park.park.id, "rev": basis.park_rev, "digest": basis.park_digest},
            "activities": digest([p.name for p in self.pieces]),
            "factors": digest([f.as_dict() for f in self.factors.values()]),
            "method": METHOD,
            **self.told,
        }

    @cached_property
    def told(self) -> dict[str, Any]:
        """What else decides the result, where the park has it: how power was traced, and the register of certificates."""
        traced = told(self.basis.park)
        found: dict[str, Any] = {"tracing": traced} if traced is not None else {}
        return found | ({"register": dict(self.register)} if self.register is not None else {})


def asked_period(label: str, zone: str) -> Period:
    """A year or a month.

    Raises
    ------
    InputError
        If it is neither.
    """
    period = Period.parse(label, zone)
    if period.label.count("-") > 1:
        raise InputError("account.day-period", period=label)
    return period


def compute(workspace: Workspace, basis: Basis, label: str, listener: Listener = silent) -> Computed:
    """The account of a period; the whole year is always computed, because certificates are matched by the year."""
    asked = asked_period(label, basis.park.park.timezone)
    compiled = compile_account(basis.park, basis.rules, basis.book, asked.year)
    year = Period.parse(f"{asked.year:04d}", basis.park.park.timezone)
    pieces = activity_pieces(workspace, basis.park, year, basis.view, listener)
    sums, flows, engine_name = _collect(workspace, compiled, pieces, year, listener)
    register = register_of(
        workspace, asked.year, basis.view.rev if basis.certificates_rev is None else basis.certificates_rev
    )
    trace = tracer(basis.park, year, basis.view.rev, lambda keys: [hourly_of(workspace, pieces, keys)], workspace)
    account = put_together(compiled, asked, sums, flows, register=register, trace=trace)
    return Computed(basis, asked, account, sums, tuple(pieces), engine_name, register)


def put_together(
    compiled: Compiled,
    asked: Period,
    sums: pa.Table,
    flows: pa.Table,
    *,
    register: Mapping[str, Any] | None = None,
    trace: Trace | None = None,
) -> Account:
    """The account of the months asked for, from the year's sums and flows."""
    year = Period.parse(f"{asked.year:04d}", asked.zone)
    months_of_hour, first = local_months(year)
    return build_account(
        compiled,
        months_of_hour=months_of_hour,
        months=[int(m.label.replace("-", "")) for m in asked.months()],
        sums=sums,
        flows=flows,
        hour_zero_us=int(first.timestamp()) * 1_000_000,
        certificates_kwh=None if register is None else int(register["kwh"]),
        trace=trace,
    )


@contextmanager
def engine(workspace: Workspace) -> Iterator[Engine]:
    """The workspace's engine, closed at the end."""
    running = workspace.engine()
    try:
        yield running
    finally:
        running.close()


def local_months(year: Period) -> tuple[Ints, datetime]:
    """Local month (yyyymm) of each hour of a year, and the first hour."""
    months: list[int] = []
    for month in year.months():
        months += [int(month.label.replace("-", ""))] * month.hours
    assert len(months) == year.hours
    return np.array(months, np.int64), year.start.astimezone(ZoneInfo(year.zone))


def calendar(year: Period) -> pa.Table:
    """The relation ``calendar(hour, month)`` of a year."""
    months, _ = local_months(year)
    hours = [year.start + timedelta(hours=i) for i in range(year.hours)]
    return pa.table({"hour": pa.array(hours, pa.timestamp("us", tz="UTC")), "month": pa.array(months, pa.int32())})


def _collect(
    workspace: Workspace, compiled: Compiled, pieces: Sequence[Piece], year: Period, listener: Listener
) -> tuple[pa.Table, pa.Table, str]:
    """Sums and flows of the year, month by month; each month's is kept under the digest of what it is made from."""
    told = digest(role_rows(compiled.roles))  # no table: making one imports pandas, a quarter of a second
    by_month: dict[str, list[str]] = {}
    for piece in pieces:
        by_month.setdefault(piece.month, []).append(piece.name)
    if not by_month:
        raise DataError("account.no-readings", period=year.label)
    keys = {
        month: digest({"pieces": names, "roles": told, "year": [year.label, year.zone], "method": METHOD})
        for month, names in by_month.items()
    }
    kept: dict[str, tuple[pa.Table, pa.Table]] = {}
    for month, key in keys.items():
        one, two = (kept_table(workspace, f"cache/{kind}/{key}.parquet") for kind in ("sums", "flows"))
        if one is not None and two is not None:
            kept[month] = one, two
    missing = sorted(set(keys) - set(kept))
    name = ""
    if missing:
        from lingtan.carbon import ledger

        with engine(workspace) as running:
            name = running.name
            dates, parts = running.table(calendar(year)), running.table(compiled.role_table())
            for done, month in enumerate(missing, 1):
                activity = running.parquet([workspace.blobs.path(n) for n in by_month[month]])
                found = (
                    running.collect(ledger.channel_months(activity, dates)),
                    running.collect(ledger.flows(activity, dates, parts)).sort_by(
                        [("role", "ascending"), ("hour", "ascending")]
                    ),
                )
                for kind, table in zip(("sums", "flows"), found, strict=True):
                    put_table(workspace, f"cache/{kind}/{keys[month]}.parquet", table)
                kept[month] = found
                listener(Progress("ledger", done, len(missing), {"month": month}))
    ordered = [kept[m] for m in sorted(kept)]
    return merged([s for s, _ in ordered]), pa.concat_tables([f for _, f in ordered]), name or "kept"


def merged(tables: Sequence[pa.Table]) -> pa.Table:
    """Partial sums of the same channel and local month added up; UTC months cut local ones in two."""
    columns = {
        name: np.concatenate([int64s(t.column(name)) for t in tables]) for name in ("channel", "month", *COUNTED, "rev")
    }
    order = np.lexsort((columns["month"], columns["channel"]))
    channel, month = columns["channel"][order], columns["month"][order]
    first = np.flatnonzero(np.concatenate([[True], (channel[1:] != channel[:-1]) | (month[1:] != month[:-1])]))
    sums = {name: np.add.reduceat(columns[name][order], first) for name in COUNTED}
    kept = {"channel": channel[first], "month": month[first].astype(np.int32), **sums}
    kept["rev"] = np.maximum.reduceat(columns["rev"][order], first)
    return int_table(kept)
