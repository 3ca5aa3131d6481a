"""How well the truth was found: faults against findings, accounts against the true account."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from lingtan.base.errors import InputError
from lingtan.base.time import Period
from lingtan.carbon import ledger
from lingtan.carbon.account import Account, compile_account
from lingtan.carbon.indicators import core
from lingtan.carbon.lines import role_table
from lingtan.demo.build import TRUTH, read_mark
from lingtan.demo.faults import EVENTS
from lingtan.demo.trace_score import TracingScore, score_tracing
from lingtan.demo.truth import ACTIVITY_FILE, FAULTS_FILE
from lingtan.metering.channels import Book
from lingtan.metering.checks import Finding, check
from lingtan.park.model import Park, channels
from lingtan.services.basis import Basis, basis_as_of
from lingtan.services.check_readings import repeats
from lingtan.services.compute_account import asked_period, compute, put_together
from lingtan.services.month_sums import calendar, engine, merged
from lingtan.services.ports import Listener, Progress, silent
from lingtan.services.views import Mixed

if TYPE_CHECKING:
    from lingtan.services.workspace import Workspace

# what a fault may be called by the checks; the first word is its own name
CALLED: Mapping[str, tuple[str, ...]] = {
    "gap": ("gap", "outage"),
    "outage": ("outage", "gap"),
    "late": ("late", "gap", "outage"),
    "spike": ("spike", "implausible"),
    "sentinel": ("sentinel", "implausible", "spike", "negative"),
    "stuck": ("stuck",),
    "zero_run": ("zero_run",),
    "time_shift": ("time_shift",),
    "duplicate": ("duplicate",),
    "replacement": ("replacement",),
    "rollover": ("rollover",),
    "reset": ("reset",),
    "multiplier": ("multiplier",),
}


@dataclass(frozen=True)
class FaultScore:
    """Of one kind: how many were put in, found, and found by their own name; how many findings were right."""

    kind: str
    faults: int
    found: int
    named: int
    findings: int
    right: int

    @property
    def recall(self) -> float | None:
        """Share of faults that were found."""
        return self.found / self.faults if self.faults else None

    @property
    def precision(self) -> float | None:
        """Share of findings behind which there was a fault."""
        return self.right / self.findings if self.findings else None


@dataclass(frozen=True)
class AccountScore:
    """One state of the account against the truth; errors are relative, of absolute sums."""

    state: str
    emissions_tco2: float
    energy_tce: float
    core: float
    core_error: float
    carriers: Mapping[str, float]
    enterprises: Mapping[str, float]

    @property
    def worst_enterprise(self) -> tuple[str, float]:
        """The enterprise that is furthest off."""
        return max(self.enterprises.items(), key=lambda item: abs(item[1]), default=("", 0.0))

    @property
    def median_enterprise(self) -> float:
        """Median of the absolute errors of enterprises."""
        errors = sorted(abs(e) for e in self.enterprises.values())
        return errors[len(errors) // 2] if errors else 0.0


@dataclass(frozen=True)
class Score:
    """Everything that was compared; ``true_core`` is the indicator of the true account."""

    faults: list[FaultScore]
    accounts: list[AccountScore]
    true_tco2: float
    true_tce: float
    missed: list[Mapping[str, str]]
    wrong: list[Finding]
    tracing: list[TracingScore]

    @cached_property
    def true_core(self) -> float:
        """tCO2 per tce, without any error of measurement."""
        return self.true_tco2 / self.true_tce


def score_demo(workspace: "Workspace", *, rules: str = "ndrc-910-2025", listener: Listener = silent) -> Score:
    """Compare a demo workspace with its truth.

    Raises
    ------
    InputError
        ``demo.no-demo`` if the workspace is no demo park.
    """
    mark = read_mark(workspace.root)
    truth = workspace.root / TRUTH
    if mark is None or not (truth / FAULTS_FILE).is_file():
        raise InputError("demo.no-demo", folder=workspace.root)
    first, last = delivered_rev(workspace), workspace.store.head()
    faults = pl.read_csv(truth / FAULTS_FILE, infer_schema=False).to_dicts()
    listener(Progress("demo-score", 0, 3))
    findings = _findings(workspace, first, faults, int(mark["days"]))
    scored, missed, wrong = score_findings(faults, findings, workspace.park)
    listener(Progress("demo-score", 1, 3))
    now = basis_as_of(workspace, rules, last)
    true = true_account(workspace, now, truth / ACTIVITY_FILE)
    listener(Progress("demo-score", 2, 3))
    measured = replace(now, view=Mixed(workspace.store, first, last, ("late", "withdrawn")))
    states = (("delivered", basis_as_of(workspace, rules, first)), ("measured", measured), ("now", now))
    accounts = [against(name, compute(workspace, basis, "2025").account, true) for name, basis in states]
    listener(Progress("demo-score", 3, 3))
    tracing = score_tracing(workspace, truth / ACTIVITY_FILE)
    whole = core(true)
    return Score(scored, accounts, float(whole.numerator), float(whole.denominator), missed, wrong, tracing)


def delivered_rev(workspace: "Workspace") -> int:
    """The revision after the files that came in time, before anything that a person did."""
    late = {p.name for p in (workspace.root / "files" / "late").glob("*")}
    revs = []
    for commit in workspace.store.commits():
        if commit.kind == "import" and commit.source.get("file") not in late:
            revs.append(commit.rev)
        elif commit.kind not in ("import", "park"):
            break
    if not revs:
        raise InputError("demo.no-demo", folder=workspace.root)
    return max(revs)


def _findings(workspace: "Workspace", rev: int, faults: Sequence[Mapping[str, str]], days: int) -> list[Finding]:
    """What the checks say of the readings as delivered, with the park file of then."""
    basis = basis_as_of(workspace, "ndrc-910-2025", rev)
    year = Period.parse("2025", basis.park.park.timezone)
    start = year.start
    end = year.end if days >= 365 else start + (year.end - start) / 365 * days
    readings = workspace.store.readings(start=start, end=end, as_of=rev)
    found = [*check(readings, Book(basis.park), start, end), *repeats(workspace, start, end, rev)]
    return [f for f in found if f.severity != "info" or str(f.kind) in EVENTS]  # a remark claims no fault


def score_findings(
    faults: Sequence[Mapping[str, str]], findings: Sequence[Finding], park: Park
) -> tuple[list[FaultScore], list[Mapping[str, str]], list[Finding]]:
    """Scores by kind, the faults that were missed and the findings that were wrong.

    A fault is found by a finding of its channel that overlaps it and calls it by one of its names. A finding is right if
    any fault of its channel overlaps it; one about the balance of a meter also if a fault of its parent or children does.
    """
    at: dict[str, list[Finding]] = {}
    for finding in findings:
        at.setdefault(finding.channel, []).append(finding)
    found: dict[str, list[int]] = {}
    missed: list[Mapping[str, str]] = []
    for fault in faults:
        start, end = (datetime.fromisoformat(fault[k]) for k in ("start", "end"))
        names = {str(f.kind) for f in at.get(fault["channel"], []) if f.start <= end and start <= f.end}
        cell = found.setdefault(fault["kind"], [0, 0, 0])
        cell[0] += 1
        cell[1] += bool(names & set(CALLED[fault["kind"]]))
        cell[2] += fault["kind"] in names
        if not names & set(CALLED[fault["kind"]]):
            missed.append(fault)
    family = _family(park)
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for fault in faults:
        span = datetime.fromisoformat(fault["start"]), datetime.fromisoformat(fault["end"])
        spans.setdefault(fault["channel"], []).append(span)
    right: dict[str, list[int]] = {}
    wrong: list[Finding] = []
    for finding in findings:
        near: Iterable[str] = [finding.channel]
        if finding.kind in ("balance", "multiplier", "level_shift"):
            near = [finding.channel, *family.get(finding.channel, ())]
        good = any(a <= finding.end and finding.start <= b for c in near for a, b in spans.get(c, []))
        cell = right.setdefault(str(finding.kind), [0, 0])
        cell[0] += 1
        cell[1] += good
        if not good:
            wrong.append(finding)
    kinds = [*CALLED, *sorted(set(right) - set(CALLED))]
    scores = [FaultScore(k, *found.get(k, [0, 0, 0]), *right.get(k, [0, 0])) for k in kinds if k in found or k in right]
    return scores, missed, wrong


def _family(park: Park) -> dict[str, set[str]]:
    """Channels of the meter above and of the meters below, by channel."""
    parents = {m.id: m.parent for m in park.meters}
    below: dict[str, set[str]] = {}
    by_meter = {m.id: {c.id for c in m.channels} for m in park.meters}
    for name, parent in parents.items():
        if parent:
            below.setdefault(parent, set()).update(by_meter[name])
    found: dict[str, set[str]] = {}
    for channel, (meter, _) in channels(park).items():
        above = by_meter.get(meter.parent or "", set())
        found[channel] = below.get(meter.id, set()) | above | below.get(meter.parent or "", set())
    return found


def true_account(workspace: "Workspace", basis: Basis, path: Path) -> Account:
    """The account of the true activities under the same rules."""
    asked = asked_period("2025", basis.park.park.timezone)
    compiled = compile_account(basis.park, basis.rules, basis.book, asked.year)
    with engine(workspace) as running:
        activity, dates = running.parquet([str(path)]), running.table(calendar(asked))
        sums = running.collect(ledger.channel_months(activity, dates))
        flows = running.collect(ledger.flows(activity, dates, running.table(role_table(compiled.roles))))
    return put_together(compiled, asked, merged([sums]), flows)


def against(state: str, account: Account, true: Account) -> AccountScore:
    """An account against the true one."""
    mine, other = core(account), core(true)
    measure = account.compiled.rules.core["energy"]
    gas = account.compiled.rules.core["emissions"]
    value, right = float(mine.value or 0), float(other.value or 0)
    return AccountScore(
        state,
        float(mine.numerator),
        float(mine.denominator),
        value,
        value / right - 1 if right else 0.0,
        _errors(account, true, measure, "carrier", "direct"),
        _errors(account, true, gas, "enterprise", "transfer"),
    )


def _errors(account: Account, true: Account, measure: str, field: str, view: str) -> dict[str, float]:
    def sums(source: Account) -> dict[str, int]:
        totals: dict[str, int] = {}
        for p in source.select(measure, view=view):
            key = str(getattr(p, field))
            totals[key] = totals.get(key, 0) + p.micrograms
        return totals

    mine, right = sums(account), sums(true)
    return {k: (mine.get(k, 0) - v) / abs(v) for k, v in sorted(right.items()) if v}
