"""Why two runs of a period differ: the causes are applied one after the other, so that their amounts sum to the whole.

The order is named and never changes: the method's version; readings that came late, were estimated, replaced an estimate,
were corrected, were withdrawn; the park file; factors; the rule set.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from lingtan.base.errors import LingtanError
from lingtan.base.ids import channel_key
from lingtan.base.time import Period, iso
from lingtan.carbon.account import Account
from lingtan.carbon.difference import Cell, amounts, difference
from lingtan.carbon.factors import Factor, FactorBook
from lingtan.carbon.rules.model import rules_digest
from lingtan.metering.readings import bucket
from lingtan.park.changes import changed_keys
from lingtan.park.model import channels
from lingtan.services.basis import Basis
from lingtan.services.compute_account import METHOD, compute
from lingtan.services.keep_run import Run
from lingtan.services.ports import Commit, Listener, silent
from lingtan.services.views import READING_CAUSES, Known, Mixed, changes, needs_all
from lingtan.services.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl

ORDER = ("method", *READING_CAUSES, "park", "certificates", "factors", "rules")
LISTED = 200  # details of one cause that are kept


@dataclass(frozen=True)
class Cause:
    """One reason, what it was, and what it moved. [µg]"""

    names: tuple[str, ...]  # more than one only where a step cannot be accounted without the next
    details: tuple[Mapping[str, Any], ...]
    count: int
    moved: Mapping[Cell, int]
    core: Fraction | None = None  # the core indicator after this step


def attribute(workspace: Workspace, before: Run, after: Run, listener: Listener = silent) -> list[Cause]:
    """The causes that lead from one run to another of the same period, in :data:`ORDER`.

    Their amounts sum to the difference of the two, cell by cell.
    """
    if before.period.label != after.period.label:
        return []
    if before.rev > after.rev:
        return [
            replace(c, moved={k: -v for k, v in c.moved.items()}, core=None)
            for c in reversed(attribute(workspace, after, before, listener))
        ]
    found: list[Cause] = []
    state = amounts(before.account.postings)
    waiting: list[tuple[str, list[dict[str, Any]]]] = []
    final = amounts(after.account.postings)
    for name, details, basis in _steps(workspace, before, after):
        waiting.append((name, details))
        account: Account | None = None
        reached = final
        if basis is not None:
            try:
                account = compute(workspace, basis, before.period.label, listener).account
            except LingtanError:
                continue  # not accountable half-way: the next cause takes this one along
            reached = amounts(account.postings)
        core = _core(account) if account else _core(after.account)
        found.append(_cause(waiting, difference(state, reached), core))
        state, waiting = reached, []
    return found


def _cause(waiting: list[tuple[str, list[dict[str, Any]]]], moved: dict[Cell, int], core: Fraction | None) -> Cause:
    details = [d for _, each in waiting for d in each]
    return Cause(tuple(n for n, _ in waiting), tuple(details[:LISTED]), len(details), moved, core)


def _steps(workspace: Workspace, before: Run, after: Run) -> Iterator[tuple[str, list[dict[str, Any]], Basis | None]]:
    """Name, details and basis of each step; a basis of None stands for what ``after`` says itself."""
    steps: list[tuple[str, list[dict[str, Any]], Basis]] = []
    goal = after.basis(workspace)
    basis = replace(before.basis(workspace), packaged=_both(before.factors, after.factors), certificates_rev=before.rev)
    first = basis
    frame = changed_readings(workspace, before, after)
    causes = [c for c in READING_CAUSES if frame is not None and c in frame["cause"].unique()]
    for i, cause in enumerate(causes, 1):
        mixed = Mixed(workspace.store, before.rev, after.rev, tuple(causes[:i]))
        basis = replace(basis, view=Known(workspace.store, after.rev) if i == len(causes) else mixed)
        assert frame is not None
        steps.append((cause, _reading_details(workspace, after, frame, cause), basis))
    basis = replace(basis, view=goal.view)
    if before.record["park"]["digest"] != after.record["park"]["digest"]:
        keys = [dict(vars(k)) for k in changed_keys(before.park, after.park)]
        basis = basis.with_park_of(goal)
        if keys:  # else only comments or layout differ
            steps.append(("park", keys, basis))
    registers = tuple(run.record.get("register") for run in (before, after))
    if registers[0] != registers[1]:
        basis = replace(basis, certificates_rev=after.rev)
        steps.append(("certificates", [{"before": str(registers[0]), "after": str(registers[1])}], basis))
    factors = _factor_changes(before.factors, after.factors)
    if factors:
        basis = replace(basis, packaged=_both(after.factors, before.factors))
        steps.append(("factors", factors, basis))
    if rules_digest(before.rules) != rules_digest(after.rules):
        old, new = (f"{r.id} {r.version} {rules_digest(r)[:12]}" for r in (before.rules, after.rules))
        steps.append(("rules", [{"before": old, "after": new}], replace(basis, rules=after.rules)))
    methods = (before.record["method"], after.record["method"])
    between = len(steps) > 1  # steps in between are computed by the method of today
    if methods[0] != methods[1] or (between and methods[0] != METHOD) or not steps:
        if methods[0] != methods[1] or steps or before.account.digest != after.account.digest:
            steps.insert(0, ("method", [{"before": str(methods[0]), "after": str(METHOD)}], first))
        between = len(steps) > 1
    if between and methods[1] != METHOD:
        steps.append(("method", [{"before": str(METHOD), "after": str(methods[1])}], goal))
    yield from ((n, d, b) for n, d, b in steps[:-1])
    if steps:
        name, details, _ = steps[-1]
        yield name, details, None


def changed_readings(workspace: Workspace, before: Run, after: Run) -> "pl.DataFrame | None":
    """Readings of the park's channels that differ between the two runs' views; None if no commit lies between."""
    import polars as pl

    later = [c for c in workspace.store.commits(after.rev) if c.rev > before.rev and c.parts]
    if not later:
        return None
    held = {channel_key(n): c for run in (before, after) for n, (_, c) in channels(run.park).items()}
    touched = {k for c in later for k in _keys_of(c, held)}
    months = sorted(m for c in later for m in c.parts)
    year = Period.parse(str(after.period.year), after.period.zone)
    first = datetime.fromisoformat(f"{months[0]}-01T00:00:00+00:00")
    last = datetime.fromisoformat(f"{_following(months[-1])}-01T00:00:00+00:00")
    lasting = workspace.store.lasting()
    frames = []
    for far in (False, True):  # what an hour of the year may rest on
        keys = sorted(k for k in touched if needs_all(held[k], lasting) == far)
        start, end = (first, last) if far else (max(first, year.start - timedelta(days=1)), min(last, year.end))
        if keys and start < end:
            one, two = (
                workspace.store.readings(channels=keys, start=start, end=end, as_of=rev)
                for rev in (before.rev, after.rev)
            )
            frames.append(changes(one, two))
    return pl.concat(frames) if frames else None


def _keys_of(commit: Commit, held: Collection[int]) -> Collection[int]:
    """The channels of the park that a commit may have rows of: as it names them, else those of its buckets."""
    if commit.channels:
        return {int(k) for k in commit.channels} & set(held)
    mask = reduce(or_, commit.parts.values())
    return [k for k in held if mask >> bucket(k) & 1]


def _following(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def _reading_details(workspace: Workspace, after: Run, frame: "pl.DataFrame", cause: str) -> list[dict[str, Any]]:
    """One line a channel: how many readings from when to when, and the commits that brought them."""
    import polars as pl

    names = {channel_key(c): c for c in channels(after.park)}
    commits = {c.rev: c for c in workspace.store.commits(after.rev)}
    rows = (
        frame.filter(pl.col("cause") == cause)
        .group_by("channel")
        .agg(
            count=pl.len(),
            first=pl.col("start").min(),
            last=pl.col("start").max(),
            revs=pl.col("rev_new").drop_nulls().unique().sort(),
            before=pl.col("value").sum(),
            after=pl.col("value_new").sum(),
        )
        .sort("channel")
    )
    return [
        {
            "channel": names.get(row["channel"], str(row["channel"])),
            "readings": row["count"],
            "first": iso(row["first"]),
            "last": iso(row["last"]),
            "before_milli": row["before"],
            "after_milli": row["after"],
            "commits": [commit_line(commits[r]) for r in row["revs"] if r in commits],
        }
        for row in rows.iter_rows(named=True)
    ]


def commit_line(commit: Commit) -> dict[str, Any]:
    """A commit as passports and restatements show it."""
    return {
        "rev": commit.rev,
        "at": iso(commit.at),
        "kind": commit.kind,
        "file": commit.source.get("file"),
        "sha256": commit.source.get("sha256"),
        "content": commit.content,
        "reason": commit.reason,
    }


def _key(factor: Factor) -> tuple[str, str, str, str | None]:
    return factor.measure, factor.subject, factor.set, factor.region


def _factor_changes(before: Mapping[str, Factor], after: Mapping[str, Factor]) -> list[dict[str, Any]]:
    """Packaged factors whose content differs; what the park states changes with the park file."""
    mine = {_key(f): f for f in before.values() if f.set != "park"}
    yours = {_key(f): f for f in after.values() if f.set != "park"}
    return [
        {
            "factor": yours[k].id,
            "before": str(mine[k].value),
            "after": str(yours[k].value),
            "unit": yours[k].unit,
            "edition": yours[k].edition,
        }
        for k in sorted(set(mine) & set(yours), key=str)
        if mine[k].digest != yours[k].digest
    ]


def _both(first: Mapping[str, Factor], second: Mapping[str, Factor]) -> FactorBook:
    """Packaged factors of the first, and of the second what the first does not have."""
    held = {_key(f): f for f in second.values() if f.set != "park"}
    held |= {_key(f): f for f in first.values() if f.set != "park"}
    return FactorBook(held.values())


def _core(account: Account) -> Fraction | None:
    core = account.compiled.rules.core
    if "energy" not in core:
        return None
    energy = account.total(core["energy"])
    return Fraction(account.total(core["emissions"]), energy) if energy else None
