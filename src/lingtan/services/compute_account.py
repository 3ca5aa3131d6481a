"""Compute an account from its basis."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from lingtan.base.columns import int64s
from lingtan.base.errors import InputError
from lingtan.base.ids import digest
from lingtan.base.time import Period
from lingtan.carbon.account import Account, Compiled, build_account, compile_account
from lingtan.carbon.factors import Factor
from lingtan.carbon.indicators import Indicator, indicators
from lingtan.carbon.method import METHOD_VERSION
from lingtan.carbon.rules.model import rules_digest
from lingtan.carbon.shares import Ints
from lingtan.metering.activity import VERSION
from lingtan.services.activities import Piece, activity_pieces
from lingtan.services.basis import Basis
from lingtan.services.certificate_register import register_of
from lingtan.services.kept_tables import hourly_of
from lingtan.services.month_sums import month_sums
from lingtan.services.ports import Listener, silent
from lingtan.services.traced_power import Trace, told, tracer
from lingtan.services.workspace import Workspace

METHOD = {"account": METHOD_VERSION, "activities": VERSION}


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
    summed = month_sums(workspace, compiled, pieces, year, METHOD, listener)
    register = register_of(
        workspace, asked.year, basis.view.rev if basis.certificates_rev is None else basis.certificates_rev
    )
    trace = tracer(basis.park, year, basis.view.rev, lambda keys: [hourly_of(workspace, pieces, keys)], workspace)
    account = put_together(compiled, asked, summed.sums, summed.flows, register=register, trace=trace)
    return Computed(basis, asked, account, summed.sums, tuple(pieces), summed.engine, register)


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


def local_months(year: Period) -> tuple[Ints, datetime]:
    """Local month (yyyymm) of each hour of a year, and the first hour."""
    months: list[int] = []
    for month in year.months():
        months += [int(month.label.replace("-", ""))] * month.hours
    assert len(months) == year.hours
    return np.array(months, np.int64), year.start.astimezone(ZoneInfo(year.zone))
