"""Explain a figure: its passport, from the formula down to readings and the files that they came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from lingtan.base.errors import InputError, LingtanError
from lingtan.base.ids import channel_key
from lingtan.base.time import Period, iso
from lingtan.base.units import MILLI
from lingtan.carbon.account import Account
from lingtan.carbon.address import known, listed, month_text, parse_address
from lingtan.carbon.coverage import Coverage
from lingtan.carbon.passport import Node, Subject, number, passport
from lingtan.metering.channels import Book, Terms
from lingtan.metering.readings import Method, Quality
from lingtan.park.carriers import carriers
from lingtan.park.model import channels
from lingtan.services.activities import activity_pieces
from lingtan.services.attribute import commit_line
from lingtan.services.closings import current_closing, find_closing, frozen_run
from lingtan.services.compute_account import asked_period, compute, local_months
from lingtan.services.keep_run import Run, last_run, load_run
from lingtan.services.kept_tables import hourly_of
from lingtan.services.ports import Commit, Listener, silent
from lingtan.services.run_account import run_account
from lingtan.services.workspace import Workspace

BIG_STEP = timedelta(days=31)


@dataclass(frozen=True)
class Passport:
    """A figure explained; ``closing`` is the closing it was frozen by, ``recomputed`` whether today's method agrees."""

    address: str
    run: Run
    closing: str | None
    recomputed: bool
    tree: Node


@dataclass(frozen=True)
class Below:
    """How far to go below a channel: hours of a day or one hour, and how many readings."""

    hour: datetime | None = None
    readings: int = 0


def find_run(
    workspace: Workspace,
    *,
    run: str = "",
    period: str = "",
    rules: str = "ndrc-910-2025",
    as_of: datetime | int | None = None,
    listener: Listener = silent,
) -> tuple[Run, str | None]:
    """The run whose figures are meant, and its closing: by id, by period (frozen if it is closed), else the newest one of the rules."""
    if "@" in run:
        closing = find_closing(workspace, run)
        return frozen_run(workspace, closing), closing.id
    if run:
        return load_run(workspace, run), None
    if period:
        label = asked_period(period, workspace.park.park.timezone).label
        held = current_closing(workspace, label, rules) if as_of is None else None
        if held is not None:
            return frozen_run(workspace, held), held.id
        return run_account(workspace, label, rules=rules, as_of=as_of, floor=0, listener=listener), None
    newest = last_run(workspace, rules)
    if newest is None:
        raise InputError("figure.no-run")
    return load_run(workspace, newest), None


def list_figures(workspace: Workspace, run: Run) -> list[str]:
    """The addresses of a run's figures."""
    return list(dict.fromkeys(listed(run.account, known(run.account, run.indicators))))


def explain(
    workspace: Workspace,
    figure: str,
    run: Run,
    *,
    closing: str | None = None,
    depth: int = 4,
    below: Below | None = None,
    listener: Listener = silent,
) -> Passport:
    """The passport of a figure.

    Parameters
    ----------
    figure
        An address, see :mod:`lingtan.carbon.address`.
    depth
        1 the formula, 2 the sums, 3 postings with rule and factor, 4 channels and months, 5 everything.
    below
        Hours and readings under each channel.

    Raises
    ------
    InputError
        ``figure.unknown`` with the nearest known part.
    """
    there = known(run.account, run.indicators)
    address = parse_address(figure, there)
    account, same = _fresh(workspace, run, listener)
    quantities = {
        (c, m): int(v)
        for c, m, v in zip(*(run.sums.column(n).to_pylist() for n in ("channel", "month", "value")), strict=True)
    }
    year = Period.parse(str(run.period.year), run.period.zone)
    told = _Channels(workspace, run, quantities, run.account.coverage, depth, below or Below(), listener)
    subject = Subject(account, there, run.factors, quantities, local_months(year)[0], told.node, depth)
    return Passport(str(address), run, closing, same, passport(subject, address))


def _fresh(workspace: Workspace, run: Run, listener: Listener) -> tuple[Account, bool]:
    """The account with its hourly series, if today's method still gives the run's postings; else as it was kept."""
    if run.account.series:
        return run.account, True
    try:
        again = compute(workspace, run.basis(workspace), run.period.label, listener).account
    except LingtanError:
        return run.account, False
    return (again, True) if again.digest == run.record["result"] else (run.account, False)


