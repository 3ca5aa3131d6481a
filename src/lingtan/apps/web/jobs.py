"""The jobs of the child processes: each takes the park's folder, a listener and plain arguments, and answers with plain JSON."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lingtan.apps.api.jobs import API_JOBS
from lingtan.apps.web import study_jobs
from lingtan.apps.web.bill_jobs import BILL_JOBS
from lingtan.apps.web.dispatch_jobs import DISPATCH_JOBS
from lingtan.apps.web.forecast_jobs import FORECAST_JOBS
from lingtan.apps.web.job_space import space_of as space_of
from lingtan.apps.web.role_jobs import ROLE_JOBS
from lingtan.services.ports import Listener


def account(root: Path, listener: Listener, *, period: str, rules: str, as_of: int | None = None) -> dict[str, Any]:
    """Account a period and keep the run; its id."""
    from lingtan.services.run_account import run_account

    made = run_account(space_of(root), period, rules=rules, as_of=as_of, listener=listener)
    return {"run": made.id}


def passport(
    root: Path, listener: Listener, *, run: str, figure: str, depth: int, hour: str = "", readings: int = 0
) -> dict[str, Any]:
    """The passport of a figure as a tree, with what it rests on."""
    from lingtan.base.time import parse_instant
    from lingtan.services.explain import Below, explain, find_run

    space = space_of(root)
    found, closing = find_run(space, run=run)
    below = Below(parse_instant(hour, found.period.zone) if hour else None, readings)
    made = explain(space, figure, found, closing=closing, depth=depth, below=below, listener=listener)
    kept = ("as_of", "as_of_time", "park", "rules", "method", "code", "result", "period", "synthetic")
    return {
        "figure": made.address,
        "run": found.id,
        "closing": closing,
        "recomputed": made.recomputed,
        "depth": depth,
        **{k: found.record[k] for k in kept},
        "passport": made.tree.as_dict(),
    }


def evidence(root: Path, listener: Listener, *, period: str, profile: str) -> dict[str, Any]:
    """Seal a pack; where it lies. The same run is sealed once."""
    from lingtan.services.sealed_packs import seal_pack

    space = space_of(root)
    return {"path": space.blobs.path(seal_pack(space, period, profile, listener=listener))}


def close(root: Path, listener: Listener, *, period: str, rules: str, reason: str) -> dict[str, Any]:
    """Close a period."""
    from lingtan.services.close_period import close_period

    return {"closing": close_period(space_of(root), period, rules=rules, reason=reason, listener=listener).id}


def restate(root: Path, listener: Listener, *, period: str, rules: str, reason: str) -> dict[str, Any]:
    """Restate a closed period; no closing where nothing changed."""
    from lingtan.services.restate_period import restate_period

    made = restate_period(space_of(root), period, rules=rules, reason=reason, listener=listener)
    return {"closing": made.closing.id if made.closing else None}


def check(root: Path, listener: Listener, *, period: str, most: int = 300) -> dict[str, Any]:
    """What the checks find in a period: counts, and the first findings that are more than remarks."""
    from lingtan.services.check_readings import check_readings

    made = check_readings(space_of(root), period)
    found = sorted((f for f in made.findings if str(f.severity) != "info"), key=lambda f: str(f.severity))
    shown = [f.as_dict() for f in found[:most]]
    return {"counts": made.counts(), "findings": shown, "left": len(found) - len(shown), "readings": made.readings}


def report(root: Path, listener: Listener, *, run: str, format: str, lang: str) -> dict[str, Any]:
    """The report of a kept run or closing, made once; where it lies."""
    from lingtan import __version__
    from lingtan.reports.account_report import account_report
    from lingtan.services.explain import find_run
    from lingtan.services.write_report import told
    from lingtan.wiring import report_writer

    space = space_of(root)
    found, closing = find_run(space, run=run)
    name = f"cache/reports/{__version__}/{closing or found.id}-{found.record['result'][:12]}-{lang}.{format}"
    if space.blobs.get(name) is None:
        space.blobs.put(name, report_writer(format)(account_report(told(found, lang))))
    return {"path": space.blobs.path(name)}


def green(root: Path, listener: Listener, *, period: str, enterprise: str = "") -> list[dict[str, Any]]:
    """Scores of green power: the park and all, or one enterprise."""
    from lingtan.services.green_scores import green_scores

    def share(score: Any) -> float | None:
        return score.matched_wh / score.used_wh if score.used_wh else None

    def tonnes(kg: float | None) -> float | None:
        return None if kg is None else kg / 1000

    made = green_scores(space_of(root), period, enterprise=enterprise, listener=listener)
    return [
        {"name": x.name, "used_kwh": x.matching.yearly.used_wh / 1000, "hourly": share(x.matching.hourly), "monthly": share(x.matching.monthly),
         "yearly": share(x.matching.yearly), "certified": None if x.with_certificates is None else float(x.with_certificates),
         "location_t": tonnes(x.location_kg), "market_t": tonnes(x.market_kg), "traced_t": tonnes(x.traced_kg)}
        for x in made.scores
    ]  # fmt: skip


def watch(root: Path, listener: Listener, *, month: str) -> dict[str, Any]:
    """Check a month that changed and judge what was found by the alarm rules."""
    from lingtan.services.watch_months import watch_month

    return {"changed": watch_month(space_of(root), month)}


JOBS: dict[str, Callable[..., Any]] = {
    **API_JOBS,
    **ROLE_JOBS,
    **FORECAST_JOBS,
    **DISPATCH_JOBS,
    "account": account,
    "check": check,
    "close": close,
    "restate": restate,
    "evidence": evidence,
    "green": green,
    "passport": passport,
    **BILL_JOBS,
    "plan-check": study_jobs.check,
    "plan-export": study_jobs.export,
    "plan-run": study_jobs.run,
    "plan-sweep": study_jobs.sweep,
    "report": report,
    "watch": watch,
}