class _Channels:
    """Nodes of channels: meter, multiplier history, coverage, months, hours, readings, commits."""

    def __init__(
        self,
        workspace: Workspace,
        run: Run,
        quantities: Mapping[tuple[int, int], int],
        coverage: Sequence[Coverage],
        depth: int,
        below: Below,
        listener: Listener,
    ) -> None:
        self._workspace, self._run, self._quantities, self._depth = workspace, run, quantities, depth
        self._below, self._listener = below, listener
        self._book = Book(run.park)
        self._coverage: dict[str, list[Coverage]] = {}
        for item in coverage:
            self._coverage.setdefault(item.channel, []).append(item)
        self._commits: dict[int, Commit] = {}

    def node(self, name: str, months: Sequence[int]) -> Node:
        """A channel in some months."""
        key = channel_key(name)
        terms = self._book.terms(key)
        held = channels(self._run.park).get(name)
        if terms is None or held is None:
            return Node("channel", name)
        meter, channel = held
        unit = carriers(self._run.park)[channel.carrier].unit
        mine = [c for c in self._coverage.get(name, []) if c.month in months]
        expected, covered = sum(c.expected_s for c in mine), sum(c.covered_s for c in mine)
        facts: dict[str, Any] = {
            "meter": meter.id,
            "class": meter.accuracy,
            "kind": channel.kind,
            "step": channel.step,
            "unit_read": channel.unit,
            "multiplier": [_era(e.start_s, e.factor) for e in terms.eras],
        }
        if expected:
            facts |= {
                "coverage": number(Fraction(covered, expected), 6),
                "estimated": number(Fraction(sum(c.estimated_s for c in mine), covered or 1), 6),
                "rejected_s": sum(c.rejected_s for c in mine) or None,
                "rev": max(c.rev for c in mine),
            }
        total = sum(self._quantities.get((key, m), 0) for m in months)
        children = self._months(key, unit, months) if len(months) > 1 and self._depth > 3 else []
        children += self._hours(key, unit, terms, months)
        plain = {k: v for k, v in facts.items() if v not in (None, [], "")}
        return Node("channel", name, number(Fraction(total, MILLI), 3), unit, plain, tuple(children))

    def _months(self, key: int, unit: str, months: Sequence[int]) -> list[Node]:
        return [
            Node("month", month_text(m), number(Fraction(self._quantities.get((key, m), 0), MILLI), 3), unit)
            for m in months
        ]

    def _hours(self, key: int, unit: str, terms: Terms, months: Sequence[int]) -> list[Node]:
        if self._below.hour is None and not self._below.readings:
            return []
        run, at = self._run, self._below.hour
        if at is not None:
            start, end = at, at + timedelta(hours=1)
        else:
            span = [Period.parse(month_text(m), run.period.zone) for m in months]
            start, end = span[0].start, span[-1].end
        found: list[Node] = []
        view = run.basis(self._workspace).view
        if at is not None:
            year = Period.parse(str(run.period.year), run.period.zone)
            pieces = activity_pieces(self._workspace, run.park, year, view, self._listener)
            table = hourly_of(self._workspace, [p for p in pieces if p.month == f"{start:%Y-%m}"], [key])
            for row in table.to_pylist():
                if start <= row["hour"] < end:
                    told = {k: row[k] for k in ("covered_s", "estimated_s", "spread_s", "rejected_s", "rev")}
                    value = number(Fraction(row["value"], MILLI), 3)
                    found.append(Node("hour", iso(row["hour"]), value, unit, told))
        found += self._readings(key, terms, start, end, at is not None)
        return found

    def _readings(self, key: int, terms: Terms, start: datetime, end: datetime, around: bool) -> list[Node]:
        store, rev = self._workspace.store, self._run.rev
        early = start - BIG_STEP if around else start
        current = store.readings(channels=[key], start=early, end=end, as_of=rev).to_pylist()
        if around:  # those that reach into the hour; of counters the states on both sides
            first = start - timedelta(hours=1) if terms.kind != "interval" else start
            current = [
                r for r in current if r["start"] + timedelta(seconds=r["seconds"]) > first or r["start"] >= first
            ]
        limit = self._below.readings or 8
        nodes = []
        for row in current[:limit]:
            history = store.readings(
                channels=[key],
                start=row["start"],
                end=row["start"] + timedelta(microseconds=1),
                as_of=rev,
                history=True,
            ).to_pylist()
            nodes.append(self._reading(row, terms, [h for h in history if h["rev"] != row["rev"]]))
        if len(current) > limit:
            nodes.append(Node("rest", str(len(current) - limit)))
        return nodes

    def _reading(self, row: Mapping[str, Any], terms: Terms, earlier: Sequence[Mapping[str, Any]]) -> Node:
        facts = {
            "seconds": row["seconds"],
            "rev": row["rev"],
            "quality": Quality(row["quality"]).name.lower(),
            "method": Method(row["method"]).name.lower(),
            "available_at": iso(row["available_at"]) if row["available_at"] else None,
            "row_key": f"{terms.id} @ {iso(row['start'])}",
        }
        children = [self._commit(row["rev"])]
        for old in reversed(earlier):
            value = None if old["value"] is None else number(Fraction(old["value"], MILLI), 3)
            told = {"rev": old["rev"], "quality": Quality(old["quality"]).name.lower()}
            children.append(Node("superseded", iso(old["start"]), value, terms.unit, told, (self._commit(old["rev"]),)))
        value = number(Fraction(row["value"], MILLI), 3)
        plain = {k: v for k, v in facts.items() if v is not None}
        return Node("reading", iso(row["start"]), value, terms.unit, plain, tuple(children))

    def _commit(self, rev: int) -> Node:
        if not self._commits:
            self._commits = {c.rev: c for c in self._workspace.store.commits(self._run.rev)}
        commit = self._commits.get(rev)
        if commit is None:
            return Node("commit", str(rev))
        facts = {k: v for k, v in commit_line(commit).items() if v is not None and k != "rev"}
        return Node("commit", str(rev), None, "", facts | {"rows": commit.rows})


def _era(start_s: int, factor: Fraction) -> str:
    text = number(factor, 9)
    return text if start_s < 0 else f"{text} ≥ {iso(datetime.fromtimestamp(start_s, UTC))}"
